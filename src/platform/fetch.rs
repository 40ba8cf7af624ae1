//! Requests. gloo-net builds them; they are sent and read here, since a host's own `fetch` may reject with anything,
//! and an answer may come from another frame.

use bzctrl_contract::{Code, Mode, TokenAnswer};
use gloo_net::http::{Headers, Method, RequestBuilder};
use js_sys::JSON;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, RequestCache, RequestCredentials, RequestRedirect, Response, ResponseType, Url};

use super::storage::to_js;
use super::{answer, clock, window};
use crate::form::state::Request;
use crate::form::submit::{Answer, Reply, What};

const TOKEN_TIMEOUT_MS: u32 = 15_000;
/// Longer than a relay waits for BzCtrl, so that its verdict comes through.
const TASK_TIMEOUT_MS: u32 = 40_000;
const LONGEST_REASON: usize = 2_000;

/// A token from the relay, or what hinders it.
pub(super) async fn token(endpoint: &str) -> Result<TokenAnswer, What> {
    let request = post(endpoint, "application/x-www-form-urlencoded", true);
    let Some(response) = send(request, "grant_type=client_credentials", TOKEN_TIMEOUT_MS).await else {
        return Err(if reaches_manifest(endpoint).await { What::NotAdmitted } else { What::NoRelay });
    };
    if response.type_() == ResponseType::Opaqueredirect {
        return Err(What::SignedOut);
    }
    let Some(json) = json(&response).await else { return Err(What::TokenUnusable) };
    if response.ok() {
        return answer::token(&json).ok_or(What::TokenUnusable);
    }
    Err(Code::parse(&answer::problem(&json).code).map_or(What::TokenUnusable, What::Told))
}

/// Whether the relay's files can be reached, which are open to every origin.
async fn reaches_manifest(token_endpoint: &str) -> bool {
    let Ok(address) = Url::new_with_base("../widget/v1/manifest.json", token_endpoint) else { return false };
    let request = common(RequestBuilder::new(&address.href()));
    send(request, "", TOKEN_TIMEOUT_MS).await.is_some_and(|response| response.ok())
}

/// Sends a todo and reads what comes back.
pub(super) async fn task(request: &Request, token_endpoint: &str) -> Reply {
    let sealed = request.mode == Mode::Sealed;
    let Ok(endpoint) = Url::new_with_base(&request.endpoint, token_endpoint) else { return Reply::Nothing };
    let body = to_js(&request.todo).and_then(|todo| JSON::stringify(&todo).ok()).and_then(|text| text.as_string());
    let Some(body) = body else { return Reply::Nothing };
    let mut post = post(&endpoint.href(), "application/json", sealed)
        .header("Authorization", &["Bearer ", &request.token].concat());
    if let Some(key) = &request.key {
        post = post.header("Idempotency-Key", &key.to_header());
    }
    if let Some(key) = &request.replaces {
        post = post.header("X-BzCtrl-Replaces", &key.to_header());
    }
    match send(post, &body, TASK_TIMEOUT_MS).await {
        None => Reply::Nothing,
        Some(response) if response.type_() == ResponseType::Opaqueredirect => Reply::Redirect,
        Some(response) => read(&response).await,
    }
}

async fn read(response: &Response) -> Reply {
    let headers = Headers::from_raw(response.headers());
    let media_type = headers.get("content-type").unwrap_or_default();
    let mut read = Answer {
        status: response.status(),
        retry_after: headers.get("retry-after").and_then(|seconds| seconds.trim().parse().ok()),
        replayed: headers.get("idempotency-replayed").is_some_and(|replayed| replayed == "true"),
        ..Answer::default()
    };
    // An answer that breaks off is no answer.
    let Some(text) = text(response).await else { return Reply::Nothing };
    match JSON::parse(&text).ok().filter(|json| json.is_object() && !js_sys::Array::is_array(json)) {
        Some(json) if media_type.starts_with("application/problem+json") => {
            read.problem = Some(answer::problem(&json));
        }
        Some(json) => read.todo = Some(answer::created(&json)),
        None => {}
    }
    read.text = text.chars().take(LONGEST_REASON).collect();
    Reply::Answer(read)
}

fn post(endpoint: &str, content_type: &str, to_relay: bool) -> RequestBuilder {
    let request = common(RequestBuilder::new(endpoint)).method(Method::POST).header("Content-Type", content_type);
    // BzCtrl itself gets no header that it has not documented.
    if to_relay { request.header("X-BzCtrl-Widget", "1") } else { request }
}

fn common(request: RequestBuilder) -> RequestBuilder {
    request.credentials(RequestCredentials::Omit).cache(RequestCache::NoStore).redirect(RequestRedirect::Manual)
}

/// The answer, or nothing, whatever was rejected with. The body stays readable under the same time limit.
async fn send(request: RequestBuilder, body: &str, timeout_ms: u32) -> Option<Response> {
    let controller = AbortController::new().ok()?;
    let request = request.abort_signal(Some(&controller.signal()));
    let request = if body.is_empty() { request.build() } else { request.body(body) }.ok()?;
    spawn_local(async move {
        clock::sleep(timeout_ms).await;
        controller.abort();
    });
    let request: web_sys::Request = request.into();
    let response = JsFuture::from(window()?.fetch_with_request(&request)).await.ok()?;
    // A host's own answer may be of another realm, where `instanceof` says no; one that is no object at all says nothing.
    response.is_object().then(|| response.unchecked_into())
}

async fn text(response: &Response) -> Option<String> {
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

async fn json(response: &Response) -> Option<JsValue> {
    let json = JSON::parse(&text(response).await?).ok()?;
    json.is_object().then_some(json)
}
