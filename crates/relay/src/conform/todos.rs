//! Todos and their keys. Each request that could become a todo is made here or in `doubts`, after it was announced.

use std::time::Duration;

use bzctrl_contract::{Code, Field, TodoType};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use super::backend::Backend;
use super::doors::exposes;
use super::exchange::{Ask, Exchange};
use super::judge::Judge;
use super::rule::Rule;
use super::sandbox::Sandbox;
use super::token::Page;

/// Whom the page names, so that it is seen who is written.
const CLAIMED: &str = "somebody.else@conform.invalid";
/// How long a key may be decided upon: longer than a send takes.
const DECIDED_WITHIN: Duration = Duration::from_secs(20);
/// The longest pause between two questions.
const PAUSE: Duration = Duration::from_secs(5);
/// Requests with one key at once.
const AT_ONCE: usize = 5;

/// What was created first.
pub(super) struct First {
    pub(super) key: String,
    pub(super) todo: Value,
    pub(super) answer: Value,
}

/// What will be created, as it is said before.
pub(super) fn announce(page: &Page, in_sandbox: bool) -> Result<String, String> {
    let workspace = page.workspace.as_deref().ok_or("give --workspace: the token's defaults name none")?;
    Ok(if in_sandbox {
        format!("It creates todos in the sandbox, in {workspace}, whose titles begin with \"Conformance\".")
    } else {
        format!(
            "It creates 3 todos in {workspace}, whose titles begin with \"Conformance\"; a backend that breaks a rule may create up to {} more.",
            KEYS_THAT_ARE_NONE + 1 + AGAIN + (AT_ONCE - 1) + 1
        )
    })
}

const KEYS_THAT_ARE_NONE: usize = 4;
/// The same key again, twice; with another content; in place of another.
const AGAIN: usize = 4;

pub(super) fn todo(page: &Page, title: &str) -> Value {
    let reporter = page.reporter.as_deref().unwrap_or(CLAIMED);
    let members = [
        (Field::TodoType, TodoType::Incident.wire()),
        (Field::DomainWorkSpace, page.workspace.as_deref().unwrap_or_default()),
        (Field::Title, title),
        (Field::Description, "Made by bzctrl-relay conform. It may be deleted."),
        (Field::Status, "IN PROGRESS"),
        (Field::Assignee, reporter),
        (Field::Reporter, reporter),
        (Field::OrderId, "CONFORMANCE"),
    ];
    let members = members.into_iter().map(|(field, value)| (field.wire().to_owned(), json!(value)));
    Value::Object(members.collect::<Map<_, _>>())
}

/// The same, as a page says it that names somebody else.
fn claimed(todo: &Value) -> Value {
    let mut todo = todo.clone();
    todo[Field::Reporter.wire()] = json!(CLAIMED);
    todo[Field::Assignee.wire()] = json!(CLAIMED);
    todo
}

pub(super) fn new_title(what: &str) -> String {
    format!("Conformance {what} {}", &Uuid::new_v4().simple().to_string()[..8])
}

pub(super) fn send(backend: &Backend<'_>, page: &Page, key: &str, todo: &Value) -> Ask {
    backend.ask(Method::POST, &page.tasks).bearer(&page.token).key(key).json(todo)
}

/// Asks with the same key until something is known of it.
pub(super) async fn until_decided(backend: &Backend<'_>, ask: &Ask, judge: &mut Judge) -> Exchange {
    let until = Instant::now() + DECIDED_WITHIN;
    loop {
        let exchange = backend.page(ask.clone(), judge).await;
        let undecided = exchange.is(Code::InProgress) || exchange.is(Code::UpstreamUnavailable);
        if undecided {
            let pause = exchange.header("retry-after").parse().map(Duration::from_secs);
            let should = "Retry-After, in seconds or as a date";
            let rule = if exchange.is(Code::InProgress) { Rule::AtOnce } else { Rule::Free };
            judge.expect(rule, &exchange, !exchange.header("retry-after").is_empty(), should);
            if Instant::now() < until {
                sleep(pause.unwrap_or(PAUSE).min(PAUSE)).await;
                continue;
            }
        }
        return exchange;
    }
}

