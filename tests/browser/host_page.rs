//! What the host's page hears, is promised and may do.

use std::rc::Rc;

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Answer, Page, Word, body, created, html, json, problem, token, word};
use bzctrl_contract::Code;

const MADE: &str = concat!(
    r#"{"title":"Potential Customs claim","taskType":"INCIDENT","#,
    r#""description":"Operation started without proper approvals","#,
    r#""taskLink":"https://www.bzctrl.com/app/#/todo/EXA-CON-BUS-WOR-03","tags":["ORDER 777"],"#,
    r#""replayed":false,"orderId":"ORDER 777","key":""#,
);

#[wasm_bindgen_test]
async fn the_host_hears_of_all_that_happens_in_its_order() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    form.press("Close").await;
    assert_eq!(page.hears.events(), ["open", "submit", "created", "close"]);
    let key = &page.relay.keys()[0];
    assert_eq!(json(&page.hears.detail("open")), r#"{"orderId":"ORDER 777"}"#);
    assert_eq!(json(&page.hears.detail("created")), format!(r#"{MADE}{key}"}}"#));
    assert_eq!(
        json(&page.hears.detail("close")),
        format!(r#"{{"reason":"created","orderId":"ORDER 777","key":"{key}"}}"#)
    );
    assert_eq!(page.hears.sender("created"), "bzctrl-todo");
}

#[wasm_bindgen_test]
async fn the_host_is_shown_what_will_be_sent_and_cannot_change_it() {
    let page = Page::new().await;
    page.todo.says("category", "Customs");
    page.hears.at("submit", |event| {
        drop(Reflect::set(&member(&event.detail(), "todo"), &"title".into(), &"mine".into()));
    });
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    let sent = page.relay.todo();
    let shown = member(&page.hears.detail("submit"), "todo");
    assert_eq!(json(&shown), sent.body);
    assert!(sent.body.contains("Seal broken"));
    for part in [&shown, &member(&shown, "category")] {
        assert!(Object::is_frozen(part.unchecked_ref::<Object>()));
    }
    assert_eq!(member(&page.hears.detail("submit"), "key").as_string().as_deref(), Some(sent.key()));
}

#[wasm_bindgen_test]
async fn a_host_that_refuses_keeps_the_form_open_with_its_words_as_text() {
    let page = Page::new().await;
    let refuses = Rc::new(std::cell::Cell::new(true));
    let still = refuses.clone();
    page.hears.at("submit", move |event| {
        if still.get() {
            let refuse = member(&event.detail(), "refuse");
            refuse
                .unchecked_ref::<Function>()
                .call1(&JsValue::UNDEFINED, &"Order <b>777</b> is closed".into())
                .unwrap();
        }
    });
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.alert().starts_with("Order <b>777</b> is closed\nNothing was sent so far."), "{}", form.alert());
    assert!(form.focus().starts_with("Order <b>777</b> is closed"), "{}", form.focus());
    assert!(form.is_editable() && page.relay.todos().is_empty());
    assert_eq!(form.value("title"), "Seal broken");
    assert!(
        json(&page.hears.detail("error")).starts_with(r#"{"code":"host-refused","title":"Order <b>777</b> is closed""#)
    );
    refuses.set(false);
    form.submit().await;
    assert!(form.text().contains("Incident created"), "the host is asked at each press");
}

#[wasm_bindgen_test]
async fn a_host_that_prevents_the_submit_refuses_too() {
    let page = Page::new().await;
    page.hears.at("submit", |event| event.prevent_default());
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(
        form.alert().starts_with("This page does not let it be sent\nNothing was sent so far."),
        "{}",
        form.alert()
    );
    assert!(form.is_editable() && page.relay.todos().is_empty());
}

#[wasm_bindgen_test]
async fn a_host_refuses_with_an_error_as_with_its_message_and_with_space_as_with_nothing() {
    let page = Page::new().await;
    let of_its_own = "This page does not let it be sent";
    let refusals = [
        ("new Error('Order 777 is closed')", "Order 777 is closed"),
        ("'   '", of_its_own),
        ("new Error(' ')", of_its_own),
    ];
    let form = page.open().await;
    form.fill().await;
    for (given, words) in refusals {
        let given = js_sys::eval(given).unwrap();
        page.hears.at("submit", move |event| {
            let refuse = member(&event.detail(), "refuse");
            refuse.unchecked_ref::<Function>().call1(&JsValue::UNDEFINED, &given).unwrap();
        });
        form.submit().await;
        assert!(form.alert().starts_with(&format!("{words}\nNothing was sent so far.")), "{}", form.alert());
        assert_eq!(member(&page.hears.detail("error"), "title"), words);
    }
}

#[wasm_bindgen_test]
async fn opening_promises_the_created_todo() {
    let page = Page::new().await;
    let (form, promise) = page.todo.open_with(&JsValue::UNDEFINED).await;
    assert_eq!(word(&promise).await, Word::Pending);
    form.fill().await;
    form.submit().await;
    let made = format!(r#"{MADE}{}"}}"#, page.relay.keys()[0]);
    assert_eq!(word(&promise).await, Word::Kept(made));
}

#[wasm_bindgen_test]
async fn a_form_that_is_closed_and_made_nothing_keeps_its_promise_with_null() {
    let page = Page::new().await;
    let (form, promise) = page.todo.open_with(&JsValue::UNDEFINED).await;
    form.press("Cancel").await;
    assert!(!form.is_open());
    assert_eq!(word(&promise).await, Word::Kept("null".to_owned()));
    assert_eq!(json(&page.hears.detail("close")), r#"{"reason":"cancelled","orderId":"ORDER 777"}"#);
}

#[wasm_bindgen_test]
async fn a_form_that_is_closed_while_nobody_can_know_breaks_its_promise() {
    let page = Page::new().await;
    page.relay.answers([html(502)]);
    let (form, promise) = page.todo.open_with(&JsValue::UNDEFINED).await;
    form.fill().await;
    form.submit().await;
    page.todo.close().await;
    assert!(form.text().contains("Nobody knows yet whether it was created."), "{}", form.text());
    form.closes_all_the_same().await;
    assert!(!form.is_open());
    assert_eq!(word(&promise).await, Word::Broken("outcome-unknown".to_owned()));
    assert!(
        json(&page.hears.detail("close")).starts_with(r#"{"reason":"unknown","orderId":"ORDER 777","key":"epoch-1."#)
    );
}

#[wasm_bindgen_test]
async fn while_the_form_is_open_the_same_promise_is_given() {
    let page = Page::new().await;
    let (form, promise) = page.todo.open_with(&JsValue::UNDEFINED).await;
    form.type_into("title", "Seal").await;
    let (same_form, same) = page.todo.open_with(&JsValue::UNDEFINED).await;
    assert!(JsValue::from(promise) == JsValue::from(same));
    assert!(form.dialog() == same_form.dialog() && form.value("title") == "Seal");
    assert_eq!(page.hears.events(), ["open"]);
}

#[wasm_bindgen_test]
async fn values_of_an_opening_win_over_the_property_and_that_over_the_attributes() {
    let page = Page::new().await;
    page.todo.says("prefill-title", "of the attribute");
    let config = object(&[("orderId", "ORDER 778"), ("prefillTitle", "of the property"), ("prefillPriority", "LOW")]);
    Reflect::set(page.todo.element(), &"config".into(), &config).unwrap();
    let (form, _) = page.todo.open_with(&object(&[("title", "of the opening")])).await;
    assert_eq!(form.value("title"), "of the opening");
    assert_eq!(form.value("priority"), "LOW");
    assert!(form.text().contains("ORDER 778"), "{}", form.text());
}

#[wasm_bindgen_test]
async fn settings_may_be_what_a_class_reads_out() {
    let page = Page::new().await;
    let config = js_sys::eval(
        "new (class extends class { get orderId() { return 'ORDER 778'; } get prefillTitle() { return 'Seal torn'; } } {
            get other() { return 'is not ours'; }
            save() {}
        })()",
    );
    Reflect::set(page.todo.element(), &"config".into(), &config.unwrap()).unwrap();
    let form = page.open().await;
    assert_eq!(form.value("title"), "Seal torn");
    assert!(form.text().contains("ORDER 778"), "{}", form.text());
    assert_eq!(page.hears.lines(), [""; 0]);
}

#[wasm_bindgen_test]
async fn what_holds_no_settings_is_told_once() {
    for given in [
        r#"'{"orderId":"ORDER 778"}'"#,
        "7",
        "new Map([['orderId', 'ORDER 778']])",
        "new Date()",
        "() => ({ orderId: 'ORDER 778' })",
    ] {
        let page = Page::new().await;
        let given_js = js_sys::eval(&format!("({given})")).unwrap();
        let form = page.todo.open_with(&given_js).await.0;
        assert!(form.text().contains("ORDER 777"), "{}", form.text());
        let told = page.hears.lines();
        let [line] = &told[..] else { panic!("{given}: {told:?}") };
        assert!(
            line.starts_with("bzctrl-todo: config is an object that a script sets or gives to open(), such as {"),
            "{line}"
        );
        form.press("Cancel").await;
        Reflect::set(page.todo.element(), &"config".into(), &given_js).unwrap();
        page.open().await;
        assert_eq!(page.hears.lines().len(), 2, "{given}");
    }
    let page = Page::new().await;
    drop(page.todo.open_with(&Object::new()).await);
    assert_eq!(page.hears.lines(), [""; 0], "an object that is empty");
}

#[wasm_bindgen_test]
async fn the_context_is_frozen_when_the_form_opens() {
    let page = Page::new().await;
    let form = page.open().await;
    page.todo.says("order-id", "ORDER 999");
    form.fill().await;
    form.submit().await;
    assert!(page.relay.todo().body.contains(r#""orderID":"ORDER 777""#));
    assert!(json(&page.hears.detail("created")).contains(r#""orderId":"ORDER 777""#));
}

#[wasm_bindgen_test]
async fn two_elements_on_a_page_have_two_forms_that_know_nothing_of_each_other() {
    let page = Page::new().await;
    let other = page.another_todo("ORDER 778");
    let form = page.open().await;
    form.type_into("title", "Of the first").await;
    page.todo.close().await;
    form.closes_all_the_same().await;
    let other_form = other.open().await;
    assert_eq!(other_form.value("title"), "");
    other_form.fill().await;
    other_form.submit().await;
    assert!(page.relay.todo().body.contains(r#""orderID":"ORDER 778""#));
    assert!(json(&page.hears.detail("created")).contains(r#""orderId":"ORDER 778""#));
    other_form.press("Close").await;
    let form = page.open().await;
    assert_eq!(form.value("title"), "Of the first");
    form.type_into("description", "It is.").await;
    form.submit().await;
    assert!(page.relay.todos()[1].body.contains(r#""orderID":"ORDER 777""#));
    let keys = page.relay.keys();
    assert_ne!(keys[0], keys[1]);
}

#[wasm_bindgen_test]
async fn two_elements_that_send_at_once_each_get_their_own_answer() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits, Answer::Waits]);
    let other = page.another_todo("ORDER 778");
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    page.todo.close().await;
    form.closes_all_the_same().await;
    let other_form = other.open().await;
    assert!(form.dialog() != other_form.dialog());
    other_form.fill().await;
    other_form.submit().await;
    page.relay.answers_at_last(problem(Code::WorkspaceDenied, "")).await;
    page.relay.answers_at_last(created()).await;
    assert!(form.alert().starts_with("This page may not write into that workspace"), "{}", form.alert());
    assert!(other_form.text().contains("Incident created"), "{}", other_form.text());
}

#[wasm_bindgen_test]
async fn an_element_that_is_removed_and_put_back_works_as_before() {
    let page = Page::new().await;
    let form = page.open().await;
    form.press("Cancel").await;
    page.todo.is_removed();
    page.todo.is_put_into(&body());
    let form = page.open().await;
    form.fill().await;
    page.todo.is_removed();
    page.todo.is_put_into(&body());
    assert!(form.is_open() && form.value("title") == "Seal broken");
    form.submit().await;
    assert!(form.text().contains("Incident created"));
    assert_eq!(page.hears.sender("created"), "bzctrl-todo");
}

#[wasm_bindgen_test]
async fn events_of_an_element_that_has_left_the_page_come_from_the_document() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let (form, promise) = page.todo.open_with(&JsValue::UNDEFINED).await;
    form.fill().await;
    form.submit().await;
    page.todo.is_removed();
    page.relay.answers_at_last(created()).await;
    assert_eq!(page.hears.events(), ["open", "submit", "created"]);
    assert_eq!(page.hears.sender("created"), "#document");
    assert!(json(&page.hears.detail("created")).starts_with(MADE));
    assert!(matches!(word(&promise).await, Word::Kept(made) if made.starts_with(MADE)));
}

#[wasm_bindgen_test]
async fn a_submission_under_way_goes_on_when_the_form_is_closed_and_its_event_comes() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let (form, promise) = page.todo.open_with(&JsValue::UNDEFINED).await;
    form.fill().await;
    form.submit().await;
    page.todo.close().await;
    form.closes_all_the_same().await;
    assert!(!form.is_open());
    assert_eq!(word(&promise).await, Word::Broken("outcome-unknown".to_owned()));
    page.relay.answers_at_last(created()).await;
    assert_eq!(page.hears.events(), ["open", "submit", "close", "created"]);
    assert!(page.tabs.opened().is_empty(), "a tab that nobody waits for is not opened");
    assert_eq!(page.stored(), "");
}

#[wasm_bindgen_test]
async fn a_form_that_is_opened_again_over_a_submission_under_way_shows_that_one() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    page.todo.close().await;
    form.closes_all_the_same().await;
    let (form, promise) = page.todo.open_with(&JsValue::UNDEFINED).await;
    assert_eq!(form.value("title"), "Seal broken");
    assert_eq!(form.buttons(), ["Cancel", "Sending…"]);
    page.relay.answers_at_last(created()).await;
    assert!(form.text().contains("Incident created"));
    assert!(matches!(word(&promise).await, Word::Kept(made) if made.starts_with(MADE)));
    assert_eq!(page.relay.todos().len(), 1);
}

#[wasm_bindgen_test]
async fn a_form_that_is_opened_as_soon_as_another_has_closed_stays_open() {
    let page = Page::new().await;
    let other = Rc::new(page.another_todo("ORDER 778"));
    let form = page.open().await;
    let next = other.clone();
    page.hears.at("close", move |event| {
        let order = member(&event.detail(), "orderId");
        if order == "ORDER 777" {
            drop(next.asks_to_open(&JsValue::UNDEFINED));
        }
    });
    form.press("Cancel").await;
    page.settles().await;
    assert_eq!(page.hears.events(), ["open", "close", "open"]);
    assert_eq!(page.open_forms(), 1);
}

#[wasm_bindgen_test]
async fn a_token_that_comes_after_its_form_has_closed_is_not_taken_for_the_next_forms() {
    let page = Page::new().await;
    let other = page.another_todo("ORDER 778");
    other.says("relay", "https://other.example.com/");
    page.relay.answers_for_token([Answer::Waits]);
    page.open().await.press("Cancel").await;
    let form = other.open().await;
    page.relay.answers_at_last(token("of-the-first")).await;
    form.fill().await;
    form.submit().await;
    let sent = page.relay.todo();
    assert_eq!(sent.url, "https://other.example.com/v1/tasks");
    assert_eq!(sent.header("authorization"), "Bearer token-2");
}

#[wasm_bindgen_test]
async fn a_place_that_a_framework_took_out_of_the_page_is_put_back() {
    let page = Page::new().await;
    page.open().await.press("Cancel").await;
    page.loses_what_it_does_not_know();
    let form = page.open().await;
    form.type_into("title", "Seal").await;
    page.loses_what_it_does_not_know();
    assert_eq!(page.open_forms(), 0);
    let form = page.open().await;
    assert!(form.dialog().matches(":modal").unwrap());
    assert_eq!(form.value("title"), "Seal");
}

#[wasm_bindgen_test]
async fn thirty_openings_use_one_place_at_the_end_of_the_body() {
    let page = Page::new().await;
    page.open().await.press("Cancel").await;
    let places = page.places();
    for at in 0..30 {
        let todo = page.another_todo(&format!("ORDER {at}"));
        let form = todo.open().await;
        assert!(form.text().contains(&format!("ORDER {at}\n")), "{}", form.text());
        form.press("Cancel").await;
        todo.is_removed();
    }
    assert_eq!(page.places(), places);
}

#[wasm_bindgen_test]
async fn the_parts_that_hosts_style_and_robots_look_for_are_there() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::TooLarge, "")]);
    let form = page.open().await;
    let has = |part: &str| form.dialog().matches(part).unwrap() || form.find(part).is_some();
    for part in ["dialog", "form", "field", "label", "control", "error", "actions", "submit", "cancel"] {
        assert!(has(&format!("[part~={part}]")), "{part}");
    }
    form.fill().await;
    form.submit().await;
    assert!(has("[role=alert][part~=status]"));
    form.submit().await;
    assert!(has("a[part~=task-link]"));
}

#[wasm_bindgen_test]
async fn what_the_page_misspells_is_told_to_its_developer_by_the_attributes_name() {
    let page = Page::new().await;
    page.todo.says("prefill-titel", "x");
    page.todo.says("prefill-priority", "urgent");
    page.todo.says("theme", "blue");
    page.todo.says("class", "wide");
    let form = page.open().await;
    let told = page.hears.lines();
    for attribute in ["prefill-titel", "prefill-priority", "theme"] {
        let lines = told.iter().filter(|line| line.starts_with(&format!("bzctrl-todo: {attribute} "))).count();
        assert_eq!(lines, 1, "{attribute} in {told:?}");
    }
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(form.value("priority"), "");
}

#[wasm_bindgen_test]
async fn on_the_usual_way_the_developers_console_is_silent() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    form.press("Close").await;
    assert_eq!(page.hears.lines(), [""; 0]);
}

fn member(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap()
}

fn object(members: &[(&str, &str)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &(*name).into(), &(*value).into()).unwrap();
    }
    object.into()
}
