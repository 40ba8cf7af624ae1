//! What is said of what was typed, as it is typed or left: a date in words, how long a text is; and what is typed for the user.

use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use crate::page::{Answer, Form, Page, next_year, problem};
use bzctrl_contract::Code;

#[wasm_bindgen_test]
async fn a_date_is_read_back_in_words() {
    let page = Page::new().await;
    let form = page.open().await;
    for (typed, read) in [("2099-12-03", "Thursday 3 December 2099"), ("2096-02-29", "Wednesday 29 February 2096")] {
        form.type_into("reminderDate", typed).await;
        assert_eq!(form.hint("reminderDate").replace(',', ""), read);
    }
}

#[wasm_bindgen_test]
async fn a_day_that_is_over_is_told_when_the_field_is_left() {
    let page = Page::new().await;
    let form = page.open().await;
    form.type_into("reminderDate", "2020-02-29").await;
    assert_eq!(form.error("reminderDate"), "", "not while it is typed");
    left(&page, &form, "reminderDate").await;
    assert_eq!(form.error("reminderDate"), "Choose today or a later day");
    form.type_into("reminderDate", &next_year()).await;
    left(&page, &form, "reminderDate").await;
    assert_eq!(form.error("reminderDate"), "");
}

#[wasm_bindgen_test]
async fn today_tomorrow_and_next_monday_are_one_press() {
    let page = Page::new().await;
    for word in ["Today", "Tomorrow", "Monday"] {
        let form = page.open().await;
        form.press(word).await;
        let day = js_sys::Date::new(&form.value("reminderDate").into());
        let days = (day.get_time() - js_sys::Date::now()) / 86_400_000.0;
        match word {
            "Today" => assert!((-1.6..=0.6).contains(&days), "{days}"),
            "Tomorrow" => assert!((-0.6..=1.6).contains(&days), "{days}"),
            _ => assert!(day.get_utc_day() == 1 && (-0.6..=7.6).contains(&days), "{days}"),
        }
        assert_eq!(form.focus(), "reminderDate", "{word}");
        assert!(form.find(".days").is_none(), "what was chosen is read back there");
        left(&page, &form, "reminderDate").await;
        assert_eq!(form.error("reminderDate"), "", "{word}");
        form.press("Cancel").await;
        form.press("Discard").await;
    }
}

#[wasm_bindgen_test]
async fn a_text_is_counted_once_little_more_fits_and_it_is_told_by_how_much_it_is_too_long() {
    let page = Page::new().await;
    let form = page.open().await;
    form.type_into("title", &"ü".repeat(229)).await;
    assert_eq!(form.hint("title"), "");
    form.type_into("title", &"ü".repeat(230)).await;
    assert_eq!(form.hint("title"), "230 of 255 characters");
    form.type_into("title", &"ü".repeat(1_505)).await;
    left(&page, &form, "title").await;
    assert_eq!(form.error("title"), "Remove 1,250 characters: at most 255 fit. Nothing is cut.");
}

#[wasm_bindgen_test]
async fn what_clears_a_choice_is_named_by_it_and_comes_after_it() {
    let page = Page::new().await;
    let form = page.open().await;
    form.choose("impact", "HIGH").await;
    form.choose("priority", "LOW").await;
    assert_eq!(clears(&form), ["Clear Impact", "Clear Priority"]);
    let clear = form.find("[part=clear]").unwrap();
    assert!(clear.get_bounding_client_rect().height() >= 24.0);
    let follows = form.control("impact").compare_document_position(&clear);
    assert_eq!(follows & 4, 4, "it follows its radios");
}

#[wasm_bindgen_test]
async fn what_cannot_be_changed_looks_it_and_has_no_focus() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::OutcomeUnknown, ""), Answer::Waits]);
    let form = page.open().await;
    form.fill().await;
    let live = background(&form);
    form.submit().await;
    assert_ne!(background(&form), live, "a choice that is locked is not drawn as a live one");
    assert_eq!(form.find("[role=radiogroup]").unwrap().get_attribute("aria-readonly").as_deref(), Some("true"));
    form.press_in(".head", "Close").await;
    form.press("Back").await;
    assert!(form.focus().starts_with("BzCtrl did not say"), "where it was: the title cannot be typed into");
}

/// A field is left, as the browser tells it where another window has the focus, too.
async fn left(page: &Page, form: &Form, name: &str) {
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    let event = web_sys::Event::new_with_event_init_dict("focusout", &init).unwrap();
    form.control(name).dispatch_event(&event).unwrap();
    page.settles().await;
}

fn background(form: &Form) -> String {
    let segments: HtmlElement = form.find("[data-kind=level] .segments").unwrap().unchecked_into();
    let style = js_sys::Function::new_with_args("it", "return getComputedStyle(it).backgroundColor");
    style.call1(&wasm_bindgen::JsValue::NULL, &segments).unwrap().as_string().unwrap()
}

fn clears(form: &Form) -> Vec<String> {
    let all = form.dialog().query_selector_all("[part=clear]").unwrap();
    let named = (0..all.length()).map(|at| all.get(at).unwrap().unchecked_into::<HtmlElement>());
    named.map(|it| it.get_attribute("aria-label").unwrap_or_default()).collect()
}
