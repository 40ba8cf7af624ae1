use bzctrl_sandbox::Options;
use reqwest::{Method, Response};
use serde_json::json;

use crate::running::{ADD_TASK, FORM, RIGHT_FORM, Running, SAMPLE, TOKEN};

const PAGE: &str = "http://localhost:8080";

async fn open_to_a_page() -> Running {
    Running::with(Options { allow_origins: vec![PAGE.parse().unwrap()], ..Options::default() }).await
}

async fn preflight(sandbox: &Running, path: &str, origin: &str, method: &str, headers: &str) -> Response {
    sandbox
        .request(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", headers)
        .send()
        .await
        .unwrap()
}

fn allows(answer: &Response) -> bool {
    answer.headers().keys().any(|name| name.as_str().starts_with("access-control-"))
}

#[tokio::test]
async fn no_page_may_call_unless_an_option_names_its_origin() {
    let sandbox = Running::start().await;
    let answer = preflight(&sandbox, ADD_TASK, PAGE, "POST", "authorization,content-type").await;
    assert_eq!(answer.status(), 403);
    assert!(!allows(&answer));
    let token = sandbox.token().await;
    let answer = sandbox.add_task(&token, SAMPLE).header("origin", PAGE).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(!allows(&answer));
    assert!(answer.text().await.unwrap().contains("--allow-origin"));
    assert!(sandbox.todos().await.is_empty());
}

#[tokio::test]
async fn an_admitted_page_may_send_authorization_and_content_type_and_read_the_answer() {
    let sandbox = open_to_a_page().await;
    let answer = preflight(&sandbox, ADD_TASK, PAGE, "POST", "authorization,content-type").await;
    assert_eq!(answer.status(), 204);
    assert_eq!(answer.headers()["access-control-allow-origin"], PAGE);
    assert_eq!(answer.headers()["access-control-allow-methods"], "POST");
    assert_eq!(answer.headers()["access-control-allow-headers"], "authorization, content-type");
    assert_eq!(answer.headers()["vary"], "Origin");

    let token = sandbox.token().await;
    let created = sandbox.add_task(&token, SAMPLE).header("origin", PAGE).send().await.unwrap();
    assert_eq!(created.status(), 200);
    assert_eq!(created.headers()["access-control-allow-origin"], PAGE);

    let refused = sandbox.add_task(&token, "{}").header("origin", PAGE).send().await.unwrap();
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.headers()["access-control-allow-origin"], PAGE);

    sandbox.next("add-task", json!({ "status": { "code": 503, "body": "json" } })).await;
    let failed = sandbox.add_task(&token, SAMPLE).header("origin", PAGE).send().await.unwrap();
    assert_eq!(failed.status(), 503);
    assert_eq!(failed.headers()["access-control-allow-origin"], PAGE);
}

#[tokio::test]
async fn a_preflight_for_anything_else_is_refused() {
    let sandbox = open_to_a_page().await;
    for (origin, method, headers) in [
        (PAGE, "POST", "authorization,content-type,x-bzctrl-widget"),
        (PAGE, "POST", "idempotency-key"),
        (PAGE, "PUT", "authorization"),
        ("http://localhost:8081", "POST", "authorization"),
        ("null", "POST", "authorization"),
    ] {
        let answer = preflight(&sandbox, ADD_TASK, origin, method, headers).await;
        assert_eq!(answer.status(), 403, "{origin} {method} {headers}");
        assert!(!allows_preflight(&answer), "{origin} {method} {headers}");
    }
}

fn allows_preflight(answer: &Response) -> bool {
    answer.headers().contains_key("access-control-allow-headers")
        || answer.headers().contains_key("access-control-allow-methods")
}

#[tokio::test]
async fn no_page_ever_asks_for_a_token() {
    let sandbox = open_to_a_page().await;
    assert_eq!(preflight(&sandbox, TOKEN, PAGE, "POST", "content-type").await.status(), 403);
    let request = sandbox.request(Method::POST, TOKEN).header("content-type", FORM).header("origin", PAGE);
    let answer = request.body(RIGHT_FORM).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(!allows(&answer));
}
