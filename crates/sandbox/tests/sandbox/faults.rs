//! Each fault, as a client on the other end of the wire sees it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, time::timeout};

use crate::running::{ADD_TASK, FORM, RIGHT_FORM, Running, SAMPLE, TOKEN, until_closed};

fn headers(token: &str) -> String {
    format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\n")
}

#[tokio::test]
async fn a_status_comes_with_the_body_that_was_asked_for_and_stores_nothing() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    for (body, content_type, part) in [
        ("json", Some("application/json"), "\"status\":502"),
        ("html", Some("text/html; charset=utf-8"), "<h1>502 Bad Gateway</h1>"),
        ("empty", None, ""),
    ] {
        sandbox.next("add-task", json!({ "status": { "code": 502, "body": body } })).await;
        let answer = sandbox.create(&token, SAMPLE).await;
        assert_eq!(answer.status(), 502);
        assert_eq!(answer.headers().get("content-type").map(|it| it.to_str().unwrap()), content_type);
        let text = answer.text().await.unwrap();
        assert!(text.contains(part) && text.is_empty() == part.is_empty(), "{text}");
    }
    sandbox.next("token", json!({ "status": { "code": 500, "body": "json" } })).await;
    let answer: Value = sandbox.ask_for_token(RIGHT_FORM).await.json().await.unwrap();
    assert!(answer["error_description"].is_string());
    assert!(sandbox.todos().await.is_empty());
}

#[tokio::test]
async fn a_delayed_todo_is_stored_though_its_client_has_gone() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    sandbox.next("add-task", json!({ "delay": { "ms": 300 } })).await;
    let started = Instant::now();
    assert_eq!(sandbox.create(&token, SAMPLE).await.status(), 200);
    assert!(started.elapsed() >= Duration::from_millis(300));

    sandbox.next("add-task", json!({ "delay": { "ms": 300 } })).await;
    let gone = sandbox.add_task(&token, SAMPLE).timeout(Duration::from_millis(100)).send().await;
    assert!(gone.unwrap_err().is_timeout());
    assert_eq!(sandbox.todos().await.len(), 1);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(sandbox.todos().await.len(), 2);
}

#[tokio::test]
async fn closed_before_reading_answers_nothing_stores_nothing_and_has_no_body_on_record() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    sandbox.next("add-task", json!("close-before-reading")).await;
    let mut stream = sandbox.connection(ADD_TASK, &headers(&token), SAMPLE).await;
    assert_eq!(until_closed(&mut stream).await, "");
    assert!(sandbox.todos().await.is_empty());
    let record = sandbox.requests().await.pop().unwrap();
    assert_eq!((&record["body"], &record["status"]), (&json!(""), &Value::Null));
}

#[tokio::test]
async fn closed_after_storing_answers_nothing_and_has_stored() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    sandbox.next("add-task", json!("close-after-storing")).await;
    let mut stream = sandbox.connection(ADD_TASK, &headers(&token), SAMPLE).await;
    assert_eq!(until_closed(&mut stream).await, "");
    assert_eq!(sandbox.todos().await.len(), 1);
    let record = sandbox.requests().await.pop().unwrap();
    assert_eq!((&record["body"], &record["status"]), (&json!(SAMPLE), &Value::Null));

    sandbox.next("token", json!("close-after-storing")).await;
    let form = format!("content-type: {FORM}\r\n");
    let mut stream = sandbox.connection(TOKEN, &form, RIGHT_FORM).await;
    assert_eq!(until_closed(&mut stream).await, "");
}

#[tokio::test]
async fn half_an_answer_announces_more_than_it_sends() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    sandbox.next("add-task", json!("half-answer")).await;
    let mut stream = sandbox.connection(ADD_TASK, &headers(&token), SAMPLE).await;
    let seen = until_closed(&mut stream).await;
    let (head, body) = seen.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"));
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let length: usize = length.parse().unwrap();
    assert_eq!(body.len(), length / 2);
    assert!(body.starts_with("{\"title\":\"Potential"));
    assert_eq!(sandbox.todos().await.len(), 1);

    sandbox.next("add-task", json!("half-answer")).await;
    let answer = sandbox.create(&token, SAMPLE).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.is_err());
}

#[tokio::test]
async fn silence_lasts_until_the_client_goes_and_stores_nothing() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    sandbox.next("add-task", json!("silence")).await;
    let mut stream = sandbox.connection(ADD_TASK, &headers(&token), SAMPLE).await;
    assert!(timeout(Duration::from_millis(500), stream.read_u8()).await.is_err());
    drop(stream);
    assert!(sandbox.todos().await.is_empty());
    let record = sandbox.requests().await.pop().unwrap();
    assert_eq!((&record["body"], &record["status"]), (&json!(SAMPLE), &Value::Null));
    assert_eq!(sandbox.create(&token, SAMPLE).await.status(), 200);
}

