//! Who reports is the user of the host's session, whatever the page says; and without a session nothing is lost.

use serde_json::json;

use crate::{
    desk::Desk,
    stage::{Browser, Session, Stage, USER},
};

const ENDPOINT: &str = "/me/assertion";

#[tokio::test]
async fn the_signed_in_user_reports_although_the_page_claims_another() {
    let stage = Stage::whose_host_signs().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    desk.host_vouches_at(ENDPOINT).await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.link().await;
    form.finish().await;

    // By a function of the page, an assertion is fetched anew too.
    let before = stage.backend.signed();
    desk.host_vouches_by("async () => (await fetch('/me/assertion')).text()").await;
    let form = desk.incident("Box dented").await;
    form.submit().await;
    form.link().await;
    assert!(stage.backend.signed() > before);

    let todos = stage.sandbox.todos().await;
    assert_eq!(todos.len(), 2);
    for todo in todos {
        assert_eq!(
            (&todo["reporter"], &todo["assignee"]),
            (&json!(USER), &json!(USER)),
            "the page says user@example.com"
        );
    }
}

#[tokio::test]
async fn a_session_that_ends_in_the_middle_is_told_and_what_was_typed_goes_when_the_user_is_back() {
    let mut stage = Stage::whose_host_signs().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    desk.host_vouches_at(ENDPOINT).await;
    let form = desk.incident("Seal torn").await;
    form.token_has_come().await;
    // The token that it has is good no more, and the host vouches for nobody.
    stage.relay.kill();
    stage.relay.loses_its_seal();
    stage.relay.come_back();
    for ended in [Session::Ended, Session::SignInPage, Session::SentToSignIn] {
        stage.backend.session(ended);
        form.submit().await;
        let told = form.alert("You have been signed out").await;
        assert!(told.contains("Sign in again in another tab, then try again here."), "{ended:?}: {told}");
        assert_eq!(form.value("title").await, "Seal torn", "{ended:?}");
        assert!(form.is_editable("title").await, "{ended:?}");
    }
    assert_eq!(stage.sandbox.requests().await.len(), 0);
    stage.backend.session(Session::SignedIn);
    form.submit().await;
    form.link().await;
    assert_eq!(stage.sandbox.todos().await[0]["reporter"], USER);
}

#[tokio::test]
async fn a_host_that_is_away_is_asked_again_by_itself() {
    let stage = Stage::whose_host_signs().await;
    stage.backend.session(Session::Down);
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    desk.host_vouches_at(ENDPOINT).await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    let told = form.alert("Trying again by itself.").await;
    assert!(told.contains("What you typed is kept."), "{told}");
    stage.backend.session(Session::SignedIn);
    form.link().await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);
}

#[tokio::test]
async fn a_page_whose_function_fails_and_one_that_vouches_for_nobody_get_no_token() {
    let stage = Stage::whose_host_signs().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    for function in ["async () => { throw 'gone'; }", "() => { throw 7; }", "() => undefined", "() => 'no JWT'"] {
        desk.host_vouches_by(function).await;
        // What was typed comes back with each opening.
        let form = desk.report_incident().await;
        if form.value("title").await.is_empty() {
            form.fill("title", "Seal torn").await;
            form.fill("description", "At gate 4").await;
        }
        form.submit().await;
        form.alert("You have been signed out").await;
        assert_eq!(form.value("title").await, "Seal torn", "{function}");
        form.leave().await;
    }
    desk.host_vouches_by("undefined").await;
    let form = desk.report_incident().await;
    form.submit().await;
    form.alert("A fault of this form").await;
    assert_eq!(stage.sandbox.requests().await.len(), 0);
}
