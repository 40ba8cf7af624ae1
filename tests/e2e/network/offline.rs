//! The browser is offline, and knows it.

use std::time::Duration;

use super::{codes, has_made, ready};
use crate::{
    desk::Desk,
    stage::{Browser, Stage},
};

/// Chromium's driver alone can take the network away.
mod only_in_chromium {
    use super::*;

    #[tokio::test]
    async fn offline_before_submit_is_said_at_once_and_it_is_sent_when_the_network_is_back() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = ready(&desk).await;
        browser.is_offline(true).await;
        form.submit().await;
        let told = form.alert("This computer is offline").await;
        assert!(told.contains("Nothing was sent so far. What you typed is kept."), "{told}");
        assert_eq!(form.value("title").await, "Seal torn");
        browser.is_offline(false).await;
        form.link().await;
        assert_eq!(codes(&browser).await, ["offline"]);
        has_made(&stage, 1).await;
    }

    #[tokio::test]
    async fn offline_before_the_form_has_a_token_is_said_and_can_be_stopped() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        // The code is there from an earlier look.
        desk.report_incident().await.close().await;
        browser.is_offline(true).await;
        let form = desk.incident("Seal torn").await;
        form.submit().await;
        let told = form.alert("This computer is offline").await;
        assert!(told.contains("Nothing was sent so far. What you typed is kept."), "{told}");
        while form.seconds_to_next_try().await < 4 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        form.press("Stop").await;
        form.button("Submit").await;
        assert!(form.is_editable("title").await && !form.waits().await);
        browser.is_offline(false).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        has_made(&stage, 0).await;
        form.submit().await;
        form.link().await;
        has_made(&stage, 1).await;
    }

    #[tokio::test]
    async fn in_token_mode_what_was_not_sent_for_want_of_a_network_is_in_no_doubt() {
        let stage = Stage::in_token_mode().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = ready(&desk).await;
        browser.is_offline(true).await;
        form.submit().await;
        form.alert("This computer is offline").await;
        browser.is_offline(false).await;
        form.link().await;
        assert_eq!(stage.sandbox.todos().await.len(), 1);
        assert_eq!(codes(&browser).await, ["offline"]);
    }

    #[tokio::test]
    async fn a_page_that_the_browser_freezes_goes_on_when_it_wakes() {
        let mut stage = Stage::set().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = ready(&desk).await;
        stage.relay.kill();
        form.submit().await;
        form.alert("The answer was lost on the way").await;
        browser.freezes(true).await;
        stage.relay.come_back();
        tokio::time::sleep(Duration::from_secs(6)).await;
        has_made(&stage, 0).await;
        browser.freezes(false).await;
        form.link().await;
        has_made(&stage, 1).await;
    }
}
