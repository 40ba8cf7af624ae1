//! Keys, the dialog, closing it, and where the focus goes.

use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{DomRect, Event, EventInit, HtmlElement, MouseEvent, MouseEventInit};

use crate::page::{Answer, Page, document, hands, json};

#[wasm_bindgen_test]
async fn enter_in_a_one_line_field_does_not_submit_as_scanners_end_with_it() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    for name in ["title", "financialImpact", "reminderDate"] {
        let passed = form.key(name, "Enter", false).await;
        assert!(!passed, "{name}: the browser would submit");
    }
    assert!(form.find("form").is_none(), "the browser has nothing to send");
    assert!(page.relay.todos().is_empty());
    assert!(form.is_open() && form.alert().is_empty());
    assert!(form.key("description", "Enter", false).await, "in a text it is a new line");
}

#[wasm_bindgen_test]
async fn control_and_enter_submit_from_any_field() {
    for name in ["title", "description", "financialImpact"] {
        let page = Page::new().await;
        let form = page.open().await;
        form.fill().await;
        form.key(name, "Enter", true).await;
        assert_eq!(page.relay.todos().len(), 1, "{name}");
    }
}

#[wasm_bindgen_test]
async fn a_past_date_stands_in_the_summary_though_the_focus_was_in_it() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.type_into("reminderDate", "2020-02-29").await;
    form.key("reminderDate", "Enter", true).await;
    assert!(form.alert().starts_with("There is 1 problem"), "{}", form.alert());
    assert_eq!(form.error("reminderDate"), "Choose today or a later day");
}

#[wasm_bindgen_test]
async fn what_is_typed_does_not_reach_the_hosts_key_listeners() {
    let page = Page::new().await;
    let form = page.open().await;
    form.key_goes_down_and_up("title", "a").await;
    form.key_goes_down_and_up("description", "Enter").await;
    form.key("title", "Escape", false).await;
    assert_eq!(page.hears.keys(), [""; 0]);
    document().body().unwrap().dispatch_event(&cancelable("keydown")).unwrap();
    assert_eq!(page.hears.keys(), ["keydown"], "the host's own listener works");
}

#[wasm_bindgen_test]
async fn a_form_into_which_nothing_was_typed_closes_at_once() {
    for way in 0..5 {
        let page = Page::new().await;
        let form = page.open().await;
        match way {
            0 => drop(form.key("title", "Escape", false).await),
            1 => form.press_in("[part=actions]", "Cancel").await,
            2 => form.press_in(".head", "Close").await,
            3 => press_beside(&page, form.dialog()).await,
            _ => page.todo.close().await,
        }
        assert!(!form.is_open(), "way {way}");
        assert_eq!(page.hears.events(), ["open", "close"], "way {way}");
    }
}

#[wasm_bindgen_test]
async fn a_form_into_which_something_was_typed_asks_in_the_dialog() {
    for way in 0..6 {
        let page = Page::new().await;
        let form = page.open().await;
        form.type_into("title", "Seal").await;
        match way {
            0 => drop(form.key("title", "Escape", false).await),
            1 => form.press_in("[part=actions]", "Cancel").await,
            2 => form.press_in(".head", "Close").await,
            3 => press_beside(&page, form.dialog()).await,
            4 => {
                // As the browser asks on Android's back gesture, which is no key.
                assert!(!form.dialog().dispatch_event(&cancelable("cancel")).unwrap());
                page.settles().await;
            }
            _ => page.todo.close().await,
        }
        assert!(form.is_open(), "way {way}");
        assert!(form.text().contains("Close the form?"), "way {way}");
        assert!(form.text().contains("What you typed is kept in this tab until you come back."), "way {way}");
        assert_eq!(form.focus(), "Back", "way {way}");
        form.press("Back").await;
        assert!(form.is_open() && !form.text().contains("Close the form?"), "way {way}");
        assert_eq!((form.focus().as_str(), form.value("title").as_str()), ("title", "Seal"), "way {way}");
    }
}

