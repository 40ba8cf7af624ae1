//! The listener, the routes and the memory behind them.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri, header::HOST},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, delete, get},
};
use hyper::{body::Incoming, server::conn::http1, service::Service, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{answer::Cut, exchange, faults::Endpoint, observe, options::Options, pages, sandbox::Sandbox};

/// How long a client may take for a request's head.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// Why the sandbox does not serve.
#[derive(Debug)]
pub enum ServeError {
    /// The listener is open to the network, and nobody said that this is meant.
    Exposed(SocketAddr),
    /// The listener has no address.
    Listener(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exposed(address) => write!(
                f,
                "{address} is open to the network, and the sandbox shows every request with its credentials to whoever \
                 asks: listen on 127.0.0.1, or give --expose if this is meant"
            ),
            Self::Listener(error) => write!(f, "the listener has no address: {error}"),
        }
    }
}

impl std::error::Error for ServeError {}

impl Options {
    /// Whether the sandbox may listen there.
    ///
    /// # Errors
    /// The address is not loopback, and [`Options::expose`] does not say that this is meant.
    pub fn admit(&self, address: SocketAddr) -> Result<(), ServeError> {
        if address.ip().is_loopback() || self.expose { Ok(()) } else { Err(ServeError::Exposed(address)) }
    }
}

/// Serves on a listener until the returned future is dropped, which ends every connection.
///
/// # Errors
/// At once, when the listener is open to the network and the options do not allow it.
pub async fn serve(listener: TcpListener, options: Options) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Listener)?;
    options.admit(address)?;
    let base = options.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let router = routes(Arc::new(Sandbox::new(options, base)));
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let io = TokioIo::new(stream);
                connections.spawn(connection(io, TowerToHyperService::new(router.clone())));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

fn routes(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route(Endpoint::Token.path(), any(exchange::token))
        .route(Endpoint::AddTask.path(), any(exchange::add_task))
        .route("/sandbox/requests", get(observe::requests))
        .route("/sandbox/todos", get(observe::todos))
        .route("/sandbox/faults", get(observe::faults).post(observe::queue_faults).delete(observe::clear_faults))
        .route("/sandbox", delete(observe::forget))
        .merge(pages::routes())
        .fallback(observe::nothing_here)
        .layer(middleware::from_fn_with_state(Arc::clone(&sandbox), to_this_machine))
        .with_state(sandbox)
}

/// Refuses what is asked of another name than this machine's: a page whose name leads here would read all that only this machine may
/// (DNS rebinding).
async fn to_this_machine(State(sandbox): State<Arc<Sandbox>>, request: Request, next: Next) -> Response {
    if sandbox.options.expose || names_this_machine(request.headers(), &sandbox.base) {
        return next.run(request).await;
    }
    let says =
        "The sandbox is asked by its address, localhost or the name in --public-url, or is started with --expose.\n";
    (StatusCode::MISDIRECTED_REQUEST, says).into_response()
}

fn names_this_machine(headers: &HeaderMap, base: &str) -> bool {
    let authority = |text: &str| Some(text.parse::<Uri>().ok()?.host()?.to_ascii_lowercase());
    let Some(host) = headers.get(HOST).and_then(|host| authority(host.to_str().ok()?)) else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_ok()
        || host == "localhost"
        || host.ends_with(".localhost")
        || authority(base) == Some(host)
}

/// One connection. A response that is marked [`Cut`] is an error here, which makes hyper close without a word.
async fn connection(io: TokioIo<tokio::net::TcpStream>, router: TowerToHyperService<Router>) {
    let service = service_fn(|request: Request<Incoming>| {
        let answer = router.call(request);
        async move {
            let Ok(response) = answer.await;
            if response.extensions().get::<Cut>().is_some() { Err(Cut) } else { Ok(response) }
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(io, service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}
