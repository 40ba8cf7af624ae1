//! The way of a todo that is made: what is sent, what is shown, what is opened.

use bzctrl_contract::Code;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Answer, Page, created, next_year, problem, token};

/// A key of the epoch that the token answer names.
fn is_key(text: &str) -> bool {
    text.strip_prefix("epoch-1.")
        .is_some_and(|random| random.len() == 32 && random.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[wasm_bindgen_test]
async fn an_incident_is_sent_byte_for_byte_as_documented() {
    let page = Page::new().await;
    page.todo.says("category", "Customs");
    page.todo.says("sub-category", "IT");
    let form = page.open().await;
    form.type_into("title", " Potential \"Customs\" claim <b> ").await;
    form.type_into("description", "Operation started\n\twithout Λάθος 誤り 👩‍🔧").await;
    form.type_into("financialImpact", "123.577,80").await;
    form.choose("impact", "HIGH").await;
    form.choose("likelihood", "MEDIUM").await;
    form.choose("priority", "HIGH").await;
    form.choose("status", "DONE").await;
    form.type_into("reminderDate", &next_year()).await;
    form.submit().await;
    assert_eq!(
        page.relay.todo().body,
        [
            r#"{"todoType":"INCIDENT","domainWorkSpace":"EXA-CON-BUS-WOR","title":"Potential \"Customs\" claim <b>","#,
            r#""description":"Operation started\n\twithout Λάθος 誤り 👩‍🔧","financialImpact":"123577.80","#,
            r#""impact":"HIGH","likelihood":"MEDIUM","status":"DONE","priority":"HIGH","assignee":"user@example.com","#,
            r#""reporter":"user@example.com","category":["Customs"],"subCategory":["IT"],"lrn":"725462","#,
            r#""orderID":"ORDER 777","reminderDate":""#,
            &next_year(),
            r#""}"#,
        ]
        .concat()
    );
}

#[wasm_bindgen_test]
async fn what_cannot_be_seen_is_not_sent_whoever_gave_it() {
    let page = Page::new().await;
    page.todo.says("reporter", "user@example.com\u{200b}");
    page.todo.says("order-id", "\u{2066}ORDER 777\u{2069}");
    let form = page.open().await;
    form.type_into("title", "\u{feff}Seal\u{ad} broken\u{202e}").await;
    form.type_into("description", "می\u{200c}خواهم 👩\u{200d}🔧").await;
    form.type_into("financialImpact", "\u{202d}1250\u{202c}").await;
    form.submit().await;
    let body = &page.relay.todo().body;
    for sent in [
        r#""title":"Seal broken""#,
        "\"description\":\"می\u{200c}خواهم 👩\u{200d}🔧\"",
        r#""financialImpact":"1250""#,
        r#""assignee":"user@example.com","reporter":"user@example.com""#,
        r#""orderID":"ORDER 777""#,
    ] {
        assert!(body.contains(sent), "{sent} is not in {body}");
    }
}

#[wasm_bindgen_test]
async fn half_of_a_character_is_sent_as_the_sign_that_browsers_show_for_it() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.holds_half_a_character("title").await;
    form.submit().await;
    assert!(page.relay.todo().body.contains("\"title\":\"Seal \u{fffd}\""), "{}", page.relay.todo().body);
}

#[wasm_bindgen_test]
async fn a_task_is_sent_without_the_incidents_fields_whatever_was_typed_there() {
    let page = Page::new().await;
    page.todo.does_not_say("lrn");
    let form = page.open().await;
    form.fill().await;
    form.type_into("financialImpact", "12").await;
    form.choose("impact", "LOW").await;
    form.choose("todoType", "TASK").await;
    form.type_into("result", "A new seal").await;
    form.submit().await;
    assert_eq!(
        page.relay.todo().body,
        concat!(
            r#"{"todoType":"TASK","domainWorkSpace":"EXA-CON-BUS-WOR","title":"Seal broken","#,
            r#""description":"The seal of MSKU 907032-3 is broken.","result":"A new seal","status":"IN PROGRESS","#,
            r#""assignee":"user@example.com","reporter":"user@example.com","orderID":"ORDER 777"}"#,
        )
    );
}

#[wasm_bindgen_test]
async fn the_relay_gets_the_protocols_requests_and_headers_and_nothing_else() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    let asked = page.relay.token_requests();
    assert_eq!(asked.len(), 1, "the token of the opening serves the Submit");
    assert_eq!((asked[0].method.as_str(), asked[0].url.as_str()), ("POST", "https://relay.example.com/v1/token"));
    assert_eq!(asked[0].body, "grant_type=client_credentials");
    assert_eq!(
        asked[0].headers,
        pairs(&[("content-type", "application/x-www-form-urlencoded"), ("x-bzctrl-widget", "1")])
    );
    let sent = page.relay.todo();
    assert_eq!((sent.method.as_str(), sent.url.as_str()), ("POST", "https://relay.example.com/v1/tasks"));
    let key = sent.header("idempotency-key").to_owned();
    assert!(key.starts_with('"') && key.ends_with('"') && is_key(sent.key()), "{key}");
    assert_eq!(
        sent.headers,
        pairs(&[
            ("authorization", "Bearer token-1"),
            ("content-type", "application/json"),
            ("idempotency-key", &key),
            ("x-bzctrl-widget", "1"),
        ])
    );
    assert!(asked[0].is_plain && sent.is_plain, "no cookies, no cache, no redirect");
}