#[wasm_bindgen_test]
async fn escape_over_the_question_goes_back_to_the_form_and_never_reaches_the_browser_which_would_close_it() {
    for way in 0..3 {
        let page = Page::new().await;
        let form = page.open().await;
        form.type_into("title", "Seal").await;
        assert!(!form.key("title", "Escape", false).await);
        assert!(form.text().contains("Close the form?"));
        match way {
            0 => assert!(!form.key("title", "Escape", false).await, "the question is answered"),
            1 => press_beside(&page, form.dialog()).await,
            _ => {
                assert!(!form.dialog().dispatch_event(&cancelable("cancel")).unwrap());
                page.settles().await;
            }
        }
        assert!(form.is_open() && !form.text().contains("Close the form?"), "way {way}");
        assert_eq!((form.focus().as_str(), form.value("title").as_str()), ("title", "Seal"), "way {way}");
        // Who is asked again may answer.
        form.key("title", "Escape", false).await;
        form.closes_all_the_same().await;
        assert!(!form.is_open(), "way {way}");
        assert_eq!(json(&page.hears.detail("close")), r#"{"reason":"cancelled","orderId":"ORDER 777"}"#);
    }
}

#[wasm_bindgen_test]
async fn the_keys_of_an_input_method_are_none_of_ours() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    for (key, with_control) in [("Enter", true), ("Escape", false)] {
        assert!(form.composes("title", key, with_control).await, "{key} is the input method's");
    }
    assert!(page.relay.todos().is_empty() && form.is_open() && !form.text().contains("Close the form?"));
}

#[wasm_bindgen_test]
async fn a_press_in_the_form_is_no_press_beside_it() {
    let page = Page::new().await;
    let form = page.open().await;
    press_beside(&page, &form.find(".fields").unwrap()).await;
    press_beside(&page, &form.find("h2").unwrap()).await;
    assert!(form.is_open());
}

#[wasm_bindgen_test]
async fn a_press_on_the_dialogs_own_scroll_bar_or_padding_is_no_press_beside_it() {
    let page = Page::new().await;
    let form = page.open().await;
    hands::wait(1000.0);
    let scroll_bar = |place: &DomRect| (place.right() - 4.0, place.top() + 90.0);
    let padding = |place: &DomRect| (place.left() + 1.0, place.bottom() - 1.0);
    for corner in [scroll_bar, padding] {
        for kind in ["mousedown", "click"] {
            // Where it is now: it may still be on its way up.
            let (x, y) = corner(&form.dialog().get_bounding_client_rect());
            press_on(&page, form.dialog(), kind, 1, (x as i32, y as i32)).await;
        }
    }
    assert!(form.is_open());
}

#[wasm_bindgen_test]
async fn a_press_that_begins_or_ends_in_the_form_is_not_beside_it() {
    let page = Page::new().await;
    let form = page.open().await;
    hands::wait(1000.0);
    // A selection of text that ends beside the form; the browser says that the dialog was clicked.
    press_at(&page, &form.control("title"), "mousedown", 1).await;
    press_at(&page, form.dialog(), "click", 1).await;
    assert!(form.is_open());
    press_at(&page, form.dialog(), "mousedown", 1).await;
    let middle = (web_sys::window().unwrap().inner_width().unwrap().as_f64().unwrap() / 2.0) as i32;
    press_on(&page, form.dialog(), "click", 1, (middle, 100)).await;
    assert!(form.is_open());
    press_beside(&page, form.dialog()).await;
    assert!(!form.is_open());
}

#[wasm_bindgen_test]
async fn a_press_beside_the_form_leaves_the_focus_where_it_is_and_closes_it() {
    let page = Page::new().await;
    let form = page.open().await;
    assert!(!press_at(&page, form.dialog(), "mousedown", 1).await, "the browser would give the focus to the body");
    press_beside(&page, form.dialog()).await;
    assert!(!form.is_open());
}

#[wasm_bindgen_test]
async fn a_press_on_a_button_leaves_the_focus_in_the_field_so_that_no_error_moves_the_button_away() {
    let page = Page::new().await;
    let form = page.open().await;
    for button in ["[part=submit]", "[part=cancel]"] {
        let goes_on = press_at(&page, &form.find(button).unwrap(), "mousedown", 1).await;
        assert!(!goes_on, "{button}: the browser would move the focus to it");
    }
}

