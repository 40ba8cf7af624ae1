//! What only time shows: the limits that a clock alone can reach. The longest tests, so that they stand beside others.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{ORIGIN, World, incident};

#[tokio::test]
async fn silence_is_unknown_after_fifteen_seconds() {
    let world = World::new().await;
    let page = world.page().await;
    let key = page.new_key();
    world.sandbox.fault("add-task", json!("silence")).await;
    for _ in 0..2 {
        let answer = page.submit(&key, &incident("Seal broken")).await;
        assert_eq!(answer.problem(), (504, "outcome-unknown"));
    }
    assert_eq!(world.sandbox.sends().await.len(), 1);
}

#[tokio::test]
async fn a_request_that_dawdles_is_ended() {
    let world = World::new().await;
    let page = world.page().await;
    let head = format!(
        "POST /v1/tasks HTTP/1.1\r\nhost: relay\r\norigin: {ORIGIN}\r\nx-bzctrl-widget: 1\r\nauthorization: Bearer {}\r\n\
         idempotency-key: {}\r\ncontent-type: application/json\r\ncontent-length: 10\r\n",
        page.token,
        page.new_key()
    );
    let dawdle = async |begun: String| {
        let mut connection = TcpStream::connect(world.relay.address()).await.unwrap();
        connection.write_all(begun.as_bytes()).await.unwrap();
        let began = Instant::now();
        let mut answer = Vec::new();
        let read = connection.read_to_end(&mut answer);
        tokio::time::timeout(Duration::from_secs(14), read).await.expect("it is ended").unwrap();
        (String::from_utf8(answer).unwrap(), began.elapsed().as_secs())
    };
    let (headers, body) = tokio::join!(dawdle(head.clone()), dawdle(format!("{head}connection: close\r\n\r\n{{")));
    assert!((4..8).contains(&headers.1), "{headers:?}");
    assert!((9..13).contains(&body.1), "{body:?}");
    // A bare status: to the widget it is a lost answer, and the same key asks again.
    assert!(body.0.starts_with("HTTP/1.1 408 ") && body.0.ends_with("\r\n\r\n"), "{body:?}");
    assert!(body.0.contains(&format!("access-control-allow-origin: {ORIGIN}")), "{body:?}");
}
