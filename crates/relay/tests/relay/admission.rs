//! Which pages are let in, and what they may read.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::world::{Answer, ORIGIN, Page, World, incident};

const CORS: [&str; 6] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
];

#[tokio::test]
async fn a_foreign_origin_gets_403_without_cors_before_any_handler() {
    let world = World::new().await;
    let page = world.page().await;
    for origin in
        ["https://evil.example", "null", "http://127.0.0.1:8080/", "HTTP://127.0.0.1:8080", "http://127.0.0.1"]
    {
        for (method, path) in [
            (Method::POST, "/v1/token"),
            (Method::POST, "/v1/tasks"),
            (Method::OPTIONS, "/v1/tasks"),
            (Method::GET, "/v1/tasks"),
        ] {
            let request = world
                .http
                .request(method.clone(), world.url(path))
                .header("origin", origin)
                .header("x-bzctrl-widget", "1")
                .header("authorization", format!("Bearer {}", page.token))
                .header("idempotency-key", page.new_key());
            let answer = Answer::to(request.json(&incident("Seal broken"))).await;
            assert_eq!(answer.problem(), (403, "origin-denied"), "{origin} {method} {path}");
            assert!(CORS.iter().all(|name| answer.header(name).is_empty()), "{answer:?}");
            assert_eq!(answer.header("vary"), "Origin");
        }
    }
    let none = world.http.post(world.url("/v1/token")).header("x-bzctrl-widget", "1");
    assert_eq!(Answer::to(none.form(&[("grant_type", "client_credentials")])).await.problem(), (403, "origin-denied"));
    assert_eq!(world.sandbox.sends().await.len(), 0);
}

#[tokio::test]
async fn a_post_without_the_widgets_header_reaches_no_handler() {
    let world = World::new().await;
    for value in [None, Some("0"), Some("true")] {
        let mut request = world.http.post(world.url("/v1/token")).header("origin", ORIGIN);
        if let Some(value) = value {
            request = request.header("x-bzctrl-widget", value);
        }
        let answer = Answer::to(request.form(&[("grant_type", "client_credentials")])).await;
        assert_eq!(answer.problem(), (400, "invalid-request"), "it says nothing of the origin");
        assert!(answer.json["detail"].as_str().unwrap().contains("X-BzCtrl-Widget"));
        assert_eq!(answer.header("access-control-allow-origin"), ORIGIN, "an admitted page may read why");
    }
}

#[tokio::test]
async fn a_preflight_allows_what_the_protocol_names() {
    let world = World::new().await;
    for path in ["/v1/token", "/v1/tasks"] {
        let request = world
            .http
            .request(Method::OPTIONS, world.url(path))
            .header("origin", ORIGIN)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,x-bzctrl-widget");
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("access-control-allow-origin"), ORIGIN);
        assert_eq!(answer.header("access-control-allow-methods"), "GET, POST");
        assert_eq!(
            answer.header("access-control-allow-headers"),
            "authorization, content-type, idempotency-key, x-bzctrl-replaces, x-bzctrl-widget"
        );
        assert_eq!(answer.header("access-control-max-age"), "7200");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "there is no sign-in proxy");
        assert_eq!(answer.header("vary"), "Origin");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn every_answer_to_an_admitted_page_can_be_read_problems_included() {
    let world = World::new().await;
    let answers = [
        world.ask_token().await,
        Answer::to(world.post("/v1/tasks").json(&json!({}))).await,
        Answer::to(world.post("/v1/nothing")).await,
        Answer::to(world.http.delete(world.url("/v1/tasks")).header("origin", ORIGIN)).await,
    ];
    assert_eq!(answers.each_ref().map(|answer| answer.status), [200, 401, 404, 405]);
    for answer in answers {
        assert_eq!(answer.header("access-control-allow-origin"), ORIGIN);
        assert_eq!(answer.header("access-control-expose-headers"), "Retry-After, Idempotency-Replayed, X-Request-Id");
        assert_eq!(answer.header("vary"), "Origin");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-request-id").len(), 32);
    }
}

#[tokio::test]
async fn a_token_in_an_address_is_refused() {
    let world = World::new().await;
    let page = world.page().await;
    let request =
        world.post(&format!("/v1/tasks?access_token={}", page.token)).header("idempotency-key", page.new_key());
    assert_eq!(Answer::to(request.json(&incident("x"))).await.problem(), (401, "token-invalid"));
    for origin in [Some(ORIGIN), None] {
        let mut get = world.http.get(world.url(&format!("/v1/tasks?orderID=1&access_token={}", page.token)));
        if let Some(origin) = origin {
            get = get.header("origin", origin);
        }
        let answer = Answer::to(get.bearer_auth(&page.token)).await;
        assert_eq!(answer.problem(), (401, "token-invalid"));
    }
}

