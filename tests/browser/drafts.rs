//! What survives: in the tab's session storage, bound to what the page itself states.

use bzctrl_contract::Code;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Answer, Page, created, html, problem};

#[wasm_bindgen_test]
async fn what_was_typed_is_there_at_the_next_opening_and_can_be_dropped() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.choose("priority", "LOW").await;
    form.choose("todoType", "TASK").await;
    form.type_into("result", "A new seal").await;
    page.todo.close().await;
    form.closes_all_the_same().await;

    let form = page.open().await;
    assert!(form.text().contains("Draft restored"), "{}", form.text());
    for (name, value) in [("title", "Seal broken"), ("priority", "LOW"), ("todoType", "TASK"), ("result", "A new seal")]
    {
        assert_eq!(form.value(name), value, "{name}");
    }
    form.press("Start anew").await;
    assert_eq!((form.value("title").as_str(), form.value("todoType").as_str()), ("", "INCIDENT"));
    assert!(!form.text().contains("Draft restored"));
    assert_eq!(page.stored(), "");
}

#[wasm_bindgen_test]
async fn one_orders_text_never_shows_up_at_anothers_nor_at_another_users() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    page.todo.close().await;
    form.closes_all_the_same().await;
    for (attribute, other, own) in [
        ("order-id", "ORDER 778", "ORDER 777"),
        ("reporter", "another@example.com", "user@example.com"),
        ("domain-work-space", "EXA-CON-BUS-TEN", "EXA-CON-BUS-WOR"),
        ("relay", "https://other.example.com/", "https://relay.example.com"),
    ] {
        page.todo.says(attribute, other);
        let form = page.open().await;
        assert_eq!(form.value("title"), "", "{attribute}");
        form.press("Cancel").await;
        page.todo.says(attribute, own);
    }
    assert_eq!(page.open().await.value("title"), "Seal broken");
}

#[wasm_bindgen_test]
async fn no_address_no_token_and_no_order_is_ever_stored() {
    let page = Page::new().await;
    page.todo.says("assignee", "chief@example.com");
    page.relay.answers([Answer::Waits]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    let stored = page.stored();
    assert!(stored.contains("Seal broken"), "{stored}");
    assert!(stored.contains(page.relay.todo().key()), "the key is kept while it is sent: {stored}");
    for secret in ["user@", "chief@", "token-1", "Bearer", "ORDER 777", "EXA-CON-BUS-WOR"] {
        assert!(!stored.contains(secret), "{secret} is in {stored}");
    }
    page.relay.answers_at_last(created()).await;
    assert_eq!(page.stored(), "", "what is made is no draft");
}

#[wasm_bindgen_test]
async fn an_undecided_submission_is_asked_about_under_its_key_and_only_at_a_press() {
    let page = Page::new().await;
    page.relay.always_answers(html(502));
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    page.passes(121_000.0).await;
    let asked = page.relay.todos().len();
    page.todo.close().await;
    form.closes_all_the_same().await;

    page.relay.always_answers(created());
    let form = page.open().await;
    assert!(form.alert().starts_with("The last submission was interrupted"), "{}", form.alert());
    assert!(form.focus().starts_with("The last submission was interrupted"), "{}", form.focus());
    assert!(!form.is_editable() && form.value("title") == "Seal broken");
    assert_eq!(form.buttons(), ["It is there, close", "Ask again"]);
    assert!(!form.text().contains("Start anew"), "absent while an outcome is undecided");
    page.passes(600_000.0).await;
    assert_eq!(page.relay.todos().len(), asked, "nothing is sent without a press");
    form.press("Ask again").await;
    let todos = page.relay.todos();
    assert_eq!(todos[0].key(), todos[asked].key());
    assert_eq!(todos[0].body, todos[asked].body);
    assert!(form.text().contains("Incident created"), "{}", form.text());
}

#[wasm_bindgen_test]
async fn an_undecided_one_of_token_mode_stays_unknown() {
    let page = Page::new().await;
    page.todo.says("environment", "prod");
    let plain = Answer::json(200, r#"{"access_token":"x","token_type":"Bearer"}"#);
    page.relay.answers_for_token([plain.clone(), plain]);
    page.relay.answers([html(502)]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    page.todo.close().await;
    form.closes_all_the_same().await;
    let form = page.open().await;
    assert!(form.alert().starts_with("No usable answer came from BzCtrl"), "{}", form.alert());
    assert_eq!(form.buttons(), ["It is there, close", "Send again"]);
}

#[wasm_bindgen_test]
async fn what_was_not_accepted_keeps_text_and_key_over_a_close() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::TooLarge, "")]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    page.todo.close().await;
    form.closes_all_the_same().await;
    let form = page.open().await;
    assert!(form.is_editable());
    form.submit().await;
    let keys = page.relay.keys();
    assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
}

