//! What goes wrong between the relay and BzCtrl, and what the page is told: each fault of the sandbox.

use bzctrl_relay::config::Config;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::world::{Answer, PASSWORD, Page, Sandbox, World, incident, settings};

/// Submits while add-task has this fault, and again after it; the answers of both.
async fn after(fault: Value) -> (World, [Answer; 2]) {
    let world = World::new().await;
    let page = world.page().await;
    let key = page.new_key();
    world.sandbox.fault("add-task", fault).await;
    let first = page.submit(&key, &incident("Seal broken")).await;
    let second = page.submit(&key, &incident("Seal broken")).await;
    (world, [first, second])
}

#[tokio::test]
async fn an_outcome_that_nobody_can_know_is_kept_and_never_sent_again() {
    let faults = [
        json!("close-before-reading"),
        json!("close-after-storing"),
        json!("half-answer"),
        json!({ "status": { "code": 500, "body": "json" } }),
        json!({ "status": { "code": 502, "body": "html" } }),
        json!({ "status": { "code": 503, "body": "empty" } }),
        json!({ "status": { "code": 200, "body": "html" } }),
        json!({ "status": { "code": 204, "body": "empty" } }),
        json!({ "status": { "code": 302, "body": "empty" } }),
        json!({ "status": { "code": 409, "body": "json" } }),
    ];
    for fault in faults {
        let (world, [first, second]) = after(fault.clone()).await;
        assert_eq!(first.problem(), (504, "outcome-unknown"), "{fault}");
        assert_eq!(second.problem(), (504, "outcome-unknown"), "{fault}");
        assert_eq!(world.sandbox.sends().await.len(), 1, "{fault}");
    }
}

#[tokio::test]
async fn silence_is_unknown_after_fifteen_seconds() {
    let (world, [first, second]) = after(json!("silence")).await;
    assert_eq!(first.problem(), (504, "outcome-unknown"));
    assert_eq!(second.problem(), (504, "outcome-unknown"));
    assert_eq!(world.sandbox.sends().await.len(), 1);
}

#[tokio::test]
async fn a_definite_no_is_told_with_its_reason_and_replayed() {
    for code in [400, 403, 404, 422, 301, 308] {
        let (world, [first, second]) = after(json!({ "status": { "code": code, "body": "json" } })).await;
        for answer in [&first, &second] {
            assert_eq!(answer.problem(), (502, "upstream-rejected"), "{code}");
            assert_eq!(answer.json["upstream"]["status"], code);
            assert!(!answer.json["upstream"]["reason"].as_str().unwrap().is_empty(), "{answer:?}");
        }
        assert_eq!(world.sandbox.sends().await.len(), 1);
    }
    let (_, [page, _]) = after(json!({ "status": { "code": 403, "body": "html" } })).await;
    assert_eq!(page.json["upstream"]["reason"], "", "a proxy's page is no reason");
}

#[tokio::test]
async fn a_workspace_that_bzctrl_does_not_know_is_its_definite_no() {
    let world = World::new().await;
    let page = world.page().await;
    let mut todo = incident("Seal broken");
    todo["domainWorkSpace"] = json!("EXA-CON-BUS-UNKNOWN");
    let answer = page.submit(&page.new_key(), &todo).await;
    assert_eq!(answer.problem(), (502, "upstream-rejected"));
}

#[tokio::test]
async fn created_without_a_usable_link_is_created() {
    for fault in [json!("no-task-link"), json!("javascript-link")] {
        let (world, [first, second]) = after(fault).await;
        assert_eq!((first.status, second.status), (201, 201), "{first:?}");
        assert_eq!(first.text, second.text);
        assert_eq!(first.json["title"], "Seal broken");
        assert_eq!(world.sandbox.todos().await.len(), 1);
    }
}

