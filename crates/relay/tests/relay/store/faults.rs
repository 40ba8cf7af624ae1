//! The file is held by another program, is gone, or takes nothing any more.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::json;
use tokio::task::JoinSet;

use crate::program::Program;
use crate::world::{Answer, Page, Sandbox, World, client, incident, settings};

async fn readiness(world: &World) -> (u16, String) {
    let answer = Answer::to(client().get(format!("http://{}/readyz", world.relay.health_address().unwrap()))).await;
    (answer.status, answer.text)
}

#[tokio::test]
async fn while_another_program_holds_the_file_nobody_waits_long_and_what_is_known_is_told() {
    let world = World::new().await;
    let page = world.page().await;
    let known = page.new_key();
    assert_eq!(page.submit(&known, &incident("Seal broken")).await.status, 201);
    let other = Connection::open(world.folder.path().join("relay.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let keys: Vec<_> = (0..8).map(|_| page.new_key()).collect();
    let posts = keys.iter().map(|key| async {
        let began = Instant::now();
        let answer = page.submit(key, &incident("Seal broken")).await;
        (answer.problem().1.to_owned(), began.elapsed())
    });
    let beside = async {
        let began = Instant::now();
        let (status, says) = readiness(&world).await;
        assert_eq!((status, &*says), (503, "the store does not answer\n"));
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        let began = Instant::now();
        assert_eq!(page.submit(&known, &incident("Seal broken")).await.header("idempotency-replayed"), "true");
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    };
    let (posts, ()) = tokio::join!(futures_util::future::join_all(posts), beside);
    for (code, took) in posts {
        assert_eq!(code, "store-unavailable");
        assert!(took < Duration::from_secs(4), "{took:?}");
    }
    other.execute_batch("ROLLBACK").unwrap();
    for key in keys {
        assert_eq!(page.submit(&key, &incident("Seal broken")).await.status, 201);
    }
    assert_eq!(readiness(&world).await.0, 200);
    assert_eq!(world.sandbox.sends().await.len(), 9);
}

#[tokio::test]
async fn on_a_log_that_is_cut_off_it_is_not_ready_for_nothing_that_it_holds_can_be_read() {
    let world = World::new().await;
    let page = world.page().await;
    for _ in 0..3 {
        assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    }
    assert_eq!(readiness(&world).await.0, 200);
    std::fs::File::options()
        .write(true)
        .open(world.folder.path().join("relay.sqlite-wal"))
        .unwrap()
        .set_len(0)
        .unwrap();
    for _ in 0..3 {
        assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.problem(), (503, "store-unavailable"));
        assert_eq!(readiness(&world).await, (503, "the store does not answer\n".to_owned()));
    }
    assert_eq!(world.sandbox.sends().await.len(), 3);
}

#[tokio::test]
async fn when_the_file_is_taken_away_nothing_is_claimed_any_more() {
    let world = World::new().await;
    let page = world.page().await;
    let (file, away) = (world.folder.path().join("relay.sqlite"), world.folder.path().join("away"));
    std::fs::rename(&file, &away).unwrap();
    for put_there in [false, true] {
        if put_there {
            std::fs::copy(&away, &file).unwrap();
        }
        let answer = page.submit(&page.new_key(), &incident("Seal broken")).await;
        assert_eq!(answer.problem(), (503, "store-unavailable"));
        assert_eq!(readiness(&world).await.0, 503);
    }
    assert_eq!(world.sandbox.sends().await.len(), 0);
    std::fs::rename(&away, &file).unwrap();
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    assert_eq!(readiness(&world).await.0, 200);
}

#[tokio::test]
async fn on_a_disk_that_takes_nothing_more_it_is_not_ready_and_what_it_knows_is_stored_later() {
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    // Else the system would end it at the limit, which stands for the disk's here.
    let words = ["env", "--ignore-signal=XFSZ"];
    let program = Program::started_by(&words, &folder, &settings(sandbox.address, &folder, ""), "info");
    let page = Page::open(program.address).await;
    let limit = |bytes: &str| {
        let process = program.id().to_string();
        let set = Command::new("prlimit").args(["--pid", &process, &format!("--fsize={bytes}:unlimited")]).status();
        assert!(set.unwrap().success());
    };
    let (key, todo) = (page.new_key(), incident("Seal broken"));
    sandbox.fault("add-task", json!({ "delay": { "ms": 500 } })).await;
    // The disk is full while the todo is with BzCtrl.
    let full = async {
        while sandbox.sends().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        limit("1024");
    };
    let (answer, ()) = tokio::join!(page.submit(&key, &todo), full);
    println!("{}", program.log());
    assert_eq!(answer.status, 201, "it is told as it is");
    assert_eq!(program.readiness().await, (503, "the store does not answer\n".to_owned()));
    assert_eq!(page.submit(&page.new_key(), &todo).await.problem(), (503, "store-unavailable"));
    assert_eq!(page.submit(&key, &todo).await.problem(), (409, "in-progress"), "it is read all the same");
    limit("unlimited");
    for _ in 0..100 {
        if page.submit(&key, &todo).await.status == 201 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(page.submit(&key, &todo).await.header("idempotency-replayed"), "true");
    assert_eq!(program.readiness().await.0, 200);
    assert_eq!(sandbox.sends().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bzctrl_that_hangs_holds_a_bounded_number_and_the_others_are_told_before_anything_is_claimed() {
    const MOST: usize = 256;
    let world = World::new().await;
    let page = Arc::new(world.page().await);
    let known = page.new_key();
    assert_eq!(page.submit(&known, &incident("known")).await.status, 201);
    world.sandbox.faults("add-task", json!({ "delay": { "ms": 10000 } }), u32::try_from(MOST).unwrap()).await;
    let mut clients = JoinSet::<()>::new();
    for _ in 0..MOST {
        let page = Arc::clone(&page);
        clients.spawn(async move {
            let key = page.new_key();
            // A machine that does much else may have to be asked twice.
            loop {
                drop(page.request(&key).json(&incident("Seal broken")).send().await);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
    }
    for _ in 0..300 {
        if world.sandbox.sends().await.len() == MOST + 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // The clients go, and the sends do not end by that.
    clients.shutdown().await;
    let key = page.new_key();
    let answer = page.submit(&key, &incident("Seal broken")).await;
    assert_eq!(answer.problem(), (429, "rate-limited"));
    assert_eq!(answer.header("retry-after"), "2");
    assert_eq!(world.sandbox.sends().await.len(), MOST + 1);
    // Whoever asks for something else waits for none of them.
    let began = Instant::now();
    assert_eq!(page.submit(&known, &incident("known")).await.header("idempotency-replayed"), "true");
    let order = world.http.get(world.url("/v1/tasks?orderID=ORDER%20777")).bearer_auth(&page.token);
    assert_eq!(Answer::to(order).await.json["tasks"].as_array().map(Vec::len), Some(1));
    assert_eq!(world.ask_token().await.status, 200);
    assert_eq!(readiness(&world).await.0, 200);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let mut status = 429;
    for _ in 0..200 {
        if status == 201 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        status = page.submit(&key, &incident("Seal broken")).await.status;
    }
    assert_eq!(status, 201, "its key is as free as before");
    assert_eq!(world.sandbox.sends().await.len(), MOST + 2);
}

#[tokio::test]
async fn when_the_file_is_taken_away_for_good_nothing_waits_for_it_the_log_says_so_once_and_the_end_is_quick() {
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    let program = Program::of(&folder, &settings(sandbox.address, &folder, ""), "info");
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    std::fs::remove_file(folder.path().join("relay.sqlite")).unwrap();
    for _ in 0..5 {
        assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.problem(), (503, "store-unavailable"));
        assert_eq!(program.readiness().await.0, 503);
    }
    let metrics = program.health("/metrics").await.1;
    for series in ["results_not_stored 0", "sends_under_way 0"] {
        assert!(metrics.contains(&format!("bzctrl_relay_{series}\n")), "{series}: {metrics}");
    }
    let began = Instant::now();
    let log = folder.path().join("log");
    program.end().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let log = std::fs::read_to_string(log).unwrap();
    assert_eq!(log.matches("the store does not answer").count(), 1, "{log}");
    assert!(log.contains("is not there any more"), "{log}");
    assert_eq!(sandbox.sends().await.len(), 1);
}

#[tokio::test]
async fn a_result_that_cannot_be_stored_before_the_end_is_said_and_keeps_the_end_for_seconds_alone() {
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    let program = Program::of(&folder, &settings(sandbox.address, &folder, ""), "info");
    let page = Page::open(program.address).await;
    sandbox.fault("add-task", json!({ "delay": { "ms": 500 } })).await;
    let key = page.new_key();
    let todo = incident("Seal broken");
    let removed = async {
        while sandbox.sends().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        std::fs::remove_file(folder.path().join("relay.sqlite")).unwrap();
    };
    let (answer, ()) = tokio::join!(page.submit(&key, &todo), removed);
    assert_eq!(answer.status, 201, "it is told as it is");
    assert!(program.health("/metrics").await.1.contains("bzctrl_relay_results_not_stored 1\n"));
    let began = Instant::now();
    let log = folder.path().join("log");
    assert_eq!(program.ended().await.code(), Some(1));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let log = std::fs::read_to_string(log).unwrap();
    assert_eq!(log.matches("a result is lost with the end").count(), 1, "{log}");
    assert_eq!(log.matches("a result cannot be stored").count(), 1, "{log}");
}
