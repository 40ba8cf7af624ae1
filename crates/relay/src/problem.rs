//! What the relay says instead of yes: a problem of the protocol, with its `code`. Handlers return a [`Refusal`]; the
//! outermost layer of the router writes it, since only that knows where the relay's own pages are.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bzctrl_contract::{Code, Problem};

use crate::store::StoreError;
use crate::upstream::NotSent;

/// A refusal, before it is written.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// None where the request was not read: the answer is a bare status.
    pub(crate) code: Option<Code>,
    pub(crate) problem: Box<Problem>,
    retry_after: Option<u64>,
}

impl Refusal {
    /// A code, and what happened this time.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        let problem = Problem {
            title: code.title().to_owned(),
            status: code.status(),
            detail: detail.into(),
            code: code.as_str().to_owned(),
            ..Problem::default()
        };
        Self { code: Some(code), problem: Box::new(problem), retry_after: None }
    }

    /// The request did not come whole. To a page a bare 408 is a lost answer: the same key asks again. A known code would
    /// tell its user that the todo was not accepted.
    pub(crate) fn unread() -> Self {
        let problem = Problem { status: StatusCode::REQUEST_TIMEOUT.as_u16(), ..Problem::default() };
        Self { code: None, problem: Box::new(problem), retry_after: None }
    }

    /// When to ask again, in seconds.
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The problem's text, its `type` an address of this relay.
    pub(crate) fn body(&mut self, public_url: &str) -> Vec<u8> {
        let code = self.code.map_or("", Code::as_str);
        self.problem.kind = format!("{public_url}/problems/{code}");
        // A problem is texts and numbers: it can be written.
        serde_json::to_vec(&*self.problem).unwrap_or_default()
    }

    /// The answer.
    pub(crate) fn write(mut self, public_url: &str) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if self.code.is_none() {
            return status.into_response();
        }
        let body = self.body(public_url);
        let mut response = (status, Body::from(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
        }
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// How long a page waits before it asks a store again that has not answered.
const STORE_PAUSE: u64 = 2;

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        // The store has said so itself when it began.
        tracing::debug!(%error, "nothing was decided");
        Self::new(Code::StoreUnavailable, "Nothing was decided. The same key may be sent again.")
            .retry_after(STORE_PAUSE)
    }
}

impl From<NotSent> for Refusal {
    fn from(not_sent: NotSent) -> Self {
        match not_sent {
            NotSent::Unavailable { retry_after } => {
                Self::new(Code::UpstreamUnavailable, "Nothing was sent so far. The same key may be sent again.")
                    .retry_after(retry_after)
            }
            NotSent::Credentials => Self::new(
                Code::UpstreamCredentials,
                "Whoever runs the relay must check its account and password at BzCtrl.",
            ),
        }
    }
}