#[tokio::test]
async fn a_link_can_be_missing_or_one_that_nobody_may_open() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    sandbox.next("add-task", json!("no-task-link")).await;
    sandbox.next("add-task", json!("javascript-link")).await;
    let without: Value = sandbox.create(&token, SAMPLE).await.json().await.unwrap();
    assert_eq!(without.get("taskLink"), None);
    assert_eq!(without["title"], "Potential Customs claim");
    let script: Value = sandbox.create(&token, SAMPLE).await.json().await.unwrap();
    assert!(script["taskLink"].as_str().unwrap().starts_with("javascript:"));
    assert_eq!(sandbox.todos().await.len(), 2);
}

#[tokio::test]
async fn an_expired_and_a_revoked_bearer_are_refused_and_stay_so() {
    let sandbox = Running::start().await;
    for (fault, told) in [("expired-token", "expired"), ("revoked-token", "revoked")] {
        let token = sandbox.token().await;
        assert_eq!(sandbox.create(&token, SAMPLE).await.status(), 200);
        sandbox.next("add-task", json!(fault)).await;
        let answer = sandbox.create(&token, SAMPLE).await;
        assert_eq!(answer.status(), 401);
        assert!(answer.text().await.unwrap().contains(told));
        assert_eq!(sandbox.create(&token, SAMPLE).await.status(), 401);
        assert_eq!(sandbox.create(&sandbox.token().await, SAMPLE).await.status(), 200);
    }
}

#[tokio::test]
async fn each_place_takes_its_own_faults_in_order_as_often_as_asked() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    let status = |code: u16| json!({ "status": { "code": code, "body": "empty" } });
    let queued = sandbox
        .queue(json!([
            { "at": "add-task", "fault": status(500), "times": 2 },
            { "at": "token", "fault": status(501) },
            { "at": "add-task", "fault": status(502) },
        ]))
        .await;
    assert_eq!(queued.json::<Value>().await.unwrap().as_array().unwrap().len(), 3);
    for expected in [500, 500, 502, 200] {
        assert_eq!(sandbox.create(&token, SAMPLE).await.status(), expected);
    }
    let left = json!([{ "at": "token", "fault": status(501), "times": 1 }]);
    assert_eq!(sandbox.get("/sandbox/faults").await, left);
    assert_eq!(sandbox.ask_for_token(RIGHT_FORM).await.status(), 501);
    assert_eq!(sandbox.get("/sandbox/faults").await, json!([]));
}

#[tokio::test]
async fn a_queue_that_makes_no_sense_is_refused_whole_and_told_what_there_is() {
    let sandbox = Running::start().await;
    let good = json!({ "at": "add-task", "fault": "silence" });
    for (bad, told) in [
        (json!({ "at": "add-task", "fault": "earthquake" }), "unknown variant `earthquake`"),
        (json!({ "at": "nowhere", "fault": "silence" }), "unknown variant `nowhere`"),
        (json!({ "at": "token", "fault": "no-task-link" }), "entry 1: this fault happens at \"add-task\" only"),
        (json!({ "at": "add-task", "fault": { "expires-in": { "seconds": 1 } } }), "at \"token\" only"),
        (json!({ "at": "token", "fault": { "status": { "code": 99, "body": "json" } } }), "200 to 599"),
        (json!({ "at": "token", "fault": { "delay": { "seconds": 1 } } }), "unknown field `seconds`"),
        (json!({ "at": "token", "fault": "silence", "times": 0 }), "nonzero"),
        (json!({ "at": "token", "fault": "silence", "time": 2 }), "unknown field `time`"),
    ] {
        let answer = sandbox.queue(json!([good, bad])).await;
        assert_eq!(answer.status(), 400);
        let body: Value = answer.json().await.unwrap();
        assert!(body["error"].as_str().unwrap().contains(told), "{body}");
        let names = body["faults"].to_string();
        for name in [
            "status",
            "delay",
            "close-before-reading",
            "close-after-storing",
            "half-answer",
            "silence",
            "no-task-link",
            "javascript-link",
            "expired-token",
            "revoked-token",
            "expires-in",
        ] {
            assert!(names.contains(name), "{name} is not listed");
        }
    }
    assert_eq!(sandbox.get("/sandbox/faults").await, json!([]));
}

#[tokio::test]
async fn the_faults_that_are_listed_can_be_queued() {
    let sandbox = Running::start().await;
    let listed: Value = sandbox.queue(json!([{ "at": "token", "fault": "?" }])).await.json().await.unwrap();
    for fault in listed["faults"].as_array().unwrap() {
        let at = if fault.get("expires-in").is_some() { "token" } else { "add-task" };
        sandbox.next(at, fault.clone()).await;
    }
}
