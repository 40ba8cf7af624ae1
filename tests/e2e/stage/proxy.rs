//! A host's own proxy before the relay, which does what such proxies and networks do: loses answers and puts a page of its own
//! in their place, resets connections, doubles requests, breaks files off, keeps them, and calls them what they are not.

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
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use futures_util::stream;
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
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
    /// By the last names of addresses.
    troubles: Mutex<HashMap<&'static str, Trouble>>,
    media_type: Mutex<Option<&'static str>>,
    paths: Mutex<Vec<String>>,
    /// Paths, and the bytes of the body that went to the browser.
    arrived: Mutex<Vec<(String, usize)>>,
}

/// What meets a request on its way, and its answer. Preflights meet nothing.
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
    /// The connection is reset before the relay has got it.
    IsResetOnTheWay,
    /// The connection is reset once the relay has answered.
    IsResetOnTheWayBack,
    /// It goes to the relay twice, and the second answer comes back.
    IsDoubled,
    /// The proxy answers in the relay's place.
    IsAnswered(Answer),
}

/// An answer of the proxy's own, which the page may read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) media_type: &'static str,
    pub(crate) body: &'static str,
    /// In seconds.
    pub(crate) retry_after: Option<u32>,
}

impl Answer {
    /// With a proxy's page.
    pub(crate) const fn page(status: u16) -> Self {
        Self { status, media_type: "text/html", body: PAGE.0, retry_after: None }
    }

    /// With a problem, as the relay gives it.
    pub(crate) const fn problem(status: u16, body: &'static str) -> Self {
        Self { status, media_type: "application/problem+json", body, retry_after: None }
    }

    pub(crate) const fn after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut headers = HeaderMap::new();
        let mut say = |name, value: &str| headers.insert(name, HeaderValue::from_str(value).unwrap());
        say(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        say(header::ACCESS_CONTROL_EXPOSE_HEADERS, "Retry-After");
        say(header::CONTENT_TYPE, self.media_type);
        if matches!(self.status, 300..400) {
            say(header::LOCATION, "/sign-in");
        }
        if let Some(seconds) = self.retry_after {
            say(header::RETRY_AFTER, &seconds.to_string());
        }
        (StatusCode::from_u16(self.status).unwrap(), headers, self.body).into_response()
    }
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
            arrived: Mutex::default(),
        });
        let serving = tokio::spawn(serve(listener, inner.clone()));
        Self { address, inner, serving }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The next todos reach the relay, and its answers do not reach the page.
    pub(crate) fn loses_answers(&self, count: usize) {
        self.inner.losing.store(count, Ordering::SeqCst);
    }

    /// From now on what has this last name in its address meets this.
    pub(crate) fn troubles(&self, name: &'static str, trouble: Trouble) {
        self.inner.troubles.lock().unwrap().insert(name, trouble);
    }

    /// From now on all is well.
    pub(crate) fn is_well(&self) {
        self.inner.troubles.lock().unwrap().clear();
    }

    /// From now on all is well with what has this last name.
    pub(crate) fn is_well_with(&self, name: &str) {
        self.inner.troubles.lock().unwrap().remove(name);
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

    /// What of the widget came by, in this order: the name of each file, and the bytes of its body as they were sent.
    pub(crate) fn widget_files(&self) -> Vec<(String, usize)> {
        let arrived = self.inner.arrived.lock().unwrap();
        let files = arrived.iter().filter(|(path, _)| path.starts_with("/widget/"));
        files.map(|(path, bytes)| (path.rsplit('/').next().unwrap_or_default().to_owned(), *bytes)).collect()
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

async fn serve(listener: TcpListener, proxy: Arc<Inner>) {
    loop {
        let (connection, _) = listener.accept().await.unwrap();
        // One that is dropped is reset.
        connection.set_zero_linger().unwrap();
        let proxy = proxy.clone();
        let passing_on = service_fn(move |request| pass_on(proxy.clone(), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), passing_on));
    }
}

/// The answer to a request; an error ends its connection without one.
async fn pass_on(proxy: Arc<Inner>, request: Request<Incoming>) -> io::Result<Response> {
    let is_todo = request.method() == Method::POST && request.uri().path() == "/v1/tasks";
    let is_preflight = request.method() == Method::OPTIONS;
    if is_todo {
        let key = request.headers()["idempotency-key"].to_str().unwrap().to_owned();
        proxy.keys.lock().unwrap().push(key);
    }
    let path = request.uri().path().to_owned();
    let file = path.rsplit('/').next().unwrap_or_default().to_owned();
    let trouble = || proxy.troubles.lock().unwrap().get(file.as_str()).copied().filter(|_| !is_preflight);
    proxy.paths.lock().unwrap().push(path.clone());
    while trouble() == Some(Trouble::Hangs) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let met = trouble();
    let (parts, body) = request.into_parts();
    let body = to_bytes(Body::new(body), usize::MAX).await.map_err(io::Error::other)?;
    let mut headers = parts.headers;
    headers.remove(header::HOST);
    let address = format!("{}{}", proxy.relay, parts.uri);
    let sent = || proxy.http.request(parts.method.clone(), &address).headers(headers.clone()).body(body.clone()).send();
    match met {
        Some(Trouble::IsResetOnTheWay) => return Err(io::ErrorKind::ConnectionReset.into()),
        Some(Trouble::IsAnswered(answer)) => return Ok(answer.into_response()),
        Some(Trouble::IsDoubled) => {
            tokio::spawn(sent());
            // The first one is there first.
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        _ => {}
    }
    let Ok(answer) = sent().await else { return Ok(StatusCode::BAD_GATEWAY.into_response()) };
    let (status, mut headers, body) = (answer.status(), answer.headers().clone(), answer.bytes().await.unwrap());
    proxy.arrived.lock().unwrap().push((path, body.len()));
    if let Some(media_type) = proxy.media_type.lock().unwrap().filter(|_| file.ends_with(".wasm")) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    let half = body.slice(..body.len() / 2);
    match met {
        Some(Trouble::Fails) => return Ok(Answer::page(500).into_response()),
        Some(Trouble::IsResetOnTheWayBack) => return Err(io::ErrorKind::ConnectionReset.into()),
        Some(Trouble::BreaksOff) => return Ok((status, headers, Body::from_stream(broken(half))).into_response()),
        Some(Trouble::IsHalf) => {
            headers.remove(header::CONTENT_LENGTH);
            return Ok((status, headers, Body::from(half)).into_response());
        }
        _ => {}
    }
    let lost = |losing: usize| losing.checked_sub(1).filter(|_| is_todo);
    Ok(match proxy.losing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, lost) {
        // Some proxies leave their page unreadable for the browser's script, some do not.
        Ok(losing) if losing % 2 == 0 => (StatusCode::BAD_GATEWAY, PAGE).into_response(),
        Ok(_) => Answer::page(502).into_response(),
        Err(_) => (status, headers, Body::from(body)).into_response(),
    })
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
