//! pgbouncer between relays and their database: a transaction is all that a connection is theirs for. `PGBOUNCER` names the program,
//! where it is not on the path; without one this is not run.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::cluster::{as_its_user, folder, is_here, shared};
use super::store;
use crate::ports::free_address;
use crate::program::Program;
use crate::world::{Page, Sandbox, incident, settings_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relays_behind_a_pooling_proxy_keep_their_promises() {
    let program = std::env::var_os("PGBOUNCER").unwrap_or_else(|| "pgbouncer".into());
    if !is_here() || !Command::new(&program).arg("--version").output().is_ok_and(|output| output.status.success()) {
        eprintln!("not run here: there is no pgbouncer");
        return;
    }
    let database = "pooled";
    shared().database(database);
    let (own, port) = (folder(), free_address().port());
    let settings = format!(
        "[databases]\n{database} = host=127.0.0.1 port={} user=relay\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
         auth_type = any\npool_mode = transaction\ndefault_pool_size = 3\nunix_socket_dir =\n",
        shared().port()
    );
    std::fs::write(own.join("pgbouncer.ini"), settings).unwrap();
    let mut pool = as_its_user(program.as_ref());
    pool.arg(own.join("pgbouncer.ini")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut pool = pool.spawn().unwrap();
    let connected = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    while !connected() {
        assert!(pool.try_wait().unwrap().is_none(), "pgbouncer does not start");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let sandbox = Sandbox::start().await;
    let url = format!("postgres://relay@127.0.0.1:{port}/{database}");
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let start = |folder| Program::of(folder, &settings_of(sandbox.address, folder, "", &store(&url, folder)), "info");
    let relays = folders.each_ref().map(start);
    let page = Page::open(relays[0].address).await;
    let other = page.at(relays[1].address);
    // More than there are connections to the database.
    let keys: Vec<_> = (0..40).map(|_| page.new_key()).collect();
    let todo = incident("Seal broken");
    let posts = keys.iter().enumerate().map(|(at, key)| [&page, &other][at % 2].submit(key, &todo));
    for answer in futures_util::future::join_all(posts).await {
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    for key in &keys {
        assert_eq!(other.submit(key, &incident("Seal broken")).await.header("idempotency-replayed"), "true");
    }
    assert_eq!(sandbox.sends().await.len(), keys.len());
    for relay in relays {
        assert_eq!(relay.readiness().await.0, 200);
        relay.end().await;
    }
    pool.kill().unwrap();
    pool.wait().unwrap();
    std::fs::remove_dir_all(own).unwrap();
}
