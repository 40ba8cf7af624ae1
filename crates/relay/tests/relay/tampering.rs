//! A backend that breaks one rule: the relay, and before it a server that changes one thing on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::Response;
use bzctrl_contract::Key;
use reqwest::Client;
use serde_json::{Value, json};
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
    fn member(&mut self, name: &str, value: Option<Value>) {
        let Ok(Value::Object(mut members)) = serde_json::from_slice(&self.body) else { return };
        match value {
            Some(value) => drop(members.insert(name.to_owned(), value)),
            None => drop(members.remove(name)),
        }
        self.body = Value::Object(members).to_string().into_bytes();
    }

    fn header(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
    }

    /// Whether it is a problem of this code.
    fn is(&self, code: &str) -> bool {
        serde_json::from_slice::<Value>(&self.body).is_ok_and(|json| json["code"] == code)
    }

    /// Another code in place of this one.
    fn code(&mut self, from: &str, to: &str) {
        if self.is(from) {
            self.member("code", Some(to.into()));
        }
    }

    fn problem(&mut self, status: u16, code: &str) {
        self.status = status;
        self.body =
            json!({ "type": "about:blank", "title": code, "status": status, "code": code }).to_string().into_bytes();
    }
}

/// What is broken, by the rules that have to fail, and no others.
pub(crate) struct Broken {
    pub(crate) what: &'static str,
    pub(crate) fails: &'static [&'static str],
    /// Whether it is seen only where todos are counted.
    pub(crate) by_sandbox: bool,
    /// How often a token can be used.
    uses: usize,
    /// Whether a key is nobody's again whose page has left.
    forgets_who_left: bool,
    request: fn(&mut Sent),
    answer: fn(&HeaderMap, &Sent, &mut Answered),
}

type Asks = fn(&mut Sent);
type Answers = fn(&HeaderMap, &Sent, &mut Answered);
type Rules = &'static [&'static str];

impl Broken {
    const fn of(what: &'static str, fails: Rules, request: Asks, answer: Answers) -> Self {
        Self { what, fails, by_sandbox: false, uses: usize::MAX, forgets_who_left: false, request, answer }
    }

    const fn asks(what: &'static str, fails: Rules, request: Asks) -> Self {
        Self::of(what, fails, request, |_, _, _| {})
    }

    const fn answers(what: &'static str, fails: Rules, answer: Answers) -> Self {
        Self::of(what, fails, |_| {}, answer)
    }

    const fn by_sandbox(self) -> Self {
        Self { by_sandbox: true, ..self }
    }
}

/// Another key of the same epoch.
fn another_key(sent: &mut Sent) {
    if let Some((epoch, random)) = sent.key().trim_matches('"').split_once('.')
        && Key::parse(&format!("{epoch}.{random}")).is_ok()
    {
        let key = format!("\"{epoch}.{}\"", Uuid::new_v4().simple());
        sent.header("idempotency-key", &key);
    }
}

