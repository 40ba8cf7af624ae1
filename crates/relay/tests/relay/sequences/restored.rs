//! Sequences in which what the relay knew is taken away: its sealing keys, or rows.

use std::time::Duration;

use serde_json::json;

use super::post_and_lose_the_answer;
use crate::program::{Program, relay, started_quietly};
use crate::world::{Page, Sandbox, incident, settings};

/// A key of the relay's own tokens, as [`Program`]'s settings name it.
fn sealing_key(letter: char) -> String {
    // PASERK: 32 bytes in base64 without padding.
    format!("k4.local.{}A", String::from(letter).repeat(42))
}

/// A relay by these sealing keys: the one that it seals by, and the one before.
fn sealed_by(folder: &tempfile::TempDir, sandbox: &Sandbox, key: char, previous: Option<char>) -> Program {
    std::fs::write(folder.path().join("seal"), sealing_key(key)).unwrap();
    let path = folder.path().display();
    let mut seal = format!("[seal]\nkey_file = \"{path}/seal\"\n");
    if let Some(previous) = previous {
        std::fs::write(folder.path().join("seal-before"), sealing_key(previous)).unwrap();
        seal += &format!("previous_key_file = \"{path}/seal-before\"\n");
    }
    Program::of(folder, &format!("{seal}{}", settings(sandbox.address, folder, "")), "warn")
}

#[tokio::test]
async fn first_what_was_created_is_told_after_the_sealing_keys_have_changed_twice() {
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    let program = sealed_by(&folder, &sandbox, 'a', None);
    let page = Page::open(program.address).await;
    let (key, todo) = (page.new_key(), incident("Seal broken"));
    post_and_lose_the_answer(&sandbox, &page, &key, &todo).await;
    program.end().await;
    let old_token = page.token;
    for (sealing, previous) in [('b', 'a'), ('c', 'b')] {
        let program = sealed_by(&folder, &sandbox, sealing, Some(previous));
        let mut page = Page::open(program.address).await;
        let new_token = std::mem::replace(&mut page.token, old_token.clone());
        let by_old_token = page.submit(&key, &todo).await;
        match sealing {
            'b' => assert_eq!(by_old_token.header("idempotency-replayed"), "true", "two keys are good at a time"),
            _ => assert_eq!(by_old_token.problem(), (401, "token-invalid")),
        }
        page.token = new_token;
        let again = page.submit(&key, &todo).await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"), "{again:?}");
        program.end().await;
    }
    assert_eq!(sandbox.sends().await.len(), 1);
}

#[tokio::test]
async fn second_a_key_that_was_free_in_the_backup_and_sent_since_is_unknown_after_the_restore() {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    let (key, todo) = (page.new_key(), incident("Seal broken"));
    sandbox.fault("add-task", json!({ "status": { "code": 429, "body": "json" } })).await;
    assert_eq!(page.submit(&key, &todo).await.problem(), (503, "upstream-unavailable"));
    let backup = folder.path().join("backup.sqlite");
    assert!(relay(&folder).arg("backup").arg(&backup).output().unwrap().status.success());
    assert_eq!(page.submit(&key, &todo).await.status, 201);
    program.end().await;
    assert!(relay(&folder).arg("restore").arg(&backup).output().unwrap().status.success());
    let program = Program::with_filter(&folder, &sandbox, "warn");
    let page = Page::open(program.address).await;
    for _ in 0..2 {
        assert_eq!(page.submit(&key, &todo).await.problem(), (504, "outcome-unknown"));
    }
    assert_eq!(sandbox.todos().await.len(), 1);
}

#[tokio::test]
async fn fourth_the_copy_of_a_request_whose_row_is_lost_makes_nothing_and_no_new_key() {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    let (key, todo) = (page.new_key(), incident("Seal broken"));
    let backup = folder.path().join("before.sqlite");
    assert!(relay(&folder).arg("backup").arg(&backup).output().unwrap().status.success());
    assert_eq!(page.submit(&key, &todo).await.status, 201);
    program.kill();
    // The older file in the place of the store, as a failover to a replica that lags would have it.
    for name in ["relay.sqlite-wal", "relay.sqlite-shm"] {
        let _ = std::fs::remove_file(folder.path().join(name));
    }
    std::fs::copy(&backup, folder.path().join("relay.sqlite")).unwrap();
    let program = Program::with_filter(&folder, &sandbox, "warn");
    let page = Page::open(program.address).await;
    for _ in 0..2 {
        assert_eq!(page.submit(&key, &todo).await.problem(), (410, "key-unknown"));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(sandbox.todos().await.len(), 1);
    // A knowing press is another matter.
    assert_eq!(page.submit_again(&page.new_key(), &key, &todo).await.status, 201);
    assert_eq!(sandbox.todos().await.len(), 2);
}
