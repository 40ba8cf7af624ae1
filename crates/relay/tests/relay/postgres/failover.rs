//! The database is another one than it was: a replica was promoted that had not all rows, a dump or an older copy was put back. What it
//! does not know any more is never sent a second time.

use serde_json::json;
use tempfile::TempDir;

use super::cluster::{Cluster, is_here};
use super::on;
use crate::program::Program;
use crate::world::{Page, Sandbox, incident};

const KEYS: usize = 5;
const DATABASE: &str = "relays";

/// A relay, and keys of todos that it has created.
struct Before {
    sandbox: Sandbox,
    folder: TempDir,
    program: Program,
    page: Page,
    /// One that was made before the copy, one that is free, and those that came after it.
    known: String,
    free: String,
}

async fn before(cluster: &Cluster) -> Before {
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    cluster.database(DATABASE);
    let program = Program::of(&folder, &on(cluster, DATABASE, &sandbox, &folder), "info");
    let page = Page::open(program.address).await;
    let known = page.new_key();
    assert_eq!(page.submit(&known, &incident("known")).await.status, 201);
    sandbox.fault("add-task", json!({ "status": { "code": 429, "body": "json" } })).await;
    let free = page.new_key();
    assert_eq!(page.submit(&free, &incident("free")).await.status, 503);
    Before { sandbox, folder, program, page, known, free }
}

impl Before {
    /// Todos that the copy does not know.
    async fn create(&self) -> Vec<String> {
        let mut keys = vec![self.free.clone()];
        assert_eq!(self.page.submit(&self.free, &incident("free")).await.status, 201);
        for _ in 0..KEYS {
            let key = self.page.new_key();
            assert_eq!(self.page.submit(&key, &incident("lost")).await.status, 201);
            keys.push(key);
        }
        keys
    }

    /// By a relay that has the copy now.
    async fn nothing_is_sent_twice(&self, program: &Program, keys: &[String], why: &str) {
        let before = self.sandbox.todos().await.len();
        let page = self.page.at(program.address);
        for key in keys {
            let todo = if *key == self.free { "free" } else { "lost" };
            let answer = page.submit(key, &incident(todo)).await;
            assert!([(410, "key-unknown"), (504, "outcome-unknown")].contains(&answer.problem()), "{answer:?}");
        }
        assert_eq!(self.sandbox.todos().await.len(), before, "nothing was created twice");
        let replayed = page.submit(&self.known, &incident("known")).await;
        assert_eq!(replayed.header("idempotency-replayed"), "true", "what it knows is told");
        let (status, says) = program.readiness().await;
        assert!(status == 200 && says.contains("the store may have lost rows") && says.contains(why), "{says}");
        assert!(program.log().contains("the store may have lost rows"));
        assert!(program.health("/metrics").await.1.contains("bzctrl_relay_store_doubted 1\n"));
        let page = Page::open(program.address).await;
        assert_eq!(page.submit(&page.new_key(), &incident("new")).await.status, 201, "a new press creates one");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_promoted_without_the_last_rows() {
    if !is_here() {
        return;
    }
    let mut primary = Cluster::new(&[]);
    let before = before(&primary).await;
    let mut standby = primary.standby();
    standby.catch_up_with(&primary);
    assert_eq!(standby.sql(DATABASE, "SELECT count(*) FROM bzctrl_relay.keys"), "2");
    // A relay does not start on it while it is a standby.
    let settings = on(&standby, DATABASE, &before.sandbox, &before.folder);
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("relay.toml"), &settings).unwrap();
    let refused = crate::program::relay(&other).output().unwrap();
    let says = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && says.contains("it is a hot standby"), "{says}");

    // What was not streamed is lost with the primary.
    standby.stop("fast");
    let keys = before.create().await;
    primary.stop("immediate");
    standby.start(&[]);
    standby.promote();
    let program = Program::of(&other, &settings, "info");
    before.nothing_is_sent_twice(&program, &keys, "a replica was promoted").await;
    program.end().await;
    let program = Program::of(&other, &settings, "info");
    assert_eq!(program.readiness().await, (200, "ready\n".to_owned()), "it is told until the next start");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_that_is_put_back_under_a_relay_that_runs() {
    if !is_here() {
        return;
    }
    let cluster = Cluster::new(&[]);
    let before = before(&cluster).await;
    let dump = before.folder.path().join("dump");
    let done = |mut command: std::process::Command| assert!(command.status().unwrap().success());
    let mut command = cluster.program("pg_dump");
    command.args(["-Fc", "-f"]).arg(&dump).arg(DATABASE);
    done(command);
    let keys = before.create().await;
    cluster.sql("postgres", &format!("DROP DATABASE {DATABASE} WITH (FORCE)"));
    assert_eq!(before.program.readiness().await.0, 503);
    cluster.database(DATABASE);
    let mut command = cluster.program("pg_restore");
    command.args(["-d", DATABASE]).arg(&dump);
    done(command);
    before.nothing_is_sent_twice(&before.program, &keys, "it is another database of its cluster").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_the_whole_cluster_that_is_put_back_under_a_relay_that_runs() {
    if !is_here() {
        return;
    }
    let mut cluster = Cluster::new(&[]);
    let before = before(&cluster).await;
    let copy = before.folder.path().join("copy");
    let copied = |from: &std::path::Path, to: &std::path::Path| {
        let status = std::process::Command::new("cp").arg("-a").arg("-T").arg(from).arg(to).status().unwrap();
        assert!(status.success());
    };
    cluster.stop("fast");
    copied(&cluster.data(), &copy);
    cluster.start(&[]);
    let keys = before.create().await;
    cluster.stop("fast");
    std::fs::remove_dir_all(cluster.data()).unwrap();
    copied(&copy, &cluster.data());
    cluster.start(&[]);
    before.nothing_is_sent_twice(&before.program, &keys, "an older copy was put back").await;
}
