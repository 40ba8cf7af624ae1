//! A network that loses a connection at the worst moment: a commit is done, and nobody hears of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Stands between a relay and its database, and cuts a connection off once a commit has gone through.
pub(crate) struct Cutting {
    pub(crate) address: SocketAddr,
    /// Of the commits to come, which one: 1 is the next.
    pub(crate) at: Arc<AtomicU32>,
}

/// One before this database.
pub(crate) async fn cutting(database: SocketAddr) -> Cutting {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let at = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&at);
    tokio::spawn(async move {
        loop {
            let (mut relay, _) = listener.accept().await.unwrap();
            let counted = Arc::clone(&counted);
            tokio::spawn(async move {
                let mut server = TcpStream::connect(database).await.unwrap();
                let (mut said, mut answered) = ([0; 65536], [0; 65536]);
                loop {
                    tokio::select! {
                        read = relay.read(&mut said) => {
                            let Ok(read @ 1..) = read else { return };
                            let is_commit = said[..read].windows(7).any(|part| part == b"COMMIT\0");
                            if server.write_all(&said[..read]).await.is_err() {
                                return;
                            }
                            let down = |left: u32| left.checked_sub(1);
                            if is_commit && counted.fetch_update(Ordering::SeqCst, Ordering::SeqCst, down) == Ok(1) {
                                // It is done, and nobody hears of it.
                                let _ = server.read(&mut answered).await;
                                return;
                            }
                        }
                        read = server.read(&mut answered) => {
                            let Ok(read @ 1..) = read else { return };
                            if relay.write_all(&answered[..read]).await.is_err() {
                                return;
                            }
                        }
                    }
                }
            });
        }
    });
    Cutting { address, at }
}
