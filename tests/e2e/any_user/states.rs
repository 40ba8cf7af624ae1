//! Each state that the form can be in, one after the other, as users come into them.

use serde_json::json;

use super::Language;
use crate::{
    form::Form,
    stage::{Browser, Key, Stage, Tab},
};

const PAGE: &str = "hosts/plain.html?policy=none";

/// What is typed on the way.
pub(super) const TITLE: &str = "Seal of EXAU 151080 9 torn";
pub(super) const DESCRIPTION: &str = "At gate 4";

/// The host's page, in a language, before its button is pressed.
pub(super) async fn page(tab: &Tab, stage: &Stage, language: &Language) {
    tab.go(&stage.host.page(PAGE)).await;
    tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
    let todo = "document.querySelector('bzctrl-todo')";
    tab.read(&format!("void {todo}.setAttribute('assertion-endpoint', '/me/assertion')")).await;
    tab.read(&format!("void {todo}.setAttribute('lrn', '725462')")).await;
    tab.read(&format!("void ({})", language.script)).await;
}

async fn open(tab: &Tab) -> Form<'_> {
    tab.press(&tab.element("document.querySelector('bzctrl-todo button')").await).await;
    Form::shown(tab).await
}

/// Goes through all of them; `look` is told each by its name.
pub(super) async fn go_through(browser: &Browser, language: &Language, mut look: impl AsyncFnMut(&'static str)) {
    let tab = &browser.tab;
    let said = |key: &str| language.said(key).to_owned();
    let mut stage = Stage::whose_host_signs().await;
    page(tab, &stage, language).await;

    let form = open(tab).await;
    form.token_has_come().await;
    look("opened").await;
    form.choose("todoType", "TASK").await;
    look("task").await;
    form.choose("todoType", "INCIDENT").await;

    form.correct("financialImpact", "1.2.3").await;
    form.submit().await;
    form.alert(&said("problems.other")).await;
    look("errors").await;

    form.correct("financialImpact", "1250").await;
    form.fill("title", TITLE).await;
    form.fill("description", DESCRIPTION).await;
    for (field, word) in [("impact", "HIGH"), ("likelihood", "LOW"), ("priority", "MEDIUM")] {
        form.choose(field, word).await;
    }
    form.press(&said("tomorrow")).await;
    look("filled").await;

    tab.read("void document.querySelector('bzctrl-todo').close()").await;
    form.says(&said("close-question")).await;
    look("question").await;
    form.press(&said("close-as-draft")).await;
    form.is_gone().await;
    let form = open(tab).await;
    form.says(&said("restored")).await;
    form.token_has_come().await;
    look("restored").await;

    // Each of these is looked at for as long as it takes: none passes by itself.
    tab.waits_for_nothing().await;
    stage.relay.stops();
    form.submit().await;
    form.button(&said("sending")).await;
    look("sending").await;
    stage.sandbox.next_todo_meets(json!({ "status": { "code": 422, "body": "json" } })).await;
    stage.relay.goes_on();
    form.alert(&said("rejected.heading")).await;
    look("rejected").await;
    stage.relay.kill();
    form.submit().await;
    form.alert(&said("answer-lost.heading")).await;
    form.button(&said("try-now")).await;
    look("waiting").await;
    stage.relay.come_back();
    stage.sandbox.next_todo_meets(json!("close-after-storing")).await;
    form.press(&said("try-now")).await;
    form.alert(&said("outcome-unknown.heading")).await;
    form.says(&said("known-of-order")).await;
    look("unknown").await;
    form.press(&said("send-again")).await;
    form.link().await;
    look("created").await;
    form.press(&said("copy-link")).await;
    form.says(&said("copied")).await;
    look("copied").await;

    form.press(&said("another")).await;
    let registered = language.filled("registered", "count", "2");
    form.says(&registered).await;
    look("registered").await;
    form.unfold(&registered).await;
    form.says(&said("known-unknown")).await;
    look("register").await;
    tab.strike(&[Key::Escape]).await;
    form.fill("title", TITLE).await;
    form.fill("description", DESCRIPTION).await;
    form.says(&said("alike")).await;
    look("alike").await;
    assert_eq!(tab.read("witness.errors").await, json!([]));
}
