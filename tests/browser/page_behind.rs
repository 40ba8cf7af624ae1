//! The page behind an open form: it stands still, whatever turns, swipes or presses keys; the form scrolls.

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use crate::page::{Form, Page, key_of};

#[wasm_bindgen_test]
async fn a_wheel_scrolls_the_form_where_it_can_and_the_page_behind_never() {
    let page = Page::new().await;
    let (form, body) = long_form(&page).await;
    let everywhere = [form.dialog().clone().into(), form.find("h2").unwrap(), form.control("title")];
    let title = form.control("title");
    assert!(everywhere.iter().all(|on| kept(on, "wheel", "deltaY: -100")), "the form is at its top");
    assert!(!kept(&title, "wheel", "deltaY: 100"));
    body.set_scroll_top(10);
    assert!(!kept(&title, "wheel", "deltaY: -100"));
    body.set_scroll_top(10_000);
    assert!(everywhere.iter().all(|on| kept(on, "wheel", "deltaY: 100")), "the form is at its end");
    assert!(kept(&everywhere[0], "wheel", "deltaX: 100"), "nor does the page go sideways");
    assert!(!kept(&everywhere[0], "wheel", "deltaY: 100, ctrlKey: true"), "with Control it zooms");
}

#[wasm_bindgen_test]
async fn a_long_text_scrolls_in_its_own_control() {
    let page = Page::new().await;
    let (form, body) = long_form(&page).await;
    let area = form.control("description");
    body.set_scroll_top(10_000);
    area.set_scroll_top(0);
    assert!(!kept(&area, "wheel", "deltaY: 100"));
    area.set_scroll_top(100_000);
    assert!(kept(&area, "wheel", "deltaY: 100"));
    body.set_scroll_top(0);
    assert!(!kept(&area, "wheel", "deltaY: 100"), "then the form goes on");
}

#[wasm_bindgen_test]
async fn of_a_text_of_any_length_what_makes_its_control_high_is_as_long_as_can_be_seen() {
    let page = Page::new().await;
    let form = page.open().await;
    let text = "ünd so weiter ".repeat(3000);
    form.type_into("description", &text).await;
    let copy = form.control("description").parent_element().unwrap().get_attribute("data-text").unwrap();
    assert!(text.starts_with(&copy) && (15_997..=16_000).contains(&copy.len()));
    assert_eq!(form.value("description"), text);
    assert!(form.control("description").client_height() > 200, "it is as high as it gets");
}

#[wasm_bindgen_test]
async fn a_finger_scrolls_the_form_where_it_can_and_the_page_behind_never() {
    let page = Page::new().await;
    let (form, _) = long_form(&page).await;
    let (backdrop, title) = (form.dialog().clone().into(), form.control("title"));
    assert!(swipe(&backdrop, 0, 30) && swipe(&title, 0, 30), "the form is at its top");
    assert!(!swipe(&title, 0, -30), "the form goes down");
    assert!(swipe(&backdrop, -30, 0), "nor does the page go sideways");
    assert!(!swipe(&title, -30, 0), "a text longer than its control goes sideways");
    let two = "touches: [0, 1].map((identifier) => new Touch({ identifier, target: it, clientX: identifier * 90, clientY: 9 }))";
    assert!(!kept(&backdrop, "touchmove", two), "two fingers zoom");
}

#[wasm_bindgen_test]
async fn keys_scroll_the_form_wherever_in_it_the_focus_is() {
    let page = Page::new().await;
    let (form, body) = long_form(&page).await;
    let end = body.scroll_height() - body.client_height();
    for (on, key, goes) in [
        ("[part=submit]", "PageDown", Goes::Down),
        ("[part=submit]", "End", Goes::To(end)),
        (".close", "PageUp", Goes::Up),
        (".close", "Home", Goes::To(0)),
        ("[name=title]", "PageDown", Goes::Down),
        ("[name=priority]", "End", Goes::To(end)),
        ("[name=title]", "PageUp", Goes::Up),
        ("[part=form]", " ", Goes::Down),
        ("[part=form]", "ArrowUp", Goes::Up),
        ("[part=submit]", "ArrowDown", Goes::Down),
    ] {
        let before = body.scroll_top();
        assert!(is_ours(&form, on, key, ""), "{key} on {on} would scroll the page");
        let now = body.scroll_top();
        let well = match goes {
            Goes::Up => now < before,
            Goes::Down => now > before,
            Goes::To(place) => now == place,
        };
        assert!(well, "{key} on {on}: from {before} to {now}");
    }
    assert!(is_ours(&form, "[part=submit]", "ArrowLeft", ""), "nor sideways");
}

