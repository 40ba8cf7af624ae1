//! Nothing of the form moves that need not: it hangs from its top, and what comes and goes has its place kept.

use bzctrl_contract::Code;
use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Answer, Form, Page, created, next_year, problem};

#[wasm_bindgen_test]
async fn it_hangs_from_its_top_whatever_it_says() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::OutcomeUnknown, ""), created()]);
    let form = page.open().await;
    let top = place(&form, "dialog").1;
    form.submit().await;
    assert_eq!(place(&form, "dialog").1, top, "a summary stands in it");
    form.fill().await;
    form.submit().await;
    assert_eq!(place(&form, "dialog").1, top, "in doubt");
    form.press("Send again").await;
    assert_eq!((place(&form, "dialog").1, form.find(".created").is_some()), (top, true));
}

#[wasm_bindgen_test]
async fn an_error_of_one_line_moves_nothing() {
    let page = Page::new().await;
    let form = page.open().await;
    let below = ["[name=description]", "[name=impact]", "[name=status]"];
    let before = below.map(|it| within(&form, it));
    let title = within(&form, "[name=title]");
    form.type_into("title", " ").await;
    form.leave("title").await;
    assert_eq!(form.error("title"), "Enter a title");
    assert_eq!(below.map(|it| within(&form, it)), before);
    assert_eq!(within(&form, "[name=title]"), title, "its bar stands in the gutter");
}

