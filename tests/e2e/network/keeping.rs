//! What the tab keeps, where it can and where it cannot, and what it does not keep for the next user.

use serde_json::json;

use super::{has_made, proxy, sent_into};
use crate::{
    desk::Desk,
    stage::{Browser, Stage, Trouble},
};

/// A form works whose tab keeps nothing; the developer is told once, the user when closing.
async fn works_without_keeping(trouble: &str) {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    tab.read(trouble).await;
    let form = desk.incident("Seal torn").await;
    form.token_has_come().await;
    tab.wait_for("witness.said.length ? 'told' : ''").await;
    form.press("Cancel").await;
    form.says("This browser does not keep what you typed: it is lost then.").await;
    form.press("Back").await;
    form.fill("description", ", twice").await;
    form.submit().await;
    form.link().await;
    form.finish().await;
    let said = tab.said().await;
    assert!(said.len() == 1 && said[0].contains("session storage does not take what is typed"), "{said:?}");
    assert_eq!(tab.read("witness.errors").await, json!([]));
    assert_eq!(stage.sandbox.todos().await[0]["description"], "At gate 4, twice");
    has_made(&stage, 1).await;
}

#[tokio::test]
async fn a_storage_that_is_full_to_the_brim_is_told_once_and_the_form_works() {
    works_without_keeping(
        "(() => {
            for (let piece = 'x'.repeat(2 ** 20), at = 0; piece; at++) {
                try { sessionStorage.setItem(`${at}`, piece); } catch { piece = piece.slice(piece.length / 2 + 0.5); }
            }
        })()",
    )
    .await;
}

#[tokio::test]
async fn the_next_shifts_user_finds_an_empty_form() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let sign_out = "document.querySelector('#report-incident').forget()";
    desk.incident("Seal torn").await;
    browser.tab.read(sign_out).await;
    let form = desk.report_incident().await;
    assert_eq!((form.value("title").await, form.value("description").await), (String::new(), String::new()));

    // One that is on its way goes on, and leaves nothing behind.
    form.fill("title", "Seal torn").await;
    form.fill("description", "At gate 4").await;
    form.token_has_come().await;
    stage.sandbox.next_todo_meets(json!({ "delay": { "ms": 1500 } })).await;
    form.submit().await;
    stage.sandbox.has_a_request().await;
    browser.tab.read(sign_out).await;
    browser.tab.wait_for("witness.heard.find(({ type }) => type === 'bzctrl-created')?.type").await;
    assert_eq!(browser.tab.read("Object.keys(sessionStorage)").await, json!([]));
    let form = desk.report_incident().await;
    assert_eq!(form.value("title").await, "");
    assert!(!form.has_alert().await);
    form.fill("title", "Seal missing").await;
    form.fill("description", "At gate 5").await;
    form.submit().await;
    form.link().await;
    let keys = proxy(&stage).keys();
    assert!(keys.len() == 2 && keys[0] != keys[1], "{keys:?}");
    has_made(&stage, 2).await;
}

/// Those that run where there is time for them.
mod at_length {
    use super::*;

    #[tokio::test]
    async fn a_storage_that_is_forbidden_is_told_once_and_the_form_works() {
        works_without_keeping(
        "void Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('', 'SecurityError'); } })",
    )
    .await;
    }

    #[tokio::test]
    async fn of_what_may_exist_the_next_user_learns_no_more_than_that() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = sent_into(Trouble::IsResetOnTheWay, &stage, &desk).await;
        form.alert("The answer was lost on the way").await;
        browser.tab.read("document.querySelector('#report-incident').forget()").await;
        let kept = browser.tab.read("Object.values(sessionStorage)").await;
        let kept = kept.to_string();
        assert!(kept.contains("key") && !kept.contains("Seal torn"), "{kept}");
        browser.tab.reload().await;
        let form = desk.report_incident().await;
        let told = form.alert("The last submission was interrupted").await;
        assert!(told.contains("What was typed is gone. Look in BzCtrl."), "{told}");
        assert_eq!(form.value("title").await, "");
        assert!(!form.is_editable("title").await);
        let before = proxy(&stage).keys();
        form.press("It is there, close").await;
        proxy(&stage).is_well();
        let form = desk.report_incident().await;
        assert!(!form.has_alert().await);
        form.fill("title", "Seal missing").await;
        form.fill("description", "At gate 5").await;
        form.submit().await;
        form.link().await;
        assert!(!before.contains(proxy(&stage).keys().last().unwrap()));
        has_made(&stage, 1).await;
    }
}
