//! Sequences in which a word comes late, the relay's own or the operator's.

use std::time::Duration;

use serde_json::json;

use crate::commands::{json_of, link_at, told, unknown, wait_a_quarter};
use crate::program::started;
use crate::world::{Page, incident};

#[tokio::test]
async fn seventh_a_late_result_of_a_replaced_key_is_recorded_and_shown_with_both_outcomes() {
    let (sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    let todo = incident("Seal broken");
    let old = unknown(&sandbox, &page, "Seal broken").await;
    let new = page.new_key();
    let second = page.submit_again(&new, &old, &todo).await;
    assert_eq!(second.status, 201);
    wait_a_quarter(&folder);
    let link = link_at(&sandbox);
    assert_eq!(told(&folder, &["resolve", &old, "--created", &link, "--why", "seen in the workspace"]).0, 0);
    let both = page.submit(&old, &todo).await;
    assert_eq!(both.problem(), (410, "key-replaced"));
    assert_eq!((&both.json["outcome"], &both.json["taskLink"]), (&json!("created"), &json!(link)));
    let replaced_by = &both.json["replacedBy"];
    assert_eq!((&replaced_by["outcome"], &replaced_by["taskLink"]), (&json!("created"), &second.json["taskLink"]));
    assert_eq!(page.submit(&new, &todo).await.header("idempotency-replayed"), "true");
    assert_eq!(sandbox.sends().await.len(), 2);
}

#[tokio::test]
async fn tenth_the_operators_word_is_not_taken_while_a_stopped_relay_may_still_send() {
    let (sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    let (key, todo) = (page.new_key(), incident("Seal broken"));
    sandbox.fault("add-task", json!({ "delay": { "ms": 1_000 } })).await;
    let asking = async { page.submit(&key, &todo).await };
    let operator = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        program.signal("-STOP");
        wait_a_quarter(&folder);
        let (code, _, says) = told(&folder, &["resolve", &key, "--not-created", "--why", "looked"]);
        assert!(code == 3 && says.contains("it is being sent right now"), "{code} {says}");
        program.signal("-CONT");
    };
    let (answer, ()) = tokio::join!(asking, operator);
    assert_eq!(answer.status, 201);

    // And where its word was taken, the relay's own "not sent" changes nothing any more.
    let known = unknown(&sandbox, &page, "another").await;
    wait_a_quarter(&folder);
    let link = link_at(&sandbox);
    assert_eq!(told(&folder, &["resolve", &known, "--created", &link, "--why", "seen"]).0, 0);
    let again = page.submit(&known, &incident("another")).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    assert_eq!(json_of(&folder, &["show", &known, "--json"])[0]["state"], "created");
    assert_eq!(sandbox.todos().await.len(), 2);
}
