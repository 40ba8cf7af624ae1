//! A page's accent alone: whatever its colour, what is drawn on it and with it can be read.

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Form, Page};

/// Brands from all around the wheel, and the ends of each scale.
const BRANDS: [&str; 24] = [
    "#000000", "#ffffff", "#808080", "#767676", "#ffcd00", "#ffe600", "#fff200", "#d40511", "#e2001a", "#ff0000",
    "#ff6200", "#ff9900", "#00a651", "#00843d", "#7ab800", "#00ff00", "#0067b1", "#003087", "#0000ff", "#00a3e0",
    "#00ffff", "#4d148c", "#e6007e", "#ff00ff",
];

#[wasm_bindgen_test]
async fn any_accent_keeps_its_contrast_in_both_themes() {
    for theme in ["light", "dark"] {
        let page = Page::new().await;
        page.todo.says("theme", theme);
        let form = page.open().await;
        for brand in BRANDS {
            let told = contrasts(&form, brand);
            assert!(told.is_empty(), "{theme}, {brand}: {told}");
        }
    }
}

/// What falls short with an accent: the words on Submit, a button that looks like a link, the ring of the focus.
fn contrasts(form: &Form, accent: &str) -> String {
    let measure = Function::new_with_args(
        "dialog, accent",
        "document.documentElement.style.setProperty('--bzctrl-accent', accent);
        const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
        const luminance = (colour) => {
            pen.fillStyle = colour;
            pen.fillRect(0, 0, 1, 1);
            const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map((it) => it / 255)
                .map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const contrast = (one, other) => {
            const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
            return (light + 0.05) / (dark + 0.05);
        };
        const style = (selector) => getComputedStyle(dialog.querySelector(selector));
        const surface = getComputedStyle(dialog).backgroundColor;
        const submit = style('[type=submit]');
        dialog.querySelector('[name=title]').focus();
        const all = {
            'on the accent': [contrast(submit.color, submit.backgroundColor), 4.5],
            'a link': [contrast(style('.days button').color, surface), 4.5],
            'the focus': [contrast(style('[name=title]').outlineColor, surface), 3],
        };
        document.documentElement.style.removeProperty('--bzctrl-accent');
        return Object.entries(all).filter(([, [is, least]]) => !(is >= least)).map((it) => it.join(' ')).join('; ')",
    );
    measure.call2(&JsValue::NULL, form.dialog(), &accent.into()).unwrap().as_string().unwrap()
}
