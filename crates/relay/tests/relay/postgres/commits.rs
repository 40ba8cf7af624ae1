//! A commit whose answer is lost: it may have been done. Nothing is said to be undone that was done, and nothing is sent twice.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::cluster::{is_here, shared};
use super::store;
use crate::program::Program;
use crate::world::{Page, Sandbox, incident, settings_of};

/// Stands between a relay and its database, and cuts a connection off once a commit has gone through.
struct Cutting {
    address: SocketAddr,
    /// Of the commits to come, which one: 1 is the next.
    at: Arc<AtomicU32>,
}

async fn cutting(database: SocketAddr) -> Cutting {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_whose_commit_is_not_answered_sends_nothing_and_a_result_is_stored_later() {
    if !is_here() {
        return;
    }
    let database = "cut_off";
    shared().database(database);
    let cutting = cutting(([127, 0, 0, 1], shared().port()).into()).await;
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    let url = format!("postgres://relay@{}/{database}", cutting.address);
    let settings = settings_of(sandbox.address, &folder, "", &store(&url, &folder));
    let program = Program::of(&folder, &settings, "info");
    let page = Page::open(program.address).await;
    // A token is at hand.
    assert_eq!(page.submit(&page.new_key(), &incident("first")).await.status, 201);
    let (mut unclaimed, mut unstored) = (0, 0);
    // Look-up, shares, claim and result are a commit each; the sweeper's come in between.
    for at in 1..=5 {
        let (key, todo) = (page.new_key(), incident("Seal broken"));
        let before = sandbox.sends().await.len();
        cutting.at.store(at, Ordering::SeqCst);
        let mut answer = page.submit(&key, &todo).await;
        cutting.at.store(0, Ordering::SeqCst);
        unclaimed += usize::from(answer.status == 503);
        for _ in 0..200 {
            if answer.status == 201 {
                break;
            }
            assert!([(503, "store-unavailable"), (409, "in-progress")].contains(&answer.problem()), "{answer:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
            answer = page.submit(&key, &todo).await;
        }
        assert_eq!(answer.status, 201, "{at}: {}", program.log());
        for _ in 0..200 {
            answer = page.submit(&key, &todo).await;
            if answer.status == 201 {
                break;
            }
            unstored += 1;
            assert_eq!(answer.problem(), (409, "in-progress"), "{at}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(answer.header("idempotency-replayed"), "true", "{at}");
        assert_eq!(sandbox.sends().await.len(), before + 1, "{at}: sent once");
    }
    let log = program.log();
    println!("{unclaimed} answered 503, {unstored} asked before the result was stored");
    assert!(log.contains("a claim was not answered") && log.contains("a result cannot be stored"), "{log}");
    assert!(log.contains("what could not be stored is stored now"), "{log}");
}
