//! A BzCtrl that does not answer: todos are held back before their key is claimed, but for one at a time, until it does.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use crate::world::{Answer, Page, World, incident};

/// So many at a time meet a BzCtrl that hangs.
const HANGING: u32 = 8;
/// What opens it, in a row.
const FAILURES: u32 = 5;
/// From then on until one is tried.
const PAUSE: Duration = Duration::from_secs(5);

async fn health(world: &World, path: &str) -> Answer {
    Answer::to(world.http.get(format!("http://{}{path}", world.relay.health_address().unwrap()))).await
}

/// Whether it is told that todos are held back: by metric and by health, which is ready all the same.
async fn is_held_back(world: &World) -> bool {
    let (metrics, ready) = (health(world, "/metrics").await.text, health(world, "/readyz").await);
    assert_eq!(ready.status, 200);
    let told = ready.text.contains("BzCtrl does not answer the account default: todos are held back of demo, other");
    let is = |value: u8| metrics.contains(&format!("upstream_held_back{{account=\"default\"}} {value}\n"));
    assert!(is(told.into()), "{}", ready.text);
    told
}

#[track_caller]
fn is_refused(answer: &Answer) {
    assert_eq!(answer.problem(), (503, "upstream-unavailable"), "{answer:?}");
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=30).contains(&seconds), "{seconds}");
}

/// So many todos that end without an answer.
async fn fail(world: &World, page: &Page, fault: &str, times: u32) {
    world.sandbox.faults("add-task", json!(fault), times).await;
    for _ in 0..times {
        let answer = page.submit(&page.new_key(), &incident("Seal broken")).await;
        assert_eq!(answer.problem(), (504, "outcome-unknown"), "{fault}");
    }
}

#[tokio::test]
async fn a_bzctrl_that_hangs_is_sent_no_more_but_one_at_a_time_until_it_answers() {
    let world = World::new().await;
    let page = world.page().await;
    let (known, todo) = (page.new_key(), incident("Seal broken"));
    let created = page.submit(&known, &todo).await;
    world.sandbox.faults("add-task", json!("silence"), HANGING).await;
    let mut posts = JoinSet::new();
    for _ in 0..HANGING {
        posts.spawn(page.request(&page.new_key()).json(&todo).send());
    }
    let sent = 1 + HANGING as usize;
    while world.sandbox.sends().await.len() < sent {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The clients go, and the sends stay.
    posts.shutdown().await;
    assert!(!is_held_back(&world).await);
    while !health(&world, "/metrics").await.text.contains(&format!("keys{{state=\"unknown\"}} {HANGING}\n")) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(is_held_back(&world).await);

    let waiting = [page.new_key(), page.new_key()];
    for key in &waiting {
        is_refused(&page.submit(key, &todo).await);
    }
    let again = page.submit(&known, &todo).await;
    assert_eq!((again.status, &again.text), (201, &created.text), "what is known is told");
    assert_eq!(world.sandbox.sends().await.len(), sent, "nothing is sent");
    let metrics = health(&world, "/metrics").await.text;
    for (state, count) in [("unknown", HANGING), ("created", 1), ("free", 0), ("sending", 0)] {
        assert!(metrics.contains(&format!("keys{{state=\"{state}\"}} {count}\n")), "nothing is claimed: {metrics}");
    }

    // One is tried, however many ask, and its answer lets all through.
    tokio::time::sleep(PAUSE).await;
    world.sandbox.fault("add-task", json!({ "delay": { "ms": 800 } })).await;
    let [first, second] = &waiting;
    let later = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        page.submit(second, &todo).await
    };
    let (first, later) = tokio::join!(page.submit(first, &todo), later);
    assert_eq!(first.status, 201, "{first:?}");
    is_refused(&later);
    assert!(!is_held_back(&world).await);
    assert_eq!(page.submit(second, &todo).await.status, 201);
    assert_eq!(world.sandbox.todos().await.len(), 3);
}

#[tokio::test]
async fn a_reload_lets_all_through_at_once() {
    let world = World::new().await;
    let page = world.page().await;
    fail(&world, &page, "close-before-reading", FAILURES).await;
    let key = page.new_key();
    is_refused(&page.submit(&key, &incident("Seal broken")).await);
    // Also by a file that is not right.
    world.relay.reload(bzctrl_relay::config::Config::read("", [])).unwrap_err();
    assert!(!is_held_back(&world).await);
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.status, 201);
}

#[tokio::test]
async fn an_answer_between_them_whatever_it_says_keeps_it_closed() {
    let world = World::new().await;
    let page = world.page().await;
    for code in [500, 400, 429, 409] {
        fail(&world, &page, "half-answer", FAILURES - 1).await;
        world.sandbox.fault("add-task", json!({ "status": { "code": code, "body": "json" } })).await;
        page.submit(&page.new_key(), &incident("Seal broken")).await;
    }
    assert!(!is_held_back(&world).await);
}

#[tokio::test]
async fn a_gateway_that_finds_nobody_behind_it_is_no_answer_of_bzctrls() {
    let world = World::new().await;
    let page = world.page().await;
    for code in [502, 503, 504, 502, 503] {
        assert!(!is_held_back(&world).await);
        world.sandbox.fault("add-task", json!({ "status": { "code": code, "body": "html" } })).await;
        let answer = page.submit(&page.new_key(), &incident("Seal broken")).await;
        assert_eq!(answer.problem(), (504, "outcome-unknown"));
    }
    assert!(is_held_back(&world).await);
}

#[tokio::test]
async fn a_probe_that_fails_is_unknown_and_the_others_wait_on() {
    let world = World::new().await;
    let page = world.page().await;
    fail(&world, &page, "close-after-storing", FAILURES).await;
    tokio::time::sleep(PAUSE).await;
    fail(&world, &page, "close-after-storing", 1).await;
    let refused = page.submit(&page.new_key(), &incident("Seal broken")).await;
    is_refused(&refused);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > PAUSE.as_secs(), "the pause has grown");
}
