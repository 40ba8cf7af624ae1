//! The host's server: the order desk, and the pages of `tests/hosts`, under a policy as strict as the embedding API
//! promises to run under. The widget's files it leads on to the relay, so that no page names a port.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderValue, Uri, header},
    middleware::map_response,
    response::{Redirect, Response},
    routing::get,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tower_http::services::{ServeDir, ServeFile};

use super::program::root;

const WITNESS: &str = r#"<script src="/hosts/witness.js"></script>"#;

pub(crate) struct Host {
    origin: String,
    serving: JoinHandle<()>,
}

impl Host {
    /// `relay` is what pages take for the relay; `bzctrl` is what they may call besides.
    pub(super) fn serve(listener: TcpListener, relay: &str, bzctrl: &str) -> Self {
        let policy = format!(
            "default-src 'self'; script-src 'self' {relay} 'wasm-unsafe-eval'; connect-src 'self' {relay} {bzctrl}; \
             base-uri 'none'; form-action 'none'; object-src 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'"
        );
        let policy = HeaderValue::from_str(&policy).unwrap();
        let to_relay = relay.to_owned();
        let to_relay = move |uri: Uri| async move { Redirect::temporary(&format!("{to_relay}{uri}")) };
        let pages = Router::new()
            .route_service("/", ServeFile::new(root().join("index.html")))
            .nest_service("/www", ServeDir::new(root().join("www")))
            .nest_service("/hosts", ServeDir::new(root().join("tests/hosts")))
            .route("/widget/{*file}", get(to_relay))
            .layer(map_response(move |response: Response| {
                let policy = policy.clone();
                async {
                    let mut response = with_witness(response).await;
                    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
                    response
                }
            }));
        let origin = origin(&listener);
        Self { origin, serving: tokio::spawn(async move { axum::serve(listener, pages).await.unwrap() }) }
    }

    /// The address of one of its pages; `""` is the order desk.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}/{path}", self.origin)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Each page gets a script before its own that writes down what the page would let pass unseen.
async fn with_witness(response: Response) -> Response {
    let media_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !media_type.is_some_and(|media_type| media_type.starts_with("text/html")) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let page = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().into()).unwrap();
    let (before, after) = page.split_once("<head>").expect("a page of the tests has a head");
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(format!("{before}<head>{WITNESS}{after}")))
}

/// What browsers call the pages of a server.
pub(super) fn origin(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().unwrap())
}