enum Goes {
    Up,
    Down,
    To(i32),
}

#[wasm_bindgen_test]
async fn keys_that_a_control_or_the_browser_has_a_use_for_are_theirs() {
    let page = Page::new().await;
    let form = page.open().await;
    let in_text = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", " ", "a"];
    for on in ["[name=title]", "[name=description]", "[name=financialImpact]", "[name=reminderDate]"] {
        for key in in_text {
            assert!(!is_ours(&form, on, key, ""), "{key} in {on}");
        }
    }
    for key in ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", " "] {
        assert!(!is_ours(&form, "[name=priority]", key, ""), "{key} chooses");
    }
    assert!(!is_ours(&form, "[part=submit]", " ", ""), "a button is pressed by it");
    assert!(!is_ours(&form, "[part=submit]", "ArrowLeft", "altKey: true"), "Back");
    assert!(!is_ours(&form, "[part=submit]", "PageDown", "ctrlKey: true"), "the next tab");
    assert!(!is_ours(&form, "[part=submit]", "Tab", ""));
    let (form, _) = long_form(&page).await;
    form.control("description").set_scroll_top(0);
    assert!(!is_ours(&form, "[name=description]", "PageDown", ""), "a text that is longer than its control");
}

#[wasm_bindgen_test]
async fn a_press_between_the_controls_keeps_the_focus_in_the_form_so_that_keys_reach_it_alone() {
    let page = Page::new().await;
    let form = page.open().await;
    for (selector, nearest) in [("h2", "[part=form]"), ("#field-title-hint", "[part=field]")] {
        let focusable = form.find(selector).unwrap().closest("[tabindex]").unwrap();
        assert!(focusable.is_some_and(|it| it.matches(nearest).unwrap()), "{selector}");
    }
    form.key_at_once("title", &key_of("PageDown", false)).await;
    assert!(page.hears.keys().is_empty());
}

/// A form that is longer than the window, at its top; and what scrolls in it: in a low window the form, in others its body.
async fn long_form(page: &Page) -> (Form, HtmlElement) {
    let form = page.open().await;
    form.type_into("description", &"a long text that wraps ".repeat(300)).await;
    let scrolls = [".body", ".form"].map(|it| form.find(it).unwrap()).into_iter();
    let scrolls = scrolls.max_by_key(|it| it.scroll_height() - it.client_height()).unwrap();
    assert!(scrolls.scroll_height() > scrolls.client_height() + 50, "it is not long");
    scrolls.set_scroll_top(0);
    (form, scrolls)
}

#[wasm_bindgen_test]
async fn a_file_that_is_dropped_on_the_form_does_not_take_the_pages_place_and_a_text_is_dropped_into_its_field() {
    const BRINGS: &str =
        "dataTransfer: (() => { const brings = new DataTransfer(); brings.items.add(WHAT); return brings; })()";
    let page = Page::new().await;
    let form = page.open().await;
    for on in [form.dialog().clone().into(), form.control("description"), form.find("h2").unwrap()] {
        for kind in ["dragover", "drop"] {
            assert!(kept(&on, kind, &BRINGS.replace("WHAT", "new File(['...'], 'seal.jpg')")), "{kind}");
            assert!(!kept(&on, kind, &BRINGS.replace("WHAT", "'Seal torn', 'text/plain'")), "{kind}");
        }
    }
}

/// Whether the browser is kept from its own doing by an event that is made from these members.
fn kept(on: &HtmlElement, kind: &str, members: &str) -> bool {
    let class = match kind {
        "wheel" => "WheelEvent",
        "keydown" => "KeyboardEvent",
        "dragover" | "drop" => "DragEvent",
        _ => "TouchEvent",
    };
    let script = format!(
        "return !it.dispatchEvent(new {class}('{kind}', {{ bubbles: true, composed: true, cancelable: true, {members} }}))"
    );
    Function::new_with_args("it", &script).call1(&JsValue::NULL, on).unwrap() == true
}

/// Whether a finger that goes so far is kept from scrolling.
fn swipe(on: &HtmlElement, x: i32, y: i32) -> bool {
    let touch = |x, y| format!("touches: [new Touch({{ identifier: 1, target: it, clientX: {x}, clientY: {y} }})]");
    assert!(!kept(on, "touchstart", &touch(300, 300)), "a touch may become a press");
    kept(on, "touchmove", &touch(300 + x, 300 + y))
}

fn is_ours(form: &Form, on: &str, key: &str, members: &str) -> bool {
    kept(&form.find(on).unwrap(), "keydown", &format!("key: '{key}', {members}"))
}