#[tokio::test]
async fn the_register_shows_what_is_known_of_an_order_to_its_tenant() {
    let world = World::new().await;
    let page = world.page().await;
    assert_eq!(page.submit(&page.new_key(), &incident("first")).await.status, 201);
    world.sandbox.fault("add-task", json!("close-after-storing")).await;
    assert_eq!(page.submit(&page.new_key(), &incident("second")).await.status, 504);
    // A GET of the relay's own origin carries no Origin: the token's own decides.
    for origin in [Some(ORIGIN), None] {
        let mut request = world.http.get(world.url("/v1/tasks?orderID=ORDER%20777")).bearer_auth(&page.token);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let tasks = answer.json["tasks"].as_array().unwrap();
        let shown: Vec<_> =
            tasks.iter().map(|task| (task["state"].as_str().unwrap(), task["title"].as_str().unwrap())).collect();
        assert_eq!(shown, [("unknown", "second"), ("created", "first")]);
        assert!(tasks[1]["taskLink"].as_str().unwrap().contains("/todo/") && tasks[0].get("taskLink").is_none());
        assert!(
            tasks.iter().all(|task| task["at"].as_str().is_some_and(|at| at.starts_with("20") && at.ends_with('Z')))
        );
        assert!(tasks.iter().all(|task| task.get("reporter").is_none()), "nobody is verified");
    }
    assert_eq!(Answer::to(world.http.get(world.url("/v1/tasks?orderID=1"))).await.problem(), (401, "token-invalid"));
}

#[tokio::test]
async fn a_todo_whose_answer_its_page_never_saw_is_in_the_register_once_it_is_created_and_in_no_other_tenants() {
    let world = World::new().await;
    let page = world.page().await;
    let listed = async |page: &Page, origin: &'static str| {
        let request = world.http.get(world.url("/v1/tasks?orderID=ORDER%20777")).header("origin", origin);
        let answer = Answer::to(request.bearer_auth(&page.token)).await;
        let tasks = answer.json["tasks"].as_array().unwrap().clone();
        tasks.iter().map(|task| task["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // A proxy between has told the page 504 long before BzCtrl answered.
    world.sandbox.fault("add-task", json!({ "delay": { "ms": 700 } })).await;
    let todo = incident("Seal broken");
    let lost = page.request(&page.new_key()).json(&todo).timeout(Duration::from_millis(200)).send().await;
    assert!(lost.is_err() && listed(&page, ORIGIN).await.is_empty(), "it is on its way");
    let began = Instant::now();
    while listed(&page, ORIGIN).await != ["created"] {
        assert!(began.elapsed() < Duration::from_secs(20), "within two minutes, says the protocol");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let other = Page::open_at(world.relay.address(), "https://other.example").await;
    assert!(listed(&other, "https://other.example").await.is_empty(), "another tenant's order of the same name");
}

#[tokio::test]
async fn every_problem_has_a_page_that_explains_it() {
    let world = World::new().await;
    for code in bzctrl_contract::Code::all() {
        let page = Answer::to(world.http.get(world.url(&format!("/problems/{}", code.as_str())))).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(page.text.contains(code.title()) && page.text.contains(code.as_str()));
    }
    let list = Answer::to(world.http.get(world.url("/problems/"))).await;
    let listed: Vec<_> = list.text.split("<a href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(listed, bzctrl_contract::Code::all().map(bzctrl_contract::Code::as_str).collect::<Vec<_>>());
    assert!(bzctrl_contract::Code::all().all(|code| list.text.contains(code.title())), "{}", list.text);
    let none = Answer::to(world.http.get(world.url("/problems/%3Cscript%3E"))).await;
    assert_eq!(none.problem(), (404, "not-found"));
}

#[tokio::test]
async fn a_form_for_a_token_is_small() {
    let world = World::new().await;
    let form = |length: usize| {
        world
            .post("/v1/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("grant_type=client_credentials&x={}", "x".repeat(length)))
    };
    assert_eq!(Answer::to(form(10_000)).await.status, 200);
    assert_eq!(Answer::to(form(17_000)).await.problem(), (413, "too-large"));
}

#[tokio::test]
async fn a_todo_of_a_thousand_wrong_members_is_answered_shortly() {
    let world = World::new().await;
    let page = world.page().await;
    let mut many = incident("x");
    for at in 0..15_000 {
        many[format!("m{at}")] = serde_json::json!(1);
    }
    let mut long = incident("x");
    long["n".repeat(200_000)] = serde_json::json!("x");
    for todo in [many, long] {
        let answer = page.submit(&page.new_key(), &todo).await;
        assert_eq!(answer.problem(), (400, "invalid-task"));
        assert!(answer.text.len() < 10_000 && !answer.json["errors"].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_answer_to_a_body_that_was_not_read_says_that_its_connection_closes() {
    let world = World::new().await;
    let large = "x".repeat(300_000);
    let page = world.page().await;
    let todo = |origin: &str| {
        let request = world.http.post(world.url("/v1/tasks")).header("origin", origin).header("x-bzctrl-widget", "1");
        request
            .header("content-type", "application/json")
            .bearer_auth(&page.token)
            .header("idempotency-key", page.new_key())
    };
    for (request, status) in [
        (todo("https://foreign.example").body("{}".to_owned() + &large), 403),
        (todo(ORIGIN).body(large.repeat(10)), 413),
        (world.post("/v1/token").header("content-type", "text/plain").body(large.clone()), 415),
        (world.post("/v1/nothing").body(large.clone()), 404),
    ] {
        let answer = Answer::to(request).await;
        assert_eq!((answer.status, answer.header("connection")), (status, "close"), "{answer:?}");
    }
    for answer in [
        page.submit(&page.new_key(), &incident("x")).await,
        world.ask_token().await,
        Answer::to(world.http.get(world.url("/v1/tasks?orderID=1")).bearer_auth(&page.token)).await,
        Answer::to(todo(ORIGIN).body("{}")).await,
    ] {
        assert_eq!(answer.header("connection"), "", "{answer:?}");
    }
}
