//! The host's styles, however loud: none changes how the form is drawn, and the form's element changes nothing of the page.

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;

use crate::page::{Page, body, document};

/// What a page may pass down, all of it at once.
const PASSED_DOWN: &str = "
    pointer-events: none; cursor: wait; user-select: none; -webkit-user-modify: read-write; visibility: hidden;
    text-transform: uppercase; text-indent: 40px; text-align: right; text-align-last: center; text-shadow: 2px 2px red;
    text-wrap: balance; text-underline-offset: 9px; text-rendering: optimizeSpeed; text-emphasis: dot; text-size-adjust: 200%;
    -webkit-text-fill-color: red; -webkit-text-stroke: 2px blue; -webkit-text-security: disc; -webkit-line-break: anywhere;
    white-space: nowrap; word-spacing: 20px; word-break: break-all; overflow-wrap: anywhere; hyphens: auto; line-break: anywhere;
    tab-size: 1; letter-spacing: 5px; line-height: 3; direction: rtl; writing-mode: vertical-rl; text-orientation: upright;
    font: italic small-caps 900 30px / 3 cursive; font-stretch: 50%; font-kerning: none; font-feature-settings: 'smcp';
    font-size-adjust: 0.9; font-variation-settings: 'wght' 900; font-synthesis: none; font-variant-numeric: slashed-zero;
    color: red; color-scheme: dark; accent-color: red; caret-color: red; forced-color-adjust: none; print-color-adjust: exact;
    fill: red; stroke: red; stroke-width: 9px; stroke-dasharray: 1; stroke-linecap: square; paint-order: stroke;
    list-style: square inside; quotes: none; orphans: 9; widows: 9; border-collapse: collapse; border-spacing: 9px;
    caption-side: bottom; empty-cells: hide; image-rendering: pixelated; hanging-punctuation: first; ruby-position: under;
    --border: red; --gap: 99px; --radius: 30px; --text: red; --accent: red; --line: red;
";

/// What a page shouts at everything that it does not know.
const SHOUTED: &str = "
    display: none !important; position: static !important; opacity: 0 !important; zoom: 3 !important; filter: blur(9px) !important;
    transform: scale(0.5) !important; width: 10px !important; content-visibility: hidden !important; inert: true !important;
    pointer-events: none !important; visibility: hidden !important; font-size: 40px !important; color: red !important;
";

#[wasm_bindgen_test]
async fn nothing_that_a_page_passes_down_or_shouts_changes_how_the_form_is_drawn() {
    let page = Page::new().await;
    let form = page.open().await;
    form.type_into("description", "Two\nlines").await;
    let in_silence = drawn();
    let _loud = style(&format!("html, body {{ {PASSED_DOWN} }} body > *:not(main) {{ {PASSED_DOWN} {SHOUTED} }}"));
    for (name, syntax, initial) in
        [("--border", "<color>", "red"), ("--gap", "<length>", "99px"), ("--text", "<color>", "red")]
    {
        register(name, syntax, initial);
    }
    let in_noise = drawn();
    let changed: Vec<_> = in_noise.lines().zip(in_silence.lines()).filter(|(now, before)| now != before).collect();
    assert_eq!(changed, []);
    assert!(in_silence.lines().count() > 10_000, "every property of every element was compared");
}

#[wasm_bindgen_test]
async fn the_colours_that_a_host_sets_for_the_form_come_in() {
    let page = Page::new().await;
    let form = page.open().await;
    let _brand = style(":root { --bzctrl-accent: rgb(1, 2, 3); --bzctrl-radius: 0px }");
    assert_eq!(computed(&form.find("button[type=submit]").unwrap(), "background-color"), "rgb(1, 2, 3)");
    assert_eq!(computed(&form.control("title"), "border-top-left-radius"), "0px");
}

#[wasm_bindgen_test]
async fn the_dialogs_element_takes_no_place_in_the_page_open_or_closed() {
    let page = Page::new().await;
    let form = page.open().await;
    let place = document().query_selector("bzctrl-dialog").unwrap().unwrap();
    let _grid =
        style("body { display: grid; gap: 50px } body > * { margin: 10px; border: 5px solid; min-height: 40px }");
    let with = body().scroll_height();
    assert_eq!(place.get_client_rects().length(), 0);
    form.press("Cancel").await;
    assert_eq!(body().scroll_height(), with);
    place.remove();
    assert_eq!(body().scroll_height(), with, "the page is as high without it");
}

#[wasm_bindgen_test]
async fn a_text_area_grows_with_its_text_up_to_half_the_window() {
    let page = Page::new().await;
    let form = page.open().await;
    let area = form.control("description");
    let height = || area.get_bounding_client_rect().height();
    assert_eq!(height(), 88.0);
    form.type_into("description", "one\ntwo\nthree\nfour\nfive\nsix\n").await;
    assert!(height() > 150.0 && area.scroll_height() <= area.client_height(), "{} px", height());
    let half = web_sys::window().unwrap().inner_height().unwrap().as_f64().unwrap() / 2.0;
    form.type_into("description", &"a long text that wraps ".repeat(300)).await;
    assert!((height() - half).abs() < 1.0, "{} px of {half}", height());
    form.type_into("description", "").await;
    assert_eq!(height(), 88.0, "and shrinks");
}

/// A style sheet of the page, for as long as this lives.
struct Style(Element);

impl Drop for Style {
    fn drop(&mut self) {
        self.0.remove();
    }
}

fn style(sheet: &str) -> Style {
    let style = document().create_element("style").unwrap();
    style.set_text_content(Some(sheet));
    document().document_element().unwrap().append_child(&style).unwrap();
    Style(style)
}

/// How every element of the open form is drawn: a line for each property of each.
fn drawn() -> String {
    let all = "
        const { shadowRoot } = document.querySelector('bzctrl-dialog');
        return [...shadowRoot.querySelector('dialog').querySelectorAll('*'), shadowRoot.querySelector('dialog')].flatMap((element, at) => {
            const style = getComputedStyle(element);
            return [...style].filter((name) => !name.startsWith('--'))
                .map((name) => `${at} ${element.localName} ${name}: ${style.getPropertyValue(name)}`);
        }).join('\\n');
    ";
    Function::new_no_args(all).call0(&JsValue::NULL).unwrap().as_string().unwrap()
}

fn computed(element: &Element, property: &str) -> String {
    let style = Function::new_with_args("it, name", "return getComputedStyle(it).getPropertyValue(name)");
    style.call2(&JsValue::NULL, element, &property.into()).unwrap().as_string().unwrap()
}

/// The page registers a custom property that is not inherited. A page can do so once.
fn register(name: &str, syntax: &str, initial: &str) {
    let register = "try { CSS.registerProperty({ name, syntax, initialValue, inherits: false }) } catch {}";
    let register = Function::new_with_args("name, syntax, initialValue", register);
    register.call3(&JsValue::NULL, &name.into(), &syntax.into(), &initial.into()).unwrap();
}
