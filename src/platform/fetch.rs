//! Requests. gloo-net builds them; they are sent and read here, since a host's own `fetch` may reject with anything,
//! and an answer may come from another frame.

use bzctrl_contract::{Code, Mode, TokenAnswer};
use gloo_net::http::{Headers, Method, RequestBuilder};
use js_sys::{Array, Function, JSON, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, RequestCache, RequestCredentials, RequestRedirect, Response, ResponseType, Url};

use super::storage::to_js;
use super::{answer, clock, window};
use crate::form::event::Request;
use crate::form::submit::{Answer, Notice, Reply};

const TOKEN_TIMEOUT_MS: u32 = 15_000;
/// Longer than a relay waits for BzCtrl, so that its verdict comes through.
const TASK_TIMEOUT_MS: u32 = 40_000;
const LONGEST_REASON: usize = 2_000;

/// An address, absolute: against a base, as the page's own are. `None` if it is none.
pub(super) fn absolute(address: &str, base: &str) -> Option<String> {
    Url::new_with_base(address, base).map(|address| address.href()).ok()
}

/// A token from the relay, or what hinders it.
pub(super) async fn token(endpoint: &str) -> Result<Box<TokenAnswer>, Notice> {
    let request = post(endpoint, "application/x-www-form-urlencoded", true);
    let Some(answer) = send(request, "grant_type=client_credentials", TOKEN_TIMEOUT_MS).await else {
        // The relay's files are open to every origin: a page that reaches those alone is probably not admitted.
        let manifest = absolute("../widget/v1/manifest.json", endpoint).ok_or(Notice::NoRelay)?;
        let probe = common(RequestBuilder::new(&manifest));
        let reached = send(probe, "", TOKEN_TIMEOUT_MS).await.is_some_and(|answer| answer.response.ok());
        return Err(if reached { Notice::NotAdmitted } else { Notice::NoRelay });
    };
    if answer.is_redirect() {
        return Err(Notice::SignedOut);
    }
    let json = answer.json().ok_or(Notice::TokenUnusable)?;
    if answer.response.ok() {
        return answer::token(&json).map(Box::new).ok_or(Notice::TokenUnusable);
    }
    Err(Code::parse(&answer::problem(&json).code).map_or(Notice::TokenUnusable, Notice::Problem))
}

/// Sends a todo and reads what comes back.
pub(super) async fn task(request: &Request, token_endpoint: &str) -> Reply {
    let endpoint = absolute(&request.endpoint, token_endpoint);
    let body = to_js(&request.todo).and_then(|todo| JSON::stringify(&todo).ok()).and_then(|text| text.as_string());
    let (Some(endpoint), Some(body)) = (endpoint, body) else { return Reply::Unsent };
    let mut post = post(&endpoint, "application/json", request.mode == Mode::Sealed)
        .header("Authorization", &["Bearer ", &request.token].concat());
    if let Some(key) = &request.key {
        post = post.header("Idempotency-Key", &key.to_header());
    }
    if let Some(key) = &request.replaces {
        post = post.header("X-BzCtrl-Replaces", &key.to_header());
    }
    match send(post, &body, TASK_TIMEOUT_MS).await {
        None => Reply::Nothing,
        Some(answer) if answer.is_redirect() => Reply::Redirect,
        Some(answer) => Reply::Answer(Box::new(read(&answer))),
    }
}

fn read(received: &Received) -> Answer {
    let headers = Headers::from_raw(received.response.headers());
    let header = |name| headers.get(name).unwrap_or_default();
    let mut answer = Answer {
        status: received.response.status(),
        retry_after: header("retry-after").trim().parse().ok(),
        replayed: header("idempotency-replayed") == "true",
        text: received.text.chars().take(LONGEST_REASON).collect(),
        ..Answer::default()
    };
    match received.json() {
        Some(json) if header("content-type").starts_with("application/problem+json") => {
            answer.problem = Some(answer::problem(&json));
        }
        Some(json) => answer.todo = Some(answer::created(&json)),
        None => {}
    }
    answer
}

fn post(endpoint: &str, content_type: &str, to_relay: bool) -> RequestBuilder {
    let request = common(RequestBuilder::new(endpoint)).method(Method::POST).header("Content-Type", content_type);
    // BzCtrl itself gets no header that it has not documented.
    if to_relay { request.header("X-BzCtrl-Widget", "1") } else { request }
}

fn common(request: RequestBuilder) -> RequestBuilder {
    request.credentials(RequestCredentials::Omit).cache(RequestCache::NoStore).redirect(RequestRedirect::Manual)
}

/// An answer with its body.
struct Received {
    response: Response,
    text: String,
}

impl Received {
    fn is_redirect(&self) -> bool {
        self.response.type_() == ResponseType::Opaqueredirect
    }

    /// The body, if it is a JSON object.
    fn json(&self) -> Option<JsValue> {
        JSON::parse(&self.text).ok().filter(|json| json.is_object() && !Array::is_array(json))
    }
}

/// The whole answer, or nothing, whatever was rejected with. One that breaks off is no answer.
async fn send(request: RequestBuilder, body: &str, timeout_ms: u32) -> Option<Received> {
    let controller = AbortController::new().ok()?;
    let request = request.abort_signal(Some(&controller.signal()));
    let request = if body.is_empty() { request.build() } else { request.body(body) }.ok()?;
    let request: web_sys::Request = request.into();
    spawn_local(async move {
        clock::sleep(timeout_ms).await;
        controller.abort();
    });
    // A host's own `fetch` may throw at once, or answer with no promise.
    let window = window()?;
    let fetch: Function = super::member(&window, "fetch").dyn_into().ok()?;
    let promise = Promise::resolve(&fetch.call1(&window, &request).ok()?);
    let came = JsFuture::from(promise).await.ok()?;
    // A host's own answer may be of another realm, where `instanceof` says no.
    let response: Response = came.is_object().then(|| came.unchecked_into())?;
    let text = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
    Some(Received { response, text })
}
