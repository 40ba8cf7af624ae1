//! Listening, and ending in order. hyper is driven directly, since `axum::serve` gives a slow request's headers no end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::linger::{self, Lingering};
use crate::pace::Paced;
use crate::peer::{Client, Peer};
use crate::places::Places;
use crate::unreadable::{Unreadable, Watched};

/// How long a connection may take for a request's headers; an idle one is closed after as long.
const HEADERS: Duration = Duration::from_secs(5);
/// A listener that is out of file descriptors does not spin.
const PAUSE: Duration = Duration::from_millis(100);

/// How much a server takes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at a time. More wait to be accepted.
    pub(crate) connections: usize,
    /// Of these, those of one address. More are closed at once.
    pub(crate) connections_of_one: usize,
    /// How long a client is waited for that reads nothing of what is there for it, or too slowly.
    pub(crate) write: Duration,
}

/// Ten thousand that say nothing, and those that do.
const CONNECTIONS: usize = 12_288;
/// Open files are left for todos on their way, the store, and other ways out.
const OTHER_FILES: usize = 512;
const FEWEST_CONNECTIONS: usize = 256;

impl Limits {
    /// As many as this process may have open files for: where there are none left, a todo could not be sent either.
    pub(crate) fn of_this_process() -> Self {
        let files = open_files().unwrap_or(2 * OTHER_FILES);
        let connections = files.saturating_sub(OTHER_FILES).clamp(FEWEST_CONNECTIONS, CONNECTIONS);
        Self { connections, connections_of_one: 256, write: Duration::from_secs(30) }
    }
}

/// How many files the system lets this process open, where it says so.
fn open_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let of_files = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match of_files.split_whitespace().next()? {
        "unlimited" => Some(usize::MAX),
        number => number.parse().ok(),
    }
}

/// Serves until the end, with what cannot be read answered by `unreadable`; then takes no more connections and finishes the requests under way.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    proxies: &[IpNet],
    unreadable: Unreadable,
    end: CancellationToken,
) {
    let mut server = hyper::server::conn::http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEADERS);
    let places = Arc::new(Semaphore::new(limits.connections));
    let lingering = linger::places();
    let of_clients = Places::new(limits.connections, limits.connections_of_one);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        let (stream, peer, place) = tokio::select! {
            accepted = accept(&listener, &places) => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "no connection");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
            Some(_) = connections.join_next() => continue,
            () = end.cancelled() => break,
        };
        let is_proxy = proxies.iter().any(|network| network.contains(&peer.ip().to_canonical()));
        let of_client = of_clients.take(Client::at(peer));
        if !is_proxy && of_client.is_none() {
            // It is told nothing: an answer would have to wait until it is read.
            continue;
        }
        // Answers are small: they go out at once.
        let _ = stream.set_nodelay(true);
        let stream = Paced::new(stream, limits.write);
        let router = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            router.call(request)
        });
        let stream = Lingering::new(Watched::new(stream, unreadable.clone()), Arc::clone(&lingering));
        let connection = graceful.watch(server.serve_connection(TokioIo::new(stream), service));
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke off");
            }
            // The place last: whoever gets it finds the others free.
            drop(of_client);
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
    while connections.join_next().await.is_some() {}
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

/// So many that come at once are kept until they are taken. The system drops who comes beyond them, and they notice after a second.
const AT_ONCE: u32 = 4096;

/// Takes an address.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    let listening = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // As the standard library does: a relay that is started anew takes the address of the one before.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(AT_ONCE)
    };
    listening().map_err(|error| format!("cannot listen on {address}: {error}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A server of one connection at a time, that waits this long for whoever does not read.
    async fn server(write: Duration) -> SocketAddr {
        let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/large", get(|| async { "x".repeat(32 * 1024 * 1024) }))
            .route("/small", get(|| async { "small" }));
        let limits = Limits { connections: 1, connections_of_one: 1, write };
        tokio::spawn(async move {
            serve(listener, router, limits, &[], Unreadable::default(), CancellationToken::new()).await
        });
        address
    }

    async fn ask(address: SocketAddr, path: &str) -> TcpStream {
        let mut connection = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        connection
    }

    async fn answer(mut connection: TcpStream, within: Duration) -> Option<String> {
        let mut answer = String::new();
        tokio::time::timeout(within, connection.read_to_string(&mut answer)).await.ok()?.ok()?;
        Some(answer)
    }

    #[tokio::test]
    async fn who_does_not_read_is_let_go() {
        let address = server(Duration::from_millis(300)).await;
        let _deaf = ask(address, "/large").await;
        let next = answer(ask(address, "/small").await, Duration::from_secs(3)).await;
        assert!(next.is_some_and(|next| next.ends_with("small")));
    }

    #[tokio::test]
    async fn one_address_has_its_share_of_the_connections_and_a_proxy_all_of_them() {
        for (proxies, served) in [(vec![], false), (vec!["127.0.0.0/8".parse().unwrap()], true)] {
            let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
            let address = listener.local_addr().unwrap();
            let router = Router::new().route("/small", get(|| async { "small" }));
            let limits = Limits { connections: 3, connections_of_one: 2, write: Duration::from_secs(30) };
            tokio::spawn(async move {
                serve(listener, router, limits, &proxies, Unreadable::default(), CancellationToken::new()).await;
            });
            let idle = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
            let third = answer(ask(address, "/small").await, Duration::from_secs(3)).await;
            assert_eq!(third.is_some_and(|third| third.ends_with("small")), served);
            drop(idle);
            for _ in 0..50 {
                if answer(ask(address, "/small").await, Duration::from_secs(3)).await.is_some_and(|it| !it.is_empty()) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let next = answer(ask(address, "/small").await, Duration::from_secs(3)).await;
            assert!(next.is_some_and(|next| next.ends_with("small")), "what was closed is counted no more");
        }
    }

    #[tokio::test]
    async fn more_connections_than_there_may_be_wait_for_one_to_end() {
        let address = server(Duration::from_secs(30)).await;
        let idle = TcpStream::connect(address).await.unwrap();
        let waiting = ask(address, "/small").await;
        let mut byte = [0];
        let early = tokio::time::timeout(Duration::from_millis(300), waiting.peek(&mut byte)).await;
        assert!(early.is_err(), "it waits");
        drop(idle);
        assert!(answer(waiting, Duration::from_secs(3)).await.is_some_and(|answer| answer.ends_with("small")));
    }
}
