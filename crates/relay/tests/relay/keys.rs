//! What a key's row says, and in which order a request is checked.

use serde_json::{Value, json};

use crate::world::{Answer, Page, World, incident};

#[tokio::test]
async fn a_key_that_is_not_of_the_form_is_refused() {
    let world = World::new().await;
    let page = world.page().await;
    let hex = "0".repeat(32);
    for key in ["", "x", &hex, &format!("{}.0", page.epoch), &format!("{}.{}", page.epoch, "G".repeat(32))] {
        assert_eq!(page.submit(key, &incident("x")).await.problem(), (400, "key-invalid"), "{key}");
    }
    let good = page.new_key();
    let bare = page.submit_again(&good, "nonsense", &incident("x")).await;
    assert_eq!(bare.problem(), (400, "key-invalid"));
    assert_eq!(
        page.submit_again(&good, &good, &incident("x")).await.problem(),
        (400, "key-invalid"),
        "a key does not replace itself"
    );
    let missing = world.post("/v1/tasks").bearer_auth(&page.token).json(&incident("x"));
    assert_eq!(Answer::to(missing).await.problem(), (400, "key-invalid"));
    assert_eq!(world.sandbox.sends().await.len(), 0);
}

#[tokio::test]
async fn a_key_of_an_epoch_that_the_store_has_not_is_unknown() {
    let world = World::new().await;
    let page = world.page().await;
    let key = format!("another-epoch.{}", "0".repeat(32));
    assert_eq!(page.submit(&key, &incident("x")).await.problem(), (410, "key-unknown"));
    assert_eq!(world.sandbox.sends().await.len(), 0);
}

#[tokio::test]
async fn the_body_is_checked_to_the_letter() {
    let world = World::new().await;
    let page = world.page().await;
    let mut todo = incident("");
    todo["financialImpact"] = json!(12);
    todo["result"] = json!("done");
    todo["color"] = json!("red");
    todo["lrn"] = json!("725\u{200b}462");
    let answer = page.submit(&page.new_key(), &todo).await;
    assert_eq!(answer.problem(), (400, "invalid-task"));
    let errors = answer.json["errors"].as_array().unwrap();
    assert!(errors.iter().any(|error| error["field"] == "lrn" && error["code"] == "untidy"), "{errors:?}");
    let mut fields: Vec<_> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    fields.dedup();
    assert_eq!(fields, ["color", "financialImpact", "lrn", "result", "title"]);

    let send = |body: &'static str, media_type: &'static str| {
        let request = page.request(&page.new_key()).header("content-type", media_type).body(body);
        async move { Answer::to(request).await }
    };
    assert_eq!(send("{}", "text/plain").await.problem(), (415, "wrong-media-type"));
    assert_eq!(send("{", "application/json").await.problem(), (400, "invalid-request"));
    assert_eq!(send("[]", "application/json").await.problem(), (400, "invalid-request"));
    let large = page.request(&page.new_key()).header("content-type", "application/json").body("x".repeat(300 * 1024));
    assert_eq!(Answer::to(large).await.problem(), (413, "too-large"));
    assert_eq!(world.sandbox.sends().await.len(), 0);
}

#[tokio::test]
async fn a_refused_body_leaves_its_key_to_the_corrected_one() {
    let world = World::new().await;
    let page = world.page().await;
    let key = page.new_key();
    assert_eq!(page.submit(&key, &incident("")).await.problem(), (400, "invalid-task"));
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.status, 201);
}

#[tokio::test]
async fn a_workspace_outside_the_tenants_list_is_denied_before_the_body_is_judged() {
    let world = World::new().await;
    let page = world.page().await;
    let mut todo = incident("");
    todo["domainWorkSpace"] = json!("SOMEBODY-ELSES");
    assert_eq!(page.submit(&page.new_key(), &todo).await.problem(), (403, "workspace-denied"));
    assert_eq!(world.sandbox.sends().await.len(), 0);
}

#[tokio::test]
async fn a_known_state_is_told_before_anything_of_this_request() {
    let world = World::new().await;
    let page = world.page().await;
    let key = page.new_key();
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.status, 201);
    let mut elsewhere = incident("Seal broken");
    elsewhere["domainWorkSpace"] = json!("SOMEBODY-ELSES");
    assert_eq!(page.submit(&key, &elsewhere).await.problem(), (422, "key-reused"));
    // Where the body cannot be read there is nothing to compare, and the row speaks all the same.
    let bodies: [(&str, String); 3] = [
        ("application/json", "{".to_owned()),
        ("text/plain", String::new()),
        ("application/json", "x".repeat(300 * 1024)),
    ];
    for (media_type, body) in bodies {
        let answer = Answer::to(page.request(&key).header("content-type", media_type).body(body)).await;
        assert_eq!((answer.status, answer.header("idempotency-replayed")), (201, "true"));
    }
}

