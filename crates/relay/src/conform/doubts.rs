//! What goes wrong at BzCtrl. It needs the sandbox in BzCtrl's place.

use bzctrl_contract::Code;
use serde_json::{Value, json};

use super::exchange::Ask;
use super::judge::Judge;
use super::rule::Rule;
use super::sandbox::Sandbox;
use super::trial::{Trial, new_title};

pub(super) async fn all(trial: &Trial<'_>, sandbox: &Sandbox, judge: &mut Judge) {
    let tried = async {
        unknown(trial, sandbox, judge).await?;
        rejected(trial, sandbox, judge).await?;
        free(trial, sandbox, judge).await
    };
    let tried: Result<(), String> = tried.await;
    if let Err(why) = tried {
        judge.skip_rest(&why);
    }
}

/// A request with a key of its own, whose send meets this.
async fn faulty(trial: &Trial<'_>, sandbox: &Sandbox, fault: Value) -> Result<(Ask, String), String> {
    let title = new_title("in doubt");
    sandbox.fault(fault).await?;
    Ok((trial.send(&trial.page.new_key(), &trial.todo(&title)), title))
}

async fn unknown(trial: &Trial<'_>, sandbox: &Sandbox, judge: &mut Judge) -> Result<(), String> {
    let faults = [
        json!("half-answer"),
        json!({ "status": { "code": 500, "body": "json" } }),
        json!({ "status": { "code": 200, "body": "html" } }),
        json!("close-after-storing"),
    ];
    let mut doubtful = None;
    for fault in faults {
        let (ask, title) = faulty(trial, sandbox, fault.clone()).await?;
        let exchange = trial.until_decided(&ask, judge).await;
        let should = format!("504 outcome-unknown, since BzCtrl's answer was {fault}");
        let holds = judge.expect(Rule::Unknown, &exchange, exchange.is(Code::OutcomeUnknown), should);
        let is_kept = kept(trial, sandbox, &ask, Code::OutcomeUnknown, Rule::Unknown, judge).await?;
        doubtful = (holds && is_kept).then_some((ask, title));
    }
    let Some((ask, title)) = doubtful else {
        judge.skip(Rule::Replaced, "nothing is told to be unknown");
        return Ok(());
    };
    replaced(trial, &ask, &title, judge).await;
    Ok(())
}

/// The same again, and nothing is sent.
async fn kept(
    trial: &Trial<'_>,
    sandbox: &Sandbox,
    ask: &Ask,
    code: Code,
    rule: Rule,
    judge: &mut Judge,
) -> Result<bool, String> {
    let before = sandbox.sends().await?;
    let again = trial.backend.page(ask.clone(), judge).await;
    let is_kept = judge.expect(rule, &again, again.is(code), format!("{} {} again", code.status(), code.as_str()));
    let more = sandbox.sends().await?.saturating_sub(before);
    judge.expect_that(
        rule,
        &again,
        format!("{more} requests to BzCtrl"),
        more == 0,
        "none: the key is answered from its row",
    );
    Ok(is_kept)
}

/// The user looks into BzCtrl, and knowingly sends it again.
async fn replaced(trial: &Trial<'_>, old: &Ask, title: &str, judge: &mut Judge) {
    let key = old.header("idempotency-key").to_owned();
    let ask = trial.send(&trial.page.new_key(), &trial.todo(title)).with("x-bzctrl-replaces", &key);
    let new = trial.until_decided(&ask, judge).await;
    judge.expect(Rule::Replaced, &new, new.status == 201, "201: an unknown key is replaced");
    let exchange = trial.backend.page(old.clone(), judge).await;
    let by = &exchange.json["replacedBy"];
    let holds = exchange.is(Code::KeyReplaced)
        && exchange.member("outcome") == "unknown"
        && by["outcome"] == "created"
        && by["taskLink"] == new.json["taskLink"];
    let should = "410 key-replaced, outcome unknown, and the outcome and taskLink of the other in replacedBy";
    judge.expect_with(Rule::Replaced, &exchange, &["outcome", "taskLink", "replacedBy"], holds, should);
    let third = trial.send(&trial.page.new_key(), &trial.todo(title)).with("x-bzctrl-replaces", &key);
    let third = trial.backend.page(third, judge).await;
    let should = "410 key-replaced: what is replaced is not replaced again";
    judge.expect(Rule::Replaced, &third, third.is(Code::KeyReplaced), should);
}

async fn rejected(trial: &Trial<'_>, sandbox: &Sandbox, judge: &mut Judge) -> Result<(), String> {
    for status in [400, 403, 404, 422, 307] {
        let fault = json!({ "status": { "code": status, "body": "json" } });
        let (ask, _) = faulty(trial, sandbox, fault).await?;
        let exchange = trial.until_decided(&ask, judge).await;
        let upstream = &exchange.json["upstream"];
        let holds = exchange.is(Code::UpstreamRejected) && upstream["status"] == status;
        let should = format!("502 upstream-rejected, upstream: {{ status: {status}, reason }}");
        if judge.expect_with(Rule::Rejected, &exchange, &["upstream"], holds, should) {
            let reason = upstream["reason"].as_str().unwrap_or_default();
            let should = "what BzCtrl said, for the user to read";
            judge.expect_that(Rule::Rejected, &exchange, format!("the reason {reason:?}"), !reason.is_empty(), should);
        }
        kept(trial, sandbox, &ask, Code::UpstreamRejected, Rule::Rejected, judge).await?;
    }
    Ok(())
}

async fn free(trial: &Trial<'_>, sandbox: &Sandbox, judge: &mut Judge) -> Result<(), String> {
    let too_many = json!({ "status": { "code": 429, "body": "json" } });
    for fault in [too_many.clone(), json!("revoked-token")] {
        let (ask, title) = faulty(trial, sandbox, fault.clone()).await?;
        let exchange = trial.until_decided(&ask, judge).await;
        let should = format!("201 in the end, by the same key: BzCtrl's answer was {fault}");
        judge.expect(Rule::Free, &exchange, exchange.status == 201, should);
        trial.count(&title, &exchange, 1, Rule::Free, judge).await;
    }

    // The user changes the todo meanwhile.
    let (ask, title) = faulty(trial, sandbox, too_many).await?;
    let exchange = trial.backend.page(ask.clone(), judge).await;
    if exchange.is(Code::UpstreamUnavailable) {
        let changed = new_title("changed");
        let exchange = trial.until_decided(&ask.json(&trial.todo(&changed)), judge).await;
        let should = "201: a free key takes the new content";
        judge.expect(Rule::Free, &exchange, exchange.status == 201, should);
        trial.count(&changed, &exchange, 1, Rule::Free, judge).await;
        trial.count(&title, &exchange, 0, Rule::Free, judge).await;
    }
    Ok(())
}
