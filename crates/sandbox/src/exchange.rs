//! How a request to one of the two API paths travels: it is recorded, a fault may strike it, its origin and form are
//! checked, its endpoint answers it, and what the client is about to see is recorded too.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use hyper::body::Frame;

use crate::{
    add_task,
    answer::{self, Cut, Refusal, cut},
    cors,
    faults::{BodyKind, Endpoint, Fault},
    oauth,
    requests::RequestId,
    sandbox::Sandbox,
    tokens,
};

/// The longest body that is read, in bytes.
const MOST_BYTES: usize = 1 << 20;

/// The token endpoint.
pub(crate) async fn token(State(sandbox): State<Arc<Sandbox>>, request: Request) -> Response {
    travel(sandbox, Endpoint::Token, request).await
}

/// The add-task endpoint.
pub(crate) async fn add_task(State(sandbox): State<Arc<Sandbox>>, request: Request) -> Response {
    travel(sandbox, Endpoint::AddTask, request).await
}

async fn travel(sandbox: Arc<Sandbox>, endpoint: Endpoint, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let (id, fault) = {
        let mut memory = sandbox.memory();
        let fault = if head.method == Method::POST { memory.faults.take(endpoint) } else { None };
        (memory.requests.begin(&head), fault)
    };
    if let Some(fault) = &fault {
        tracing::info!(?endpoint, ?fault, "a fault strikes");
    }
    if fault == Some(Fault::CloseBeforeReading) {
        return cut();
    }
    let Ok(body) = axum::body::to_bytes(body, MOST_BYTES).await else {
        let refusal =
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is over {MOST_BYTES} bytes, or cut"));
        return record(&sandbox, id, endpoint, refusal.at(endpoint));
    };
    sandbox.memory().requests.read(id, &body);
    if fault == Some(Fault::Silence) {
        return std::future::pending().await;
    }
    // A task of its own: what was read is dealt with, also when the client goes while a delay lasts.
    let dealt_with = tokio::spawn(async move {
        if let Some(Fault::Delay { ms }) = fault {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        let response = deal(&sandbox, endpoint, &head, &body, fault.as_ref());
        match fault {
            Some(Fault::CloseAfterStoring) => cut(),
            Some(Fault::HalfAnswer) => record(&sandbox, id, endpoint, half(response).await),
            _ => record(&sandbox, id, endpoint, response),
        }
    });
    dealt_with.await.unwrap_or_else(|_| cut())
}

fn record(sandbox: &Sandbox, id: RequestId, endpoint: Endpoint, response: Response) -> Response {
    let status = response.status().as_u16();
    tracing::info!(path = endpoint.path(), status, "answered");
    sandbox.memory().requests.answered(id, status);
    response
}

fn deal(sandbox: &Sandbox, endpoint: Endpoint, head: &Parts, body: &[u8], fault: Option<&Fault>) -> Response {
    let origin = match cors::admit(&sandbox.options, endpoint, &head.headers) {
        Ok(origin) => origin,
        Err(refusal) => return refusal.at(endpoint),
    };
    let mut response = match fault {
        Some(Fault::Status { code, body }) => made_up(*code, *body, endpoint),
        _ => answer(sandbox, endpoint, head, body, fault).unwrap_or_else(|refusal| refusal.at(endpoint)),
    };
    if endpoint == Endpoint::AddTask && !sandbox.options.allow_origins.is_empty() {
        cors::share(&mut response, origin);
    }
    response
}

fn answer(
    sandbox: &Sandbox,
    endpoint: Endpoint,
    head: &Parts,
    body: &[u8],
    fault: Option<&Fault>,
) -> Result<Response, Refusal> {
    let headers = &head.headers;
    if head.method == Method::OPTIONS && headers.contains_key(header::ORIGIN) {
        return cors::preflight(headers);
    }
    if head.method != Method::POST {
        return Err(
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "the only method here is POST").header(header::ALLOW, "POST")
        );
    }
    if head.uri.query().is_some() {
        return Err(Refusal::bad_request("no query is documented here: secrets in an address end up in logs"));
    }
    let mut memory = sandbox.memory();
    let memory = &mut *memory;
    match endpoint {
        Endpoint::Token => {
            let expires_in = match fault {
                Some(Fault::ExpiresIn { seconds }) => *seconds,
                _ => oauth::EXPIRES_IN,
            };
            let granted = oauth::grant(&mut memory.tokens, &sandbox.options, headers, body, expires_in)?;
            Ok(answer::json(&granted))
        }
        Endpoint::AddTask => {
            if let Some(Fault::ExpiredToken | Fault::RevokedToken) = fault {
                memory.tokens.forget(headers);
                return Err(if fault == Some(&Fault::ExpiredToken) { tokens::expired() } else { tokens::unknown() });
            }
            memory.tokens.admit(headers)?;
            let mut created = add_task::create(&mut memory.todos, &sandbox.options, &sandbox.base, headers, body)?;
            match fault {
                Some(Fault::NoTaskLink) => created.task_link = None,
                Some(Fault::JavascriptLink) => created.task_link = Some("javascript:alert(document.domain)".to_owned()),
                _ => {}
            }
            Ok(answer::json(&created))
        }
    }
}

fn made_up(code: u16, body: BodyKind, endpoint: Endpoint) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match body {
        BodyKind::Json => Refusal::new(status, "This answer was asked for by a fault in the sandbox.").at(endpoint),
        BodyKind::Html => {
            let reason = status.canonical_reason().unwrap_or("Error");
            let page = format!(
                "<!doctype html>\n<html><head><title>{code} {reason}</title></head>\n\
                 <body><center><h1>{code} {reason}</h1></center><hr><center>sandbox</center></body></html>\n"
            );
            (status, Html(page)).into_response()
        }
        BodyKind::Empty => status.into_response(),
    }
}

/// The same answer with its whole length announced, that ends in its middle.
async fn half(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let Ok(whole) = axum::body::to_bytes(body, MOST_BYTES).await else {
        return cut();
    };
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let body = Body::new(HalfBody { first: Some(whole.slice(..whole.len() / 2)), flushed: false });
    Response::from_parts(head, body)
}

/// A body that gives its first half, waits once so that it is sent, and fails.
struct HalfBody {
    first: Option<Bytes>,
    flushed: bool,
}

impl hyper::body::Body for HalfBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if !self.flushed {
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(Cut)))
    }
}
