//! The relay is gone, or its answer is: what was typed stays, and one press makes one todo.

use std::time::Duration;

use serde_json::json;

use crate::{
    desk::Desk,
    stage::{Browser, Stage},
};

#[tokio::test]
async fn a_relay_that_is_down_is_told_and_asked_by_itself_until_it_is_back_and_one_press_makes_one_todo() {
    let mut stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    // The code is there from an earlier look.
    desk.report_incident().await.close().await;

    stage.relay.kill();
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    let told = form.alert("No connection to the relay").await;
    assert!(told.contains("Nothing was sent so far. What you typed is kept."), "{told}");
    assert!(told.contains("Trying again by itself."), "{told}");
    assert_eq!(form.value("title").await, "Seal torn");

    stage.relay.come_back();
    form.link().await;
    assert_eq!(stage.sandbox.requests().await.len(), 1);
    assert_eq!(stage.sandbox.todos().await.len(), 1);
}

#[tokio::test]
async fn a_todo_that_was_lost_with_the_relay_is_asked_for_again_by_itself() {
    let mut stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;

    let form = desk.incident("Seal torn").await;
    form.token_has_come().await;
    stage.relay.kill();
    form.submit().await;
    let told = form.alert("The answer was lost on the way").await;
    assert!(told.contains("may or may not have been created"), "{told}");
    assert!(told.contains("Trying again by itself."), "{told}");
    assert!(!form.is_editable("title").await);

    stage.relay.come_back();
    form.link().await;
    assert_eq!(stage.sandbox.requests().await.len(), 1);
    assert_eq!(stage.sandbox.todos().await.len(), 1);
}

#[tokio::test]
async fn a_relay_that_died_while_sending_says_that_nobody_knows_and_sends_again_on_the_users_word_alone() {
    let mut stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    stage.sandbox.next_todo_meets(json!({ "delay": { "ms": 1000 } })).await;

    let form = desk.incident("Seal torn").await;
    form.submit().await;
    stage.sandbox.has_a_request().await;
    stage.relay.kill();
    stage.relay.come_back();
    let told = form.alert("BzCtrl did not say what became of it").await;
    assert!(told.contains("may or may not have been created. Look in BzCtrl before you send it again."), "{told}");
    assert_eq!(browser.tab.heard("bzctrl-error").await.last().unwrap()["code"], "outcome-unknown");
    assert_eq!(stage.sandbox.requests().await.len(), 1);

    // Within its first second a press is taken for one that was meant for the button that stood there before.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    form.press("Send again").await;
    form.link().await;
    assert_eq!(stage.sandbox.requests().await.len(), 2);
}

#[tokio::test]
async fn a_proxys_page_in_the_place_of_an_answer_is_no_answer() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let proxy = stage.proxy.as_ref().unwrap();
    proxy.loses_answers(2);

    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.alert("The answer was lost on the way").await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);

    form.link().await;
    assert!(form.said_of_created().await.contains("Nothing was created twice"));
    assert_eq!(browser.tab.heard("bzctrl-created").await[0]["replayed"], true);
    let keys = proxy.keys();
    assert_eq!(keys, [keys[0].clone(), keys[0].clone(), keys[0].clone()]);
    assert_eq!(stage.sandbox.requests().await.len(), 1);
    assert_eq!(stage.sandbox.todos().await.len(), 1);
}

#[tokio::test]
async fn after_a_reload_what_was_typed_waits_for_a_press_and_is_asked_for_under_its_key() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let proxy = stage.proxy.as_ref().unwrap();
    proxy.loses_answers(usize::MAX);

    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.alert("The answer was lost on the way").await;
    browser.tab.reload().await;
    proxy.loses_answers(0);
    let before = proxy.keys();

    let form = desk.report_incident().await;
    form.alert("The last submission was interrupted").await;
    form.token_has_come().await;
    assert_eq!((form.value("title").await, form.value("description").await), ("Seal torn".into(), "At gate 4".into()));
    assert!(!form.is_editable("title").await);
    assert_eq!(proxy.keys(), before);

    form.submit().await;
    form.link().await;
    assert!(proxy.keys().len() == before.len() + 1 && proxy.keys().iter().all(|key| *key == before[0]));
    assert_eq!(browser.tab.heard("bzctrl-created").await[0]["replayed"], true);
    assert_eq!(stage.sandbox.requests().await.len(), 1);
}
