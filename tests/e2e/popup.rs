//! The created todo's tab, where the browser does not let it open.

use serde_json::{Value, json};

use crate::{
    desk::Desk,
    stage::{Browser, Host, Stage},
};

/// What becomes of a tab that nobody has asked for.
async fn unasked_tab(browser: &Browser, host: &Host) -> String {
    browser.tab.go(&host.page("hosts/popup.html")).await;
    browser.tab.wait_for("document.querySelector('[role=status]').textContent").await
}

#[tokio::test]
async fn a_blocked_tab_leaves_the_link_with_the_focus_on_it() {
    let stage = Stage::set().await;
    let browser = Browser::that_blocks_popups().await;
    assert_eq!(unasked_tab(&browser, &stage.host).await, "blocked");
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    // Chromium takes a tab for asked for up to 5 s after a press.
    stage.sandbox.next_todo_meets(json!({ "delay": { "ms": 6000 } })).await;

    let form = desk.incident("Seal torn").await;
    form.submit().await;
    let link = form.link().await;
    form.says("The browser did not let it open by itself. Follow the link.").await;
    form.has_focus("task-link").await;
    assert_eq!(browser.count_tabs().await, 1);

    form.follow("Open EXA-CON-BUS-WOR-01 in BzCtrl").await;
    browser.follow_to_new_tab().await;
    assert_eq!(browser.tab.address().await, link);
    assert_eq!(browser.tab.read("opener").await, Value::Null);
}

#[tokio::test]
async fn a_reserved_tab_opens_with_the_press_and_leads_to_the_todo_however_long_it_takes() {
    let stage = Stage::set().await;
    let browser = Browser::that_blocks_popups().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    desk.links_open_by("reserve").await;
    stage.sandbox.next_todo_meets(json!({ "delay": { "ms": 6000 } })).await;

    let form = desk.incident("Seal torn").await;
    form.submit().await;
    browser.has_another_tab().await;
    let link = form.link().await;
    form.says("It has opened in a new tab.").await;
    browser.follow_to_new_tab().await;
    assert_eq!(browser.tab.address().await, link);
    assert_eq!(browser.tab.read("opener").await, Value::Null);
}

#[tokio::test]
async fn a_reserved_tab_is_closed_when_there_is_nothing_to_open() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    desk.links_open_by("reserve").await;
    stage.sandbox.next_todo_meets(json!({ "status": { "code": 400, "body": "json" } })).await;

    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.alert("BzCtrl refused it").await;
    browser.has_no_other_tab().await;
}

#[tokio::test]
async fn without_a_blocker_a_tab_that_nobody_asked_for_opens() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    assert_eq!(unasked_tab(&browser, &stage.host).await, "opened");
}