#[wasm_bindgen_test]
async fn what_is_read_back_moves_nothing() {
    for read in ["Read as", "Gelesen als der Betrag von"] {
        let page = Page::new().await;
        page.todo.has_texts(&format!(r#"{{"read-as":"{read}"}}"#));
        let form = page.open().await;
        let below = ["[name=impact]", "[name=status]", "[name=reminderDate]"];
        let (before, foot) = (below.map(|it| within(&form, it)), place(&form, ".actions"));
        form.type_into("financialImpact", "1250").await;
        assert_eq!(form.hint("financialImpact"), format!("{read} EUR 1,250.00"));
        assert_eq!(below.map(|it| within(&form, it)), before);
        form.type_into("reminderDate", &next_year()).await;
        assert!(form.find(".days").is_none());
        assert_eq!((below.map(|it| within(&form, it)), place(&form, ".actions")), (before, foot));
    }
}

#[wasm_bindgen_test]
async fn what_stands_in_it_is_as_wide_whether_it_scrolls_or_not() {
    let page = Page::new().await;
    let form = page.open().await;
    let before = ["[name=title]", "[name=reminderDate]", ".needed"].map(|it| place(&form, it));
    let beside = place(&form, ".actions").2;
    let scrolls = Function::new_with_args("body, how", "body.style.overflowY = how");
    scrolls.call2(&JsValue::NULL, &form.find(".body").unwrap(), &"scroll".into()).unwrap();
    let after = ["[name=title]", "[name=reminderDate]", ".needed"].map(|it| place(&form, it));
    scrolls.call2(&JsValue::NULL, &form.find(".body").unwrap(), &"".into()).unwrap();
    assert_eq!(after, before);
    assert_eq!(place(&form, "[name=title]").2, beside - 48.0, "it ends where the buttons do");
}

#[wasm_bindgen_test]
async fn a_choice_and_what_clears_it_move_nothing() {
    let page = Page::new().await;
    let form = page.open().await;
    let words = ["HIGH", "MEDIUM", "LOW"].map(|word| format!("[name=impact][value={word}]"));
    let before = words.clone().map(|word| within(&form, &word));
    form.choose("impact", "MEDIUM").await;
    assert!(form.find("[part=clear]").is_some());
    assert_eq!(words.map(|word| within(&form, &word)), before);
}

#[wasm_bindgen_test]
async fn submit_is_as_wide_while_it_sends() {
    let page = Page::new().await;
    page.todo.has_texts(r#"{"sending":"Wird gerade gesendet…"}"#);
    page.relay.answers([Answer::Waits]);
    let form = page.open().await;
    form.fill().await;
    let before = place(&form, "button[type=submit]");
    form.submit().await;
    assert_eq!(form.buttons()[1], "Wird gerade gesendet…");
    assert_eq!(place(&form, "button[type=submit]"), before);
}

#[wasm_bindgen_test]
async fn from_right_to_left_the_cross_stands_beside_the_heading_and_the_bar_beside_its_field() {
    let page = Page::new().await;
    let form = page.open().await;
    form.dialog().set_attribute("dir", "rtl").unwrap();
    let ((close, _, _), (heading, _, width)) = (place(&form, ".close"), place(&form, "h2"));
    let (dialog, _, whole) = place(&form, "dialog");
    assert!(close < dialog + 60.0, "it stands at the end, which is the left");
    assert!(heading + width > dialog + whole - 60.0, "the heading begins at the right");
    for control in ["title", "description"] {
        assert_eq!(form.control(control).get_attribute("dir").as_deref(), Some("auto"), "{control}");
    }
    let root = form.dialog().closest("[lang]").unwrap().unwrap();
    assert_eq!((&*root.get_attribute("lang").unwrap(), &*root.get_attribute("dir").unwrap()), ("en", "ltr"));
    // Another test's form is drawn in the same place.
    form.dialog().remove_attribute("dir").unwrap();
}

/// What WCAG 1.4.12 has users set.
const SPACED: &str =
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }";

#[wasm_bindgen_test]
async fn no_word_stands_on_another_at_any_width_in_any_spacing_and_in_longer_languages() {
    let long = r#"{"choice.HIGH":"Zeer hoog","choice.MEDIUM":"Mittelmäßig","choice.LOW":"Niedrig",
        "choice.IN PROGRESS":"In Bearbeitung","choice.DONE":"Erledigt","label.likelihood":"Eintrittswahrscheinlichkeit"}"#;
    for (texts, spacing) in [("{}", ""), ("{}", SPACED), (long, ""), (long, SPACED)] {
        let page = Page::new().await;
        page.todo.has_texts(texts);
        let form = page.open().await;
        form.choose("impact", "HIGH").await;
        let overlaps = Function::new_with_args(
            "dialog, spacing",
            "const sheet = new CSSStyleSheet(), root = dialog.getRootNode(), before = root.adoptedStyleSheets;
            sheet.replaceSync(spacing);
            root.adoptedStyleSheets = [...before, sheet];
            dialog.style.maxWidth = 'none';
            const wrong = [];
            for (let width = 280; width <= 900; width += 7) {
                dialog.style.width = `${width}px`;
                for (const row of dialog.querySelectorAll('.segments')) {
                    const edge = row.getBoundingClientRect();
                    const words = [...row.querySelectorAll('span')].map((it) => {
                        const text = new Range();
                        text.selectNodeContents(it);
                        return text.getBoundingClientRect();
                    });
                    const apart = (a, b) => a.right <= b.left + 0.5 || a.bottom <= b.top + 0.5 || b.right <= a.left + 0.5;
                    const within = (it) => it.left >= edge.left && it.right <= edge.right + 0.5;
                    if (words.some((a, at) => !within(a) || words.slice(at + 1).some((b) => !apart(a, b)))) wrong.push(`${width}: ${row.textContent}`);
                }
                const body = dialog.querySelector('.body');
                if (body.scrollWidth > body.clientWidth) wrong.push(`${width}: it scrolls sideways`);
            }
            dialog.removeAttribute('style');
            root.adoptedStyleSheets = before;
            return wrong.join('\\n')",
        );
        let wrong = overlaps.call2(&JsValue::NULL, form.dialog(), &spacing.into()).unwrap();
        assert_eq!(wrong.as_string().unwrap(), "", "{texts} {spacing}");
    }
}

/// Where a control is among the fields, which may be scrolled.
fn within(form: &Form, selector: &str) -> (f64, f64, f64) {
    let ((left, top, width), fields) = (place(form, selector), place(form, ".fields"));
    (left, top - fields.1, width)
}

/// Where something is, in the window: left, top, width.
fn place(form: &Form, selector: &str) -> (f64, f64, f64) {
    let place = match selector {
        "dialog" => form.dialog().get_bounding_client_rect(),
        selector => form.find(selector).unwrap_or_else(|| panic!("no {selector}")).get_bounding_client_rect(),
    };
    (place.left(), place.top(), place.width())
}
