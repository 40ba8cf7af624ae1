//! What every answer has: a name for the log, no place in a cache, and, where it is a refusal, the problem's form.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, CONNECTION};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use bzctrl_contract::Code;
use tracing::Span;

use crate::metrics::{Answered, OTHER};
use crate::problem::Refusal;
use crate::relay::Relay;
use crate::request_context::{REQUEST_ID, RequestContext, request_span};
use crate::unread;

const TOKEN_PATH: &str = "/v1/token";

/// The longest path and method that are written into the log. What is longer is nobody's who means well.
const LONGEST_LOGGED: usize = 200;
/// The longest part of a path there, which is no name of a file of ours, but may be a token.
const LONGEST_PART: usize = 31;

pub(crate) async fn present(State(relay): State<Arc<Relay>>, request: Request, next: Next) -> Response {
    let context = RequestContext::new(request.headers());
    let (method, path) = (shown(request.method().as_str()), shown_path(request.uri().path()));
    let (tenant, origin) = (tracing::field::Empty, tracing::field::Empty);
    let span = request_span!("request", Some(&context), method, path, tenant, origin);
    let mut waiting = Waiting::new(&relay, &context, &span, &request);
    let (response, code) = context.within(span.clone(), answer(&relay, context.id(), request, next)).await;
    waiting.has_answer(response.status().as_u16(), code.map(Code::as_str));
    response
}

/// For what is asked every few seconds.
pub(crate) async fn present_unlogged(State(relay): State<Arc<Relay>>, request: Request, next: Next) -> Response {
    let context = RequestContext::new(request.headers());
    answer(&relay, context.id(), request, next).await.0
}

/// A client that waits for its answer. Whether it gets one or leaves before, it is counted and logged.
struct Waiting<'r> {
    relay: &'r Relay,
    context: Arc<RequestContext>,
    span: Span,
    started: Instant,
    route: String,
    method: &'static str,
    answer: Option<(u16, Option<&'static str>)>,
}

/// What nginx writes of a client that has left, and the word for it beside the codes of problems.
const LEFT: (u16, Option<&str>) = (499, Some("client-left"));

impl<'r> Waiting<'r> {
    fn new(relay: &'r Relay, context: &Arc<RequestContext>, span: &Span, request: &Request) -> Self {
        relay.metrics.requests.begin();
        let route = request.extensions().get::<MatchedPath>().map_or(OTHER, MatchedPath::as_str).to_owned();
        let method = match *request.method() {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::OPTIONS => "OPTIONS",
            Method::POST => "POST",
            _ => OTHER,
        };
        let (context, span, started) = (Arc::clone(context), span.clone(), Instant::now());
        Self { relay, context, span, started, route, method, answer: None }
    }

    fn has_answer(&mut self, status: u16, code: Option<&'static str>) {
        self.answer = Some((status, code));
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let (status, code) = self.answer.unwrap_or(LEFT);
        self.span.in_scope(|| match self.answer {
            Some(_) => tracing::info!(status, code, millis, "answered"),
            None => tracing::info!(millis, "the client has left before its answer"),
        });
        self.relay.metrics.requests.end(Answered {
            route: std::mem::take(&mut self.route),
            method: self.method,
            tenant: self.context.tenant().map(str::to_owned),
            status,
            code,
            took,
        });
    }
}

async fn answer(relay: &Relay, id: &str, request: Request, next: Next) -> (Response, Option<Code>) {
    let asks_for_token = request.uri().path() == TOKEN_PATH;
    let (parts, body) = request.into_parts();
    let (body, read) = unread::watch(body);
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let mut code = None;
    if let Some(mut refusal) = response.extensions_mut().remove::<Refusal>().or_else(|| by_a_library(&response)) {
        code = refusal.code;
        if asks_for_token && let Some(code) = code {
            refusal.problem.error.get_or_insert_with(|| oauth_error(code).to_owned());
        }
        let headers = std::mem::take(response.headers_mut());
        response = refusal.write(&relay.pages.public_url);
        for (name, value) in &headers {
            response.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
    }
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    if !read.is_whole() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    (response, code)
}

/// What a library has refused before a handler of ours was asked. What says why not ready is an answer.
fn by_a_library(response: &Response) -> Option<Refusal> {
    let code = match response.status().as_u16() {
        404 => Code::NotFound,
        405 => Code::MethodNotAllowed,
        413 => Code::TooLarge,
        415 => Code::WrongMediaType,
        400..500 => Code::InvalidRequest,
        500 => Code::Internal,
        _ => return None,
    };
    Some(Refusal::new(code, ""))
}

/// What of a path is written into the log: it ends where other letters begin than those of the relay's own addresses, which would
/// speak to a terminal, or are a question mark that was escaped, and somebody's mistake with a token stands behind it.
fn shown_path(path: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-~".contains(letter);
    let plain = path.find(|letter| !is_plain(letter)).map_or(path, |end| &path[..end]);
    let part = |part: &str| if part.len() > LONGEST_PART { "…".to_owned() } else { part.to_owned() };
    let parts = plain.split('/').map(part).collect::<Vec<_>>().join("/");
    let rest = if plain.len() < path.len() && !parts.ends_with('…') { "…" } else { "" };
    shown(&(parts + rest))
}

/// The beginning of what a client has written.
fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST_LOGGED).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// RFC 6749's word for a refusal of a token.
fn oauth_error(code: Code) -> &'static str {
    match code {
        Code::InvalidRequest | Code::TooLarge | Code::WrongMediaType | Code::NotFound | Code::MethodNotAllowed => {
            "invalid_request"
        }
        Code::RateLimited | Code::StoreUnavailable | Code::UpstreamUnavailable => "temporarily_unavailable",
        Code::OriginDenied | Code::IdentityDenied | Code::WorkspaceDenied => "unauthorized_client",
        Code::TokenExpired | Code::TokenInvalid => "invalid_grant",
        _ => "server_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_logged_as_far_as_it_may_be_one_of_ours() {
        for plain in ["/", "/v1/tasks", "/widget/0.1.0/bzctrl_bg.wasm", "/problems/", "//", "/~a-b_c"] {
            assert_eq!(shown_path(plain), plain);
        }
        for (path, shown) in [
            ("/v1/token%3Ftoken=secret", "/v1/token…"),
            ("/v1/tasks;token=secret", "/v1/tasks…"),
            ("/v1/eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.e.s/x", "/v1/…/x"),
            ("/v1/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "/v1/…"),
            ("/v1/\u{9b}2J", "/v1/…"),
            ("/v1/\u{202e}gnp", "/v1/…"),
            ("/%0d%0alevel=ERROR", "/…"),
            ("*", "…"),
        ] {
            assert_eq!(shown_path(path), shown);
        }
        assert!(shown_path(&"/a".repeat(5_000)).chars().count() <= LONGEST_LOGGED + 1);
    }
}
