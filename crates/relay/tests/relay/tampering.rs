//! A backend that breaks one rule: the relay, and before it a server that changes one thing on the way.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::Response;
use reqwest::Client;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::world::{ORIGIN, client};

/// A request on its way.
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
}

/// What is answered to it.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answered {
    /// Another member of its JSON, or none.
    fn member(&mut self, name: &str, value: Option<&str>) {
        let Ok(Value::Object(mut members)) = serde_json::from_slice(&self.body) else { return };
        match value {
            Some(value) => drop(members.insert(name.to_owned(), value.into())),
            None => drop(members.remove(name)),
        }
        self.body = Value::Object(members).to_string().into_bytes();
    }

    fn header(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
}

/// What is broken, by the rules that have to fail, and no others.
pub(crate) struct Broken {
    pub(crate) what: &'static str,
    pub(crate) fails: &'static [&'static str],
    request: fn(&mut Sent),
    answer: fn(&HeaderMap, &Sent, &mut Answered),
}

fn as_it_came(_: &mut Sent) {}
fn as_it_is(_: &HeaderMap, _: &Sent, _: &mut Answered) {}

fn from_the_page(sent: &mut Sent) {
    sent.headers.insert("origin", HeaderValue::from_static(ORIGIN));
}

pub(crate) const ALL: [Broken; 13] = [
    Broken { what: "nothing", fails: &[], request: as_it_came, answer: as_it_is },
    Broken { what: "every origin is let in", fails: &["foreign-origin"], request: from_the_page, answer: as_it_is },
    Broken {
        what: "whatever origin comes is repeated",
        fails: &["foreign-origin", "preflight"],
        request: from_the_page,
        answer: |came, _, answered| {
            if let Some(origin) = came.get("origin") {
                answered.headers.insert("access-control-allow-origin", origin.clone());
            }
        },
    },
    Broken {
        what: "nobody looks for the widget's header",
        fails: &["widget-header"],
        request: |sent| drop(sent.headers.insert("x-bzctrl-widget", HeaderValue::from_static("1"))),
        answer: as_it_is,
    },
    Broken {
        what: "the preflight forgets keys",
        fails: &["preflight"],
        request: as_it_came,
        answer: |_, sent, answered| {
            if sent.method == Method::OPTIONS {
                answered.header("access-control-allow-headers", "authorization, content-type, x-bzctrl-widget");
            }
        },
    },
    Broken {
        what: "problems without CORS",
        fails: &["cors"],
        request: as_it_came,
        answer: |_, _, answered| {
            if answered.status >= 400 {
                answered.headers.remove("access-control-allow-origin");
            }
        },
    },
    Broken {
        what: "answers that may be kept",
        fails: &["no-store"],
        request: as_it_came,
        answer: |_, _, answered| answered.header("cache-control", "max-age=60"),
    },
    Broken {
        what: "a token without an epoch",
        fails: &["token-answer"],
        request: as_it_came,
        answer: |_, _, answered| answered.member("key_epoch", None),
    },
    Broken {
        what: "BzCtrl's refresh token is handed on",
        fails: &["token-answer"],
        request: as_it_came,
        answer: |_, sent, answered| {
            if sent.path == "/v1/token" {
                answered.member("refresh_token", Some("secret-of-the-account"));
            }
        },
    },
    Broken {
        what: "each request has a key of its own",
        fails: &["replay", "key-reused", "at-once", "replaces", "page-gone", "unknown", "rejected"],
        request: |sent| {
            let key = sent.headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
            if let Some((epoch, random)) = key.as_deref().and_then(|key| key.trim_matches('"').split_once('.'))
                && random.len() == 32
            {
                let key = format!("\"{epoch}.{}\"", Uuid::new_v4().simple());
                sent.headers.insert("idempotency-key", HeaderValue::from_str(&key).unwrap());
            }
        },
        answer: as_it_is,
    },
    Broken {
        what: "nobody is told that an answer is replayed",
        fails: &["replay", "at-once"],
        request: as_it_came,
        answer: |_, _, answered| drop(answered.headers.remove("idempotency-replayed")),
    },
    Broken {
        what: "a proxy's page in place of what is told of BzCtrl",
        fails: &["problems", "unknown", "rejected"],
        request: as_it_came,
        answer: |_, _, answered| {
            if matches!(answered.status, 410 | 502 | 504)
                && !answered.body.windows(11).any(|part| part == b"key-unknown")
            {
                answered.header("content-type", "text/html");
                answered.body = b"<h1>Bad Gateway</h1>".to_vec();
            }
        },
    },
    Broken {
        what: "a token that nobody knows is 403",
        fails: &["token-invalid", "problems"],
        request: as_it_came,
        answer: |_, _, answered| {
            if answered.status == 401 {
                answered.status = 403;
            }
        },
    },
];

/// Runs until it is dropped.
pub(crate) struct Tampering {
    pub(crate) address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Drop for Tampering {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

struct Between {
    relay: SocketAddr,
    http: Client,
    broken: &'static Broken,
}

impl Tampering {
    pub(crate) async fn start(relay: SocketAddr, broken: &'static Broken) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(pass).with_state(Arc::new(Between { relay, http: client(), broken }));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, serving }
    }
}

async fn pass(State(between): State<Arc<Between>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path_and_query().unwrap().to_string();
    let mut sent = Sent { method: parts.method, path, headers: parts.headers.clone() };
    (between.broken.request)(&mut sent);
    for name in ["host", "content-length"] {
        sent.headers.remove(name);
    }
    let url = format!("http://{}{}", between.relay, sent.path);
    let request = between.http.request(sent.method.clone(), url).headers(sent.headers.clone()).body(body);
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let mut answered = Answered { status, headers, body: answer.bytes().await.unwrap().to_vec() };
    (between.broken.answer)(&parts.headers, &sent, &mut answered);
    for name in ["content-length", "transfer-encoding", "connection"] {
        answered.headers.remove(name);
    }
    let mut response = Response::new(Body::from(answered.body));
    *response.status_mut() = axum::http::StatusCode::from_u16(answered.status).unwrap();
    *response.headers_mut() = answered.headers;
    response
}
