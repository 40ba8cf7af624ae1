//! Todos, and one key that is sent more than once. What is sent here was announced.

use std::time::Duration;

use bzctrl_contract::{Code, Field};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::doors::exposes;
use super::exchange::Ask;
use super::judge::Judge;
use super::rule::Rule;
use super::sandbox::Sandbox;
use super::trial::{CLAIMED, First, Trial, claiming, link, new_title};
use super::{doors, keys, other_user};

/// Requests with one key at once.
const AT_ONCE: usize = 5;
/// Todos that are meant to be created: the first one, that of many requests at once, that of a closed tab.
const MEANT: usize = 3;
/// The first one's key again as it is, by another reporter and without quotes; with another content; in place of another.
const AGAIN: usize = 5;

/// What tells one answer from another.
pub(super) const TOLD: [&str; 2] = ["title", "taskLink"];

/// This answer of BzCtrl, in short.
pub(super) fn told(answer: &Value) -> String {
    let told = TOLD.iter().filter_map(|name| Some((name, answer.get(name)?)));
    told.fold("201".to_owned(), |told, (name, value)| format!("{told}, {name} {value}"))
}

/// What will be created, as it is said before.
pub(super) fn announce(trial: &Trial<'_>) -> String {
    let workspace = trial.page.workspace.as_deref().unwrap_or_default();
    if let Some(sandbox) = trial.sandbox {
        return format!(
            "It creates todos in {workspace}, whose titles begin with \"Conformance\"; it goes on only if the first one is in the sandbox {}.",
            sandbox.base
        );
    }
    // Of the requests at once, and of those that ask on, one each is meant.
    let more = doors::MOST_TODOS + keys::MOST_TODOS + AGAIN + other_user::MOST_TODOS + AT_ONCE + 1;
    format!(
        "It creates {MEANT} todos in {workspace}, whose titles begin with \"Conformance\"; a backend that breaks a rule may create up to {more} more."
    )
}

/// A todo, from which on others can be tried.
///
/// # Errors
/// It was created, and not where it should be.
pub(super) async fn created(trial: &Trial<'_>, judge: &mut Judge) -> Result<Option<First>, String> {
    let (key, title) = (trial.page.new_key(), new_title("first"));
    let todo = trial.todo(&title);
    let has_user = trial.backend.user.is_known();
    // The page names somebody else, where that cannot be the todo's reporter.
    let todo = if has_user { claiming(&todo, CLAIMED) } else { todo };
    let exchange = trial.until_decided(&trial.send(&key, &todo), judge).await;
    exposes(trial.backend, &exchange, judge);
    let says = exchange.json.is_object() && (!link(&exchange.json).is_empty() || exchange.json["title"] == *title);
    let mut should = "201 with BzCtrl's JSON: its taskLink, or the title".to_owned();
    if exchange.is(Code::WorkspaceDenied) {
        should.push_str("; --workspace names another workspace");
    }
    if !judge.expect(Rule::Created, &exchange, exchange.status == 201 && says, should) {
        return Ok(None);
    }
    if exchange.asked == 1 {
        let (name, no) = ("idempotency-replayed", exchange.header("idempotency-replayed") != "true");
        let seen = exchange.headers_in_short(&[name]);
        judge.expect_that(Rule::Replay, &exchange, seen, no, format!("no {name}: nobody has sent this key before"));
    }
    if let Some(sandbox) = trial.sandbox {
        let todos = sandbox.todos(&title).await?;
        let seen = format!("{} todos \"{title}\" in the sandbox {}", todos.len(), sandbox.base);
        judge.expect_that(Rule::Created, &exchange, seen, todos.len() == 1, "1");
        let Some(stored) = todos.first() else {
            return Err(format!(
                "it ended at the first todo: the backend said that it created 1, \"{title}\" in {}, and the sandbox {} has none of it. Either \
                 the backend sends its todos elsewhere, perhaps to BzCtrl itself, and that one has to be closed there ({}); or it sends none",
                trial.page.workspace.as_deref().unwrap_or_default(),
                sandbox.base,
                Some(link(&exchange.json)).filter(|link| !link.is_empty()).unwrap_or("it has no link"),
            ));
        };
        if has_user {
            let reporter = stored[Field::Reporter.wire()].as_str().unwrap_or_default();
            let holds = trial.page.reporter.as_deref().map_or(reporter != CLAIMED, |user| reporter == user);
            let user = trial.page.reporter.as_deref().unwrap_or("the user of the session");
            let should = format!("{user}: the page's word does not count");
            judge.expect_that(Rule::Reporter, &exchange, format!("the todo's reporter {reporter}"), holds, should);
        }
    }
    Ok(Some(First { key, title, todo, answer: exchange.json }))
}

