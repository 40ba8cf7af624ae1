//! What the relay and BzCtrl answer: refusals, outcomes of a key, and answers without a usable link.

use serde_json::json;

use super::{TASKS, codes, has_made, one_key, proxy, sent_into};
use crate::{
    desk::Desk,
    form::Form,
    stage::{Answer, Browser, Stage, Tab, Trouble},
};

#[tokio::test]
async fn the_fields_that_the_relay_does_not_take_are_named_and_the_same_draft_goes_on() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let refused = Answer::problem(
        400,
        r#"{"status":400,"code":"invalid-task","errors":[{"field":"title","code":"too-long"},{"field":"description","code":"untidy"}]}"#,
    );
    let form = sent_into(Trouble::IsAnswered(refused), &stage, &desk).await;
    form.alert("There are 2 problems").await;
    assert!(form.is_marked_wrong("title").await && form.is_editable("title").await);
    assert_eq!(form.value("description").await, "At gate 4");
    proxy(&stage).is_well();
    form.correct("title", "Seal of EXAU 151080 9 torn").await;
    form.submit().await;
    form.link().await;
    has_made(&stage, 1).await;
    assert_eq!(codes(&browser).await, ["invalid-task"]);
}

/// A submission whose answer was lost; what the tab has kept of it.
async fn in_doubt<'a>(stage: &Stage, desk: &Desk<'a>) -> Form<'a> {
    let form = sent_into(Trouble::IsResetOnTheWayBack, stage, desk).await;
    form.alert("The answer was lost on the way").await;
    form
}

/// The page anew, with what the tab keeps changed by a script, `kept` its name for it.
async fn reopened<'a>(tab: &Tab, desk: &Desk<'a>, change: &str) -> Form<'a> {
    let script = "(() => {
        const name = Object.keys(sessionStorage).find((name) => name.startsWith('bzctrl:'));
        const kept = JSON.parse(sessionStorage.getItem(name));
        CHANGE;
        sessionStorage.setItem(name, JSON.stringify(kept));
    })()";
    // Once the page is gone, and with it what it would write.
    tab.reload().await;
    tab.read(&script.replace("CHANGE", change)).await;
    let form = desk.report_incident().await;
    form.token_has_come().await;
    form
}

#[tokio::test]
async fn a_key_that_the_relay_does_not_know_any_more_leaves_it_to_the_user() {
    let mut stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    in_doubt(&stage, &desk).await;
    stage.relay.kill();
    stage.relay.loses_its_store();
    stage.relay.come_back();
    proxy(&stage).is_well();
    let form = Form::shown(&browser.tab).await;
    let told = form.alert("The relay cannot say what became of it").await;
    assert!(told.contains("may or may not have been created. Look in BzCtrl before you send it again."), "{told}");
    assert!(!told.contains("cannot create it twice"), "{told}");
    has_made(&stage, 1).await;
    form.press("It is there, close").await;
    let form = desk.report_incident().await;
    assert_eq!(form.value("title").await, "");
    assert!(!form.has_alert().await);
}

/// What BzCtrl answers is a todo without a link that may be opened.
async fn is_created_without_a_link(stage: Stage, fault: serde_json::Value, shown: &str) {
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    stage.sandbox.next_todo_meets(fault).await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    let said = form.said_of_created().await;
    assert!(said.contains("Incident created") && said.contains(shown), "{said}");
    assert!(said.contains("BzCtrl gave no usable link to it. Look for it by its title."), "{said}");
    assert_eq!(
        browser.tab.read("document.querySelector('bzctrl-dialog').shadowRoot.querySelector('[role=status] a')").await,
        json!(null)
    );
    let created = browser.tab.heard("bzctrl-created").await;
    assert!(created.len() == 1 && created[0].get("taskLink").is_none(), "{created:?}");
    assert_eq!(browser.count_tabs().await, 1);
    assert_eq!(stage.sandbox.todos().await.len(), 1);
}

#[tokio::test]
async fn a_link_that_is_a_script_is_text_and_is_never_opened() {
    is_created_without_a_link(Stage::set().await, json!("javascript-link"), "Seal torn").await;
}

#[tokio::test]
async fn under_what_nobody_knows_stands_what_the_relay_knows_of_the_order() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = desk.incident("Seal missing").await;
    form.submit().await;
    let link = form.link().await;
    browser.has_another_tab().await;
    form.finish().await;
    stage.sandbox.next_todo_meets(json!("close-after-storing")).await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.alert("BzCtrl did not say what became of it").await;

    let known = "document.querySelector('bzctrl-dialog').shadowRoot.querySelector('.known')";
    let said = browser.tab.wait_for(&format!("{known}?.textContent")).await;
    let (torn, missing) = said.split_once("Seal missing").expect(&said);
    assert!(torn.contains("Seal torn") && torn.contains("Nobody knows whether it was created"), "{said}");
    assert!(missing.contains("Created") && !missing.contains("Nobody knows"), "{said}");
    let links = format!("[...{known}.querySelectorAll('a')].map(({{ href, rel }}) => `${{href}} ${{rel}}`)");
    assert_eq!(browser.tab.read(&links).await, json!([format!("{link} noopener noreferrer")]));

    // It is asked for anew, and so is the todo, under its key: nothing is sent to BzCtrl.
    form.press("Look again").await;
    browser.tab.wait_for("witness.heard.filter(({ type }) => type === 'bzctrl-error').length > 1 ? 'told' : ''").await;
    form.alert("BzCtrl did not say what became of it").await;
    let keys = proxy(&stage).keys();
    assert!(keys.len() == 3 && keys[0] != keys[1], "{keys:?}");
    one_key(&keys[1..]);
    has_made(&stage, 2).await;
    let tabs = browser.count_tabs().await;
    browser.tab.wait_for(&format!("{known}?.textContent")).await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    browser.tab.press(&browser.tab.element(&format!("{known}.querySelector('a')")).await).await;
    browser.has_tabs(tabs + 1).await;
}

