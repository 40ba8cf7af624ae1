//! Keys that are none, and todos that are none.

use bzctrl_contract::{Code, Fault, Field};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::exchange::{Ask, Exchange};
use super::judge::Judge;
use super::rule::Rule;
use super::trial::{Trial, new_title};

const NO_KEYS: usize = 9;
/// So many todos a backend creates here that looks at no key, and takes any epoch.
pub(super) const MOST_TODOS: usize = NO_KEYS + 1;

/// What is refused for its key, before anything is sent.
pub(super) async fn refused(trial: &Trial<'_>, judge: &mut Judge) {
    let title = new_title("of no key");
    for (ask, why) in no_keys(trial, &trial.to_be_refused(&title)) {
        let exchange = trial.backend.page(ask, judge).await;
        let holds = trial.is_refused(&exchange, Code::KeyInvalid);
        judge.expect(Rule::KeyForm, &exchange, holds, format!("400 key-invalid: {why}"));
    }

    let other = format!("conform-{}.{}", &Uuid::new_v4().simple().to_string()[..8], Uuid::new_v4().simple());
    let exchange = trial.backend.page(trial.to_be_refused(&title).key(&other), judge).await;
    let holds = trial.is_refused(&exchange, Code::KeyUnknown);
    let should = "410 key-unknown: of a key of another epoch nobody knows whether it was sent";
    judge.expect(Rule::KeyEpoch, &exchange, holds, should);
    invalid_task(trial, judge).await;
}

fn no_keys<'k>(trial: &Trial<'_>, ask: &Ask) -> [(Ask, &'k str); NO_KEYS] {
    let (epoch, key) = (&trial.page.epoch, trial.page.new_key());
    let with = |key: &str| ask.clone().key(key);
    let replacing = |old: &str| with(&key).with("x-bzctrl-replaces", format!("\"{old}\""));
    [
        (ask.clone().without("idempotency-key"), "there is no Idempotency-Key"),
        (with(&key).and("idempotency-key", format!("\"{}\"", trial.page.new_key())), "Idempotency-Key is there twice"),
        (with(&format!("{epoch}.conform")), "the key has no 32 hex digits"),
        (with(&key.replace('.', "")), "the key has no point"),
        (with(&format!("{key}0")), "the key has 33 hex digits"),
        (
            with(&format!("{epoch}.A{}", &Uuid::new_v4().simple().to_string()[1..])),
            "the key has an upper-case hex digit",
        ),
        (with(&format!("{}.{}", "e".repeat(65), Uuid::new_v4().simple())), "the key's epoch has 65 letters"),
        (replacing(&key), "X-BzCtrl-Replaces has the key of Idempotency-Key"),
        (replacing(&format!("{epoch}.conform")), "the key in X-BzCtrl-Replaces has no 32 hex digits"),
    ]
}

/// A todo that lacks its title, or everything: who sends it on as it is hears BzCtrl's no.
async fn invalid_task(trial: &Trial<'_>, judge: &mut Judge) {
    let mut todo = json!({});
    if trial.complete {
        todo = trial.todo("");
        todo.as_object_mut().map(|members| members.remove(Field::Title.wire()));
    }
    let exchange = trial.backend.page(trial.send(&trial.page.new_key(), &todo), judge).await;
    let told = exchange.is(Code::InvalidTask) && has_errors(&exchange);
    let by_bzctrl = exchange.is(Code::UpstreamRejected);
    let no_workspace = !trial.complete && exchange.is(Code::WorkspaceDenied);
    let should =
        "400 invalid-task with errors: [{ field, code }] of the table's codes, or BzCtrl's 502 upstream-rejected";
    judge.expect_with(Rule::InvalidTask, &exchange, &["errors"], told || by_bzctrl || no_workspace, should);

    let mut ask = trial.backend.ask(Method::POST, &trial.page.tasks).bearer(&trial.page.token);
    ask = ask.key(&trial.page.new_key()).with("content-type", "application/json");
    ask.body = "{\"conform\":".to_owned();
    let exchange = trial.backend.page(ask, judge).await;
    let should = "400 invalid-request: the body is no JSON";
    judge.expect(Rule::InvalidTask, &exchange, exchange.is(Code::InvalidRequest), should);
}

fn has_errors(exchange: &Exchange) -> bool {
    let is_error = |error: &Value| {
        error["field"].is_string() && error["code"].as_str().is_some_and(|code| Fault::parse(code).is_some())
    };
    exchange.json["errors"].as_array().is_some_and(|errors| !errors.is_empty() && errors.iter().all(is_error))
}
