//! A commit whose answer is lost: it may have been done. Nothing is said to be undone that was done, and nothing is sent twice.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::cluster::{is_here, shared};
use super::cutting::cutting;
use super::store;
use crate::program::Program;
use crate::world::{Page, Sandbox, incident, settings_of};

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
