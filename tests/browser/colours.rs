//! A page's own colours: whatever its accent, what is drawn on it and with it can be read; and so can all of the form in each theme that
//! is there to be copied.

use bzctrl_contract::Code;
use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Form, Page, created, problem};

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

/// The themes of www/themes, how bright each is, and the contrast that its words have at least; and the form as it is by itself.
const THEMES: [(&str, &str, f64); 5] = [
    ("", "light", 4.5),
    ("", "dark", 4.5),
    (include_str!("../../www/themes/bank.css"), "light", 4.5),
    (include_str!("../../www/themes/terminal.css"), "dark", 4.5),
    (include_str!("../../www/themes/contrast.css"), "light", 7.0),
];

#[wasm_bindgen_test]
async fn in_each_theme_every_word_can_be_read_in_every_state() {
    for (sheet, theme, least) in THEMES {
        let page = Page::new().await;
        wears(sheet);
        page.todo.says("theme", theme);
        page.relay.answers([problem(Code::UpstreamRejected, ""), problem(Code::OutcomeUnknown, ""), created()]);
        let form = page.open().await;
        let holds = |state: &str| {
            let told = short_of(&form, least);
            assert!(told.is_empty(), "{state}, {theme}, {}: {told}", sheet.lines().next().unwrap_or_default());
        };
        holds("empty");
        form.submit().await;
        holds("errors");
        form.fill().await;
        form.type_into("financialImpact", "1250").await;
        form.choose("impact", "HIGH").await;
        holds("filled");
        form.submit().await;
        holds("refused");
        form.submit().await;
        holds("unknown");
        form.press("Send again").await;
        assert!(form.find(".created").is_some());
        holds("created");
        wears("");
    }
}

/// The page has a style sheet.
fn wears(sheet: &str) {
    let wear = Function::new_with_args(
        "text",
        "const sheet = new CSSStyleSheet(); sheet.replaceSync(text); document.adoptedStyleSheets = [sheet]",
    );
    wear.call1(&JsValue::NULL, &sheet.into()).unwrap();
}

/// What of the form has less contrast than it should: words, on what they stand on; edges of controls, which have to have 3.
fn short_of(form: &Form, least: f64) -> String {
    let measure = Function::new_with_args(
        "dialog, least",
        "const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
        const pixel = (colour) => {
            pen.clearRect(0, 0, 1, 1);
            pen.fillStyle = colour;
            pen.fillRect(0, 0, 1, 1);
            return [...pen.getImageData(0, 0, 1, 1).data].map((it) => it / 255);
        };
        const luminance = ([r, g, b]) => {
            [r, g, b] = [r, g, b].map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const contrast = (one, other) => {
            const [dark, light] = [luminance(pixel(one)), luminance(pixel(other))].sort((a, b) => a - b);
            return (light + 0.05) / (dark + 0.05);
        };
        const behind = (it) => {
            for (; it; it = it.parentElement) {
                const { backgroundColor } = getComputedStyle(it);
                if (pixel(backgroundColor)[3] > 0.9) return backgroundColor;
            }
            return 'white';
        };
        const wrong = [];
        for (const it of dialog.querySelectorAll('*')) {
            const style = getComputedStyle(it);
            if (!it.getClientRects().length || it.type === 'radio' || style.clipPath !== 'none' || style.visibility === 'hidden') continue;
            const says = [...it.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || it.value?.trim?.();
            const is = says && contrast(style.color, behind(it));
            if (says && !(is >= least)) wrong.push(`${it.localName}.${it.className} ${it.part}: ${is.toFixed(2)}`);
            if (it.matches('.control > *, .segments') && !it.readOnly && !it.closest('[aria-readonly]')) {
                const edge = contrast(style.borderTopColor, behind(it.closest('.field')));
                if (!(edge >= 3)) wrong.push(`the edge of ${it.name ?? it.className}: ${edge.toFixed(2)}`);
            }
        }
        return wrong.join('; ')",
    );
    measure.call2(&JsValue::NULL, form.dialog(), &least.into()).unwrap().as_string().unwrap()
}
