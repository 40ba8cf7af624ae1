//! Token mode: todos go to BzCtrl itself, which knows no keys and promises nothing.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Answer, Form, Page, created, html};

const ADD_TASK: &str = "https://www.bzctrl.com/bzctrl-core-api/api/v1/task/add-task";

/// BzCtrl's own answer, as it is documented.
fn plain_token() -> Answer {
    Answer::json(
        200,
        r#"{"access_token":"x","refresh_token":"y","token_type":"Bearer","expires_in":3600,"scope":"*","jti":"z"}"#,
    )
}

async fn submitted(page: &Page) -> Form {
    page.todo.says("environment", "prod");
    page.relay.answers_for_token([plain_token(), plain_token()]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    form
}

#[wasm_bindgen_test]
async fn bzctrl_gets_the_two_documented_headers_and_nothing_else() {
    let page = Page::new().await;
    let form = submitted(&page).await;
    let sent = page.relay.todo();
    assert_eq!((sent.method.as_str(), sent.url.as_str()), ("POST", ADD_TASK));
    let headers: Vec<_> = sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(headers, [("authorization", "Bearer x"), ("content-type", "application/json")]);
    assert!(sent.is_plain);
    assert!(
        sent.body.starts_with(r#"{"todoType":"INCIDENT","domainWorkSpace":"EXA-CON-BUS-WOR","title":"Seal broken","#)
    );
    assert!(form.text().contains("Incident created"), "{}", form.text());
    assert_eq!(page.tabs.opened().len(), 1);
}

#[wasm_bindgen_test]
async fn any_2xx_with_a_link_is_created() {
    let page = Page::new().await;
    page.relay.answers([Answer::json(200, r#"{"taskLink":"https://www.bzctrl.com/app/#/todo/X-1"}"#)]);
    let form = submitted(&page).await;
    assert!(form.find("a[part~=task-link]").is_some(), "{}", form.text());
}

#[wasm_bindgen_test]
async fn an_answer_that_never_came_is_unknown_and_not_sent_again_by_itself() {
    for answer in [
        Answer::Rejects("a string".into()),
        Answer::Redirect,
        html(502),
        Answer::json(500, "{}"),
        html(200),
        Answer::json(200, "{}"),
    ] {
        let page = Page::new().await;
        page.relay.answers([answer]);
        let form = submitted(&page).await;
        assert!(form.alert().starts_with("No usable answer came from BzCtrl"), "{}", form.alert());
        assert!(form.alert().contains("that could create it twice"), "{}", form.alert());
        assert!(!form.is_editable());
        assert_eq!(form.buttons(), ["It is there, close", "Send again"]);
        page.passes(600_000.0).await;
        assert_eq!(page.relay.todos().len(), 1);
        assert_eq!(form.value("title"), "Seal broken");
        form.press("Send again").await;
        let sent = &page.relay.todos()[1];
        assert_eq!((sent.header("idempotency-key"), sent.header("x-bzctrl-replaces")), ("", ""));
        assert!(form.text().contains("Incident created"), "{}", form.text());
    }
}

#[wasm_bindgen_test]
async fn silence_is_unknown_too() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let form = submitted(&page).await;
    page.passes(60_000.0).await;
    assert!(form.alert().starts_with("No usable answer came from BzCtrl"), "{}", form.alert());
    page.passes(600_000.0).await;
    assert_eq!(page.relay.todos().len(), 1);
}

#[wasm_bindgen_test]
async fn a_definite_no_of_bzctrl_can_be_edited() {
    let page = Page::new().await;
    page.relay.answers([Answer::json(400, r#"{"message":"title is taken"}"#)]);
    let form = submitted(&page).await;
    assert!(form.alert().starts_with("BzCtrl refused it"), "{}", form.alert());
    assert!(form.alert().contains("title is taken"), "{}", form.alert());
    assert!(form.is_editable());
}

#[wasm_bindgen_test]
async fn a_refused_token_is_fetched_anew_once_and_bzctrl_that_is_busy_is_told() {
    let page = Page::new().await;
    let busy = [401, 429].map(|status| Answer::json(status, r#"{"error":"see the status"}"#));
    page.relay.answers(busy);
    let form = submitted(&page).await;
    assert_eq!(page.relay.token_requests().len(), 2);
    assert!(form.alert().starts_with("BzCtrl is busy"), "{}", form.alert());
    assert!(form.is_editable());
    page.passes(600_000.0).await;
    assert_eq!(page.relay.todos().len(), 2, "a press decides");
}

#[wasm_bindgen_test]
async fn where_nobody_says_where_todos_go_nothing_is_sent() {
    let page = Page::new().await;
    page.relay.answers_for_token([plain_token(), plain_token()]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.alert().starts_with("This page does not say where to send it"), "{}", form.alert());
    assert!(page.relay.todos().is_empty());
}

#[wasm_bindgen_test]
async fn the_token_answers_own_endpoint_comes_first_and_the_pages_next() {
    let page = Page::new().await;
    page.todo.says("token-endpoint", "https://host.example.com/bzctrl/token");
    page.todo.says("task-endpoint", "https://acc.bzctrl.com/stated");
    page.relay.answers_for_token([plain_token()]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert_eq!(page.relay.token_requests()[0].url, "https://host.example.com/bzctrl/token");
    assert_eq!(page.relay.todo().url, "https://acc.bzctrl.com/stated");

    let page = Page::new().await;
    page.todo.says("task-endpoint", "https://acc.bzctrl.com/stated");
    let told = r#"{"access_token":"x","mode":"token","task_endpoint":"https://told.example.com/add-task"}"#;
    page.relay.answers_for_token([Answer::json(200, told)]);
    page.relay.answers([created()]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert_eq!(page.relay.todo().url, "https://told.example.com/add-task");
}
