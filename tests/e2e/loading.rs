//! The form's code on its way into the page: what a server, a proxy or a policy makes of it.

use serde_json::json;

use crate::{
    desk::Desk,
    form::Form,
    stage::{Browser, Files, Stage, Tab},
};

const NOT_LOADED: &str = "The form did not load. Press again.";

/// The press is answered in words beside the button, and the page hears of it.
async fn is_told(tab: &Tab) {
    let alert = "document.querySelector('bzctrl-todo').shadowRoot.querySelector('[role=alert]').textContent";
    assert_eq!(tab.wait_for(alert).await, NOT_LOADED);
    let [error] = &tab.heard("bzctrl-error").await[..] else { panic!("not one error") };
    assert_eq!((&error["code"], &error["title"]), (&json!("load-failed"), &json!(NOT_LOADED)));
    assert_eq!(tab.read("witness.errors").await, json!([]));
}

async fn press(tab: &Tab) {
    tab.press(&tab.element("document.querySelector('bzctrl-todo').firstElementChild").await).await;
}

#[tokio::test]
async fn webassembly_of_another_media_type_is_webassembly() {
    let stage = Stage::behind_a_proxy().await;
    stage.proxy.as_ref().unwrap().spoils(Files::OfAnotherType);
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.link().await;
    assert_eq!(browser.tab.said().await, [""; 0]);
}

#[tokio::test]
async fn code_that_arrives_broken_is_told_and_the_next_press_fetches_it_anew() {
    for files in [Files::CutOff, Files::WithoutGlue] {
        let stage = Stage::behind_a_proxy().await;
        let proxy = stage.proxy.as_ref().unwrap();
        proxy.spoils(files);
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        press(&browser.tab).await;
        is_told(&browser.tab).await;
        proxy.spoils(Files::Whole);
        let form = desk.incident("Seal torn").await;
        form.submit().await;
        form.link().await;
        assert_eq!(stage.sandbox.todos().await.len(), 1);
    }
}

#[tokio::test]
async fn a_policy_that_lacks_something_is_told_with_what_it_needs() {
    for policy in ["no-wasm", "no-connect"] {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        browser.tab.go(&stage.host.page(&format!("hosts/plain.html?policy={policy}"))).await;
        press(&browser.tab).await;
        is_told(&browser.tab).await;
        let needs =
            format!("bzctrl-todo needs CSP script-src {0} 'wasm-unsafe-eval'; connect-src {0}", stage.host.relay());
        let said = browser.tab.said().await;
        assert!(said.iter().any(|line| line.starts_with(&needs)), "{policy}: {said:?}");
    }
}

/// Its driver has no way to give this machine a name.
mod not_in_webkit {
    use super::*;

    #[tokio::test]
    async fn a_plants_network_without_https_or_a_name_that_is_secure() {
        let stage = Stage::for_the_name("terminal.example").await;
        let browser = Browser::that_knows("terminal.example").await;
        browser.tab.go(&stage.host.page("hosts/plain.html?policy=strict")).await;
        assert_eq!(browser.tab.read("isSecureContext").await, false);
        press(&browser.tab).await;
        let form = Form::shown(&browser.tab).await;
        form.fill("title", "Seal torn").await;
        form.fill("description", "At gate 4").await;
        form.submit().await;
        form.link().await;
        assert_eq!(stage.sandbox.todos().await.len(), 1);
        assert_eq!(browser.tab.said().await, [""; 0]);
    }
}
