//! What no handler ever sees: requests that hyper and axum refuse by themselves. They are problems too, and short in the log.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{Answer, ORIGIN, World};

/// Says all of this to a relay, whatever that answers meanwhile, and reads until the connection ends.
async fn say(address: SocketAddr, words: &[u8]) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(words).await.expect("it is read to its end");
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.expect("the answer is not lost");
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
    assert!(head.starts_with("http/1.") && head[8..].starts_with(&format!(" {} ", problem["status"])), "{answer}");
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

/// Spellings of an address that one reader takes for another, each of them of nothing that there is.
const ODD: [&str; 38] = [
    "/%2e",
    "/%2e%2e/v1/token",
    "/..",
    "/../v1/token",
    "/v1/../v1/token",
    "/v1/%2e%2e/v1/token",
    "/v1/..%2ftoken",
    "/v1%2ftoken",
    "/v1%2Ftoken",
    "/v1%5ctoken",
    "/v1/%5c..%5ctoken",
    "/v1\\token",
    "//v1/token",
    "/v1//token",
    "///",
    "//evil.example/v1/token",
    "/v1/token/",
    "/v1/token;",
    "/v1;x=y/token",
    "/v1/token;jsessionid=1",
    "/v1/token%3f",
    "/v1/token%23",
    "/v1/token%00",
    "/v1/token%0d%0ax:y",
    "/v1/token%20",
    "/v1/token%",
    "/v1/token%zz",
    "/V1/token",
    "/v1/Token",
    "/v1/t%6fken",
    "/%c0%ae%c0%ae/",
    "/%c0%af",
    "/%e0%80%af",
    "/%ff%fe",
    "/%uff0e",
    "/widget/v1/%2e%2e/%2e%2e/password",
    "/widget/..%5c..%5cpassword",
    "/problems/%2e%2e%2fopenapi.json",
];

#[tokio::test]
async fn an_address_in_another_spelling_is_no_address_of_ours() {
    let world = World::new().await;
    let health = world.relay.health_address().unwrap();
    for target in ODD {
        for method in ["GET", "POST", "HEAD"] {
            let words = format!("{method} {target} HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n");
            for address in [world.relay.address(), health] {
                let answer = say(address, words.as_bytes()).await;
                if method == "HEAD" {
                    let head = answer.to_ascii_lowercase();
                    assert!(head.starts_with("http/1.1 4") && head.contains("application/problem+json"), "{answer}");
                    continue;
                }
                let problem = problem_of(&answer);
                let code = problem["code"].as_str().unwrap();
                assert!(
                    ["not-found", "method-not-allowed", "invalid-request", "origin-denied"].contains(&code),
                    "{method} {target}: {problem}"
                );
            }
        }
    }
}