#[wasm_bindgen_test]
async fn a_dialog_that_the_browser_closes_by_itself_is_a_closed_form() {
    let page = Page::new().await;
    let form = page.open().await;
    form.type_into("title", "Seal").await;
    let dialog = form.dialog();
    dialog.close();
    // Behind a tab that another test has opened there is no frame, with which the browser would tell of it.
    if document().hidden() {
        dialog.dispatch_event(&web_sys::Event::new("close").unwrap()).unwrap();
    }
    page.until(|page| page.hears.events() == ["open", "close"]).await;
    let form = page.open().await;
    assert_eq!(form.value("title"), "Seal", "what was typed survives it");
}

#[wasm_bindgen_test]
async fn the_dialog_is_modal_and_named_by_its_heading() {
    let page = Page::new().await;
    let form = page.open().await;
    assert!(form.dialog().matches(":modal").unwrap());
    let heading = form.dialog().get_attribute("aria-labelledby").unwrap();
    assert_eq!(form.find(&format!("#{heading}")).unwrap().inner_text(), "Report incident");
}

/// A whole press on an element; the place is at the edge of the window, beside the dialog.
async fn press_beside(page: &Page, on: &HtmlElement) {
    hands::wait(1000.0);
    press_at(page, on, "mousedown", 1).await;
    press_at(page, on, "click", 1).await;
}

/// The pointer's event; the browser counts the presses of a double click. Says whether the browser may go on with it.
async fn press_at(page: &Page, on: &HtmlElement, kind: &str, count: i32) -> bool {
    press_on(page, on, kind, count, (0, 0)).await
}

/// The same at a place of the window.
async fn press_on(page: &Page, on: &HtmlElement, kind: &str, count: i32, (x, y): (i32, i32)) -> bool {
    let init = MouseEventInit::new();
    init.set_bubbles(true);
    init.set_composed(true);
    init.set_cancelable(true);
    init.set_detail(count);
    init.set_client_x(x);
    init.set_client_y(y);
    let goes_on = on.dispatch_event(&MouseEvent::new_with_mouse_event_init_dict(kind, &init).unwrap()).unwrap();
    page.settles().await;
    goes_on
}

fn cancelable(kind: &str) -> Event {
    let init = EventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    Event::new_with_event_init_dict(kind, &init).unwrap()
}

#[wasm_bindgen_test]
async fn whatever_in_the_form_had_the_focus_may_lose_it() {
    let page = Page::new().await;
    let form = page.open().await;
    for name in ["impact", "likelihood", "priority", "status", "todoType"] {
        // A press on what a choice is called, or on a word that cannot be chosen, gives the focus to what is around.
        let around = form.control(name).closest("[tabindex]").unwrap().unwrap();
        around.unchecked_ref::<HtmlElement>().focus().unwrap();
        form.goes_on(around.unchecked_ref(), Some(&form.control("title"))).await;
        assert!(form.is_open(), "{name}");
    }
    form.type_into("title", "Seal torn").await;
    assert_eq!((form.value("title").as_str(), form.alert().as_str()), ("Seal torn", ""));
}

#[wasm_bindgen_test]
async fn what_goes_while_it_is_sent_gives_the_focus_to_submit() {
    for (chosen, selector) in
        [(None, "[name=impact]"), (Some("impact"), "[part=clear]"), (None, "[data-kind=date] [part=quiet]")]
    {
        let page = Page::new().await;
        page.relay.answers([Answer::Waits]);
        let form = page.open().await;
        form.fill().await;
        if let Some(field) = chosen {
            form.choose(field, "HIGH").await;
        }
        let element = form.find(selector).unwrap_or_else(|| panic!("no {selector}"));
        element.focus().unwrap();
        hands::wait(1000.0);
        form.key_with_control(&element, "Enter").await;
        assert_eq!(page.relay.todos().len(), 1, "{selector}");
        assert_eq!(form.focus(), "Sending…", "{selector}");
    }
}

#[wasm_bindgen_test]
async fn who_goes_back_from_the_question_is_where_he_was() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    for name in ["description", "financialImpact"] {
        form.control(name).focus().unwrap();
        form.key(name, "Escape", false).await;
        assert_eq!(form.focus(), "Back");
        form.press("Back").await;
        assert_eq!(form.focus(), name);
    }
}
