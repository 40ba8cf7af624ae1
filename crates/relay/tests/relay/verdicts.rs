//! What goes wrong between the relay and BzCtrl, and what the page is told: each fault of the sandbox.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bzctrl_relay::Running;
use bzctrl_relay::config::Config;
use serde_json::{Value, json};
use tempfile::TempDir;
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
    tokio::time::sleep(Duration::from_millis(1100)).await;
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
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let answer = page.submit(&page.new_key(), &incident("second")).await;
    assert_eq!(answer.problem(), (503, "upstream-unavailable"), "{answer:?}");
}

/// A relay whose add-task is elsewhere than the sandbox, where the tokens are.
async fn relay_with_add_task_at(base: &str, sandbox: &Sandbox) -> (Running, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let add_task = "task_endpoint = \"";
    let settings = settings(sandbox.address, &folder, "")
        .replace(&format!("{add_task}http://{}", sandbox.address), &format!("{add_task}{base}"));
    assert!(settings.contains(base));
    (bzctrl_relay::start(Config::read(&settings, []).unwrap()).await.unwrap(), folder)
}

/// A BzCtrl that says what no fault of the sandbox says. It counts its connections.
pub(crate) async fn answering<A: Into<Vec<u8>> + Send>(
    answer: impl Fn(&str) -> A + Send + Sync + 'static,
) -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (connections, answer) = (Arc::new(AtomicU32::new(0)), Arc::new(answer));
    let count = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 8192];
                while let Ok(length @ 1..) = connection.read(&mut request).await {
                    let answer = answer(std::str::from_utf8(&request[..length]).unwrap()).into();
                    connection.write_all(&answer).await.unwrap();
                }
            });
        }
    });
    (base, connections)
}

#[tokio::test]
async fn a_tls_handshake_that_fails_is_not_sent() {
    let sandbox = Sandbox::start().await;
    let (relay, _folder) = relay_with_add_task_at(&format!("https://{}", sandbox.address), &sandbox).await;
    let page = Page::open(relay.address()).await;
    let answer = page.submit(&page.new_key(), &incident("Seal broken")).await;
    assert_eq!(answer.problem(), (503, "upstream-unavailable"), "the sandbox speaks no TLS");
    assert_eq!(sandbox.logins().await.len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let sandbox = Sandbox::start().await;
    let target = format!("http://{}/bzctrl-core-api/api/v1/task/add-task", sandbox.address);
    let redirect = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
    let (base, _) = answering(move |_| redirect.clone()).await;
    let (relay, _folder) = relay_with_add_task_at(&base, &sandbox).await;
    let page = Page::open(relay.address()).await;
    let answer = page.submit(&page.new_key(), &incident("Seal broken")).await;
    assert_eq!(answer.problem(), (502, "upstream-rejected"), "the address is wrong");
    assert_eq!(answer.json["upstream"]["status"], 307);
    assert_eq!(sandbox.sends().await.len(), 0);
}

#[tokio::test]
async fn a_reason_that_repeats_the_token_reaches_the_page_without_it() {
    let sandbox = Sandbox::start().await;
    let (base, _) = answering(|request| {
        let (_, token) = request.split_once("Bearer ").unwrap();
        let body = format!(r#"{{"message":"No rights for {}"}}"#, token.split_whitespace().next().unwrap());
        format!("HTTP/1.1 403 Forbidden\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    })
    .await;
    let (relay, _folder) = relay_with_add_task_at(&base, &sandbox).await;
    let page = Page::open(relay.address()).await;
    let answer = page.submit(&page.new_key(), &incident("Seal broken")).await;
    assert_eq!(answer.problem(), (502, "upstream-rejected"));
    assert_eq!(answer.json["upstream"]["reason"], "No rights for …");
}

#[tokio::test]
async fn a_send_takes_no_connection_that_was_idle_for_two_seconds() {
    let sandbox = Sandbox::start().await;
    let created = r#"{"taskLink":"https://www.bzctrl.com/app/#/todo/1"}"#;
    let created = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{created}", created.len());
    let (base, connections) = answering(move |_| created.clone()).await;
    let (relay, _folder) = relay_with_add_task_at(&base, &sandbox).await;
    let page = Page::open(relay.address()).await;
    for (pause, expected) in [(0, 1), (500, 1), (2300, 2)] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
        assert_eq!(connections.load(Ordering::Relaxed), expected, "after {pause} ms");
    }
}