fn from_the_page(sent: &mut Sent) {
    sent.headers.insert("origin", HeaderValue::from_static(ORIGIN));
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

impl Sent {
    fn key(&self) -> &str {
        text(&self.headers, "idempotency-key")
    }

    fn header(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
    }

    fn is_list(&self) -> bool {
        self.method == Method::GET && self.path.starts_with("/v1/tasks?")
    }
}

pub(crate) const ALL: [Broken; 34] = [
    Broken::asks("nothing", &[], |_| {}),
    Broken { uses: 5, ..Broken::asks("nothing, but that tokens expire soon", &[], |_| {}) }.by_sandbox(),
    Broken {
        forgets_who_left: true,
        ..Broken::asks("a key is free again when its page is gone", &["page-gone"], |_| {})
    }
    .by_sandbox(),
    Broken::answers("what was created is an ordinary success", &["created"], |_, _, answered| {
        if answered.status == 201 {
            answered.status = 200;
        }
    }),
    Broken::answers("of a key that was used the outcome is kept from the page", &["key-reused"], |_, _, answered| {
        if answered.is("key-reused") {
            answered.member("outcome", None);
        }
    }),
    Broken::asks("every origin is let in", &["foreign-origin"], from_the_page),
    Broken::of(
        "whatever origin comes is repeated",
        &["foreign-origin", "preflight"],
        from_the_page,
        |came, _, answered| {
            if let Some(origin) = came.get("origin") {
                answered.headers.insert("access-control-allow-origin", origin.clone());
            }
        },
    ),
    Broken::asks("every origin's todos are taken", &["foreign-origin"], |sent| {
        if sent.path == "/v1/tasks" {
            from_the_page(sent);
        }
    }),
    Broken::asks("every port of the page's host is let in", &["foreign-origin"], |sent| {
        let port = text(&sent.headers, "origin").strip_prefix("http://127.0.0.1:");
        if port.is_some_and(|port| port.parse::<u16>().is_ok()) {
            from_the_page(sent);
        }
    }),
    Broken::of(
        "a foreign page's todo is taken, and refused",
        &["foreign-origin"],
        from_the_page,
        |came, sent, answered| {
            if text(came, "origin") != ORIGIN && sent.method == Method::POST {
                answered.problem(403, "origin-denied");
                answered.headers.remove("access-control-allow-origin");
            }
        },
    )
    .by_sandbox(),
    Broken::answers("a foreign page is told of its user", &["foreign-origin"], |_, _, answered| {
        answered.code("origin-denied", "identity-denied");
    }),
    Broken::asks("nobody looks for the widget's header", &["widget-header"], |sent| {
        sent.header("x-bzctrl-widget", "1")
    }),
    Broken::asks("nobody looks for the widget's header at todos", &["widget-header"], |sent| {
        if sent.path == "/v1/tasks" {
            sent.header("x-bzctrl-widget", "1");
        }
    }),
    Broken::answers("without the widget's header the key is blamed", &["widget-header"], |came, _, answered| {
        if text(came, "x-bzctrl-widget") != "1" {
            answered.code("invalid-request", "key-invalid");
        }
    }),
    Broken::answers("the preflight forgets keys", &["preflight"], |_, sent, answered| {
        if sent.method == Method::OPTIONS {
            answered.header("access-control-allow-headers", "authorization, content-type, x-bzctrl-widget");
        }
    }),
    Broken::answers("problems without CORS", &["cors"], |_, _, answered| {
        if answered.status >= 400 {
            answered.headers.remove("access-control-allow-origin");
        }
    }),
    Broken::answers("answers that may be kept", &["no-store"], |_, _, answered| {
        answered.header("cache-control", "max-age=60");
    }),
    Broken::answers("a token without an epoch", &["token-answer"], |_, _, answered| answered.member("key_epoch", None)),
    Broken::answers("a token without a mode", &["token-answer"], |_, _, answered| answered.member("mode", None)),
    Broken::answers("BzCtrl's refresh token is handed on", &["token-answer"], |_, sent, answered| {
        if sent.path == "/v1/token" {
            answered.member("refresh_token", Some("secret-of-the-account".into()));
        }
    }),
    Broken::asks(
        "each request has a key of its own",
        &["replay", "key-form", "key-reused", "at-once", "replaces", "page-gone", "unknown", "rejected"],
        another_key,
    )
    .by_sandbox(),
    Broken::answers("nobody is told that an answer is replayed", &["replay", "at-once"], |_, _, answered| {
        answered.headers.remove("idempotency-replayed");
    }),
    Broken::answers("every answer is said to be replayed", &["replay"], |_, _, answered| {
        answered.header("idempotency-replayed", "true");
    }),
    Broken::answers(
        "a proxy's page in place of what is told of BzCtrl",
        &["problems", "unknown", "rejected"],
        |_, _, answered| {
            if matches!(answered.status, 410 | 502 | 504) && !answered.is("key-unknown") {
                answered.header("content-type", "text/html");
                answered.body = b"<h1>Bad Gateway</h1>".to_vec();
            }
        },
    )
    .by_sandbox(),
    Broken::answers("a token that nobody knows is 403", &["token-invalid", "orders", "problems"], |_, _, answered| {
        if answered.status == 401 {
            answered.status = 403;
        }
    }),
    Broken::asks("a key in upper case is taken", &["key-form"], |sent| {
        let key = sent.key().to_lowercase();
        if !key.is_empty() {
            sent.header("idempotency-key", &key);
        }
    }),
    Broken::asks("a key without quotes is none", &["key-form"], |sent| {
        if !sent.key().starts_with('"') {
            sent.headers.remove("idempotency-key");
        }
    }),
    Broken::asks("a key may replace itself", &["key-form"], |sent| {
        if text(&sent.headers, "x-bzctrl-replaces") == sent.key() {
            sent.headers.remove("x-bzctrl-replaces");
        }
    }),
    Broken::answers("wrong fields are not named", &["invalid-task"], |_, _, answered| {
        if answered.is("invalid-task") {
            answered.member("errors", None);
        }
    }),
    Broken::answers("BzCtrl's reason is kept from the user", &["rejected"], |_, _, answered| {
        let mut json: Value = serde_json::from_slice(&answered.body).unwrap_or_default();
        if answered.is("upstream-rejected") {
            json["upstream"]["reason"] = "".into();
            answered.body = json.to_string().into_bytes();
        }
    })
    .by_sandbox(),
    Broken::answers("an order has no todos", &["orders"], |_, sent, answered| {
        if sent.is_list() && answered.status == 200 {
            answered.member("tasks", Some(json!([])));
        }
    }),
    Broken::answers("an order's oldest todo comes first", &["orders"], |_, sent, answered| {
        let mut json: Value = serde_json::from_slice(&answered.body).unwrap_or_default();
        if sent.is_list()
            && let Some(tasks) = json["tasks"].as_array_mut()
        {
            tasks.reverse();
            answered.body = json.to_string().into_bytes();
        }
    })
    .by_sandbox(),
    Broken::asks("every order has the todos of another", &["orders"], |sent| {
        if sent.is_list() {
            sent.path = sent.path.replace("+of+nobody", "");
        }
    }),
    Broken::answers("nobody looks for a token at the list of an order", &["orders"], |_, sent, answered| {
        if sent.is_list() && answered.status == 401 {
            answered.status = 200;
            answered.body = json!({ "tasks": [] }).to_string().into_bytes();
        }
    }),
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
    /// How often each token was used.
    used: Mutex<BTreeMap<String, usize>>,
    /// The keys whose pages have left.
    left: Mutex<BTreeSet<String>>,
}

/// A page that waits for an answer to a request with a key. Dropped, it has left.
struct Waiting<'b> {
    between: &'b Between,
    key: String,
    is_answered: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.is_answered && !self.key.is_empty() {
            self.between.left.lock().unwrap().insert(self.key.clone());
        }
    }
}

