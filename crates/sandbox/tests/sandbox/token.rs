use reqwest::Method;
use serde_json::Value;

use crate::running::{FORM, RIGHT_FORM, Running, SAMPLE, TOKEN};

#[tokio::test]
async fn the_password_grant_answers_in_the_documented_shape() {
    let sandbox = Running::start().await;
    let answer = sandbox.ask_for_token(RIGHT_FORM).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body: Value = answer.json().await.unwrap();
    let mut names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort();
    assert_eq!(names, ["access_token", "expires_in", "jti", "refresh_token", "scope", "token_type"]);
    assert_eq!(
        (&body["token_type"], &body["expires_in"], &body["scope"]),
        (&"Bearer".into(), &3600.into(), &"*".into())
    );
}

#[tokio::test]
async fn no_two_tokens_are_the_same() {
    let sandbox = Running::start().await;
    assert_ne!(sandbox.token().await, sandbox.token().await);
}

#[tokio::test]
async fn the_type_of_the_form_may_name_utf_8_and_must_be_the_documented_one() {
    let sandbox = Running::start().await;
    for (content_type, status) in [
        (FORM, 200),
        ("application/x-www-form-urlencoded; charset=UTF-8", 200),
        ("application/x-www-form-urlencoded; charset=latin1", 415),
        ("application/json", 415),
        ("text/plain", 415),
    ] {
        let request = sandbox.request(Method::POST, TOKEN).header("content-type", content_type).body(RIGHT_FORM);
        assert_eq!(request.send().await.unwrap().status(), status, "{content_type}");
    }
    let untyped = sandbox.request(Method::POST, TOKEN).body(RIGHT_FORM).send().await.unwrap();
    assert_eq!(untyped.status(), 415);
}

#[tokio::test]
async fn what_is_wrong_with_the_form_is_told_all_at_once() {
    let sandbox = Running::start().await;
    for (form, error, told) in [
        ("grant_type=client_credentials&username=a&password=b", "unsupported_grant_type", &["client_credentials"][..]),
        ("grant_type=password&username=relay%40example.com&password=wrong", "invalid_grant", &["Bad credentials"]),
        ("grant_type=password&username=other&password=sandbox-secret", "invalid_grant", &["Bad credentials"]),
        (
            "grant_type=password&grant_type=password&username=&scope=x",
            "invalid_request",
            &[
                "\"grant_type\" came more than once",
                "\"username\" is missing",
                "\"password\" is missing",
                "\"scope\" is not documented",
            ],
        ),
        ("", "invalid_request", &["\"grant_type\" is missing"]),
        (r#"{"grant_type":"password"}"#, "invalid_request", &["is not documented"]),
    ] {
        let answer = sandbox.ask_for_token(form).await;
        assert_eq!(answer.status(), 400, "{form}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"], error, "{form}");
        let description = body["error_description"].as_str().unwrap();
        for part in told {
            assert!(description.contains(part), "{description:?} says nothing of {part:?}");
        }
    }
}

#[tokio::test]
async fn a_token_is_given_by_post_without_a_query_only() {
    let sandbox = Running::start().await;
    let get = sandbox.request(Method::GET, TOKEN).send().await.unwrap();
    assert_eq!((get.status().as_u16(), &get.headers()["allow"]), (405, &"POST".parse().unwrap()));
    let query = sandbox.request(Method::POST, &format!("{TOKEN}?{RIGHT_FORM}")).header("content-type", FORM);
    assert_eq!(query.body(RIGHT_FORM).send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn the_account_is_the_one_of_the_options() {
    let options = bzctrl_sandbox::Options { username: "a&b".into(), password: "pä ss".into(), ..Default::default() };
    let sandbox = Running::with(options).await;
    assert_eq!(sandbox.ask_for_token(RIGHT_FORM).await.status(), 400);
    assert_eq!(sandbox.ask_for_token("grant_type=password&username=a%26b&password=p%C3%A4+ss").await.status(), 200);
}

#[tokio::test]
async fn a_body_beyond_a_mebibyte_is_too_large() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    assert_eq!(sandbox.create(&token, format!("{SAMPLE}{}", " ".repeat(1 << 20))).await.status(), 413);
}
