//! The tab, or the whole browser, dies at any moment: what is kept, and what that means for a todo that was under way.

/// Chromium's driver alone can crash a page and says which process is to be killed.
mod only_in_chromium {
    use serde_json::json;

    use crate::{
        desk::Desk,
        network::{has_made, one_key, proxy, ready},
        stage::{Browser, Stage},
    };

    #[tokio::test]
    async fn a_tab_that_crashes_while_it_is_typed_loses_what_was_typed_since_the_last_pause_at_most() {
        let stage = Stage::set().await;
        let mut browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = desk.incident("Seal torn").await;
        tokio::time::sleep(super::MORE_THAN_A_PAUSE).await;
        form.fill("description", ", by the crane").await;
        browser.crashes().await;

        let desk = Desk::found(&browser).await;
        let form = desk.report_incident().await;
        form.says("Draft restored").await;
        assert_eq!(form.value("title").await, "Seal torn");
        let kept = form.value("description").await;
        assert!(kept.starts_with("At gate 4") && "At gate 4, by the crane".starts_with(&kept), "{kept}");
        assert!(!form.has_alert().await && form.is_editable("title").await);
        form.submit().await;
        form.link().await;
        has_made(&stage, 1).await;
    }

    #[tokio::test]
    async fn a_tab_that_crashes_while_it_sends_asks_again_under_the_same_key() {
        let stage = Stage::behind_a_proxy().await;
        let mut browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = ready(&desk).await;
        stage.sandbox.next_todo_meets(json!({ "delay": { "ms": 1500 } })).await;
        form.submit().await;
        stage.sandbox.has_a_request().await;
        browser.crashes().await;

        let desk = Desk::found(&browser).await;
        let form = desk.report_incident().await;
        form.alert("The last submission was interrupted").await;
        assert_eq!((form.value("title").await, form.is_editable("title").await), ("Seal torn".into(), false));
        form.press("Ask again").await;
        form.link().await;
        one_key(&proxy(&stage).keys());
        has_made(&stage, 1).await;
    }

    /// Those that run where there is time for them.
    mod at_length {
        use std::time::Duration;

        use super::*;

        /// Chromium writes what a tab keeps to the disk some five seconds after it was set.
        const ON_THE_DISK: Duration = Duration::from_secs(10);

        #[tokio::test]
        async fn a_browser_that_is_killed_while_it_is_typed_has_the_draft_in_the_tab_that_it_restores() {
            let (stage, profile) = (Stage::set().await, tempfile::tempdir().unwrap());
            let browser = Browser::with_profile(profile.path()).await;
            Desk::open(&browser, &stage.host.page("")).await.incident("Seal torn").await;
            tokio::time::sleep(ON_THE_DISK).await;
            browser.dies();

            let browser = Browser::with_profile(profile.path()).await;
            let desk = Desk::found(&browser).await;
            let form = desk.report_incident().await;
            form.says("Draft restored").await;
            assert_eq!(
                (form.value("title").await, form.value("description").await),
                ("Seal torn".into(), "At gate 4".into())
            );
            assert!(!form.has_alert().await);
            form.submit().await;
            form.link().await;
            has_made(&stage, 1).await;
        }

        #[tokio::test]
        async fn a_browser_that_is_killed_while_it_sends_asks_again_under_the_same_key() {
            let (stage, profile) = (Stage::behind_a_proxy().await, tempfile::tempdir().unwrap());
            let browser = Browser::with_profile(profile.path()).await;
            let desk = Desk::open(&browser, &stage.host.page("")).await;
            let form = ready(&desk).await;
            stage.sandbox.next_todo_meets(json!({ "delay": { "ms": 12_000 } })).await;
            form.submit().await;
            stage.sandbox.has_a_request().await;
            tokio::time::sleep(ON_THE_DISK).await;
            browser.dies();

            let browser = Browser::with_profile(profile.path()).await;
            let desk = Desk::found(&browser).await;
            let form = desk.report_incident().await;
            form.alert("The last submission was interrupted").await;
            assert_eq!((form.value("title").await, form.is_editable("title").await), ("Seal torn".into(), false));
            form.press("Ask again").await;
            form.link().await;
            one_key(&proxy(&stage).keys());
            has_made(&stage, 1).await;
        }

        #[tokio::test]
        async fn a_browser_that_is_killed_at_once_loses_the_last_seconds_and_says_nothing_false() {
            let (stage, profile) = (Stage::set().await, tempfile::tempdir().unwrap());
            let browser = Browser::with_profile(profile.path()).await;
            let desk = Desk::open(&browser, &stage.host.page("")).await;
            // The tab itself is written down.
            tokio::time::sleep(ON_THE_DISK).await;
            desk.incident("Seal torn").await;
            browser.dies();

            let browser = Browser::with_profile(profile.path()).await;
            let desk = Desk::found(&browser).await;
            let form = desk.report_incident().await;
            let kept = (form.value("title").await, form.value("description").await);
            assert!("Seal torn".starts_with(&kept.0) && "At gate 4".starts_with(&kept.1), "{kept:?}");
            assert!(!form.has_alert().await && form.is_editable("title").await);
        }
    }
}

/// Longer than the pause after which what was typed is kept.
const MORE_THAN_A_PAUSE: std::time::Duration = std::time::Duration::from_millis(900);
