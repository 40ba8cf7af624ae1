//! What no handler ever sees: requests that hyper and axum refuse by themselves. They are problems too, and short in the log.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{Answer, World};

/// Says this to a relay, and reads until the connection ends.
async fn say(address: SocketAddr, words: &[u8]) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    // The relay may have closed before it has read all.
    let _ = connection.write_all(words).await;
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[track_caller]
fn problem_of(answer: &str) -> Value {
    let (head, body) = answer.rsplit_once("\r\n\r\n").expect("an answer");
    let head = head.to_ascii_lowercase();
    for told in ["\r\ncontent-type: application/problem+json", "\r\ncache-control: no-store", "\r\nx-request-id: "] {
        assert!(head.contains(told), "{told} is not in\n{head}");
    }
    let problem: Value = serde_json::from_str(body).unwrap();
    assert!(head.starts_with(&format!("http/1.1 {} ", problem["status"])), "{answer}");
    let code = problem["code"].as_str().unwrap();
    assert!(problem["type"].as_str().unwrap().ends_with(&format!("/problems/{code}")), "{problem}");
    problem
}

#[tokio::test]
async fn what_is_no_request_is_a_problem() {
    let world = World::new().await;
    let long = |text: &str| text.repeat(10_000);
    for words in [
        "this is no request\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "GET /\u{7f} HTTP/1.1\r\nhost: relay\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nhost: relay\r\nna me: value\r\n\r\n".to_owned(),
        "POST /v1/tasks HTTP/1.1\r\nhost: relay\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n".to_owned(),
        "POST /v1/tasks HTTP/1.1\r\nhost: relay\r\ntransfer-encoding: zip\r\n\r\n".to_owned(),
        format!("GET /{} HTTP/1.1\r\nhost: relay\r\n\r\n", "a".repeat(65_534)),
        format!("GET / HTTP/1.1\r\nhost: relay\r\n{}\r\n", "name: value\r\n".repeat(200)),
    ] {
        for address in [world.relay.address(), world.relay.health_address().unwrap()] {
            let problem = problem_of(&say(address, words.as_bytes()).await);
            assert_eq!(problem["code"], "invalid-request", "{problem}");
        }
    }
    let metrics = world.http.get(format!("http://{}/metrics", world.relay.health_address().unwrap()));
    let counted = r#"requests_total{route="other",method="other",tenant="-",status="400",code="invalid-request"} 8"#;
    let metrics = Answer::to(metrics).await.text;
    assert!(metrics.contains(counted), "{counted} is not in\n{metrics}");
    // One that was read is answered before it.
    let two = format!("GET /{} HTTP/1.1\r\nhost: relay\r\n\r\nno request\r\n\r\n", long("a/"));
    let answer = say(world.relay.address(), two.as_bytes()).await;
    let (first, second) = answer.split_once("HTTP/1.1 400").expect("two answers");
    assert_eq!(problem_of(first)["code"], "not-found");
    assert_eq!(problem_of(&format!("HTTP/1.1 400{second}"))["code"], "invalid-request");
}

#[tokio::test]
async fn every_address_and_method_is_answered_in_our_own_words() {
    let world = World::new().await;
    let letters = "a".repeat(5_000);
    for (method, target, code) in [
        ("GET", "/problems/%ff", "not-found"),
        ("GET", "/problems/%2e%2e", "not-found"),
        ("GET", &*format!("/problems/{letters}"), "not-found"),
        ("GET", &*format!("/widget/0.1.0/{letters}"), "not-found"),
        ("GET", &*format!("/{letters}"), "not-found"),
        ("GET", "/widget", "not-found"),
        ("GET", "/%00", "not-found"),
        ("POST", "/widget/v1/bzctrl.js", "method-not-allowed"),
        ("DELETE", "/problems/internal", "method-not-allowed"),
        ("TRACE", "/problems/internal", "method-not-allowed"),
        ("OPTIONS", "*", "not-found"),
        ("CONNECT", "elsewhere.example:443", "not-found"),
        ("GET", "http://elsewhere.example/", "not-found"),
        ("GET", "/v1/tasks", "token-invalid"),
    ] {
        let words = format!("{method} {target} HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n");
        let problem = problem_of(&say(world.relay.address(), words.as_bytes()).await);
        assert_eq!(problem["code"], code, "{method} {target}");
    }
    let health = world.relay.health_address().unwrap();
    let answer = Answer::to(world.http.get(format!("http://{health}/elsewhere"))).await;
    assert_eq!(answer.problem(), (404, "not-found"));
    assert_eq!(Answer::to(world.http.post(format!("http://{health}/healthz"))).await.problem().1, "method-not-allowed");
}

#[tokio::test]
async fn nothing_that_a_client_says_makes_a_long_line_in_the_log() {
    let (_sandbox, folder, program) = crate::program::started().await;
    let (long, method) = ("x".repeat(60_000), "X".repeat(8_000));
    for words in [
        format!("GET /{long} HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n"),
        format!("GET /widget/0.1.0/{long} HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n"),
        format!("{method} / HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n"),
        format!("GET /v1/tasks?{long} HTTP/1.1\r\nhost: {long}\r\norigin: {long}\r\nconnection: close\r\n\r\n"),
        format!(
            "POST /v1/token HTTP/1.1\r\nhost: relay\r\nauthorization: {long}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ),
        format!("GET / HTTP/1.1\r\nna me: {long}\r\n\r\n"),
    ] {
        problem_of(&say(program.address, words.as_bytes()).await);
    }
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let longest = log.lines().map(str::len).max().unwrap();
    assert!(log.lines().count() > 6 && longest < 1_000, "{longest} letters in a line");
}
