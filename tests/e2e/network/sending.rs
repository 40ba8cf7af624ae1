//! The connection dies while a todo is sent, or what comes back is no answer.

use serde_json::json;

use super::{TASKS, has_made, one_key, proxy, ready, sent_into};
use crate::{
    desk::Desk,
    stage::{Answer, Browser, Stage, Trouble},
};

/// Nobody knows; the form says so, is read-only, and asks again by itself under the same key.
async fn is_asked_for_again(troubles: &[Trouble], is_made: bool) {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let mut sent = 0;
    for (made, trouble) in troubles.iter().enumerate() {
        let form = sent_into(*trouble, &stage, &desk).await;
        let told = form.alert("The answer was lost on the way").await;
        let meant = "The incident may or may not have been created. Asking again cannot create it twice. Trying again by itself.";
        assert!(told.contains(meant), "{told}");
        assert!(!form.is_editable("title").await);
        has_made(&stage, made + usize::from(is_made)).await;
        proxy(&stage).is_well();
        form.link().await;
        one_key(&proxy(&stage).keys()[sent..]);
        sent = proxy(&stage).keys().len();
        has_made(&stage, made + 1).await;
        assert_eq!(browser.tab.heard("bzctrl-created").await[made]["replayed"], json!(is_made));
        form.finish().await;
    }
}

#[tokio::test]
async fn a_connection_that_dies_before_the_relay_has_the_todo_is_asked_again_and_makes_one() {
    is_asked_for_again(&[Trouble::IsResetOnTheWay, Trouble::IsAnswered(Answer::page(502))], false).await;
}

/// Those that run in every engine at each change.
mod worst {
    use super::*;

    #[tokio::test]
    async fn a_connection_that_dies_once_the_relay_has_the_todo_is_asked_again_and_makes_one() {
        is_asked_for_again(&[Trouble::IsResetOnTheWayBack, Trouble::BreaksOff, Trouble::IsHalf], true).await;
    }
}

/// Those that run where there is time for them.
mod at_length {
    use super::*;

    #[tokio::test]
    async fn a_todo_that_a_network_doubles_is_made_once() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        // The second one comes to a relay that is sending the first.
        stage.sandbox.next_todo_meets(json!({ "delay": { "ms": 3500 } })).await;
        let form = sent_into(Trouble::IsDoubled, &stage, &desk).await;
        let told = form.alert("It is being sent right now").await;
        assert!(told.contains("may or may not have been created"), "{told}");
        assert!(form.waits().await && !form.is_editable("title").await);
        form.link().await;
        one_key(&proxy(&stage).keys());
        has_made(&stage, 1).await;
    }

    #[tokio::test]
    async fn a_todo_without_an_answer_is_asked_for_by_a_press_alone_after_two_minutes() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        crate::network::clocks::can_be_set(&browser.tab).await;
        let form = ready(&desk).await;
        proxy(&stage).troubles(TASKS, Trouble::IsResetOnTheWayBack);
        form.submit().await;
        form.alert("The answer was lost on the way").await;
        crate::network::clocks::set(&browser.tab, 121).await;
        // Its last try comes to nothing, and no further one follows.
        form.button("Ask again").await;
        let told = form.alert("The answer was lost on the way").await;
        assert!(!told.contains("Trying again by itself."), "{told}");
        assert!(!form.waits().await && !form.is_editable("title").await);
        proxy(&stage).is_well();
        let asked = proxy(&stage).keys().len();
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        assert_eq!(proxy(&stage).keys().len(), asked);
        form.press("Ask again").await;
        form.link().await;
        one_key(&proxy(&stage).keys());
        has_made(&stage, 1).await;
    }
}