#[tokio::test]
async fn another_content_is_told_what_became_of_the_first() {
    let world = World::new().await;
    let page = world.page().await;
    for (fault, outcome) in [
        (json!({ "status": { "code": 400, "body": "json" } }), "rejected"),
        (json!("close-after-storing"), "unknown"),
        (json!({ "delay": { "ms": 400 } }), "in-progress"),
    ] {
        world.sandbox.fault("add-task", fault).await;
        let key = page.new_key();
        let (content, other_content) = (incident("one"), incident("two"));
        let first = page.submit(&key, &content);
        let other = async {
            if outcome == "in-progress" {
                tokio::time::sleep(std::time::Duration::from_millis(150)).await;
                Some(page.submit(&key, &other_content).await)
            } else {
                None
            }
        };
        let (_, other) = tokio::join!(first, other);
        let other = match other {
            Some(other) => other,
            None => page.submit(&key, &incident("two")).await,
        };
        assert_eq!(other.problem(), (422, "key-reused"));
        assert_eq!(other.json["outcome"], outcome);
    }
}

/// A key that is unknown.
async fn unknown(world: &World, page: &Page, todo: &Value) -> String {
    world.sandbox.fault("add-task", json!("close-after-storing")).await;
    let key = page.new_key();
    assert_eq!(page.submit(&key, todo).await.problem(), (504, "outcome-unknown"));
    key
}

#[tokio::test]
async fn an_unknown_todo_is_sent_again_knowingly_once() {
    let world = World::new().await;
    let page = world.page().await;
    let todo = incident("Seal broken");
    let old = unknown(&world, &page, &todo).await;
    let new = page.new_key();
    let answer = page.submit_again(&new, &old, &todo).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let replay = page.submit_again(&new, &old, &todo).await;
    assert_eq!((replay.status, replay.header("idempotency-replayed")), (201, "true"));

    // Whoever still has the old key is told of both, and a third key is not sent.
    for answer in [page.submit(&old, &todo).await, page.submit_again(&page.new_key(), &old, &todo).await] {
        assert_eq!(answer.problem(), (410, "key-replaced"));
        assert_eq!(answer.json["outcome"], "unknown");
        assert_eq!(answer.json["replacedBy"]["outcome"], "created");
        assert_eq!(answer.json["replacedBy"]["taskLink"], replay.json["taskLink"]);
    }
    assert_eq!(world.sandbox.sends().await.len(), 2);
}

#[tokio::test]
async fn of_a_key_that_is_known_nothing_is_sent_again_and_its_own_answer_is_given() {
    let world = World::new().await;
    let page = world.page().await;
    let created = page.new_key();
    let first = page.submit(&created, &incident("one")).await;
    let again = page.submit_again(&page.new_key(), &created, &incident("one")).await;
    assert_eq!((again.status, &again.text), (201, &first.text));
    assert_eq!(again.header("idempotency-replayed"), "true");

    world.sandbox.fault("add-task", json!({ "status": { "code": 422, "body": "json" } })).await;
    let rejected = page.new_key();
    assert_eq!(page.submit(&rejected, &incident("two")).await.status, 502);
    let again = page.submit_again(&page.new_key(), &rejected, &incident("two")).await;
    assert_eq!(again.problem(), (502, "upstream-rejected"));

    assert_eq!(world.sandbox.sends().await.len(), 2);
}

#[tokio::test]
async fn a_key_that_nobody_can_vouch_for_is_replaced_without_a_mark() {
    let world = World::new().await;
    let page = world.page().await;
    let lost = format!("lost-epoch.{}", "0".repeat(32));
    assert_eq!(page.submit(&lost, &incident("x")).await.problem(), (410, "key-unknown"));
    assert_eq!(page.submit_again(&page.new_key(), &lost, &incident("x")).await.status, 201);
    assert_eq!(page.submit(&lost, &incident("x")).await.problem(), (410, "key-unknown"));
}

#[tokio::test]
async fn a_key_that_never_came_or_was_not_sent_or_is_not_vouched_for_is_replaced_and_makes_no_todo_when_it_comes_late()
{
    let world = World::new().await;
    let page = world.page().await;
    let never_came = page.new_key();
    let free = page.new_key();
    world.sandbox.fault("add-task", json!({ "status": { "code": 429, "body": "json" } })).await;
    assert_eq!(page.submit(&free, &incident("Seal broken")).await.status, 503);
    let foreign = format!("lost-epoch.{}", &page.new_key()[page.epoch.len() + 1..]);
    for (old, late) in [(never_came, "key-replaced"), (free, "key-replaced"), (foreign, "key-unknown")] {
        let before = world.sandbox.todos().await.len();
        let new = page.new_key();
        assert_eq!(page.submit_again(&new, &old, &incident("Seal broken")).await.status, 201, "{old}");
        assert_eq!(
            page.submit_again(&new, &old, &incident("Seal broken")).await.header("idempotency-replayed"),
            "true"
        );
        let answer = page.submit(&old, &incident("Seal broken")).await;
        assert_eq!(answer.problem(), (410, late));
        assert_eq!(world.sandbox.todos().await.len(), before + 1);
    }
}
