//! Two relays on one database.

use std::time::Duration;

use serde_json::json;

use super::cluster::{is_here, shared};
use super::{leases_are_over, on};
use crate::program::Program;
use crate::world::{Page, Sandbox, incident};

#[tokio::test]
async fn what_one_relay_has_sent_the_other_tells_and_what_it_was_sending_when_it_was_killed_is_unknown() {
    if !is_here() {
        return;
    }
    let database = "two_relays";
    shared().database(database);
    let (sandbox, folders) = (Sandbox::start().await, [(); 2].map(|()| tempfile::tempdir().unwrap()));
    // They are started at the same moment, on a database that has nothing yet.
    let starting: Vec<_> = folders
        .iter()
        .map(|folder| {
            let settings = on(shared(), database, &sandbox, folder);
            let folder = folder.path().to_owned();
            std::fs::write(folder.join("relay.toml"), settings).unwrap();
            std::fs::write(folder.join("password"), crate::world::PASSWORD).unwrap();
            std::thread::spawn(move || Program::at(&folder, "info", &[]))
        })
        .collect();
    let mut programs: Vec<_> = starting.into_iter().map(|starting| starting.join().unwrap()).collect();
    let (first, second) = (programs.remove(0), programs.remove(0));
    for program in [&first, &second] {
        assert_eq!(program.readiness().await, (200, "ready\n".to_owned()), "{}", program.log());
    }
    let page = Page::open(first.address).await;
    let other = page.at(second.address);

    // Any relay opens any token, and answers any key.
    let key = page.new_key();
    let created = page.submit(&key, &incident("one")).await;
    assert_eq!(created.status, 201, "{created:?} {}", first.log());
    let replayed = other.submit(&key, &incident("one")).await;
    assert_eq!((replayed.status, replayed.header("idempotency-replayed")), (201, "true"));
    assert_eq!(replayed.text, created.text);

    // Killed while it sends: the other knows that it is being sent, then that nobody can know.
    sandbox.fault("add-task", json!({ "delay": { "ms": 3000 } })).await;
    let key = page.new_key();
    let cut_off = tokio::spawn(page.request(&key).json(&incident("two")).send());
    while sandbox.sends().await.len() < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(other.submit(&key, &incident("two")).await.problem(), (409, "in-progress"));
    first.kill();
    assert!(cut_off.await.unwrap().is_err());
    assert_eq!(other.submit(&key, &incident("two")).await.problem(), (409, "in-progress"), "its lease is not over");
    leases_are_over(database);
    let mut answer = other.submit(&key, &incident("two")).await;
    for _ in 0..100 {
        if answer.status != 409 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        answer = other.submit(&key, &incident("two")).await;
    }
    assert_eq!(answer.problem(), (504, "outcome-unknown"));
    assert_eq!(sandbox.sends().await.len(), 2, "nothing was sent again");
    second.end().await;
}
