//! What goes wrong at BzCtrl, and what outlives the backend. It needs the sandbox in BzCtrl's place, or a command.

use std::process::Stdio;
use std::time::Duration;

use bzctrl_contract::Code;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::backend::Backend;
use super::exchange::Ask;
use super::judge::Judge;
use super::rule::{OF_DOUBTS, Rule};
use super::sandbox::Sandbox;
use super::todos::{First, leave_in_the_middle, new_title, one_in, send, todo, until_decided};
use super::token::{self, Page};

/// How long BzCtrl takes for what a restart interrupts.
const SLOWLY: Duration = Duration::from_millis(1500);
/// How long a backend may take to be there again.
const BACK_WITHIN: Duration = Duration::from_secs(60);

pub(super) async fn all(backend: &Backend<'_>, page: &Page, sandbox: &Sandbox, judge: &mut Judge) {
    let tried = async {
        unknown(backend, page, sandbox, judge).await?;
        rejected(backend, page, sandbox, judge).await?;
        free(backend, page, sandbox, judge).await
    };
    let tried: Result<(), String> = tried.await;
    if let Err(why) = tried {
        judge.skip_rest(&why, &OF_DOUBTS);
    }
}

/// A request with a key of its own, whose send meets this.
async fn faulty(backend: &Backend<'_>, page: &Page, sandbox: &Sandbox, fault: Value) -> Result<(Ask, String), String> {
    let title = new_title("in doubt");
    sandbox.fault(fault, 1).await?;
    Ok((send(backend, page, &page.new_key(), &todo(page, &title)), title))
}

async fn unknown(backend: &Backend<'_>, page: &Page, sandbox: &Sandbox, judge: &mut Judge) -> Result<(), String> {
    let faults = [
        json!("half-answer"),
        json!({ "status": { "code": 500, "body": "json" } }),
        json!({ "status": { "code": 200, "body": "html" } }),
        json!("close-after-storing"),
    ];
    let mut doubtful = None;
    for fault in faults {
        let (ask, title) = faulty(backend, page, sandbox, fault.clone()).await?;
        let exchange = until_decided(backend, &ask, judge).await;
        let should = format!("504 outcome-unknown, since BzCtrl's answer was {fault}");
        let holds = judge.expect(Rule::Unknown, &exchange, exchange.is(Code::OutcomeUnknown), should);
        let is_kept = kept(backend, sandbox, &ask, Code::OutcomeUnknown, Rule::Unknown, judge).await?;
        doubtful = (holds && is_kept).then_some((ask, title));
    }
    let Some((ask, title)) = doubtful else {
        judge.skip(Rule::Replaced, "nothing is told to be unknown");
        return Ok(());
    };
    replaced(backend, page, &ask, &title, judge).await;
    Ok(())
}

/// The same again, and nothing is sent.
async fn kept(
    backend: &Backend<'_>,
    sandbox: &Sandbox,
    ask: &Ask,
    code: Code,
    rule: Rule,
    judge: &mut Judge,
) -> Result<bool, String> {
    let before = sandbox.sends().await?;
    let again = backend.page(ask.clone(), judge).await;
    let is_kept = judge.expect(rule, &again, again.is(code), format!("{} {} again", code.status(), code.as_str()));
    let more = sandbox.sends().await?.saturating_sub(before);
    judge.expect_that(
        rule,
        &again.sent(),
        format!("{more} requests to BzCtrl"),
        more == 0,
        "none: it is answered from its row",
    );
    Ok(is_kept)
}

/// The user looks into BzCtrl, and knowingly sends it again.
async fn replaced(backend: &Backend<'_>, page: &Page, old: &Ask, title: &str, judge: &mut Judge) {
    let key = old.header("idempotency-key").to_owned();
    let ask = send(backend, page, &page.new_key(), &todo(page, title)).with("x-bzctrl-replaces", &key);
    let new = until_decided(backend, &ask, judge).await;
    judge.expect(Rule::Replaced, &new, new.status == 201, "201: an unknown key is replaced");
    let exchange = backend.page(old.clone(), judge).await;
    let by = &exchange.json["replacedBy"];
    let holds = exchange.is(Code::KeyReplaced)
        && exchange.member("outcome") == "unknown"
        && by["outcome"] == "created"
        && by["taskLink"] == new.json["taskLink"];
    let should = "410 key-replaced, outcome unknown, and the outcome and taskLink of the other in replacedBy";
    judge.expect(Rule::Replaced, &exchange, holds, should);
    let third = send(backend, page, &page.new_key(), &todo(page, title)).with("x-bzctrl-replaces", &key);
    let third = backend.page(third, judge).await;
    let should = "410 key-replaced: what is replaced is not replaced again";
    judge.expect(Rule::Replaced, &third, third.is(Code::KeyReplaced), should);
}