#[wasm_bindgen_test]
async fn a_created_todo_shows_its_title_and_link_has_the_focus_and_opens_in_a_tab_without_an_opener() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    let link = form.find("a[part~=task-link]").expect("a link");
    let address = "https://www.bzctrl.com/app/#/todo/EXA-CON-BUS-WOR-03";
    assert_eq!(link.get_attribute("href").as_deref(), Some(address));
    assert_eq!(form.focus(), "Open EXA-CON-BUS-WOR-03 in BzCtrl");
    let text = form.text();
    assert!(
        text.contains("Incident created") && text.contains("Seal broken") && text.contains("It has opened"),
        "{text}"
    );
    assert_eq!(page.tabs.opened(), [address]);
    assert!(!page.tabs.know_their_opener());
    assert!(form.find("[name=title]").is_none(), "the form gives way");
    assert_eq!(page.stored(), "");
}

#[wasm_bindgen_test]
async fn a_blocked_tab_is_told_and_the_link_has_the_focus() {
    let page = Page::new().await;
    page.tabs.are_blocked();
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.text().contains("The browser did not let it open by itself. Follow the link."), "{}", form.text());
    assert!(form.focus().starts_with("Open EXA-CON-BUS-WOR-03"));
}

#[wasm_bindgen_test]
async fn a_host_that_opens_links_itself_gets_no_tab() {
    let page = Page::new().await;
    page.todo.says("open-link", "never");
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.find("a[part~=task-link]").is_some());
    assert!(page.tabs.opened().is_empty());
}

#[wasm_bindgen_test]
async fn a_link_that_may_not_be_opened_is_text() {
    for bad in ["javascript:alert(1)", "https://bzctrl.com@evil.example/", "//bzctrl.com/app"] {
        let page = Page::new().await;
        page.relay.answers([Answer::json(201, format!(r#"{{"taskType":"INCIDENT","taskLink":"{bad}"}}"#))]);
        let form = page.open().await;
        form.fill().await;
        form.submit().await;
        assert!(form.text().contains("BzCtrl gave no usable link to it. Look for it by its title."), "{}", form.text());
        assert!(form.text().contains(bad));
        assert!(form.find(".created a").is_none() && page.tabs.opened().is_empty());
        assert_eq!(form.focus(), "Seal broken");
    }
}

#[wasm_bindgen_test]
async fn a_todo_that_had_been_made_before_is_said_to_be() {
    let page = Page::new().await;
    page.relay.answers([created().with("Idempotency-Replayed", "true")]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.text().contains("It had been created already. Nothing was created twice."), "{}", form.text());
}

#[wasm_bindgen_test]
async fn another_one_is_a_new_todo_under_a_new_key() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    form.press("Report another").await;
    assert_eq!((form.value("title").as_str(), form.focus().as_str()), ("", "title"));
    form.fill().await;
    form.submit().await;
    let keys = page.relay.keys();
    assert!(keys.len() == 2 && keys[0] != keys[1], "{keys:?}");
}

#[wasm_bindgen_test]
async fn a_press_sends_once_however_often_it_is_pressed() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert_eq!(form.buttons(), ["Cancel", "Sending…"]);
    assert_eq!(form.find("[type=submit]").unwrap().get_attribute("aria-disabled").as_deref(), Some("true"));
    assert!(!form.is_editable());
    form.submit().await;
    form.key("title", "Enter", true).await;
    page.relay.answers_at_last(created()).await;
    assert!(form.text().contains("Incident created"));
    page.passes(600_000.0).await;
    assert_eq!(page.relay.todos().len(), 1);
    assert_eq!(page.tabs.opened().len(), 1);
}

#[wasm_bindgen_test]
async fn a_press_before_the_token_has_come_waits_for_that_one() {
    let page = Page::new().await;
    page.relay.answers_for_token([Answer::Waits]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert_eq!(form.buttons(), ["Cancel", "Sending…"]);
    page.relay.answers_at_last(token("late")).await;
    assert_eq!(page.relay.token_requests().len(), 1);
    assert_eq!(page.relay.todo().header("authorization"), "Bearer late");
}

#[wasm_bindgen_test]
async fn a_token_is_renewed_before_it_ends_and_not_sooner() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::WorkspaceDenied, ""), problem(Code::WorkspaceDenied, "")]);
    let form = page.open().await;
    form.fill().await;
    page.passes(239_000.0).await;
    form.submit().await;
    assert_eq!(page.relay.token_requests().len(), 1);
    page.passes(2_000.0).await;
    form.submit().await;
    assert_eq!(page.relay.token_requests().len(), 2);
    assert_eq!(page.relay.todos()[1].header("authorization"), "Bearer token-2");
}

