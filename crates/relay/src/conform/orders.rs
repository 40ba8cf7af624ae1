//! The list of an order's todos, for a backend that has one.

use bzctrl_contract::{Code, Field};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::Value;

use super::doors::no_tokens;
use super::exchange::{Ask, Exchange};
use super::judge::Judge;
use super::rule::Rule;
use super::trial::{First, Trial, link};

/// The list as soon as the first todo exists, that of another order, and what is told to nobody.
pub(super) async fn of(trial: &Trial<'_>, first: Option<&First>, judge: &mut Judge) {
    let Some((exchange, tasks)) = list(trial, &trial.order, judge).await else { return };
    if let Some(first) = first {
        let entry = tasks.iter().find(|task| task[Field::Title.wire()] == *first.title);
        let seen = format!(
            "{} todos, \"{}\" {}among them",
            tasks.len(),
            first.title,
            if entry.is_some() { "" } else { "not " }
        );
        let holds = entry.is_some_and(|task| task["state"] == "created" && link(task) == link(&first.answer));
        let should = format!("\"{}\" as created, with its taskLink", first.title);
        judge.expect_that(Rule::Orders, &exchange, seen, holds, should);
    }
    if let Some((exchange, tasks)) = list(trial, &format!("{} of nobody", trial.order), judge).await {
        let seen = format!("{} todos of an order that has none", tasks.len());
        judge.expect_that(Rule::Orders, &exchange, seen, tasks.is_empty(), "an empty list");
    }
    for ask in no_tokens(trial, &ask(trial, &trial.order)) {
        let exchange = trial.backend.page(ask, judge).await;
        judge.expect(
            Rule::Orders,
            &exchange,
            exchange.is(Code::TokenInvalid),
            "401 token-invalid: who asks has no token",
        );
    }
}

/// The list once there are several.
pub(super) async fn newest_first(trial: &Trial<'_>, first: &First, judge: &mut Judge) {
    let Some((exchange, tasks)) = list(trial, &trial.order, judge).await else { return };
    let at = |task: &Value| task["at"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    let holds = tasks.iter().map(at).is_sorted_by(|newer, older| newer >= older);
    judge.expect_that(
        Rule::Orders,
        &exchange,
        format!("{} todos in another order", tasks.len()),
        holds,
        "the newest first",
    );
    let has_first = tasks.iter().any(|task| task[Field::Title.wire()] == *first.title);
    let seen = format!("{} todos without the first one", tasks.len());
    judge.expect_that(Rule::Orders, &exchange, seen, has_first && tasks.len() > 1, "all of the order's");
}

fn ask(trial: &Trial<'_>, order: &str) -> Ask {
    let mut url = trial.page.tasks.clone();
    url.query_pairs_mut().append_pair(Field::OrderId.wire(), order);
    trial.backend.ask(Method::GET, &url).bearer(&trial.page.token)
}

/// What is listed; nothing where the backend has no list, which is its right.
async fn list(trial: &Trial<'_>, order: &str, judge: &mut Judge) -> Option<(Exchange, Vec<Value>)> {
    let exchange = trial.backend.page(ask(trial, order), judge).await;
    if exchange.is(Code::NotFound) {
        judge.no_matter(Rule::Orders, "the backend lists no todos of an order");
        return None;
    }
    let tasks = exchange.json["tasks"].as_array().cloned();
    let holds = exchange.status == 200 && tasks.as_ref().is_some_and(|tasks| tasks.iter().all(is_entry));
    let should = "200 { \"tasks\": [{ \"state\": \"created\" or \"unknown\", \"todoType\", \"title\", \"at\" as RFC 3339 has it, … }] }, or 404 not-found";
    judge.expect(Rule::Orders, &exchange, holds, should);
    Some((exchange, tasks.filter(|_| holds)?))
}

fn is_entry(task: &Value) -> bool {
    let text = |name: &str| task[name].as_str().unwrap_or_default();
    matches!(text("state"), "created" | "unknown")
        && !text(Field::TodoType.wire()).is_empty()
        && !text(Field::Title.wire()).is_empty()
        && text("at").parse::<Timestamp>().is_ok()
}
