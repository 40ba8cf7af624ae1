//! What every answer has: a name for the log, no place in a cache, and, where it is a refusal, the problem's form.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONNECTION, HeaderName};
use axum::middleware::Next;
use axum::response::Response;
use bzctrl_contract::Code;
use tracing::Instrument;
use uuid::Uuid;

use crate::problem::Refusal;
use crate::relay::Relay;
use crate::unread;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TOKEN_PATH: &str = "/v1/token";

pub(crate) async fn present(State(relay): State<Arc<Relay>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = Uuid::new_v4().simple().to_string();
    // The path alone: what stands behind a question mark may be somebody's mistake with a token.
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", %id, method = %request.method(), path);
    let (parts, body) = request.into_parts();
    let (body, read) = unread::watch(body);
    let request = Request::from_parts(parts, body);
    let mut response = next.run(request).instrument(span.clone()).await;
    let mut code = None;
    if let Some(mut refusal) = response.extensions_mut().remove::<Refusal>() {
        code = refusal.code;
        if path == TOKEN_PATH
            && let Some(code) = code
        {
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
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    if !read.is_whole() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let status = response.status().as_u16();
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status, code = code.map(Code::as_str), millis, "answered"));
    response
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
