//! Presses, and what they were meant for: what has just appeared takes none for a second, and no button looks dead.

use std::cell::Cell;
use std::rc::Rc;

use bzctrl_contract::Code;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, EventInit, MouseEvent, MouseEventInit};

use crate::page::{Answer, Form, Page, hands, html, key_of, problem};

const ALMOST_A_SECOND: f64 = 999.0;

#[wasm_bindgen_test]
async fn a_second_press_on_submit_presses_nothing_of_the_created_view_for_a_second() {
    let page = Page::new().await;
    let form = submitted(&page).await;
    assert_eq!(form.buttons(), ["Report another", "Close"]);
    hands::wait(ALMOST_A_SECOND);
    for button in ["[part=another]", "[part=done]", "[part=copy]", ".close"] {
        form.press_at_once(button).await;
        assert!(form.is_open() && form.buttons() == ["Report another", "Close"], "{button} took the press");
    }
    hands::wait(1.0);
    form.press_at_once("[part=done]").await;
    assert!(!form.is_open());
}

#[wasm_bindgen_test]
async fn the_created_todos_link_is_not_followed_by_the_press_that_sent_it() {
    let page = Page::new().await;
    let form = submitted(&page).await;
    hands::wait(ALMOST_A_SECOND);
    assert!(!follows(&form, 1), "a second tab would open");
    hands::wait(1.0);
    assert!(!follows(&form, 2), "the second press of a double click is one press");
    assert!(follows(&form, 1));
}

#[wasm_bindgen_test]
async fn what_comes_in_the_place_of_submit_takes_no_press_for_a_second() {
    for (answer, button) in
        [(html(502), "Try now"), (problem(Code::OutcomeUnknown, ""), "Send again"), (html(200), "Try now")]
    {
        let page = Page::new().await;
        page.relay.answers([answer]);
        let form = submitted(&page).await;
        assert_eq!(form.buttons()[1], button);
        hands::wait(ALMOST_A_SECOND);
        form.press_at_once("[part=actions] > button:last-of-type").await;
        form.key_at_once("title", &key_of("Enter", true)).await;
        assert_eq!(page.relay.todos().len(), 1, "{button} took the press");
        hands::wait(1.0);
        form.press_at_once("[part=actions] > button:last-of-type").await;
        assert_eq!(page.relay.todos().len(), 2, "{button} is dead");
    }
}

#[wasm_bindgen_test]
async fn a_doubt_that_comes_back_takes_no_press_for_a_second_either() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::OutcomeUnknown, ""), problem(Code::OutcomeUnknown, "")]);
    let form = submitted(&page).await;
    form.press("Send again").await;
    assert_eq!(page.relay.todos().len(), 2);
    hands::wait(ALMOST_A_SECOND);
    form.press_at_once("[part=actions] > button:last-of-type").await;
    assert_eq!(page.relay.todos().len(), 2);
}

#[wasm_bindgen_test]
async fn the_question_takes_no_answer_for_a_second_but_escape_which_is_back_to_the_form() {
    let page = Page::new().await;
    let form = page.open().await;
    form.type_into("title", "Seal").await;
    form.press("Cancel").await;
    hands::wait(ALMOST_A_SECOND);
    form.press_at_once(".question [part=discard]").await;
    form.press_at_once(".question [part=leave]").await;
    form.press_at_once(".question [part=accent]").await;
    assert!(form.is_open() && form.text().contains("Close the form?"));
    form.key_at_once("title", &key_of("Escape", false)).await;
    assert!(form.is_open() && !form.text().contains("Close the form?"));
}

#[wasm_bindgen_test]
async fn ctrl_with_enter_counts_as_soon_as_the_question_is_gone_and_not_while_it_stands() {
    let page = Page::new().await;
    let form = page.open().await;
    form.type_into("title", "Seal").await;
    form.type_into("description", "At gate 4").await;
    let submits = key_of("Enter", true);
    form.press("Cancel").await;
    form.key_at_once("title", &submits).await;
    hands::wait(1000.0);
    form.key_at_once("title", &submits).await;
    assert_eq!(page.relay.todos().len(), 0, "the question was not answered");
    form.key_at_once("title", &key_of("Escape", false)).await;
    form.key_at_once("title", &submits).await;
    assert_eq!(page.relay.todos().len(), 1);
}

#[wasm_bindgen_test]
async fn the_question_that_has_stood_takes_its_answer_whatever_changes_behind_it() {
    for (button, is_open) in [("accent", true), ("leave", false)] {
        let page = Page::new().await;
        page.relay.answers([html(502), html(502)]);
        let form = submitted(&page).await;
        assert_eq!(form.buttons(), ["Stop", "Try now"]);
        hands::wait(1000.0);
        form.press_at_once(".close").await;
        hands::wait(ALMOST_A_SECOND);
        form.press_at_once(".question [part=leave]").await;
        assert!(form.is_open(), "the question has just come");
        hands::wait(1.0);
        // The foot goes from the countdown to sending and to the next countdown, and the press comes at that moment.
        page.passes(1_000.0).await;
        assert_eq!(page.relay.todos().len(), 2);
        form.press_at_once(&format!(".question [part={button}]")).await;
        assert_eq!((form.is_open(), form.text().contains("Close the form?")), (is_open, false), "{button}");
    }
}

