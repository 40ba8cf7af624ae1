//! The relay or BzCtrl is down, or asks for time: the form counts down; its user can stop that, or try now.

use std::time::Duration;

use serde_json::json;

use super::{TASKS, TOKEN, codes, has_made, one_key, proxy, sent_into};
use crate::{
    desk::Desk,
    stage::{Answer, Browser, Stage, Trouble},
};

const BUSY: Answer = Answer::problem(429, r#"{"status":429,"code":"rate-limited"}"#);

#[tokio::test]
async fn a_relay_that_asks_for_time_is_asked_again_when_it_said_or_on_a_press() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = sent_into(Trouble::IsAnswered(BUSY.after(30)), &stage, &desk).await;
    let told = form.alert("Too many requests at once").await;
    assert!(told.contains("Trying again by itself."), "{told}");
    let first = form.seconds_to_next_try().await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let then = form.seconds_to_next_try().await;
    assert!(first <= 30 && then < first && then > 20, "{first}, then {then}");
    form.press("Try now").await;
    // No sooner than it said, where nobody presses.
    assert!(form.seconds_to_next_try().await > 20);
    proxy(&stage).troubles(TASKS, Trouble::IsAnswered(BUSY.after(1)));
    form.press("Try now").await;
    proxy(&stage).is_well();
    form.link().await;
    one_key(&proxy(&stage).keys());
    has_made(&stage, 1).await;
}

#[tokio::test]
async fn a_wait_can_be_stopped_and_then_nothing_is_sent_without_a_press() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = sent_into(Trouble::IsAnswered(BUSY.after(3)), &stage, &desk).await;
    form.alert("Too many requests at once").await;
    form.press("Stop").await;
    form.button("Submit").await;
    assert!(!form.waits().await && form.is_editable("title").await);
    proxy(&stage).is_well();
    tokio::time::sleep(Duration::from_secs(3)).await;
    has_made(&stage, 0).await;
    form.submit().await;
    form.link().await;
    one_key(&proxy(&stage).keys());
    has_made(&stage, 1).await;
}

#[tokio::test]
async fn a_relay_that_gives_no_token_for_now_is_asked_again_when_it_said() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let down = Answer::problem(503, r#"{"status":503,"code":"store-unavailable"}"#).after(2);
    proxy(&stage).troubles(TOKEN, Trouble::IsAnswered(down));
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    let told = form.alert("The relay is out of order for a moment").await;
    assert!(told.contains("Trying again by itself."), "{told}");
    proxy(&stage).is_well();
    form.link().await;
    has_made(&stage, 1).await;
}

/// Those that run where there is time for them.
mod at_length {
    use super::*;

    #[tokio::test]
    async fn a_proxy_that_asks_for_time_in_the_relays_place_is_given_it() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = sent_into(Trouble::IsAnswered(Answer::page(503).after(30)), &stage, &desk).await;
        form.alert("The answer was lost on the way").await;
        assert!(form.seconds_to_next_try().await > 20);
        proxy(&stage).is_well();
        form.press("Try now").await;
        form.link().await;
        form.finish().await;

        proxy(&stage).troubles(TOKEN, Trouble::IsAnswered(Answer::page(503).after(30)));
        let form = desk.incident("Seal torn again").await;
        form.submit().await;
        form.alert("No connection to the relay").await;
        assert!(form.seconds_to_next_try().await > 20);
        proxy(&stage).is_well();
        form.press("Try now").await;
        form.link().await;
        has_made(&stage, 2).await;
    }

    #[tokio::test]
    async fn a_bzctrl_that_is_busy_is_asked_again_by_itself() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        stage.sandbox.next_todo_meets(json!({ "status": { "code": 429, "body": "json" } })).await;
        let form = desk.incident("Seal torn").await;
        form.submit().await;
        let told = form.alert("BzCtrl cannot be reached").await;
        assert!(told.contains("Nothing was sent so far. What you typed is kept."), "{told}");
        assert!(form.waits().await);
        form.link().await;
        assert_eq!(codes(&browser).await, ["upstream-unavailable"]);
        assert_eq!(stage.sandbox.todos().await.len(), 1);
    }
}
