//! Answers, in the shapes of the framework that BzCtrl's addresses suggest (Spring). How BzCtrl itself words an error
//! is not documented, so nobody should read more from these than the status.

use axum::{
    Json,
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::faults::Endpoint;

/// A definite no, with everything that is wrong at once.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    error: Option<&'static str>,
    message: String,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What is wrong with one member of a todo.
#[derive(Debug, Serialize)]
pub(crate) struct FieldError {
    pub(crate) field: String,
    pub(crate) message: String,
}

#[derive(Serialize)]
struct OauthBody<'a> {
    error: &'a str,
    error_description: &'a str,
}

#[derive(Serialize)]
struct TaskBody<'a> {
    timestamp: String,
    status: u16,
    error: &'a str,
    message: &'a str,
    path: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, error: None, message: message.into(), errors: Vec::new(), headers: Vec::new() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// With RFC 6749's `error`, where it is not `invalid_request`.
    pub(crate) fn error(mut self, error: &'static str) -> Self {
        self.error = Some(error);
        self
    }

    pub(crate) fn fields(errors: Vec<FieldError>) -> Self {
        let told: Vec<_> = errors.iter().map(|it| format!("{}: {}", it.field, it.message)).collect();
        Self { errors, ..Self::bad_request(told.join("; ")) }
    }

    pub(crate) fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    /// The answer in the shape of the endpoint that was asked.
    pub(crate) fn at(self, endpoint: Endpoint) -> Response {
        let body = match endpoint {
            Endpoint::Token => {
                Json(OauthBody { error: self.error.unwrap_or("invalid_request"), error_description: &self.message })
                    .into_response()
            }
            Endpoint::AddTask => Json(TaskBody {
                timestamp: jiff::Timestamp::now().to_string(),
                status: self.status.as_u16(),
                error: self.status.canonical_reason().unwrap_or("Error"),
                message: &self.message,
                path: endpoint.path(),
                errors: &self.errors,
            })
            .into_response(),
        };
        let mut response = (self.status, body).into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}

/// A JSON answer that no cache may keep.
pub(crate) fn json(body: &impl Serialize) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// No answer at all: the server ends the connection instead of sending this.
pub(crate) fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}

/// Marks a response that is not to be sent, and is the error that ends its connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut off by a fault that was asked for")
    }
}

impl std::error::Error for Cut {}