#[wasm_bindgen_test]
async fn an_answer_of_another_frame_is_an_answer() {
    let page = Page::new().await;
    page.relay.answers_for_token([Answer::OfAnotherRealm(Box::new(token("foreign")))]);
    page.relay.answers([Answer::OfAnotherRealm(Box::new(created()))]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert_eq!(page.relay.todo().header("authorization"), "Bearer foreign");
    assert!(form.text().contains("Incident created"), "{}", form.text());
}

#[wasm_bindgen_test]
async fn the_tenants_defaults_fill_what_the_page_left_out_and_the_user_has_not_touched() {
    let page = Page::new().await;
    page.todo.does_not_say("domain-work-space");
    page.todo.does_not_say("reporter");
    let defaults = r#"{"access_token":"t","mode":"sealed","key_epoch":"epoch-1","environment":"acc",
        "defaults":{"domainWorkSpace":"EXA-CON-BUS-TEN","reporter":"verified@example.com","todoType":"TASK","lrn":"other"}}"#;
    page.relay.answers_for_token([Answer::json(200, defaults)]);
    let form = page.open().await;
    assert!(form.text().contains("Create task") && form.text().contains("EXA-CON-BUS-TEN"), "{}", form.text());
    assert!(form.text().contains("ACC · test"), "what is not production stands in sight: {}", form.text());
    form.fill().await;
    form.submit().await;
    let body = page.relay.todo().body;
    for part in [r#""todoType":"TASK""#, "EXA-CON-BUS-TEN", r#""reporter":"verified@example.com""#, r#""lrn":"725462""#]
    {
        assert!(body.contains(part), "{part} is not in {body}");
    }
}

#[wasm_bindgen_test]
async fn a_type_that_the_user_chose_is_not_changed_by_a_late_token() {
    let page = Page::new().await;
    page.relay.answers_for_token([Answer::Waits]);
    let form = page.open().await;
    form.choose("todoType", "TASK").await;
    form.choose("todoType", "INCIDENT").await;
    let late = r#"{"access_token":"t","mode":"sealed","key_epoch":"epoch-1","defaults":{"todoType":"TASK"}}"#;
    page.relay.answers_at_last(Answer::json(200, late)).await;
    assert_eq!(form.value("todoType"), "INCIDENT");
}

#[wasm_bindgen_test]
async fn a_type_whose_own_fields_are_being_filled_is_not_changed_by_a_late_token() {
    let page = Page::new().await;
    page.relay.answers_for_token([Answer::Waits]);
    let form = page.open().await;
    form.type_into("financialImpact", "12").await;
    let late = r#"{"access_token":"t","mode":"sealed","key_epoch":"epoch-1","defaults":{"todoType":"TASK"}}"#;
    page.relay.answers_at_last(Answer::json(200, late)).await;
    assert_eq!((form.value("todoType").as_str(), form.value("financialImpact").as_str()), ("INCIDENT", "12"));
}

fn pairs(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