/// What may be sent again, and makes no other todo.
pub(super) async fn at_most_one(trial: &Trial<'_>, first: &First, judge: &mut Judge) {
    let (backend, First { key, title, todo, answer }) = (trial.backend, first);
    let again = trial.send(key, todo);
    let by_another = trial.send(key, &claiming(todo, "another.one@conform.invalid"));
    let unquoted = again.clone().with("idempotency-key", key);
    let mut last = None;
    for (ask, rule, why) in [
        (again, Rule::Replay, "the same key and content"),
        (by_another, Rule::Replay, "reporter and assignee are not compared"),
        (unquoted, Rule::KeyForm, "without quotes it is the same key"),
    ] {
        let exchange = backend.page(ask, judge).await;
        let same = exchange.status == 201 && exchange.json == *answer;
        judge.expect_with(rule, &exchange, &TOLD, same, format!("{}: {why}", told(answer)));
        if same {
            let (name, holds) = ("idempotency-replayed", exchange.header("idempotency-replayed") == "true");
            let seen = exchange.headers_in_short(&[name]);
            judge.expect_that(Rule::Replay, &exchange, seen, holds, format!("{name}: true"));
        }
        last = Some(exchange);
    }
    if let Some(exchange) = last {
        trial.count(title, &exchange, 1, Rule::Replay, judge).await;
    }
    let mut other = todo.clone();
    other[Field::Title.wire()] = json!(new_title("other"));
    let exchange = backend.page(trial.send(key, &other), judge).await;
    let tells = exchange.member("outcome") == "created" && link(&exchange.json) == link(answer);
    let should = format!("422 key-reused, outcome created, taskLink {}", link(answer));
    let holds = exchange.is(Code::KeyReused) && tells;
    judge.expect_with(Rule::KeyReused, &exchange, &["outcome", "taskLink"], holds, should);

    let replacing = trial.send(&trial.page.new_key(), todo).with("x-bzctrl-replaces", format!("\"{key}\""));
    let exchange = backend.page(replacing, judge).await;
    let holds = exchange.status == 201 && exchange.json == *answer;
    judge.expect_with(Rule::Replaces, &exchange, &TOLD, holds, format!("{}: the replaced key's answer", told(answer)));

    at_once(trial, judge).await;
    page_gone(trial, judge).await;
}

async fn at_once(trial: &Trial<'_>, judge: &mut Judge) {
    let title = new_title("at once");
    let ask = trial.send(&trial.page.new_key(), &trial.todo(&title));
    if let Some(sandbox) = trial.sandbox {
        // Long enough that all of them are there; an error shows in what follows.
        let _ = sandbox.fault(json!({ "delay": { "ms": 1000 } })).await;
    }
    let exchanges = join_all((0..AT_ONCE).map(|_| trial.backend.probe(ask.clone()))).await;
    let last = trial.until_decided(&ask, judge).await;
    let mut firsts = 0;
    for exchange in exchanges.iter().chain([&last]) {
        let created = exchange.status == 201 && exchange.json == last.json;
        let waits = exchange.is(Code::InProgress) && !exchange.header("retry-after").is_empty();
        let should = "409 in-progress with Retry-After, or the one answer of this key";
        judge.expect(Rule::AtOnce, exchange, created || waits, should);
        firsts += usize::from(exchange.status == 201 && exchange.header("idempotency-replayed") != "true");
    }
    let seen = format!("{firsts} answers 201 without Idempotency-Replayed to {AT_ONCE} requests at once");
    judge.expect_that(Rule::AtOnce, &last, seen, firsts <= 1, "1");
    trial.count(&title, &last, 1, Rule::AtOnce, judge).await;
}

async fn page_gone(trial: &Trial<'_>, judge: &mut Judge) {
    let title = new_title("of a closed tab");
    let ask = trial.send(&trial.page.new_key(), &trial.todo(&title));
    let slowly = Duration::from_millis(1500);
    match trial.sandbox {
        Some(sandbox) => leave_in_the_middle(trial, &ask, sandbox, slowly).await,
        // Dropped, it closes its connection.
        None => drop(timeout(Duration::from_millis(50), trial.backend.probe(ask.clone())).await),
    }
    let exchange = trial.until_decided(&ask, judge).await;
    let should = "201: it was sent to its end, or not begun";
    judge.expect(Rule::PageGone, &exchange, exchange.status == 201, should);
    if trial.sandbox.is_some() {
        // What still goes on there is counted too.
        sleep(slowly).await;
    }
    trial.count(&title, &exchange, 1, Rule::PageGone, judge).await;
}

/// Sends it, and leaves while BzCtrl is at it.
pub(super) async fn leave_in_the_middle(trial: &Trial<'_>, ask: &Ask, sandbox: &Sandbox, slowly: Duration) {
    // An error shows in what follows: nothing comes of it.
    let before = sandbox.sends().await.unwrap_or_default();
    let _ = sandbox.fault(json!({ "delay": { "ms": slowly.as_millis() } })).await;
    let arrives = async {
        while sandbox.sends().await.is_ok_and(|sends| sends <= before) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        _ = trial.backend.probe(ask.clone()) => {}
        () = arrives => {}
    }
}