#[tokio::test]
async fn what_was_created_meanwhile_is_found_under_its_key_by_look_again() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    // The relay knows, and what comes to the page says that nobody does.
    let form = in_doubt(&stage, &desk).await;
    let unknown = Answer::problem(504, r#"{"status":504,"code":"outcome-unknown"}"#);
    proxy(&stage).troubles(TASKS, Trouble::IsAnswered(unknown));
    let told = form.alert("BzCtrl did not say what became of it").await;
    assert!(told.contains("may or may not have been created"), "{told}");
    proxy(&stage).is_well();
    form.press("Look again").await;
    form.link().await;
    assert!(form.said_of_created().await.contains("It had been created already. Nothing was created twice."));
    one_key(&proxy(&stage).keys());
    has_made(&stage, 1).await;
}

/// Those that run where there is time for them.
mod at_length {
    use super::*;

    #[tokio::test]
    async fn a_key_whose_todo_had_another_text_is_told_with_the_link_of_that_todo() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        in_doubt(&stage, &desk).await;
        proxy(&stage).is_well();
        let form = reopened(&browser.tab, &desk, "kept.typed.title = 'Seal missing'").await;
        form.press("Ask again").await;
        let told = form.alert("It was sent before, with another text").await;
        assert!(told.contains("That incident exists. Open it, or send this text as a new one."), "{told}");
        assert!(told.contains("/app/#/todo/EXA-CON-BUS-WOR-01"), "{told}");
        assert!(!form.is_editable("title").await);
        has_made(&stage, 1).await;
        form.press("Send again").await;
        form.link().await;
        has_made(&stage, 2).await;
    }

    #[tokio::test]
    async fn a_key_that_was_sent_again_elsewhere_is_told_with_what_became_of_it() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        stage.sandbox.next_todo_meets(json!("close-after-storing")).await;
        let form = desk.incident("Seal torn").await;
        form.submit().await;
        form.alert("BzCtrl did not say what became of it").await;
        let kept = "Object.entries(sessionStorage).find(([name]) => name.startsWith('bzctrl:'))";
        let before = browser.tab.read(kept).await;
        form.press("Send again").await;
        let link = form.link().await;
        // Another tab has it as it was before.
        browser.tab.reload().await;
        browser.tab.read(&format!("sessionStorage.setItem(...{before})")).await;
        let form = desk.report_incident().await;
        form.token_has_come().await;
        form.press("Ask again").await;
        let told = form.alert("It was sent again from somewhere else").await;
        assert!(told.contains("The first one may exist. The second one exists."), "{told}");
        assert!(told.contains(&link), "{told}");
        assert_eq!(stage.sandbox.todos().await.len(), 2);
    }

    #[tokio::test]
    async fn a_todo_without_a_link_is_created_all_the_same() {
        is_created_without_a_link(Stage::set().await, json!("no-task-link"), "Seal torn").await;
    }

    #[tokio::test]
    async fn in_token_mode_a_link_that_is_a_script_is_text_and_is_never_opened() {
        is_created_without_a_link(Stage::in_token_mode().await, json!("javascript-link"), "javascript:").await;
    }

    #[tokio::test]
    async fn half_an_answer_of_bzctrl_is_none_and_the_relay_says_so() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        stage.sandbox.next_todo_meets(json!("half-answer")).await;
        let form = desk.incident("Seal torn").await;
        form.submit().await;
        form.alert("BzCtrl did not say what became of it").await;
        assert_eq!(codes(&browser).await, ["outcome-unknown"]);
        assert!(!form.is_editable("title").await && !form.waits().await);
        assert_eq!(proxy(&stage).keys().len(), 1);
        has_made(&stage, 1).await;
    }

    #[tokio::test]
    async fn in_token_mode_a_connection_that_dies_leaves_it_to_the_user_who_can_send_it_again() {
        for fault in ["close-before-reading", "close-after-storing", "half-answer"] {
            let stage = Stage::in_token_mode().await;
            let browser = Browser::start().await;
            let desk = Desk::open(&browser, &stage.host.page("")).await;
            // A browser may send by itself once more what a kept connection has lost.
            stage.sandbox.next_todo_meets(json!(fault)).await;
            stage.sandbox.next_todo_meets(json!(fault)).await;
            let form = desk.incident("Seal torn").await;
            form.submit().await;
            let told = form.alert("No usable answer came from BzCtrl").await;
            assert!(told.contains("Look in BzCtrl before you send it again: that could create it twice."), "{told}");
            assert!(!form.is_editable("title").await && !form.waits().await);
            assert_eq!(codes(&browser).await, ["outcome-unknown"]);
        }
    }

    #[tokio::test]
    async fn a_relay_whose_problem_nobody_knows_is_no_answer() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let newer = Answer::problem(418, r#"{"status":418,"code":"of-a-later-version"}"#);
        let form = sent_into(Trouble::IsAnswered(newer), &stage, &desk).await;
        form.alert("The answer was lost on the way").await;
        proxy(&stage).troubles(TASKS, Trouble::IsAnswered(Answer { media_type: "application/json", ..newer }));
        form.press("Try now").await;
        form.alert("The answer was lost on the way").await;
        proxy(&stage).is_well();
        form.link().await;
        has_made(&stage, 1).await;
    }
}
