//! What RFC 9112 asks of a request's head and hyper leaves to its user: one `Host`, and no coding but `chunked`.

use axum::extract::Request;
use axum::http::header::{HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderValue, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bzctrl_contract::Code;

use crate::problem::Refusal;

/// Refuses a head that two servers in a row could read in two ways.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    let fault = match request.version() {
        Version::HTTP_11 => of_hosts(request.headers()).or_else(|| of_codings(request.headers())),
        _ => None,
    };
    match fault {
        Some(fault) => Refusal::new(Code::InvalidRequest, fault).into_response(),
        None => next.run(request).await,
    }
}

fn of_hosts(headers: &HeaderMap) -> Option<&'static str> {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(_), None) => None,
        (None, _) => Some("A request has the header Host."),
        (Some(_), Some(_)) => Some("A request has one header Host, and no second."),
    }
}

fn of_codings(headers: &HeaderMap) -> Option<&'static str> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let is_chunked = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"chunked");
    let is_plain = codings.next().is_none_or(is_chunked) && codings.next().is_none();
    (!is_plain).then_some("The relay knows no Transfer-Encoding but chunked.")
}
