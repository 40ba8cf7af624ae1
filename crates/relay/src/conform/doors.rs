//! Who is let in: origins, the widget's header, preflights, tokens.

use bzctrl_contract::Code;
use url::Url;

use super::backend::Backend;
use super::exchange::{Ask, Exchange};
use super::judge::Judge;
use super::rule::Rule;
use super::trial::{Trial, new_title};

const FOR_TOKENS: [&str; 2] = ["content-type", "x-bzctrl-widget"];
const FOR_TODOS: [&str; 5] =
    ["authorization", "content-type", "idempotency-key", "x-bzctrl-replaces", "x-bzctrl-widget"];
const FOREIGN: usize = 8;
/// So many todos a backend creates here that lets everybody in: of foreign pages, without the header, without a token.
pub(super) const MOST_TODOS: usize = FOREIGN + 2 + 3;

pub(super) async fn of_the_token(backend: &Backend<'_>, judge: &mut Judge) {
    let ask = match backend.token_request().await {
        Ok(ask) => ask,
        Err(why) => return judge.skip(Rule::ForeignOrigin, why),
    };
    foreign_origins(backend, &ask, judge).await;
    without_widget_header(backend, &ask, judge).await;
    preflights(backend, &backend.options.url, &FOR_TOKENS, judge).await;
}

pub(super) async fn of_todos(trial: &Trial<'_>, judge: &mut Judge) {
    let backend = trial.backend;
    preflights(backend, &trial.page.tasks, &FOR_TODOS, judge).await;
    let title = new_title("of a foreign page");
    let exchange = foreign_origins(backend, &trial.to_be_refused(&title), judge).await;
    trial.count(&title, &exchange, 0, Rule::ForeignOrigin, judge).await;
    let title = new_title("without the header");
    let exchange = without_widget_header(backend, &trial.to_be_refused(&title), judge).await;
    trial.count(&title, &exchange, 0, Rule::WidgetHeader, judge).await;
    without_token(trial, judge).await;
}

/// What is no token of this page: none, nobody's, and one that was changed.
pub(super) fn no_tokens(trial: &Trial<'_>, ask: &Ask) -> [Ask; 3] {
    let mut cut = trial.page.token.clone();
    cut.pop();
    let ask = ask.clone().without("authorization");
    [ask.clone(), ask.clone().bearer("conform"), ask.bearer(&cut)]
}

async fn without_token(trial: &Trial<'_>, judge: &mut Judge) {
    let title = new_title("without a token");
    for ask in no_tokens(trial, &trial.to_be_refused(&title)) {
        let exchange = trial.backend.page(ask, judge).await;
        judge.expect(Rule::TokenInvalid, &exchange, exchange.is(Code::TokenInvalid), "401 token-invalid");
        exposes(trial.backend, &exchange, judge);
        trial.count(&title, &exchange, 0, Rule::TokenInvalid, judge).await;
    }
}

/// Whether the page may read what it goes by.
pub(super) fn exposes(backend: &Backend<'_>, exchange: &Exchange, judge: &mut Judge) {
    const EXPOSED: &str = "access-control-expose-headers";
    if !backend.options.is_same_origin() {
        let holds = exchange.lists(EXPOSED, "retry-after") && exchange.lists(EXPOSED, "idempotency-replayed");
        let should = format!("{EXPOSED}: Retry-After, Idempotency-Replayed");
        judge.expect_that(Rule::Cors, exchange, exchange.headers_in_short(&[EXPOSED]), holds, should);
    }
}

/// Origins that are nearly the page's, and those of nobody.
fn foreign(origin: &str) -> [Option<String>; FOREIGN] {
    let (scheme, host) = origin.split_once("://").unwrap_or(("https", origin));
    let other_scheme = if scheme == "https" { "http" } else { "https" };
    let port = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    let name = port.map_or(host, |(name, _)| name);
    let other_port = if port.is_some_and(|(_, port)| port == "8443") { "8444" } else { "8443" };
    [
        Some("https://conform.invalid".to_owned()),
        Some("null".to_owned()),
        Some(format!("{origin}.conform.invalid")),
        Some(format!("{scheme}://conform-{host}")),
        Some(format!("{other_scheme}://{host}")),
        Some(format!("{scheme}://{name}:{other_port}")),
        Some(format!("{origin}/")),
        None,
    ]
}

