//! A sign-in proxy before the relay names the user in a header.

use serde_json::json;

use crate::host::USER;
use crate::world::{Answer, ORIGIN, Page, World, incident};

const HEADER: &str = "X-Forwarded-Email";

async fn world(peers: &str) -> World {
    World::with(&format!("identity = \"header\"\nidentity_header = \"{HEADER}\"\ntrusted_proxies = [{peers}]")).await
}

async fn ask(world: &World, headers: &[(&str, &str)]) -> Answer {
    let request = world.post("/v1/token").form(&[("grant_type", "client_credentials")]);
    Answer::to(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

#[tokio::test]
async fn the_user_that_the_proxy_names_reports() {
    let world = world("\"10.9.0.0/16\", \"127.0.0.1\"").await;
    let answer = ask(&world, &[(HEADER, USER)]).await;
    assert_eq!(answer.header("access-control-allow-credentials"), "true", "the proxy needs its cookies");
    let page = Page::of(world.relay.address(), &answer);
    let mut todo = incident("Seal broken");
    todo["reporter"] = json!("director@host.example");
    assert_eq!(page.submit(&page.new_key(), &todo).await.status, 201);
    assert_eq!(world.sandbox.todos().await[0]["reporter"], USER);
}

#[tokio::test]
async fn the_header_is_believed_of_listed_peers_alone() {
    let world = world("\"10.0.0.0/8\", \"::1\"").await;
    for headers in
        [vec![(HEADER, USER)], vec![(HEADER, USER), ("X-Forwarded-For", "10.0.0.1"), ("Forwarded", "for=10.0.0.1")]]
    {
        let answer = ask(&world, &headers).await;
        assert_eq!(answer.problem(), (403, "identity-denied"));
        assert_eq!(answer.json["error"], "invalid_grant");
    }
}

#[tokio::test]
async fn a_header_that_is_not_surely_the_proxys_is_refused() {
    let world = world("\"127.0.0.0/8\"").await;
    for headers in [
        vec![],
        vec![(HEADER, "")],
        vec![(HEADER, "somebody")],
        vec![(HEADER, "a@host.example, b@host.example")],
        vec![(HEADER, USER), (HEADER, USER)],
        vec![(HEADER, USER), ("x-forwarded-email", "b@host.example")],
        vec![("X_Forwarded_Email", USER)],
        vec![("X-Forwarded_Email", USER)],
        vec![(HEADER, USER), ("X_Forwarded_Email", "b@host.example")],
        vec![("X-Forwarded-User", USER)],
    ] {
        assert_eq!(ask(&world, &headers).await.problem(), (403, "identity-denied"), "{headers:?}");
    }
    assert_eq!(ask(&world, &[("x-forwarded-email", USER)]).await.status, 200);
    let preflight = world.http.request(reqwest::Method::OPTIONS, world.url("/v1/token")).header("origin", ORIGIN);
    assert_eq!(Answer::to(preflight).await.header("access-control-allow-credentials"), "true");
}

#[tokio::test]
async fn elsewhere_no_cookie_is_asked_for() {
    let world = World::new().await;
    assert_eq!(world.ask_token().await.header("access-control-allow-credentials"), "");
}