/// What is refused before it is sent. Where todos may be created the bodies are whole ones, which nothing but the key keeps out.
pub(super) async fn without_any(backend: &Backend<'_>, page: &Page, judge: &mut Judge) {
    let whole = backend.options.creates_todos;
    let body = if whole { todo(page, &new_title("of no key")) } else { json!({}) };
    let key = page.new_key();
    let none = [
        None,
        Some(format!("{}.conform", page.epoch)),
        Some(key.to_uppercase().replace('.', "")),
        Some(format!("{key}0")),
    ];
    for none in none {
        let ask = backend.ask(Method::POST, &page.tasks).bearer(&page.token).json(&body);
        let ask = match none {
            Some(none) => ask.key(&none),
            None => ask,
        };
        let exchange = backend.page(ask, judge).await;
        // An empty todo may be refused for what it is.
        let holds = exchange.is(Code::KeyInvalid) || !whole && exchange.is(Code::InvalidTask);
        judge.expect(Rule::KeyForm, &exchange, holds, "400 key-invalid");
    }

    let other = format!("conform-{}.{}", &Uuid::new_v4().simple().to_string()[..8], Uuid::new_v4().simple());
    let exchange = backend.page(send(backend, page, &other, &body), judge).await;
    let holds = exchange.is(Code::KeyUnknown) || !whole && exchange.is(Code::InvalidTask);
    judge.expect(
        Rule::KeyEpoch,
        &exchange,
        holds,
        "410 key-unknown: what became of it before this store, nobody knows",
    );

    let exchange = backend.page(send(backend, page, &page.new_key(), &json!({})), judge).await;
    let holds = [Code::InvalidTask, Code::InvalidRequest, Code::WorkspaceDenied, Code::UpstreamRejected];
    let holds = holds.into_iter().any(|code| exchange.is(code));
    judge.expect(Rule::InvalidTask, &exchange, holds, "400 invalid-task with errors");

    orders(backend, page, judge).await;
    if !whole {
        judge.skip_rest("give --creates-todos", &super::rule::ALL);
    }
}

async fn orders(backend: &Backend<'_>, page: &Page, judge: &mut Judge) {
    let mut url = page.tasks.clone();
    url.query_pairs_mut().append_pair(Field::OrderId.wire(), "CONFORMANCE");
    let exchange = backend.page(backend.ask(Method::GET, &url).bearer(&page.token), judge).await;
    let listed = exchange.json["tasks"].as_array().is_some_and(|tasks| {
        tasks.iter().all(|task| {
            matches!(task["state"].as_str(), Some("created" | "unknown"))
                && task["title"].is_string()
                && task["at"].as_str().is_some_and(|at| at.parse::<jiff::Timestamp>().is_ok())
        })
    });
    let holds = exchange.status == 404 || exchange.status == 200 && listed;
    judge.expect(Rule::Orders, &exchange, holds, "200 with tasks, each with state, title and at (RFC 3339), or 404");
}

/// The first todo. Without it nothing else can be tried.
pub(super) async fn created(
    backend: &Backend<'_>,
    page: &Page,
    sandbox: Option<&Sandbox>,
    judge: &mut Judge,
) -> Option<First> {
    let (key, title) = (page.new_key(), new_title("first"));
    let todo = todo(page, &title);
    // The page names somebody else, where that cannot be the todo's reporter.
    let said = if backend.options.has_identity() { claimed(&todo) } else { todo.clone() };
    let exchange = until_decided(backend, &send(backend, page, &key, &said), judge).await;
    exposes(backend, &exchange, judge);
    let says = exchange.json.is_object() && (!link(&exchange.json).is_empty() || exchange.json["title"] == *title);
    let holds = exchange.status == 201 && says;
    judge.expect(Rule::Created, &exchange, holds, "201 with BzCtrl's JSON: its taskLink, or the title");
    if let Some(sandbox) = sandbox
        && let Ok(todos) = sandbox.todos(&title).await
    {
        let seen = format!("{} todos in the sandbox", todos.len());
        judge.expect_that(Rule::Created, &exchange.sent(), seen, todos.len() == 1, "one todo in that sandbox");
        let reporter = todos.first().and_then(|todo| todo[Field::Reporter.wire()].as_str()).unwrap_or_default();
        if backend.options.has_identity() {
            let (seen, holds) = (format!("the todo's reporter is {reporter}"), reporter != CLAIMED);
            judge.expect_that(Rule::Reporter, &exchange.sent(), seen, holds, "the user of the session");
        } else {
            judge.skip(Rule::Reporter, super::token::GIVE_A_USER);
        }
    }
    holds.then_some(First { key, todo: said, answer: exchange.json })
}

pub(super) fn link(json: &Value) -> &str {
    json["taskLink"].as_str().filter(|link| link.starts_with("http")).unwrap_or_default()
}

