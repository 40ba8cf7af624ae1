//! The page is reloaded, left, or its form closed, at any moment: the draft is there, and what was sent has the same key.

use serde_json::json;

use super::{TOKEN, has_made, one_key, proxy, ready, sent_into};
use crate::{
    desk::Desk,
    form::Form,
    stage::{Answer, Browser, Stage, Trouble},
};

/// Why the form was closed, once it is.
const CLOSED: &str = "witness.heard.find(({ type }) => type === 'bzctrl-close')?.reason";

#[tokio::test]
async fn a_reload_finds_the_draft_to_the_last_letter_and_after_a_todo_nothing() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    desk.incident("Seal torn").await;
    browser.tab.reload().await;
    let form = desk.report_incident().await;
    form.says("Draft restored").await;
    assert_eq!((form.value("title").await, form.value("description").await), ("Seal torn".into(), "At gate 4".into()));
    assert!(!form.has_alert().await);

    // While it waits for a token nothing has been sent.
    proxy(&stage).troubles(TOKEN, Trouble::IsAnswered(Answer::page(502)));
    form.leave().await;
    let form = desk.report_incident().await;
    form.submit().await;
    form.alert("No connection to the relay").await;
    browser.tab.reload().await;
    proxy(&stage).is_well();
    let form = desk.report_incident().await;
    assert_eq!(form.value("title").await, "Seal torn");
    assert!(!form.has_alert().await && form.is_editable("title").await);
    form.submit().await;
    form.link().await;
    has_made(&stage, 1).await;

    browser.tab.reload().await;
    let form = desk.report_incident().await;
    assert_eq!(form.value("title").await, "");
    assert!(!form.has_alert().await);
}

#[tokio::test]
async fn a_form_that_is_closed_while_it_sends_says_that_nobody_knows_goes_on_and_tells_the_page() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = sent_into(Trouble::IsResetOnTheWay, &stage, &desk).await;
    form.alert("The answer was lost on the way").await;
    form.leave().await;
    assert_eq!(browser.tab.wait_for(CLOSED).await, "unknown");
    proxy(&stage).is_well();
    browser.tab.wait_for("witness.heard.find(({ type }) => type === 'bzctrl-created')?.type").await;
    assert_eq!(browser.count_tabs().await, 1, "no tab opens behind the user's back");
    one_key(&proxy(&stage).keys());
    has_made(&stage, 1).await;
    let form = desk.report_incident().await;
    assert_eq!(form.value("title").await, "");
    assert!(!form.has_alert().await);
}

/// Those that run where there is time for them.
mod at_length {
    use super::*;

    #[tokio::test]
    async fn a_page_that_is_left_while_it_sends_asks_again_under_the_same_key() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let tab = &browser.tab;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = ready(&desk).await;
        stage.sandbox.next_todo_meets(json!({ "delay": { "ms": 1500 } })).await;
        form.submit().await;
        stage.sandbox.has_a_request().await;
        tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
        tab.back().await;

        // A browser that kept the page goes on by itself; in any other the user asks.
        let is_open =
            "document.querySelector('bzctrl-dialog')?.shadowRoot.querySelector('dialog[open]') ? 'open' : 'closed'";
        let form = if tab.read(is_open).await == "open" {
            Form::shown(tab).await
        } else {
            let form = desk.report_incident().await;
            form.alert("The last submission was interrupted").await;
            assert_eq!(form.value("title").await, "Seal torn");
            form.press("Ask again").await;
            form
        };
        form.link().await;
        one_key(&[proxy(&stage).keys(), proxy(&stage).keys()].concat());
        has_made(&stage, 1).await;
    }

    #[tokio::test]
    async fn a_form_that_is_closed_before_anything_is_sent_sends_nothing_and_keeps_the_draft() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        proxy(&stage).troubles(TOKEN, Trouble::IsAnswered(Answer::page(503).after(3)));
        let form = desk.incident("Seal torn").await;
        form.submit().await;
        form.alert("No connection to the relay").await;
        form.leave().await;
        assert_eq!(browser.tab.wait_for(CLOSED).await, "cancelled");
        proxy(&stage).is_well();
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        has_made(&stage, 0).await;
        let form = desk.report_incident().await;
        assert_eq!((form.value("title").await, form.is_editable("title").await), ("Seal torn".into(), true));
        assert!(!form.has_alert().await);
    }
}
