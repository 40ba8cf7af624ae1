//! The page itself hinders it: its origin is not admitted, or its policy forbids it.

use serde_json::json;

use super::{codes, has_made};
use crate::{
    desk::Desk,
    form::Form,
    stage::{Browser, Stage},
};

#[tokio::test]
async fn a_page_that_the_relay_does_not_admit_is_told_so_and_the_console_has_its_address() {
    let mut stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page_of_another_site("")).await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    let told = form.alert("This page may not use the relay").await;
    assert!(told.contains("the relay has to admit its address"), "{told}");
    assert!(!form.waits().await && form.is_editable("title").await);
    assert_eq!(codes(&browser).await, ["origin-denied"]);
    let said = browser.tab.said().await;
    let origin = stage.host.page_of_another_site("");
    let origin = origin.trim_end_matches('/');
    assert!(
        said.iter().any(|line| line.contains("the relay does not admit this page") && line.ends_with(origin)),
        "{said:?}"
    );

    // A relay that is not there says nothing of addresses.
    stage.relay.kill();
    form.submit().await;
    form.alert("No connection to the relay").await;
    let said = browser.tab.said().await;
    assert!(said.len() == 1 && said[0].contains("relay-unreachable: "), "{said:?}");
    has_made(&stage, 0).await;
}

/// Those that run in every engine at each change.
mod worst {
    use super::*;

    #[tokio::test]
    async fn a_policy_that_forbids_bzctrl_is_told_and_nothing_was_sent() {
        let stage = Stage::in_token_mode().await;
        let browser = Browser::start().await;
        let tab = &browser.tab;
        tab.go(&stage.host.page("hosts/plain.html?policy=no-bzctrl")).await;
        tab.press(&tab.element("document.querySelector('bzctrl-todo:defined > button')").await).await;
        let form = Form::shown(tab).await;
        form.fill("title", "Seal torn").await;
        form.fill("description", "At gate 4").await;
        form.submit().await;
        let told = form.alert("This page's own policy does not let it be sent").await;
        assert!(told.contains("Nothing was sent so far. What you typed is kept."), "{told}");
        assert!(told.contains("the browser's console says which rule it is"), "{told}");
        assert!(form.is_editable("title").await && !form.waits().await);
        assert_eq!(codes(&browser).await, ["blocked-by-policy"]);
        let said = tab.said().await;
        let line = format!("the page's policy (connect-src) forbids {}/", stage.sandbox.address());
        assert!(said.len() == 1 && said[0].contains(&line), "{said:?}");
        assert_eq!(tab.read("witness.errors").await, json!([]));
        assert_eq!(stage.sandbox.requests().await.len(), 0);
    }
}
