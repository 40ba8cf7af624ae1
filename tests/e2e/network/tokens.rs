//! The token is lost, refused, or not given.

use serde_json::json;

use super::{TASKS, TOKEN, codes, has_made, one_key, proxy, ready, sent_into};
use crate::{
    desk::Desk,
    stage::{Answer, Browser, Stage, Trouble},
};

#[tokio::test]
async fn a_token_that_is_lost_on_the_way_is_asked_for_again_by_itself() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let troubles = [
        Trouble::IsAnswered(Answer::page(200)),
        Trouble::IsAnswered(Answer::page(502)),
        Trouble::IsAnswered(Answer { status: 204, body: "", ..Answer::page(204) }),
        Trouble::IsHalf,
        Trouble::BreaksOff,
        Trouble::IsResetOnTheWayBack,
    ];
    for (made, trouble) in troubles.into_iter().enumerate() {
        proxy(&stage).troubles(TOKEN, trouble);
        let form = desk.incident("Seal torn").await;
        form.submit().await;
        let told = form.alert("No connection to the relay").await;
        assert!(told.contains("Nothing was sent so far. What you typed is kept."), "{told}");
        assert!(told.ends_with("Trying again by itself."), "{told}");
        assert!(form.waits().await);
        has_made(&stage, made).await;
        proxy(&stage).is_well();
        form.link().await;
        has_made(&stage, made + 1).await;
        form.finish().await;
    }
}

#[tokio::test]
async fn a_token_that_the_relay_takes_no_more_is_renewed_once_and_nobody_is_told() {
    let mut stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = ready(&desk).await;
    stage.relay.kill();
    stage.relay.loses_its_seal();
    stage.relay.come_back();
    form.submit().await;
    form.link().await;
    assert_eq!(codes(&browser).await, [""; 0]);
    one_key(&proxy(&stage).keys());
    assert_eq!(proxy(&stage).keys().len(), 2);
    has_made(&stage, 1).await;
}

#[tokio::test]
async fn a_sign_in_that_has_ended_is_told_and_nothing_that_was_typed_is_lost() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    for (made, name) in [TOKEN, TASKS].into_iter().enumerate() {
        if name == TOKEN {
            proxy(&stage).troubles(TOKEN, Trouble::IsAnswered(Answer::page(302)));
        }
        let form = desk.incident("Seal torn").await;
        if name == TASKS {
            form.token_has_come().await;
            proxy(&stage).troubles(TASKS, Trouble::IsAnswered(Answer::page(302)));
        }
        form.submit().await;
        let told = form.alert("You have been signed out").await;
        assert!(told.contains("Sign in again in another tab, then try again here."), "{told}");
        assert!(form.is_editable("title").await && !form.waits().await);
        assert_eq!(form.value("title").await, "Seal torn");
        has_made(&stage, made).await;
        proxy(&stage).is_well();
        form.submit().await;
        form.link().await;
        has_made(&stage, made + 1).await;
        form.finish().await;
    }
}

/// Those that run where there is time for them.
mod at_length {
    use super::*;

    #[tokio::test]
    async fn a_token_that_is_refused_again_is_told_with_whom_to_ask() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let refused = Answer::problem(401, r#"{"status":401,"code":"token-expired"}"#);
        let form = sent_into(Trouble::IsAnswered(refused), &stage, &desk).await;
        let told = form.alert("This page's token is refused").await;
        assert!(told.contains("ask those who run the relay"), "{told}");
        assert_eq!(proxy(&stage).keys().len(), 2);
        assert!(form.is_editable("title").await && !form.waits().await);
        proxy(&stage).is_well();
        form.submit().await;
        form.link().await;
        one_key(&proxy(&stage).keys());
        has_made(&stage, 1).await;
    }

    #[tokio::test]
    async fn in_token_mode_a_revoked_token_is_renewed_once_and_then_told() {
        let stage = Stage::in_token_mode().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        stage.sandbox.next_todo_meets(json!("revoked-token")).await;
        let form = ready(&desk).await;
        form.submit().await;
        // The relay has given this one less than half a minute ago, and gives no other yet.
        form.alert("This page's token is refused").await;
        assert_eq!(codes(&browser).await, ["token-invalid"]);
        assert!(form.is_editable("title").await && !form.waits().await);
        let posts = stage.sandbox.requests().await;
        let posts = posts.iter().filter(|request| request.method == "POST").map(|post| post.status);
        assert_eq!(posts.collect::<Vec<_>>(), [Some(401), Some(401)]);
        assert_eq!(stage.sandbox.todos().await.len(), 0);
    }
}