async fn rejected(backend: &Backend<'_>, page: &Page, sandbox: &Sandbox, judge: &mut Judge) -> Result<(), String> {
    for status in [400, 403, 404, 422, 307] {
        let fault = json!({ "status": { "code": status, "body": "json" } });
        let (ask, _) = faulty(backend, page, sandbox, fault).await?;
        let exchange = until_decided(backend, &ask, judge).await;
        let holds = exchange.is(Code::UpstreamRejected) && exchange.json["upstream"]["status"] == status;
        judge.expect(
            Rule::Rejected,
            &exchange,
            holds,
            format!("502 upstream-rejected, upstream: {{ status: {status} }}"),
        );
        kept(backend, sandbox, &ask, Code::UpstreamRejected, Rule::Rejected, judge).await?;
    }
    Ok(())
}

async fn free(backend: &Backend<'_>, page: &Page, sandbox: &Sandbox, judge: &mut Judge) -> Result<(), String> {
    for fault in [json!({ "status": { "code": 429, "body": "json" } }), json!("revoked-token")] {
        let (ask, title) = faulty(backend, page, sandbox, fault.clone()).await?;
        let exchange = until_decided(backend, &ask, judge).await;
        let should = format!("201 in the end, by the same key: BzCtrl's answer was {fault}");
        judge.expect(Rule::Free, &exchange, exchange.status == 201, should);
        one_in(Some(sandbox), &title, &exchange, Rule::Free, judge).await;
    }
    Ok(())
}

/// The backend is restarted, where there is a sandbox in the middle of a send.
pub(super) async fn restart(
    backend: &Backend<'_>,
    page: &Page,
    first: &First,
    command: &str,
    sandbox: Option<&Sandbox>,
    judge: &mut Judge,
) {
    let mut under_way = None;
    if let Some(sandbox) = sandbox {
        let title = new_title("over a restart");
        let ask = send(backend, page, &page.new_key(), &todo(page, &title));
        leave_in_the_middle(backend, &ask, sandbox, SLOWLY).await;
        under_way = Some((ask, title));
    }
    let mut shell = tokio::process::Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::null());
    match shell.status().await {
        Ok(status) if status.success() => {}
        Ok(status) => return judge.skip(Rule::Restart, format!("the command failed: {status}")),
        Err(error) => return judge.skip(Rule::Restart, format!("the command cannot be run: {error}")),
    }
    let until = Instant::now() + BACK_WITHIN;
    while let Err(why) = backend.is_there().await {
        if Instant::now() > until {
            return judge.skip(Rule::Restart, format!("it did not come back: {why}"));
        }
        sleep(Duration::from_millis(200)).await;
    }
    // Its tokens may have ended with it; its keys may not.
    let Some(answer) = token::answer(backend, judge).await else { return };
    let Some(now) = token::sealed_page(backend, &answer, judge).await else { return };
    let exchange = backend.page(send(backend, &now, &first.key, &first.todo), judge).await;
    let holds = exchange.status == 201 && exchange.json == first.answer;
    judge.expect(Rule::Restart, &exchange, holds, format!("201 as before the restart, {}", first.answer));
    if let Some((ask, title)) = under_way {
        let ask = ask.bearer(&now.token);
        let exchange = until_decided(backend, &ask, judge).await;
        let holds = exchange.status == 201 || exchange.is(Code::OutcomeUnknown);
        judge.expect(Rule::Restart, &exchange, holds, "201 or 504 outcome-unknown: it was being sent");
        // BzCtrl may still be at it.
        sleep(SLOWLY).await;
        one_in(sandbox, &title, &exchange, Rule::Restart, judge).await;
    }
}