#[tokio::test]
async fn every_form_of_a_request_is_answered_by_a_problem_of_ours() {
    let (_sandbox, folder, program) = crate::program::started().await;
    let long = "x".repeat(60_000);
    let names: String = (0..90).map(|at| format!("x-{at}: {}\r\n", "y".repeat(600))).collect();
    let close = "host: relay\r\nconnection: close\r\n";
    let chunked = format!(
        "POST /v1/token HTTP/1.1\r\n{close}origin: {ORIGIN}\r\nx-bzctrl-widget: 1\r\n\
         content-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let mut faults = Vec::new();
    for (words, code) in [
        ("GET /problems/ HTTP/1.1\r\nconnection: close\r\n\r\n".to_owned(), "invalid-request"),
        (format!("GET /problems/ HTTP/1.1\r\n{close}host: relay\r\n\r\n"), "invalid-request"),
        (chunked.replace("chunked", "gzip, chunked") + "1\r\nx\r\n0\r\n\r\n", "invalid-request"),
        (chunked.replace("chunked", "chunked, chunked") + "0\r\n\r\n", "invalid-request"),
        (format!("GET http://relay/v1/nothing HTTP/1.1\r\n{close}\r\n"), "not-found"),
        (format!("POST http://relay/v1/nothing HTTP/1.1\r\n{close}\r\n"), "origin-denied"),
        (format!("GET http://user:canary-password@relay/nothing HTTP/1.1\r\n{close}\r\n"), "not-found"),
        (format!("GET https://relay/nothing HTTP/1.1\r\n{close}\r\n"), "not-found"),
        (format!("GET ftp://relay/nothing HTTP/1.1\r\n{close}\r\n"), "not-found"),
        (format!("GET http:///nothing HTTP/1.1\r\n{close}\r\n"), "invalid-request"),
        (format!("GET nothing HTTP/1.1\r\n{close}\r\n"), "not-found"),
        (format!("GET ?token=canary-query HTTP/1.1\r\n{close}\r\n"), "invalid-request"),
        (format!("GET * HTTP/1.1\r\n{close}\r\n"), "not-found"),
        (format!("OPTIONS * HTTP/1.1\r\n{close}\r\n"), "not-found"),
        (format!("CONNECT relay:443 HTTP/1.1\r\n{close}\r\n"), "not-found"),
        (format!("CONNECT / HTTP/1.1\r\n{close}\r\n"), "not-found"),
        (format!("TRACE /v1/token HTTP/1.1\r\n{close}\r\n"), "origin-denied"),
        (format!("PUT /widget/v1/bzctrl.js HTTP/1.1\r\n{close}\r\n"), "method-not-allowed"),
        (format!("PROPFIND /problems/ HTTP/1.1\r\n{close}\r\n"), "method-not-allowed"),
        (format!("get /problems/ HTTP/1.1\r\n{close}\r\n"), "method-not-allowed"),
        (format!("M-SEARCH!#$%&'*+.^_`|~ /problems/ HTTP/1.1\r\n{close}\r\n"), "method-not-allowed"),
        (format!("G\u{e9}T / HTTP/1.1\r\n{close}\r\n"), "invalid-request"),
        (format!("GET  / HTTP/1.1\r\n{close}\r\n"), "invalid-request"),
        (format!("GET /a b HTTP/1.1\r\n{close}\r\n"), "invalid-request"),
        (format!("GET /\u{9b}2J\u{202e}canary HTTP/1.1\r\n{close}\r\n"), "not-found"),
        (format!("GET /v1/token?token=canary-query HTTP/1.1\r\n{close}\r\n"), "token-invalid"),
        (format!("GET /v1/token%3Ftoken=canary-query HTTP/1.1\r\n{close}\r\n"), "not-found"),
        (format!("GET /v1/{} HTTP/1.1\r\n{close}\r\n", "canary-segment".repeat(4)), "not-found"),
        (format!("GET / HTTP/1.1\r\n{close}x: {long}\r\n\r\n"), "not-found"),
        (format!("GET / HTTP/1.1\r\n{close}{names}\r\n"), "not-found"),
        (format!("GET / HTTP/1.1\r\n{close}{}: y\r\n\r\n", "x".repeat(60_000)), "not-found"),
        (format!("GET / HTTP/1.1\r\n{close}x: {}\r\n\r\n", long.repeat(10)), "invalid-request"),
        (
            format!("GET / HTTP/1.1\r\n{close}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
            "not-found",
        ),
        (format!("GET / HTTP/1.1\r\n{close} folded: y\r\n\r\n"), "invalid-request"),
        (format!("GET / HTTP/1.1\r\n{close}x: a\0b\r\n\r\n"), "invalid-request"),
        (format!("{chunked}zz\r\n"), "invalid-request"),
        (format!("{chunked}-1\r\nx"), "invalid-request"),
        (format!("{chunked}\r\n\r\n"), "invalid-request"),
        (format!("{chunked}ffffffffffffffffff\r\nx"), "invalid-request"),
        (format!("{chunked}1;{long}\r\nx\r\n0\r\n\r\n"), "invalid-request"),
        (format!("{chunked}1\r\nxx\r\n0\r\n\r\n"), "invalid-request"),
        (format!("{chunked}0\r\n{}\r\n", "x: y\r\n".repeat(2_000)), "invalid-request"),
        ("GET /nothing HTTP/1.0\r\n\r\n".to_owned(), "not-found"),
        ("GET /nothing\r\n".to_owned(), "invalid-request"),
        ("GET /nothing\r\n\r\n".to_owned(), "invalid-request"),
        ("GET / HTTP/0.9\r\n\r\n".to_owned(), "invalid-request"),
        ("GET / HTTP/2.0\r\n\r\n".to_owned(), "invalid-request"),
        ("GET / HTTP/1.2\r\n\r\n".to_owned(), "invalid-request"),
        ("GET / HTTP/11\r\n\r\n".to_owned(), "invalid-request"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0".to_owned(), "invalid-request"),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}".to_owned(), "invalid-request"),
        ("\0\0\0\0\0\0\0\0".to_owned(), "invalid-request"),
    ] {
        let answer = say(program.address, words.as_bytes()).await;
        let shown: String = words.chars().take(80).collect();
        if answer.is_empty() {
            faults.push(format!("{shown:?} is not answered"));
        } else if problem_of(&answer)["code"] != code {
            faults.push(format!("{shown:?} {code}: {answer}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let longest = log.lines().map(str::len).max().unwrap();
    assert!(log.lines().count() > 20 && longest < 1_000, "{longest} letters in a line");
    for secret in ["canary", "\u{9b}", "\u{202e}", "\\u"] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_told_so_on_every_route_however_it_is_sent() {
    let world = World::new().await;
    let page = world.page().await;
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let todo = format!(
        "content-type: application/json\r\nauthorization: Bearer {}\r\nidempotency-key: {}\r\n",
        page.token,
        page.new_key()
    );
    let of = |origin: &str| format!("host: relay\r\norigin: {origin}\r\nx-bzctrl-widget: 1\r\n");
    let [ours, foreign] = [ORIGIN, "https://evil.example"].map(of);
    for (head, code) in [
        (format!("POST /v1/token HTTP/1.1\r\n{ours}{form}"), "too-large"),
        (format!("POST /v1/tasks HTTP/1.1\r\n{ours}{todo}"), "too-large"),
        (format!("POST /v1/token HTTP/1.1\r\n{foreign}{form}"), "origin-denied"),
        (format!("POST /v1/tasks HTTP/1.1\r\n{foreign}{todo}"), "origin-denied"),
        (format!("POST /v1/tasks HTTP/1.1\r\n{ours}{form}"), "token-invalid"),
        (format!("POST /v1/token HTTP/1.1\r\n{ours}content-type: text/plain\r\n"), "wrong-media-type"),
        (format!("POST /v1/nothing HTTP/1.1\r\n{ours}"), "not-found"),
        (format!("POST /nothing HTTP/1.1\r\n{ours}"), "not-found"),
        (format!("POST /widget/v1/bzctrl.js HTTP/1.1\r\n{ours}"), "method-not-allowed"),
        (format!("PUT /problems/ HTTP/1.1\r\n{ours}"), "method-not-allowed"),
        (format!("POST /openapi.json HTTP/1.1\r\n{ours}"), "method-not-allowed"),
    ] {
        for size in [300 * 1024, 1024 * 1024, 6 * 1024 * 1024] {
            let body = "assertion=".to_owned() + &"x".repeat(size);
            let announced = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
            let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
            for words in [announced, chunked] {
                let answer = say(world.relay.address(), words.as_bytes()).await;
                assert_eq!(problem_of(&answer)["code"], code, "{size}: {head}");
                assert!(answer.to_ascii_lowercase().contains("\r\nconnection: close\r\n"), "{answer}");
            }
        }
    }
    let health = world.relay.health_address().unwrap();
    let words =
        format!("POST /healthz HTTP/1.1\r\nhost: relay\r\ncontent-length: 1000000\r\n\r\n{}", "x".repeat(1_000_000));
    assert_eq!(problem_of(&say(health, words.as_bytes()).await)["code"], "method-not-allowed");
}

#[tokio::test]
async fn who_never_ends_is_not_heard_out_for_ever() {
    let world = World::new().await;
    let mut connection = TcpStream::connect(world.relay.address()).await.unwrap();
    let head = "POST /nothing HTTP/1.1\r\nhost: relay\r\ncontent-length: 1000000000\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let (mut sent, began) = (0, std::time::Instant::now());
    while connection.write_all(&[b'x'; 64 * 1024]).await.is_ok() {
        sent += 64 * 1024;
        assert!(sent < 100 << 20, "it is read without end");
    }
    // And who sends nothing more, and does not close either, for two seconds.
    let mut idle = TcpStream::connect(world.relay.address()).await.unwrap();
    idle.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    idle.read_to_end(&mut answer).await.unwrap();
    let (mut ended, began_idle) = (false, std::time::Instant::now());
    while !ended && began_idle.elapsed().as_secs() < 6 {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        ended = idle.write_all(b"x").await.is_err();
    }
    assert!(ended && began.elapsed().as_secs() < 20, "{:?}", began_idle.elapsed());
}
