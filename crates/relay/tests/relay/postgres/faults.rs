//! A database that does not answer, or is not to be trusted; and a relay that stood still.

use std::time::{Duration, Instant};

use serde_json::json;

use super::cluster::{Cluster, is_here, shared};
use super::{leases_are_over, on};
use crate::program::{Program, relay};
use crate::world::{Page, Sandbox, incident};

/// What a relay says that does not start.
fn refused(settings: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("relay.toml"), settings).unwrap();
    let output = relay(&folder).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn what_cannot_keep_a_row_is_refused_at_the_start_and_by_a_claim() {
    if !is_here() {
        return;
    }
    let mut cluster = Cluster::new(&["fsync=off"]);
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    cluster.database("relays");
    let settings = on(&cluster, "relays", &sandbox, &folder);
    std::fs::write(folder.path().join("password"), crate::world::PASSWORD).unwrap();
    let says = refused(&settings);
    assert!(says.contains("fsync is off"), "{says}");
    cluster.stop("fast");
    cluster.start(&["synchronous_commit=off"]);
    let program = Program::of(&folder, &settings, "info");
    assert!(program.log().contains("synchronous_commit is off in the database"), "{}", program.log());
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&page.new_key(), &incident("one")).await.status, 201);

    // While it runs, too.
    for (wrong, right) in [
        ("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM RESET fsync"),
        ("ALTER TABLE bzctrl_relay.keys SET UNLOGGED", "ALTER TABLE bzctrl_relay.keys SET LOGGED"),
    ] {
        let change = |sql| {
            cluster.sql("relays", sql);
            cluster.sql("relays", "SELECT pg_reload_conf()");
            std::thread::sleep(Duration::from_millis(300));
        };
        change(wrong);
        assert_eq!(
            page.submit(&page.new_key(), &incident("two")).await.problem(),
            (503, "store-unavailable"),
            "{wrong}"
        );
        assert_eq!(program.readiness().await.0, 503);
        change(right);
        assert_eq!(page.submit(&page.new_key(), &incident("three")).await.status, 201, "{right}");
    }
    // A newer relay has changed the schema: this one goes on, and an older one does not start.
    cluster.sql("relays", "UPDATE bzctrl_relay.schema_version SET version = 1000");
    let says = refused(&settings);
    assert!(says.contains("it was made by a newer relay (schema 1000"), "{says}");
    assert_eq!(page.submit(&page.new_key(), &incident("four")).await.status, 201);
    cluster.stop("fast");
    assert_eq!(page.submit(&page.new_key(), &incident("five")).await.problem(), (503, "store-unavailable"));
    assert_eq!(program.readiness().await.0, 503);
    cluster.start(&[]);
    assert_eq!(page.submit(&page.new_key(), &incident("five")).await.status, 201, "it connects anew");
    assert_eq!(sandbox.sends().await.len(), 5);
}

#[tokio::test]
async fn a_row_that_another_holds_keeps_nobody_for_long() {
    if !is_here() {
        return;
    }
    let database = "held";
    shared().database(database);
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    let program = Program::of(&folder, &on(shared(), database, &sandbox, &folder), "info");
    let page = Page::open(program.address).await;
    let other = shared().connect(database).await;
    other.batch_execute("BEGIN; LOCK TABLE keys IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let began = Instant::now();
    let posts = (0..40).map(|_| async {
        let answer = page.submit(&page.new_key(), &incident("Seal broken")).await;
        (answer.problem().1.to_owned(), began.elapsed())
    });
    for (code, took) in futures_util::future::join_all(posts).await {
        assert_eq!(code, "store-unavailable");
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    assert_eq!(sandbox.sends().await.len(), 1);
}

#[tokio::test]
async fn a_relay_that_stood_still_past_its_lease_has_a_late_word_and_sends_nothing_anew() {
    if !is_here() {
        return;
    }
    let database = "stopped";
    shared().database(database);
    let sandbox = Sandbox::start().await;
    let [folder, beside] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let stopped = Program::of(&folder, &on(shared(), database, &sandbox, &folder), "info");
    let other = Program::of(&beside, &on(shared(), database, &sandbox, &beside), "info");
    let page = Page::open(stopped.address).await;
    sandbox.fault("add-task", json!({ "delay": { "ms": 300 } })).await;
    let key = page.new_key();
    let posting = tokio::spawn(page.request(&key).json(&incident("Seal broken")).send());
    while sandbox.sends().await.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stopped.signal("-STOP");
    leases_are_over(database);
    let at_other = page.at(other.address);
    let mut answer = at_other.submit(&key, &incident("Seal broken")).await;
    for _ in 0..100 {
        if answer.status != 409 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        answer = at_other.submit(&key, &incident("Seal broken")).await;
    }
    assert_eq!(answer.problem(), (504, "outcome-unknown"));
    stopped.signal("-CONT");
    let late = posting.await.unwrap().unwrap();
    assert_eq!(late.status(), 201, "its word is the truth");
    let replayed = at_other.submit(&key, &incident("Seal broken")).await;
    assert_eq!((replayed.status, replayed.header("idempotency-replayed")), (201, "true"));
    assert_eq!(sandbox.sends().await.len(), 1);
}