#[wasm_bindgen_test]
async fn what_changes_behind_the_question_is_guarded_as_ever() {
    let page = Page::new().await;
    page.relay.answers([html(502), problem(Code::OutcomeUnknown, "")]);
    let form = submitted(&page).await;
    hands::wait(1000.0);
    form.press_at_once(".close").await;
    hands::wait(1000.0);
    page.passes(1_000.0).await;
    assert!(form.buttons().is_empty(), "the question stands in their place");
    form.press_at_once(".question [part=accent]").await;
    form.press_at_once("[part=actions] > button:last-of-type").await;
    assert_eq!(page.relay.todos().len(), 2, "Send again has just come");
    hands::wait(1000.0);
    form.press_at_once("[part=actions] > button:last-of-type").await;
    assert_eq!(page.relay.todos().len(), 3);
}

#[wasm_bindgen_test]
async fn a_press_that_was_to_open_the_form_does_not_close_it() {
    let page = Page::new().await;
    let form = page.open().await;
    hands::wait(ALMOST_A_SECOND);
    form.press_at_once("[part=cancel]").await;
    form.press_at_once(".close").await;
    assert!(form.is_open());
    hands::wait(1.0);
    form.press_at_once("[part=cancel]").await;
    assert!(!form.is_open());
    let form = page.open().await;
    form.press_at_once("[part=cancel]").await;
    assert!(form.is_open(), "each opening is new");
}

#[wasm_bindgen_test]
async fn cancel_beside_a_submit_that_was_just_pressed_is_as_it_was() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let form = submitted(&page).await;
    form.press_at_once("[part=cancel]").await;
    assert!(form.text().contains("Close the form?"), "{}", form.text());
}

#[wasm_bindgen_test]
async fn a_submit_that_found_something_wrong_can_be_pressed_again_at_once() {
    let page = Page::new().await;
    let form = page.open().await;
    form.submit().await;
    assert!(form.alert().starts_with("There are 2 problems"));
    form.fill().await;
    form.press_at_once("button[type=submit]").await;
    assert_eq!(page.relay.todos().len(), 1);
}

#[wasm_bindgen_test]
async fn the_second_press_of_a_double_click_is_not_meant_for_what_the_first_brought_up() {
    let page = Page::new().await;
    let form = page.open().await;
    hands::wait(1000.0);
    click(&form, "[part=cancel]", 2);
    page.settles().await;
    assert!(form.is_open());
    click(&form, "[part=cancel]", 1);
    page.settles().await;
    assert!(!form.is_open());
}

#[wasm_bindgen_test]
async fn a_key_that_is_held_down_presses_once() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    hands::wait(1000.0);
    let held = |key, with_control| {
        let init = key_of(key, with_control);
        init.set_repeat(true);
        init
    };
    form.key_at_once("title", &held("Escape", false)).await;
    assert!(!form.text().contains("Close the form?"));
    form.key_at_once("title", &held("Enter", true)).await;
    assert!(page.relay.todos().is_empty());
    assert!(form.key_at_once("description", &held("Enter", false)).await, "in a text it is many lines");
    form.submit().await;
    let link = form.find("a[part=task-link]").unwrap();
    let enter = web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &held("Enter", false)).unwrap();
    assert!(!link.dispatch_event(&enter).unwrap(), "the browser would open tab after tab");
}

#[wasm_bindgen_test]
async fn a_key_that_ends_a_composition_is_none_of_ours_though_safari_does_not_say_so() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    hands::wait(1000.0);
    for (key, with_control) in [("Enter", true), ("Enter", false), ("Escape", false)] {
        let init = key_of(key, with_control);
        init.set_key_code(229);
        assert!(form.key_at_once("title", &init).await, "{key} is the input method's");
    }
    assert!(page.relay.todos().is_empty() && form.is_open() && !form.text().contains("Close the form?"));
}

#[wasm_bindgen_test]
async fn the_browser_has_no_form_that_it_could_send() {
    let page = Page::new().await;
    let form = page.open().await;
    assert!(form.find("form").is_none());
    let submit = form.find("button[type=submit]").unwrap();
    assert!(js_sys::Reflect::get(&submit, &"form".into()).unwrap().is_null());
    // As the key of a filler that is no key: it breaks nothing.
    let init = EventInit::new();
    init.set_bubbles(true);
    form.control("title").dispatch_event(&Event::new_with_event_init_dict("keydown", &init).unwrap()).unwrap();
    form.fill().await;
    form.submit().await;
    assert_eq!(page.relay.todos().len(), 1);
}

async fn submitted(page: &Page) -> Form {
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    form
}

/// Whether the browser would follow the created todo's link.
fn follows(form: &Form, count: i32) -> bool {
    click(form, "a[part=task-link]", count)
}

/// Clicks; says whether the browser might go on with it. It does not: a tab of its own would stand in front of all later tests.
fn click(form: &Form, selector: &str, count: i32) -> bool {
    let init = MouseEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_detail(count);
    let event = MouseEvent::new_with_mouse_event_init_dict("click", &init).unwrap();
    let pressed = form.find(selector).unwrap();
    let goes_on = Rc::new(Cell::new(false));
    let end = Closure::once_into_js({
        let goes_on = goes_on.clone();
        move |event: Event| {
            goes_on.set(!event.default_prevented());
            event.prevent_default();
        }
    });
    pressed.get_root_node().add_event_listener_with_callback("click", end.unchecked_ref()).unwrap();
    pressed.dispatch_event(&event).unwrap();
    pressed.get_root_node().remove_event_listener_with_callback("click", end.unchecked_ref()).unwrap();
    goes_on.get()
}
