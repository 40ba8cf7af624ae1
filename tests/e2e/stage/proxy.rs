//! A host's own proxy before the relay, which does what such proxies do: loses answers and puts a page of its own in their
//! place, breaks files off, keeps them, and calls them what they are not.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use futures_util::stream;
use reqwest::Client;
use tokio::{net::TcpListener, task::JoinHandle};

use super::host::origin;

pub(crate) struct Proxy {
    address: String,
    inner: Arc<Inner>,
    serving: JoinHandle<()>,
}

struct Inner {
    relay: String,
    http: Client,
    losing: AtomicUsize,
    keys: Mutex<Vec<String>>,
    /// By the names of files.
    troubles: Mutex<HashMap<&'static str, Trouble>>,
    media_type: Mutex<Option<&'static str>>,
    paths: Mutex<Vec<String>>,
}

/// What a file meets on its way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// In its place comes a page with the status 500.
    Fails,
    /// The connection breaks in the middle of it.
    BreaksOff,
    /// Half of it comes as if it were the whole.
    IsHalf,
    /// It comes when there is no trouble any more.
    Hangs,
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
            keys: Mutex::default(),
            troubles: Mutex::default(),
            media_type: Mutex::default(),
            paths: Mutex::default(),
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

    /// From now on a file meets this.
    pub(crate) fn troubles(&self, file: &'static str, trouble: Trouble) {
        self.inner.troubles.lock().unwrap().insert(file, trouble);
    }

    /// From now on all is well.
    pub(crate) fn is_well(&self) {
        self.inner.troubles.lock().unwrap().clear();
    }

    /// The media type that it gives to all WebAssembly.
    pub(crate) fn calls_wasm(&self, media_type: &'static str) {
        *self.inner.media_type.lock().unwrap() = Some(media_type);
    }

    /// How often something below a folder of the widget was asked for.
    pub(crate) fn count_of(&self, folder: &str) -> usize {
        let below = format!("/widget/{folder}/");
        self.inner.paths.lock().unwrap().iter().filter(|path| path.starts_with(&below)).count()
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
    let path = request.uri().path().to_owned();
    let file = path.rsplit('/').next().unwrap_or_default().to_owned();
    let trouble = || proxy.troubles.lock().unwrap().get(file.as_str()).copied();
    proxy.paths.lock().unwrap().push(path);
    let met = trouble();
    while trouble() == Some(Trouble::Hangs) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let mut headers = parts.headers;
    headers.remove(header::HOST);
    let address = format!("{}{}", proxy.relay, parts.uri);
    let Ok(answer) = proxy.http.request(parts.method, address).headers(headers).body(body).send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let (status, mut headers, body) = (answer.status(), answer.headers().clone(), answer.bytes().await.unwrap());
    if let Some(media_type) = proxy.media_type.lock().unwrap().filter(|_| file.ends_with(".wasm")) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    let half = body.slice(..body.len() / 2);
    match met {
        Some(Trouble::Fails) => {
            return (StatusCode::INTERNAL_SERVER_ERROR, [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")], PAGE)
                .into_response();
        }
        Some(Trouble::BreaksOff) => return (status, headers, Body::from_stream(broken(half))).into_response(),
        Some(Trouble::IsHalf) => {
            headers.remove(header::CONTENT_LENGTH);
            return (status, headers, Body::from(half)).into_response();
        }
        Some(Trouble::Hangs) | None => {}
    }
    let lost = |losing: usize| losing.checked_sub(1).filter(|_| is_todo);
    match proxy.losing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, lost) {
        // Some proxies leave their page unreadable for the browser's script, some do not.
        Ok(losing) if losing % 2 == 0 => (StatusCode::BAD_GATEWAY, PAGE).into_response(),
        Ok(_) => (StatusCode::BAD_GATEWAY, [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")], PAGE).into_response(),
        Err(_) => (status, headers, Body::from(body)).into_response(),
    }
}

/// So much, and no more: the connection ends.
fn broken(half: Bytes) -> impl stream::Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some(half), |half| async move {
        if let Some(half) = half {
            return Some((Ok(half), None));
        }
        // Until then the first half is on its way.
        tokio::time::sleep(Duration::from_millis(100)).await;
        Some((Err(io::ErrorKind::ConnectionReset.into()), None))
    })
}

const PAGE: Html<&str> = Html("<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>");
