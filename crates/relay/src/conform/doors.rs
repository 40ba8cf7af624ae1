//! Who is let in: origins, the widget's header, preflights, tokens. Nothing here could become a todo.

use bzctrl_contract::Code;
use reqwest::Method;
use serde_json::json;
use url::Url;

use super::backend::Backend;
use super::exchange::{Ask, Exchange};
use super::judge::Judge;
use super::rule::Rule;
use super::token::Page;

const FOR_TOKENS: [&str; 2] = ["content-type", "x-bzctrl-widget"];
const FOR_TODOS: [&str; 5] =
    ["authorization", "content-type", "idempotency-key", "x-bzctrl-replaces", "x-bzctrl-widget"];

pub(super) async fn of_the_token(backend: &Backend<'_>, judge: &mut Judge) {
    let ask = match backend.token_request().await {
        Ok(ask) => ask,
        Err(why) => return judge.skip(Rule::TokenAnswer, why),
    };
    foreign_origins(backend, &ask, judge).await;
    without_widget_header(backend, &ask, judge).await;
    preflights(backend, &backend.options.url, &FOR_TOKENS, judge).await;
}

pub(super) async fn of_todos(backend: &Backend<'_>, page: &Page, judge: &mut Judge) {
    // A todo without anything in it: BzCtrl refuses it, should the backend let it through.
    let ask = backend.ask(Method::POST, &page.tasks).json(&json!({})).key(&page.new_key());
    let with_token = ask.clone().bearer(&page.token);
    foreign_origins(backend, &with_token, judge).await;
    without_widget_header(backend, &with_token, judge).await;
    preflights(backend, &page.tasks, &FOR_TODOS, judge).await;

    let mut cut = page.token.clone();
    cut.pop();
    let tokens = [ask.clone(), ask.clone().bearer("conform"), ask.bearer(&cut)];
    for ask in tokens {
        let exchange = backend.page(ask, judge).await;
        let holds = exchange.is(Code::TokenInvalid);
        judge.expect(Rule::TokenInvalid, &exchange, holds, "401 token-invalid");
        exposes(backend, &exchange, judge);
    }
}

/// Whether the page may read what it goes by.
pub(super) fn exposes(backend: &Backend<'_>, exchange: &Exchange, judge: &mut Judge) {
    if !backend.options.is_same_origin() {
        let exposed = |name| exchange.lists("access-control-expose-headers", name);
        let holds = exposed("retry-after") && exposed("idempotency-replayed");
        let should = "Access-Control-Expose-Headers: Retry-After, Idempotency-Replayed";
        judge.expect(Rule::Cors, exchange, holds, should);
    }
}

/// Origins that are nearly the page's, and those of nobody.
fn foreign(origin: &str) -> Vec<String> {
    let (scheme, host) = origin.split_once("://").unwrap_or(("https", origin));
    let other_scheme = if scheme == "https" { "http" } else { "https" };
    vec![
        "https://conform.invalid".to_owned(),
        "null".to_owned(),
        format!("{origin}.conform.invalid"),
        format!("{scheme}://conform-{host}"),
        format!("{other_scheme}://{host}"),
        format!("{origin}/"),
    ]
}

async fn foreign_origins(backend: &Backend<'_>, ask: &Ask, judge: &mut Judge) {
    let origins = foreign(&backend.options.origin).into_iter().map(Some);
    for origin in origins.chain([None]) {
        let ask = match &origin {
            Some(origin) => ask.clone().with("origin", origin.clone()),
            None => ask.clone().without("origin"),
        };
        let exchange = backend.probe(ask).await;
        let holds = exchange.status == 403 && !exchange.has_token() && !admits(&exchange, origin.as_deref());
        let should = "403, no token, and no Access-Control-Allow-Origin for it";
        judge.expect(Rule::ForeignOrigin, &exchange, holds, should);
    }
}

/// Whether a page of this origin may read the answer.
fn admits(exchange: &Exchange, origin: Option<&str>) -> bool {
    let admitted = exchange.header("access-control-allow-origin");
    admitted == "*" || origin.is_some_and(|origin| origin == admitted)
}

async fn without_widget_header(backend: &Backend<'_>, ask: &Ask, judge: &mut Judge) {
    for ask in [ask.clone().without("x-bzctrl-widget"), ask.clone().with("x-bzctrl-widget", "0")] {
        let exchange = backend.probe(ask).await;
        // The code is for who reads the log of a proxy that drops headers; a status is enough to keep pages out.
        let holds =
            (400..500).contains(&exchange.status) && !exchange.has_token() && exchange.member("code") != "invalid-task";
        judge.expect(Rule::WidgetHeader, &exchange, holds, "400 invalid-request, before anything else is looked at");
    }
}

async fn preflights(backend: &Backend<'_>, url: &Url, headers: &[&str], judge: &mut Judge) {
    if backend.options.is_same_origin() {
        return judge.no_matter(Rule::Preflight, "the page is of the backend's own origin");
    }
    let asked = headers.join(",");
    let exchange = backend.probe(backend.preflight(url, "POST", &asked)).await;
    let allows = headers.iter().all(|name| exchange.lists("access-control-allow-headers", name));
    let admitted = exchange.header("access-control-allow-origin") == backend.options.origin;
    let with_cookies =
        backend.options.cookie.is_none() || exchange.header("access-control-allow-credentials") == "true";
    let holds = (200..300).contains(&exchange.status) && admitted && allows && with_cookies;
    let should = format!(
        "204, Access-Control-Allow-Origin: {}, Access-Control-Allow-Headers: {asked}{}",
        backend.options.origin,
        if with_cookies { "" } else { ", Access-Control-Allow-Credentials: true" }
    );
    judge.expect(Rule::Preflight, &exchange, holds, should);

    let foreign = "https://conform.invalid";
    let exchange = backend.probe(backend.preflight(url, "POST", &asked).with("origin", foreign)).await;
    judge.expect(
        Rule::Preflight,
        &exchange,
        !admits(&exchange, Some(foreign)),
        "no Access-Control-Allow-Origin for it",
    );
}