/// What may be sent again, and makes no other todo.
pub(super) async fn at_most_one(
    backend: &Backend<'_>,
    page: &Page,
    first: &First,
    sandbox: Option<&Sandbox>,
    judge: &mut Judge,
) {
    for (again, why) in [(first.todo.clone(), ""), (claimed(&first.todo), "; reporter and assignee are not compared")] {
        let exchange = backend.page(send(backend, page, &first.key, &again), judge).await;
        let same = exchange.status == 201 && exchange.json == first.answer;
        let holds = same && exchange.header("idempotency-replayed") == "true";
        judge.expect(Rule::Replay, &exchange, holds, format!("201, Idempotency-Replayed: true, {}{why}", first.answer));
    }
    let mut other = first.todo.clone();
    other[Field::Title.wire()] = json!(new_title("other"));
    let exchange = backend.page(send(backend, page, &first.key, &other), judge).await;
    let holds = exchange.is(Code::KeyReused)
        && exchange.member("outcome") == "created"
        && link(&exchange.json) == link(&first.answer);
    let should = format!("422 key-reused, outcome created, taskLink {}", link(&first.answer));
    judge.expect(Rule::KeyReused, &exchange, holds, should);

    let replacing = send(backend, page, &page.new_key(), &first.todo);
    let replacing = replacing.with("x-bzctrl-replaces", format!("\"{}\"", first.key));
    let exchange = backend.page(replacing, judge).await;
    let holds = exchange.status == 201 && exchange.json == first.answer;
    judge.expect(Rule::Replaces, &exchange, holds, format!("201 and the answer of the replaced key, {}", first.answer));

    at_once(backend, page, sandbox, judge).await;
    page_gone(backend, page, sandbox, judge).await;
}

async fn at_once(backend: &Backend<'_>, page: &Page, sandbox: Option<&Sandbox>, judge: &mut Judge) {
    let title = new_title("at once");
    let ask = send(backend, page, &page.new_key(), &todo(page, &title));
    if let Some(sandbox) = sandbox {
        // Long enough that all of them are there; an error shows in what follows.
        let _ = sandbox.fault(json!({ "delay": { "ms": 1000 } }), 1).await;
    }
    let exchanges = join_all((0..AT_ONCE).map(|_| backend.probe(ask.clone()))).await;
    let last = until_decided(backend, &ask, judge).await;
    let mut firsts = 0;
    for exchange in exchanges.iter().chain([&last]) {
        let created = exchange.status == 201 && exchange.json == last.json;
        let waits = exchange.is(Code::InProgress) && !exchange.header("retry-after").is_empty();
        let should = "409 in-progress with Retry-After, or the one answer of this key";
        judge.expect(Rule::AtOnce, exchange, created || waits, should);
        firsts += usize::from(exchange.status == 201 && exchange.header("idempotency-replayed") != "true");
    }
    let seen = format!("{firsts} answers 201 without Idempotency-Replayed, to {AT_ONCE} requests at once");
    judge.expect_that(Rule::AtOnce, &last.sent(), seen, firsts <= 1, "one");
    one_in(sandbox, &title, &last, Rule::AtOnce, judge).await;
}

/// Where todos can be counted: there is one of this title.
pub(super) async fn one_in(sandbox: Option<&Sandbox>, title: &str, of: &Exchange, rule: Rule, judge: &mut Judge) {
    if let Some(sandbox) = sandbox {
        let count = sandbox.todos(title).await.map_or(0, |todos| todos.len());
        judge.expect_that(rule, &of.sent(), format!("{count} todos at BzCtrl"), count == 1, "one todo");
    }
}

async fn page_gone(backend: &Backend<'_>, page: &Page, sandbox: Option<&Sandbox>, judge: &mut Judge) {
    let title = new_title("of a closed tab");
    let ask = send(backend, page, &page.new_key(), &todo(page, &title));
    let slowly = Duration::from_millis(1500);
    match sandbox {
        Some(sandbox) => leave_in_the_middle(backend, &ask, sandbox, slowly).await,
        // Dropped, it closes its connection.
        None => drop(timeout(Duration::from_millis(50), backend.probe(ask.clone())).await),
    }
    let exchange = until_decided(backend, &ask, judge).await;
    let should = "201: it was sent to its end, or not begun";
    judge.expect(Rule::PageGone, &exchange, exchange.status == 201, should);
    if sandbox.is_some() {
        // What still goes on there is counted too.
        sleep(slowly).await;
    }
    one_in(sandbox, &title, &exchange, Rule::PageGone, judge).await;
}

/// Sends it, and leaves while BzCtrl is at it.
pub(super) async fn leave_in_the_middle(backend: &Backend<'_>, ask: &Ask, sandbox: &Sandbox, slowly: Duration) {
    // An error shows in what follows: nothing comes of it.
    let before = sandbox.sends().await.unwrap_or_default();
    let _ = sandbox.fault(json!({ "delay": { "ms": slowly.as_millis() } }), 1).await;
    let arrives = async {
        while sandbox.sends().await.is_ok_and(|sends| sends <= before) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        _ = backend.probe(ask.clone()) => {}
        () = arrives => {}
    }
}
