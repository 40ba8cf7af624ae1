//! The host's server: the order desk, and the pages of `tests/hosts`, under a policy as strict as the embedding API
//! promises to run under. The widget's files it leads on to the relay, so that no page names a port.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, Uri, header},
    middleware::{Next, from_fn},
    response::{Redirect, Response},
    routing::get,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tower_http::services::{ServeDir, ServeFile};

use super::{
    Backend, examples,
    program::{root, target},
};

/// Of scripts that a policy admits by a nonce.
const NONCE: &str = "c0ffee";

pub(crate) struct Host {
    origin: String,
    relay: String,
    serving: JoinHandle<()>,
}

/// What pages of a host may forbid themselves.
#[derive(Clone)]
struct Policies {
    relay: String,
    bzctrl: String,
}

impl Policies {
    /// The one that `?policy=` names; the strictest, unless it names another.
    fn asked_for(&self, address: &Uri) -> Option<HeaderValue> {
        let Self { relay, bzctrl } = self;
        let name = address.query().and_then(|query| query.strip_prefix("policy=")).unwrap_or("strict");
        let policy = match name {
            "none" => return None,
            "strict" => format!(
                "default-src 'self'; script-src 'self' {relay} 'wasm-unsafe-eval'; connect-src 'self' {relay} {bzctrl}; \
                 base-uri 'none'; form-action 'none'; object-src 'none'; \
                 require-trusted-types-for 'script'; trusted-types 'none'"
            ),
            "nonce" => format!(
                "default-src 'self'; script-src 'nonce-{NONCE}' 'strict-dynamic' 'wasm-unsafe-eval'; \
                 connect-src {relay}; base-uri 'none'; object-src 'none'"
            ),
            // Each lacks something.
            "no-wasm" => format!("default-src 'self'; script-src 'self' {relay}; connect-src {relay}"),
            "no-bzctrl" => {
                format!("default-src 'self'; script-src 'self' {relay} 'wasm-unsafe-eval'; connect-src 'self' {relay}")
            }
            "no-connect" => format!("default-src 'self'; script-src 'self' {relay} 'wasm-unsafe-eval'"),
            other => panic!("no policy is named {other}"),
        };
        Some(HeaderValue::from_str(&policy).unwrap())
    }
}

impl Host {
    /// `relay` is what pages take for the relay; `bzctrl` is what they may call besides.
    pub(super) fn serve(listener: TcpListener, origin: &str, relay: &str, bzctrl: &str, backend: &Backend) -> Self {
        let policies = Policies { relay: relay.to_owned(), bzctrl: bzctrl.to_owned() };
        let to_relay = relay.to_owned();
        // For a page in a frame that has lost its origin, too.
        let to_relay = move |uri: Uri| async move {
            ([(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")], Redirect::temporary(&format!("{to_relay}{uri}")))
        };
        let pages = Router::new()
            .route_service("/", ServeFile::new(root().join("index.html")))
            .nest_service("/www", ServeDir::new(root().join("www")))
            .nest_service("/hosts", ServeDir::new(root().join("tests/hosts")))
            .route("/widget/{*file}", get(to_relay))
            .merge(backend.routes())
            .layer(from_fn(move |request: Request, next: Next| {
                let policy = policies.asked_for(request.uri());
                async {
                    let mut response = with_witness(next.run(request).await, |page| page).await;
                    if let Some(policy) = policy {
                        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
                    }
                    response
                }
            }))
            .nest("/examples", examples::pages(relay))
            .nest("/template", examples::template(relay));
        Self {
            origin: origin.to_owned(),
            relay: relay.to_owned(),
            serving: tokio::spawn(async move { axum::serve(listener, pages).await.unwrap() }),
        }
    }

    /// The address of one of its pages; `""` is the order desk.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}/{path}", self.origin)
    }

    /// The address of one of its pages, at the name by which it is another site.
    pub(crate) fn page_of_another_site(&self, path: &str) -> String {
        self.page(path).replace("127.0.0.1", "localhost")
    }

    /// The address of a page of an example.
    pub(crate) fn example(&self, path: &str) -> String {
        assert!(target().join("examples").is_dir(), "build the examples first: `cargo xtask examples`");
        self.page(&format!("examples/{path}"))
    }

    /// The address of the widget's script, as its pages name it.
    pub(crate) fn widget(&self) -> String {
        examples::widget(&self.relay)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Each page gets a script before its own that writes down what the page would let pass unseen. What is no page stays as it is.
pub(super) async fn with_witness(response: Response, change: impl FnOnce(String) -> String) -> Response {
    let media_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_page = |media_type: &str| media_type.starts_with("text/html") || media_type == "application/xhtml+xml";
    if !media_type.is_some_and(is_page) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let page = change(String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().into()).unwrap());
    // A piece of a page, as htmx fetches one, has no head and comes into a page that has its witness.
    let witness = format!(r#"<head><script nonce="{NONCE}" src="/hosts/witness.js"></script>"#);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(page.replacen("<head>", &witness, 1)))
}

/// What browsers call the pages of a server.
pub(super) fn origin(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().unwrap())
}
