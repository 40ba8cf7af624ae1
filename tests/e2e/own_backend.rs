//! A company's own backend in the relay's place, as docs/PROTOCOL.md has it: whoever is signed in there reports, and a press
//! makes one todo at most.

use serde_json::json;

use crate::{
    form::Form,
    stage::{Backend, Browser, Stage, Tab},
};

const TODO: &str = "document.querySelector('bzctrl-todo')";

/// A page of a host whose backend it is. The page claims another reporter than the one who is signed in.
async fn open<'a>(tab: &'a Tab, stage: &Stage, backend: &Backend) -> Form<'a> {
    tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
    let settings = json!({ "token-endpoint": format!("{}/v1/token", backend.address()), "credentials": "include" });
    tab.read(&format!("Object.entries({settings}).forEach((setting) => {TODO}.setAttribute(...setting))")).await;
    tab.wait_for(&format!("{TODO}.matches(':defined') && 'defined'")).await;
    tab.press(&tab.element(&format!("{TODO}.firstElementChild")).await).await;
    Form::shown(tab).await
}

async fn signs_in(tab: &Tab, stage: &Stage, user: &str) {
    tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
    tab.read(&format!("document.cookie = 'session={user}; path=/'")).await;
}

async fn fill(form: &Form<'_>) {
    form.fill("title", "Seal torn").await;
    form.fill("description", "At gate 4").await;
}

#[tokio::test]
async fn a_todo_is_in_the_name_of_who_is_signed_in_at_the_backend() {
    let stage = Stage::set().await;
    let backend = Backend::start(&stage.sandbox, &stage.host.page(""));
    let browser = Browser::start().await;
    signs_in(&browser.tab, &stage, "clerk@example.com").await;

    let form = open(&browser.tab, &stage, &backend).await;
    fill(&form).await;
    form.submit().await;
    let link = form.link().await;
    let todos = stage.sandbox.todos().await;
    assert_eq!((todos.len(), &todos[0]["reporter"]), (1, &json!("clerk@example.com")));
    assert_eq!(todos[0]["taskLink"], link);
}

#[tokio::test]
async fn who_is_not_signed_in_at_the_backend_is_told_and_what_was_typed_stays() {
    let stage = Stage::set().await;
    let backend = Backend::start(&stage.sandbox, &stage.host.page(""));
    let browser = Browser::start().await;
    let form = open(&browser.tab, &stage, &backend).await;
    fill(&form).await;
    form.submit().await;
    form.alert("The relay does not accept who you are").await;
    assert_eq!(form.value("title").await, "Seal torn");
    assert_eq!(stage.sandbox.requests().await.len(), 0);
}

#[tokio::test]
async fn what_bzctrl_refuses_is_told_and_a_corrected_todo_goes_on() {
    let stage = Stage::set().await;
    let backend = Backend::start(&stage.sandbox, &stage.host.page(""));
    let browser = Browser::start().await;
    signs_in(&browser.tab, &stage, "clerk@example.com").await;
    stage.sandbox.next_todo_meets(json!({ "status": { "code": 422, "body": "json" } })).await;

    let form = open(&browser.tab, &stage, &backend).await;
    fill(&form).await;
    form.submit().await;
    form.alert("BzCtrl refused it").await;
    form.submit().await;
    form.link().await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);
}

#[tokio::test]
async fn a_backend_that_dies_while_it_sends_says_that_nobody_knows() {
    let stage = Stage::set().await;
    let mut backend = Backend::start(&stage.sandbox, &stage.host.page(""));
    let browser = Browser::start().await;
    signs_in(&browser.tab, &stage, "clerk@example.com").await;
    stage.sandbox.next_todo_meets(json!("silence")).await;

    let form = open(&browser.tab, &stage, &backend).await;
    fill(&form).await;
    form.submit().await;
    stage.sandbox.has_a_request().await;
    backend.kill();
    backend.come_back();
    form.alert("BzCtrl did not say what became of it").await;
    assert_eq!(stage.sandbox.requests().await.len(), 1);
    // Within its first second a press is taken for one that was meant for the button that stood there before.
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    form.press("Send again").await;
    form.link().await;
}