impl Tampering {
    pub(crate) async fn start(relay: SocketAddr, broken: &'static Broken) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (used, left) = (Mutex::default(), Mutex::default());
        let between = Between { relay, http: client(), broken, used, left };
        let router = Router::new().fallback(pass).with_state(Arc::new(between));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, serving }
    }
}

async fn pass(State(between): State<Arc<Between>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path_and_query().unwrap().to_string();
    let mut sent = Sent { method: parts.method, path, headers: parts.headers.clone() };
    let token = text(&sent.headers, "authorization").to_owned();
    let has_expired = !token.is_empty() && {
        let mut used = between.used.lock().unwrap();
        let used = used.entry(token).or_default();
        *used += 1;
        *used > between.broken.uses
    };
    if has_expired {
        sent.header("authorization", "Bearer nobody");
    }
    let key = sent.key().to_owned();
    if between.broken.forgets_who_left && between.left.lock().unwrap().contains(&key) {
        another_key(&mut sent);
    }
    let mut waiting = Waiting { between: &between, key, is_answered: false };
    (between.broken.request)(&mut sent);
    for name in ["host", "content-length"] {
        sent.headers.remove(name);
    }
    let url = format!("http://{}{}", between.relay, sent.path);
    let request = between.http.request(sent.method.clone(), url).headers(sent.headers.clone()).body(body);
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let mut answered = Answered { status, headers, body: answer.bytes().await.unwrap().to_vec() };
    waiting.is_answered = true;
    if has_expired {
        answered.code("token-invalid", "token-expired");
    }
    (between.broken.answer)(&parts.headers, &sent, &mut answered);
    for name in ["content-length", "transfer-encoding", "connection"] {
        answered.headers.remove(name);
    }
    let mut response = Response::new(Body::from(answered.body));
    *response.status_mut() = axum::http::StatusCode::from_u16(answered.status).unwrap();
    *response.headers_mut() = answered.headers;
    response
}