#[tokio::test]
async fn too_many_requests_is_not_sent_and_the_same_key_may_try_again() {
    let (world, [first, second]) = after(json!({ "status": { "code": 429, "body": "empty" } })).await;
    assert_eq!(first.problem(), (503, "upstream-unavailable"));
    assert!(first.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(second.status, 201);
    assert_eq!(second.header("idempotency-replayed"), "");
    assert_eq!(world.sandbox.todos().await.len(), 1);
}

#[tokio::test]
async fn a_token_that_bzctrl_no_longer_takes_is_renewed_once_unseen() {
    for fault in ["expired-token", "revoked-token"] {
        let (world, [first, _]) = after(json!(fault)).await;
        assert_eq!(first.status, 201, "{fault}: {first:?}");
        assert_eq!(world.sandbox.logins().await.len(), 2);
        assert_eq!(world.sandbox.sends().await.len(), 2);
        assert_eq!(world.sandbox.todos().await.len(), 1);
    }
}

#[tokio::test]
async fn bzctrl_that_is_down_is_not_sent_and_comes_back() {
    let world = World::new().await;
    let page = world.page().await;
    let key = page.new_key();
    world.sandbox.fault("token", json!({ "status": { "code": 503, "body": "html" } })).await;
    let answer = page.submit(&key, &incident("Seal broken")).await;
    assert_eq!(answer.problem(), (503, "upstream-unavailable"));
    assert_eq!(world.sandbox.sends().await.len(), 0);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.status, 201);
}

#[tokio::test]
async fn a_refused_connection_is_not_sent() {
    let world = World::new().await;
    let page = world.page().await;
    // With a token at hand, so that it is add-task that is not reached.
    assert_eq!(page.submit(&page.new_key(), &incident("first")).await.status, 201);
    let World { sandbox, relay: _relay, folder: _folder, .. } = world;
    drop(sandbox);
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    let answer = page.submit(&page.new_key(), &incident("second")).await;
    assert_eq!(answer.problem(), (503, "upstream-unavailable"), "{answer:?}");
}

#[tokio::test]
async fn a_tls_handshake_that_fails_is_not_sent() {
    let sandbox = Sandbox::start().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let settings = settings(sandbox.address, &folder, "");
    let add_task = format!("task_endpoint = \"http://{}", sandbox.address);
    let encrypted = settings.replace(&add_task, &add_task.replace("http:", "https:"));
    assert_ne!(settings, encrypted);
    let relay = bzctrl_relay::start(Config::read(&encrypted, []).unwrap()).await.unwrap();
    let page = Page::open(relay.address()).await;
    let answer = page.submit(&page.new_key(), &incident("Seal broken")).await;
    assert_eq!(answer.problem(), (503, "upstream-unavailable"), "the sandbox speaks no TLS");
    assert_eq!(sandbox.logins().await.len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let sandbox = Sandbox::start().await;
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = elsewhere.local_addr().unwrap();
    let target = format!("http://{}/bzctrl-core-api/api/v1/task/add-task", sandbox.address);
    let answer = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
    let redirecting = tokio::spawn(async move {
        let (mut connection, _) = elsewhere.accept().await.unwrap();
        let mut request = vec![0; 8192];
        assert!(connection.read(&mut request).await.unwrap() > 0);
        connection.write_all(answer.as_bytes()).await.unwrap();
        connection
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let settings = settings(sandbox.address, &folder, "");
    let wrong = settings.replace(
        &format!("task_endpoint = \"http://{}", sandbox.address),
        &format!("task_endpoint = \"http://{address}"),
    );
    let relay = bzctrl_relay::start(Config::read(&wrong, []).unwrap()).await.unwrap();
    let page = Page::open(relay.address()).await;
    let answer = page.submit(&page.new_key(), &incident("Seal broken")).await;
    assert_eq!(answer.problem(), (502, "upstream-rejected"), "the address is wrong");
    assert_eq!(answer.json["upstream"]["status"], 307);
    assert_eq!(sandbox.sends().await.len(), 0);
    redirecting.await.unwrap();
}
