//! A host's own proxy before the relay, which loses answers as such proxies do: with a page of its own in their place.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use reqwest::Client;
use tokio::{net::TcpListener, task::JoinHandle};

use super::host::origin;

/// What becomes of the widget's files on their way.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Files {
    /// They arrive.
    #[default]
    Whole,
    /// The WebAssembly bears another media type.
    OfAnotherType,
    /// The WebAssembly is half of what it was.
    CutOff,
    /// In place of the glue comes the proxy's page.
    WithoutGlue,
}

pub(crate) struct Proxy {
    address: String,
    inner: Arc<Inner>,
    serving: JoinHandle<()>,
}

struct Inner {
    relay: String,
    http: Client,
    losing: AtomicUsize,
    /// What becomes of the widget's files.
    files: Mutex<Files>,
    keys: Mutex<Vec<String>>,
}

impl Proxy {
    pub(super) async fn before(relay: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = origin(&listener);
        let http = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let inner = Arc::new(Inner {
            relay: relay.to_owned(),
            http,
            losing: AtomicUsize::default(),
            files: Mutex::default(),
            keys: Mutex::default(),
        });
        let passing_on = Router::new().fallback(pass_on).with_state(inner.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, passing_on).await.unwrap() });
        Self { address, inner, serving }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The next todos reach the relay, and its answers do not reach the page.
    pub(crate) fn loses_answers(&self, count: usize) {
        self.inner.losing.store(count, Ordering::SeqCst);
    }

    /// From now on this becomes of the widget's files.
    pub(crate) fn spoils(&self, files: Files) {
        *self.inner.files.lock().unwrap() = files;
    }

    /// The keys of the todos that came by.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.inner.keys.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass_on(State(proxy): State<Arc<Inner>>, request: Request) -> Response {
    let is_todo = request.method() == Method::POST && request.uri().path() == "/v1/tasks";
    if is_todo {
        let key = request.headers()["idempotency-key"].to_str().unwrap().to_owned();
        proxy.keys.lock().unwrap().push(key);
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let mut headers = parts.headers;
    headers.remove(header::HOST);
    let address = format!("{}{}", proxy.relay, parts.uri);
    let Ok(answer) = proxy.http.request(parts.method, address).headers(headers).body(body).send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let (status, mut headers, mut body) = (answer.status(), answer.headers().clone(), answer.bytes().await.unwrap());
    let files = *proxy.files.lock().unwrap();
    match files {
        Files::OfAnotherType if parts.uri.path().ends_with(".wasm") => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        }
        Files::CutOff if parts.uri.path().ends_with(".wasm") => {
            body.truncate(body.len() / 2);
            headers.remove(header::CONTENT_LENGTH);
        }
        Files::WithoutGlue if parts.uri.path().ends_with("/bzctrl_widget.js") => {
            return (StatusCode::BAD_GATEWAY, [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")], PAGE).into_response();
        }
        _ => {}
    }
    let lost = |losing: usize| losing.checked_sub(1).filter(|_| is_todo);
    match proxy.losing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, lost) {
        // Some proxies leave their page unreadable for the browser's script, some do not.
        Ok(losing) if losing % 2 == 0 => (StatusCode::BAD_GATEWAY, PAGE).into_response(),
        Ok(_) => (StatusCode::BAD_GATEWAY, [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")], PAGE).into_response(),
        Err(_) => (status, headers, Body::from(body)).into_response(),
    }
}

const PAGE: Html<&str> = Html("<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>");
