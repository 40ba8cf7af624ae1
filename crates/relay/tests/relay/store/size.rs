//! A store of many keys: the start does not read them.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::program::Program;
use crate::world::{Page, Sandbox, incident};

/// What a process has asked to read so far, wherever it came from.
fn read_bytes(process: u32) -> u64 {
    let told = std::fs::read_to_string(format!("/proc/{process}/io")).unwrap();
    told.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_store_of_many_keys_that_was_closed_in_order_is_not_read_at_the_start() {
    const KEYS: u32 = 60_000;
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    let program = Program::with_filter(&folder, &sandbox, "warn");
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    let of_few = read_bytes(program.id());
    let file = folder.path().join("relay.sqlite");
    Connection::open(&file)
        .unwrap()
        .execute_batch(&format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {KEYS})
             INSERT INTO keys (key, epoch, state, claim, tenant, identity, digest, todo_type, title, order_id, answer,
                 task_link, claimed_at)
             SELECT printf('%s.%032x', epoch, 1000000 + i), epoch, state, claim, tenant, identity, digest, todo_type, title,
                 'ORDER ' || i, answer, task_link, claimed_at FROM keys, n"
        ))
        .unwrap();
    program.end().await;
    assert!(std::fs::metadata(&file).unwrap().len() > 20_000_000);

    let began = Instant::now();
    let program = Program::with_filter(&folder, &sandbox, "warn");
    let took = began.elapsed();
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    let of_many = read_bytes(program.id());
    assert!(of_many < of_few + 1_000_000, "{of_few} bytes at first, {of_many} with {KEYS} keys");
    // On a machine that does much else; `cargo xtask bench relay` has the real figure.
    assert!(took < Duration::from_secs(2), "{took:?}");
}