/// Answers with the last exchange.
async fn foreign_origins(backend: &Backend<'_>, ask: &Ask, judge: &mut Judge) -> Exchange {
    let mut last = None;
    for origin in foreign(&backend.options.origin) {
        let ask = match &origin {
            Some(origin) => ask.clone().with("origin", origin.clone()),
            None => ask.clone().without("origin"),
        };
        let exchange = backend.probe(ask).await;
        let holds = exchange.is(Code::OriginDenied) && !exchange.has_token();
        let of = origin.as_deref().unwrap_or("no origin");
        let should = format!("403 origin-denied: {of} is not {}", backend.options.origin);
        judge.expect(Rule::ForeignOrigin, &exchange, holds, should);
        let came = exchange.headers_in_short(&[ALLOWED]);
        let may_read = admits(&exchange, origin.as_deref());
        judge.expect_that(Rule::ForeignOrigin, &exchange, came, !may_read, format!("no {ALLOWED} for {of}"));
        last = Some(exchange);
    }
    last.unwrap_or_else(|| unreachable!("there are foreign origins"))
}

const ALLOWED: &str = "access-control-allow-origin";

/// Whether a page of this origin may read the answer.
fn admits(exchange: &Exchange, origin: Option<&str>) -> bool {
    let admitted = exchange.header(ALLOWED);
    admitted == "*" || origin.is_some_and(|origin| origin == admitted)
}

/// Answers with the last exchange.
async fn without_widget_header(backend: &Backend<'_>, ask: &Ask, judge: &mut Judge) -> Exchange {
    let without = backend.probe(ask.clone().without("x-bzctrl-widget")).await;
    let other = backend.probe(ask.clone().with("x-bzctrl-widget", "0")).await;
    for (exchange, what) in [(&without, "there is no X-BzCtrl-Widget"), (&other, "X-BzCtrl-Widget is not 1")] {
        let holds = exchange.is(Code::InvalidRequest) && !exchange.has_token();
        judge.expect(Rule::WidgetHeader, exchange, holds, format!("400 invalid-request: {what}"));
    }
    other
}

async fn preflights(backend: &Backend<'_>, url: &Url, headers: &[&str], judge: &mut Judge) {
    const HEADERS: &str = "access-control-allow-headers";
    const COOKIES: &str = "access-control-allow-credentials";
    if backend.options.is_same_origin() {
        return judge.no_matter(Rule::Preflight, "the page is of the backend's own origin");
    }
    let asked = headers.join(",");
    let exchange = backend.probe(backend.preflight(url, "POST", &asked)).await;
    let holds = (200..300).contains(&exchange.status);
    judge.expect(Rule::Preflight, &exchange, holds, "204, whoever the user is: a preflight has no cookie");
    let origin = &backend.options.origin;
    let mut holds = exchange.header(ALLOWED) == origin;
    holds &= headers.iter().all(|name| exchange.lists(HEADERS, name));
    let (mut names, mut should) = (vec![ALLOWED, HEADERS], format!("{ALLOWED}: {origin}, {HEADERS}: {asked}"));
    if backend.user.cookie.is_some() {
        holds &= exchange.header(COOKIES) == "true";
        names.push(COOKIES);
        should.push_str(&format!(", {COOKIES}: true"));
    }
    judge.expect_that(Rule::Preflight, &exchange, exchange.headers_in_short(&names), holds, should);

    let foreign = "https://conform.invalid";
    let exchange = backend.probe(backend.preflight(url, "POST", &asked).with("origin", foreign)).await;
    let came = exchange.headers_in_short(&[ALLOWED]);
    let may_read = admits(&exchange, Some(foreign));
    judge.expect_that(Rule::Preflight, &exchange, came, !may_read, format!("no {ALLOWED} for {foreign}"));
}
