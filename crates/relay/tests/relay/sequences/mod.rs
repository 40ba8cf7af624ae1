//! The twelve sequences in which an earlier wording of the protocol made two todos, lost one, or said something false. The model
//! (`tests/model`) finds such; here each is told once more with the real relay, the real store, and the sandbox.
//!
//! Of the twelve, the fourth and the tenth want a replica and two relays for their whole story: `several` tells it, where there is a
//! PostgreSQL; the others tell it as far as one file goes.
//! The twelfth, a captive portal's 200 HTML, is the widget's: `src/form/answer.rs`, `src/form/tests` and the journeys tell it; what the
//! relay adds is that the same key is asked again.

mod epochs;
mod operators;
mod restored;
mod several;

use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::world::{Answer, ORIGIN, Page, Sandbox, World, client, incident};

const ORDER: &str = "ORDER%20777";

/// Posts, and goes away before the answer; until BzCtrl has made the todo.
async fn post_and_lose_the_answer(sandbox: &Sandbox, page: &Page, key: &str, todo: &Value) {
    sandbox.fault("add-task", json!({ "delay": { "ms": 300 } })).await;
    let before = sandbox.todos().await.len();
    let asked = tokio::time::timeout(Duration::from_millis(100), page.submit(key, todo)).await;
    assert!(asked.is_err(), "it has gone before the answer");
    while sandbox.todos().await.len() == before {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What the relay lists of the order: each state, with the link.
async fn listed(world: &World, page: &Page) -> Vec<(String, Value)> {
    let request = world.http.get(world.url(&format!("/v1/tasks?orderID={ORDER}"))).header("origin", ORIGIN);
    let answer = Answer::to(request.header("authorization", format!("Bearer {}", page.token))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let tasks = answer.json["tasks"].as_array().unwrap();
    tasks.iter().map(|task| (task["state"].as_str().unwrap().to_owned(), task["taskLink"].clone())).collect()
}

/// A key that is unknown.
async fn unknown(world: &World, page: &Page, todo: &Value) -> String {
    let key = page.new_key();
    world.sandbox.fault("add-task", json!("close-after-storing")).await;
    assert_eq!(page.submit(&key, todo).await.problem(), (504, "outcome-unknown"));
    key
}

#[tokio::test]
async fn third_what_meets_a_refusal_after_a_lost_answer_is_decided_by_its_key_alone() {
    let world = World::new().await;
    let page = world.page().await;
    let (key, todo) = (page.new_key(), incident("Seal broken"));
    post_and_lose_the_answer(&world.sandbox, &page, &key, &todo).await;

    let mut stranger = copy_of(&page, &world);
    stranger.token = "v4.local.nobodys".to_owned();
    assert_eq!(stranger.submit(&key, &todo).await.problem(), (401, "token-invalid"));
    let foreign = page.request(&key).header("origin", "https://evil.example").json(&todo);
    assert_eq!(Answer::to(foreign).await.status, 403);
    let store = Connection::open(world.folder.path().join("relay.sqlite")).unwrap();
    store.execute_batch("BEGIN IMMEDIATE").unwrap();
    // What is known is told while nothing can be written; and a body that is too large does not hide it.
    let too_large = page.request(&key).header("content-type", "application/json").body("x".repeat(300 * 1024));
    assert_eq!(Answer::to(too_large).await.header("idempotency-replayed"), "true");
    store.execute_batch("ROLLBACK").unwrap();

    // The edit goes under the same key, which says what became of it.
    let edited = page.submit(&key, &incident("Seal broken at gate 4")).await;
    assert_eq!((edited.problem(), &edited.json["outcome"]), ((422, "key-reused"), &json!("created")));
    assert_eq!(page.submit(&key, &todo).await.header("idempotency-replayed"), "true");
    assert_eq!(world.sandbox.sends().await.len(), 1);
}

/// Another page of the same tenant and token answer.
fn copy_of(page: &Page, world: &World) -> Page {
    let json = json!({ "access_token": page.token, "key_epoch": page.epoch });
    Page::of(world.relay.address(), &Answer { status: 200, headers: Default::default(), text: String::new(), json })
}

#[tokio::test]
async fn fifth_a_first_copy_that_arrives_after_the_edit_is_told_of_its_outcome() {
    let world = World::with("requests_per_minute = 2").await;
    // The page's token is one of the two.
    let page = world.page().await;
    assert_eq!(page.submit(&page.new_key(), &incident("another")).await.status, 201);
    let key = page.new_key();
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.problem(), (429, "rate-limited"));
    let world = world.restart().await;
    let page = copy_of(&page, &world);
    let edited = page.submit(&key, &incident("Seal broken at gate 4")).await;
    assert_eq!(edited.status, 201);
    let late = page.submit(&key, &incident("Seal broken")).await;
    assert_eq!((late.problem(), &late.json["outcome"]), ((422, "key-reused"), &json!("created")));
    assert_eq!(late.json["taskLink"], edited.json["taskLink"]);
    assert_eq!(world.sandbox.todos().await.len(), 2);
}

#[tokio::test]
async fn sixth_what_was_replaced_by_one_that_was_not_sent_stays_listed_as_maybe_existing() {
    let world = World::new().await;
    let page = world.page().await;
    let todo = incident("Seal broken");
    let old = unknown(&world, &page, &todo).await;
    let new = page.new_key();
    world.sandbox.fault("add-task", json!({ "status": { "code": 429, "body": "json" } })).await;
    assert_eq!(page.submit_again(&new, &old, &todo).await.problem(), (503, "upstream-unavailable"));
    assert_eq!(listed(&world, &page).await, [("unknown".to_owned(), Value::Null)]);
    assert_eq!(page.submit(&old, &todo).await.problem(), (410, "key-replaced"));

    // The same new key goes on, named or not; a third one is not sent.
    assert_eq!(page.submit_again(&page.new_key(), &old, &todo).await.problem(), (410, "key-replaced"));
    assert_eq!(page.submit(&new, &todo).await.status, 201);
    let states: Vec<_> = listed(&world, &page).await.into_iter().map(|(state, _)| state).collect();
    assert_eq!(states, ["created", "unknown"]);
    assert_eq!(world.sandbox.todos().await.len(), 2, "the user has been told that there may be two");
}

#[tokio::test]
async fn eighth_what_the_replaced_key_stands_for_decides_whether_the_new_one_is_sent() {
    let world = World::new().await;
    let page = world.page().await;
    let todo = incident("Seal broken");

    // One that is being sent: nothing is sent beside it.
    world.sandbox.fault("add-task", json!({ "delay": { "ms": 600 } })).await;
    let (sending, new) = (page.new_key(), page.new_key());
    let (first, replacing) = tokio::join!(page.submit(&sending, &todo), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        page.submit_again(&new, &sending, &todo).await
    });
    assert_eq!((first.status, replacing.problem()), (201, (409, "in-progress")));
    // One that was created: its own answer.
    let again = page.submit_again(&new, &sending, &todo).await;
    assert_eq!((again.status, &again.text, again.header("idempotency-replayed")), (201, &first.text, "true"));
    assert_eq!(world.sandbox.todos().await.len(), 1);

    // Another tenant's: nothing is marked, and nothing is told of it.
    let theirs = unknown(&world, &page, &incident("another")).await;
    let stranger = Page::open_at(world.relay.address(), "https://other.example").await;
    assert_eq!(stranger.submit(&theirs, &incident("another")).await.problem(), (410, "key-unknown"));
    assert_eq!(stranger.submit_again(&stranger.new_key(), &theirs, &incident("another")).await.status, 201);
    assert_eq!(page.submit(&theirs, &incident("another")).await.problem(), (504, "outcome-unknown"));

    // One that never came: it is barred, and comes late in vain.
    let (never_came, new) = (page.new_key(), page.new_key());
    assert_eq!(page.submit_again(&new, &never_came, &todo).await.status, 201);
    assert_eq!(page.submit(&never_came, &todo).await.problem(), (410, "key-replaced"));
    assert_eq!(world.sandbox.todos().await.len(), 4);
}

#[tokio::test]
async fn eleventh_a_claim_that_the_store_did_not_answer_is_no_409_for_ever() {
    let world = World::new().await;
    let page = world.page().await;
    let (key, todo) = (page.new_key(), incident("Seal broken"));
    let other = Connection::open(world.folder.path().join("relay.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(page.submit(&key, &todo).await.problem(), (503, "store-unavailable"));
    other.execute_batch("ROLLBACK").unwrap();
    // It may have been committed after all: then it is written free as soon as the store answers.
    let mut answer = page.submit(&key, &todo).await;
    for _ in 0..20 {
        if answer.status == 201 {
            break;
        }
        assert!(matches!(answer.problem(), (409 | 503, _)), "{answer:?}");
        tokio::time::sleep(Duration::from_millis(250)).await;
        answer = page.submit(&key, &todo).await;
    }
    assert_eq!(answer.status, 201);
    assert_eq!(world.sandbox.sends().await.len(), 1);
}

#[tokio::test]
async fn twelfth_what_a_portal_has_answered_in_the_relays_place_is_asked_again_under_the_same_key() {
    let world = World::new().await;
    let page = world.page().await;
    let (key, todo) = (page.new_key(), incident("Seal broken"));
    // A portal that leads the request on, and answers with its own page.
    let portal = axum::Router::new().fallback(|| async { axum::response::Html("<html>Sign in to the network</html>") });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move { axum::serve(listener, portal).await.unwrap() });
    let at_portal = client().post(format!("http://{address}/v1/tasks")).json(&todo).send().await.unwrap();
    assert_eq!(at_portal.status(), 200, "it says nothing of the todo");
    serving.abort();
    post_and_lose_the_answer(&world.sandbox, &page, &key, &todo).await;
    let again = page.submit(&key, &todo).await;
    assert!(again.status == 201 || again.problem() == (409, "in-progress"), "{again:?}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(page.submit(&key, &todo).await.header("idempotency-replayed"), "true");
    assert_eq!(world.sandbox.todos().await.len(), 1);
}
