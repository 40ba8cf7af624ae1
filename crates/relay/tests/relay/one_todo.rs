//! At most one todo per key.

use std::time::Duration;

use serde_json::json;

use crate::world::{Answer, World, incident};

#[tokio::test]
async fn a_todo_arrives_as_sent_and_its_answer_is_bzctrls_own() {
    let world = World::new().await;
    let page = world.page().await;
    // The documented sample's members in another order: on the wire they are in the documented one.
    let body = r#"{"title":"“Seal” broken <b>\n","orderID":"ORDER 777","domainWorkSpace":"EXA-CON-BUS-WOR","todoType":"INCIDENT",
        "status":"IN PROGRESS","description":"Řada\nzwei\tдва","assignee":"a@example.com","reporter":"b@example.com","financialImpact":"123577"}"#;
    let body = body.replace("\\n\"", "\"");
    let request = page.request(&page.new_key()).header("content-type", "application/json; charset=utf-8").body(body);
    let answer = Answer::to(request).await;
    assert_eq!((answer.status, answer.header("content-type")), (201, "application/json"), "{answer:?}");
    assert_eq!(answer.header("idempotency-replayed"), "");

    let sends = world.sandbox.sends().await;
    assert_eq!(
        sends[0]["body"],
        "{\"todoType\":\"INCIDENT\",\"domainWorkSpace\":\"EXA-CON-BUS-WOR\",\"title\":\"“Seal” broken <b>\",\
         \"description\":\"Řada\\nzwei\\tдва\",\"financialImpact\":\"123577\",\"status\":\"IN PROGRESS\",\
         \"assignee\":\"a@example.com\",\"reporter\":\"b@example.com\",\"orderID\":\"ORDER 777\"}"
    );
    let headers = sends[0]["headers"].as_object().unwrap();
    let mut names: Vec<_> = headers.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "authorization", "content-length", "content-type", "host"], "built from scratch");
    let todos = world.sandbox.todos().await;
    assert_eq!(answer.json["taskLink"], todos[0]["taskLink"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_simultaneous_posts_with_one_key_make_one_todo() {
    let world = World::new().await;
    let page = std::sync::Arc::new(world.page().await);
    world.sandbox.fault("add-task", json!({ "delay": { "ms": 300 } })).await;
    let key = page.new_key();
    let posts: Vec<_> = (0..100)
        .map(|_| {
            let (page, key) = (page.clone(), key.clone());
            tokio::spawn(async move { page.submit(&key, &incident("Seal broken")).await })
        })
        .collect();
    let mut created = 0;
    for post in posts {
        let answer = post.await.unwrap();
        match answer.status {
            201 => created += 1,
            409 => {
                assert_eq!(answer.problem(), (409, "in-progress"));
                assert_eq!(answer.header("retry-after"), "1");
            }
            other => panic!("{other}: {answer:?}"),
        }
    }
    assert!(created >= 1);
    assert_eq!(world.sandbox.sends().await.len(), 1);
    assert_eq!(world.sandbox.todos().await.len(), 1);
    assert_eq!(world.sandbox.logins().await.len(), 1);
}

#[tokio::test]
async fn a_created_key_is_replayed_to_the_byte_also_after_a_restart() {
    let world = World::new().await;
    let page = world.page().await;
    let key = page.new_key();
    let first = page.submit(&key, &incident("Seal broken")).await;
    assert_eq!(first.status, 201);
    let again = page.submit(&key, &incident("Seal broken")).await;
    let world = world.restart().await;
    let page = world.page().await;
    let after = page.submit(&key, &incident("Seal broken")).await;
    for replay in [again, after] {
        assert_eq!((replay.status, &replay.text), (201, &first.text));
        assert_eq!(replay.header("idempotency-replayed"), "true");
    }
    assert_eq!(world.sandbox.sends().await.len(), 1);
}

#[tokio::test]
async fn reporter_and_assignee_may_differ_in_a_replay_and_nothing_else() {
    let world = World::new().await;
    let page = world.page().await;
    let key = page.new_key();
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.status, 201);
    let mut reloaded = incident("Seal broken");
    reloaded["reporter"] = json!("another@example.com");
    reloaded["assignee"] = json!("third@example.com");
    assert_eq!(page.submit(&key, &reloaded).await.status, 201);
    let other = page.submit(&key, &incident("Seal missing")).await;
    assert_eq!(other.problem(), (422, "key-reused"));
    assert_eq!(other.json["outcome"], "created");
    assert_eq!(other.json["taskLink"], world.sandbox.todos().await[0]["taskLink"]);
}

#[tokio::test]
async fn a_page_that_goes_away_does_not_cut_a_send_in_half() {
    let world = World::new().await;
    let page = world.page().await;
    let key = page.new_key();
    world.sandbox.fault("add-task", json!({ "delay": { "ms": 400 } })).await;
    let gone = page.request(&key).json(&incident("Seal broken")).timeout(Duration::from_millis(100)).send().await;
    assert!(gone.is_err());
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.problem(), (409, "in-progress"));
    tokio::time::sleep(Duration::from_millis(600)).await;
    let replay = page.submit(&key, &incident("Seal broken")).await;
    assert_eq!((replay.status, replay.header("idempotency-replayed")), (201, "true"));
    assert_eq!(world.sandbox.sends().await.len(), 1);
}
