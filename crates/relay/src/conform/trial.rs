//! A page with a token and what it sends: todos of one order, each with a title of its own.

use std::time::Duration;

use bzctrl_contract::{Code, Field, TodoType};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::backend::Backend;
use super::exchange::{Ask, Exchange};
use super::judge::Judge;
use super::rule::Rule;
use super::sandbox::Sandbox;
use super::token::Page;

/// Whom the page names, so that it is seen who is written.
pub(super) const CLAIMED: &str = "somebody.else@conform.invalid";
/// How long a key may be decided upon: longer than a send takes.
const DECIDED_WITHIN: Duration = Duration::from_secs(20);
/// The longest pause between two questions.
const PAUSE: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(super) struct Trial<'o> {
    pub(super) backend: &'o Backend<'o>,
    pub(super) page: Page,
    pub(super) sandbox: Option<&'o Sandbox>,
    /// Whether what has to be refused is a whole todo, which nothing but the rule at hand keeps out.
    pub(super) complete: bool,
    /// Its own, so that nothing of an earlier run is listed with it.
    pub(super) order: String,
}

impl<'o> Trial<'o> {
    pub(super) fn new(backend: &'o Backend<'o>, page: Page, sandbox: Option<&'o Sandbox>) -> Self {
        Self { backend, page, sandbox, complete: false, order: unique("CONFORMANCE") }
    }

    /// The same trial by another page, as a new token or another user makes it.
    pub(super) fn by(&self, backend: &'o Backend<'o>, page: Page) -> Self {
        Self { backend, page, ..self.clone() }
    }

    pub(super) fn todo(&self, title: &str) -> Value {
        let reporter = self.page.reporter.as_deref().unwrap_or(CLAIMED);
        let members = [
            (Field::TodoType, TodoType::Incident.wire()),
            (Field::DomainWorkSpace, self.page.workspace.as_deref().unwrap_or_default()),
            (Field::Title, title),
            (Field::Description, "Made by bzctrl-relay conform. It may be deleted."),
            (Field::Status, "IN PROGRESS"),
            (Field::Assignee, reporter),
            (Field::Reporter, reporter),
            (Field::OrderId, &*self.order),
        ];
        let members = members.into_iter().map(|(field, value)| (field.wire().to_owned(), json!(value)));
        Value::Object(members.collect::<Map<_, _>>())
    }

    pub(super) fn send(&self, key: &str, todo: &Value) -> Ask {
        self.backend.ask(Method::POST, &self.page.tasks).bearer(&self.page.token).key(key).json(todo)
    }

    /// What has to be refused, under a key that nobody has sent: it becomes a todo if it is not refused.
    pub(super) fn to_be_refused(&self, title: &str) -> Ask {
        let todo = if self.complete { self.todo(title) } else { json!({}) };
        self.send(&self.page.new_key(), &todo)
    }

    /// Whether this is the refusal. A todo without anything in it may be refused for what it is.
    pub(super) fn is_refused(&self, exchange: &Exchange, code: Code) -> bool {
        exchange.is(code) || !self.complete && exchange.is(Code::InvalidTask)
    }

    /// Asks with the same key until something is known of it.
    pub(super) async fn until_decided(&self, ask: &Ask, judge: &mut Judge) -> Exchange {
        let until = Instant::now() + DECIDED_WITHIN;
        for asked in 1.. {
            let exchange = Exchange { asked, ..self.backend.page(ask.clone(), judge).await };
            let rule = match () {
                () if exchange.is(Code::InProgress) => Rule::AtOnce,
                () if exchange.is(Code::UpstreamUnavailable) => Rule::Free,
                () => return exchange,
            };
            let pause = exchange.header("retry-after");
            let came = exchange.headers_in_short(&["retry-after"]);
            judge.expect_that(rule, &exchange, came, !pause.is_empty(), "retry-after, in seconds or as a date");
            if Instant::now() > until {
                return exchange;
            }
            sleep(pause.parse().map_or(PAUSE, Duration::from_secs).min(PAUSE)).await;
        }
        unreachable!("it ends by time")
    }

    /// Where todos can be counted: there are so many of this title.
    pub(super) async fn count(&self, title: &str, of: &Exchange, expected: usize, rule: Rule, judge: &mut Judge) {
        let Some(sandbox) = self.sandbox else { return };
        match sandbox.todos(title).await {
            Ok(todos) => {
                let seen = format!("{} todos \"{title}\" in the sandbox", todos.len());
                judge.expect_that(rule, of, seen, todos.len() == expected, expected.to_string());
            }
            Err(why) => judge.skip(rule, why),
        }
    }
}

/// What was created first.
pub(super) struct First {
    pub(super) key: String,
    pub(super) title: String,
    pub(super) todo: Value,
    pub(super) answer: Value,
}

/// The same, as a page says it that names this person.
pub(super) fn claiming(todo: &Value, person: &str) -> Value {
    let mut todo = todo.clone();
    todo[Field::Reporter.wire()] = json!(person);
    todo[Field::Assignee.wire()] = json!(person);
    todo
}

pub(super) fn new_title(what: &str) -> String {
    unique(&format!("Conformance {what}"))
}

fn unique(what: &str) -> String {
    format!("{what} {}", &Uuid::new_v4().simple().to_string()[..8])
}

pub(super) fn link(json: &Value) -> &str {
    json["taskLink"].as_str().filter(|link| link.starts_with("http")).unwrap_or_default()
}
