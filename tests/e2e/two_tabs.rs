//! The same order in two tabs, in a duplicated tab, and in two frames: each has a draft of its own, and a todo of its own.

use serde_json::json;

use crate::{
    desk::Desk,
    form::Form,
    stage::{Browser, Stage, Tab},
};

const ELEMENT: &str = "document.querySelector('#report-incident')";

/// The page refuses the next todo: its key is made, and waits for the next Submit.
async fn refuses_the_next_todo(tab: &Tab) {
    tab.read(&format!(
        "{ELEMENT}.addEventListener('bzctrl-submit', (event) => event.detail.refuse('Not yet'), {{ once: true }}) ?? 0"
    ))
    .await;
}

/// As "Duplicate tab" does: the new one has a copy of the tab's storage.
async fn duplicate(browser: &Browser) -> fantoccini::wd::WindowHandle {
    browser.tab.read("open(location.href) && 0").await;
    let first = browser.follow_to_new_tab().await;
    browser.tab.wait_for("document.readyState === 'complete' ? 'here' : ''").await;
    first
}

#[tokio::test]
async fn a_duplicated_tab_has_a_todo_of_its_own() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = desk.incident("Seal torn").await;
    refuses_the_next_todo(&browser.tab).await;
    form.submit().await;
    form.alert("Not yet").await;

    let first = duplicate(&browser).await;
    let copy = desk.report_incident().await;
    copy.token_has_come().await;
    assert_eq!(copy.value("title").await, "Seal torn");
    copy.fill("description", " too").await;
    copy.submit().await;
    copy.link().await;
    let of_copy = browser.tab.heard("bzctrl-created").await[0]["key"].clone();

    browser.back_to(first).await;
    let form = Form::shown(&browser.tab).await;
    assert_eq!(form.value("description").await, "At gate 4", "the copy has changed nothing here");
    form.submit().await;
    form.link().await;
    let of_first = browser.tab.heard("bzctrl-created").await[0]["key"].clone();
    assert_ne!(of_first, of_copy);
    let todos = stage.sandbox.todos().await;
    let described: Vec<_> = todos.iter().map(|todo| todo["description"].clone()).collect();
    assert!(described.len() == 2 && described.contains(&json!("At gate 4")), "{described:?}");
    assert!(described.contains(&json!("At gate 4 too")), "{described:?}");
}

#[tokio::test]
async fn a_doubt_that_was_duplicated_is_one_todo() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let proxy = stage.proxy.as_ref().unwrap();
    proxy.loses_answers(usize::MAX);
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.alert("The answer was lost on the way").await;

    let first = duplicate(&browser).await;
    let copy = desk.report_incident().await;
    copy.alert("The last submission was interrupted").await;
    copy.token_has_come().await;
    proxy.loses_answers(0);
    copy.submit().await;
    copy.link().await;
    browser.back_to(first).await;
    form.link().await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);
}

#[tokio::test]
async fn two_frames_of_one_tab_keep_what_was_typed_in_each() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    let open = "document.querySelector('bzctrl-todo').open().catch(() => {}) && 0";
    tab.go(&stage.host.page("hosts/two-frames.html?policy=none")).await;
    for (at, title) in [(0, "Seal torn"), (1, "Door bent")] {
        tab.enter_frame_at(at).await;
        tab.read(open).await;
        let form = Form::shown(tab).await;
        form.token_has_come().await;
        assert_eq!(form.value("title").await, "", "it is the other frame's");
        form.fill("title", title).await;
        form.fill("description", "At gate 4").await;
        tab.leave_frame().await;
    }
    tab.reload().await;
    let mut found = Vec::new();
    for at in [0, 1] {
        tab.enter_frame_at(at).await;
        tab.read(open).await;
        let form = Form::shown(tab).await;
        form.token_has_come().await;
        found.push(form.value("title").await);
        tab.leave_frame().await;
    }
    assert_eq!(found, ["Seal torn", "Door bent"]);
}
