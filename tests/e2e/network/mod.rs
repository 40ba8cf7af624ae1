//! Any network: one journey a line of `docs/NETWORK.md`, as far as none of the others holds it.

use crate::{
    desk::Desk,
    form::Form,
    stage::{Browser, Proxy, Stage, Trouble},
};

mod answers;
mod clocks;
mod keeping;
mod killed;
mod moments;
mod offline;
mod page;
mod sending;
mod tokens;
mod waits;

/// In the addresses of the relay.
const TASKS: &str = "tasks";
const TOKEN: &str = "token";

fn proxy(stage: &Stage) -> &Proxy {
    stage.proxy.as_ref().unwrap()
}

/// An incident that is filled in, a token in hand: its todo is what is sent next.
async fn ready<'a>(desk: &Desk<'a>) -> Form<'a> {
    let form = desk.incident("Seal torn").await;
    form.token_has_come().await;
    form
}

/// The same, sent into trouble.
async fn sent_into<'a>(trouble: Trouble, stage: &Stage, desk: &Desk<'a>) -> Form<'a> {
    let form = ready(desk).await;
    proxy(stage).troubles(TASKS, trouble);
    form.submit().await;
    form
}

/// So many todos are there, and no more came to BzCtrl than that.
async fn has_made(stage: &Stage, count: usize) {
    assert_eq!((stage.sandbox.todos().await.len(), stage.sandbox.requests().await.len()), (count, count));
}

/// All that was sent since the page was loaded was sent under one key.
fn one_key(keys: &[String]) {
    assert!(keys.len() > 1 && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

/// What the page was told of problems, by their codes.
async fn codes(browser: &Browser) -> Vec<String> {
    let heard = browser.tab.heard("bzctrl-error").await;
    heard.iter().map(|error| error["code"].as_str().unwrap().to_owned()).collect()
}