#[wasm_bindgen_test]
async fn signing_out_closes_the_form_and_drops_what_was_typed() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    page.passes(300.0).await;
    assert_ne!(page.stored(), "");
    form.type_into("title", "Typed in the last moment").await;
    bzctrl_widget::page::forget();
    page.settles().await;
    assert!(!form.is_open());
    page.passes(1000.0).await;
    assert_eq!(page.stored(), "");
    assert_eq!(page.open().await.value("title"), "");
}

#[wasm_bindgen_test]
async fn of_an_undecided_submission_signing_out_leaves_the_key_alone() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    let key = page.relay.todo().key().to_owned();
    bzctrl_widget::page::forget();
    page.settles().await;
    let stored = page.stored();
    assert!(stored.contains(&key) && !stored.contains("Seal"), "{stored}");
    drop(form);
    page.relay.answers_at_last(created()).await;
    assert_eq!(page.hears.events(), ["open", "submit", "close", "created"]);
}

#[wasm_bindgen_test]
async fn where_storage_is_forbidden_the_form_works_all_the_same() {
    let page = Page::new().await;
    page.forbids_storage();
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.text().contains("Incident created"), "{}", form.text());
}

#[wasm_bindgen_test]
async fn what_does_not_fit_into_a_full_storage_gives_way_to_the_key_and_is_told_once() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let form = page.open().await;
    form.fill().await;
    page.passes(300.0).await;
    assert!(page.stored().contains("The seal of MSKU"));
    page.fills_storage_but_for(1500);
    form.type_into("description", &"It is broken. ".repeat(200)).await;
    page.passes(300.0).await;
    let of_form = |page: &Page| page.stored().lines().filter(|line| !line.starts_with("filled")).collect::<String>();
    assert!(!of_form(&page).contains("The seal of MSKU"), "nothing older stays: {}", of_form(&page));
    form.type_into("title", "Seal broken, again").await;
    page.passes(300.0).await;
    assert_eq!(page.hears.lines().len(), 1, "{:?}", page.hears.lines());
    page.todo.close().await;
    assert!(form.text().contains("This browser does not keep what you typed"), "{}", form.text());
    form.press("Back").await;

    form.submit().await;
    assert!(of_form(&page).contains(page.relay.todo().key()), "{}", of_form(&page));
    page.todo.close().await;
    assert!(form.text().contains("Nobody knows yet whether it was created."), "{}", form.text());
}

#[wasm_bindgen_test]
async fn what_the_hidden_type_alone_has_does_not_crowd_out_what_is_shown() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    page.fills_storage_but_for(1500);
    form.choose("todoType", "TASK").await;
    form.type_into("result", &"Cleared. ".repeat(400)).await;
    form.choose("todoType", "INCIDENT").await;
    form.type_into("title", "Seal broken, again").await;
    page.passes(300.0).await;
    assert!(page.stored().contains("Seal broken, again") && !page.stored().contains("Cleared."));
}

#[wasm_bindgen_test]
async fn a_forgotten_submission_that_goes_on_leaves_the_next_users_draft_alone() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    bzctrl_widget::page::forget();
    page.settles().await;
    assert!(!form.is_open());

    let next = page.open().await;
    assert!(next.alert().starts_with("The last submission was interrupted"), "{}", next.alert());
    next.press("It is there, close").await;
    let next = page.open().await;
    assert_eq!(next.value("title"), "", "the next shift's user has an empty form");
    next.type_into("title", "Door bent").await;
    page.passes(300.0).await;
    page.relay.answers_at_last(created()).await;
    assert!(page.stored().contains("Door bent"), "{}", page.stored());
    assert_eq!(next.value("title"), "Door bent");
}

#[wasm_bindgen_test]
async fn what_is_opened_and_forgotten_in_one_moment_is_forgotten() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    page.passes(300.0).await;
    page.todo.close().await;
    form.closes_all_the_same().await;
    let closed = page.todo.asks_to_open(&wasm_bindgen::JsValue::UNDEFINED);
    bzctrl_widget::page::forget();
    page.settles().await;
    assert_eq!(crate::page::word(&closed).await, crate::page::Word::Kept("null".to_owned()));
    assert_eq!((page.open_forms(), page.stored().as_str()), (0, ""));
    assert_eq!(page.open().await.value("title"), "");
}

#[wasm_bindgen_test]
async fn a_clock_that_is_set_back_holds_nothing_up() {
    let page = Page::new().await;
    page.relay.answers([html(502)]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    page.clock_goes_back(3_600_000.0);
    page.passes(1000.0).await;
    assert!(form.text().contains("Incident created"), "{}", form.text());
}
