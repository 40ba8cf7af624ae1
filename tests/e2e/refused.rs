//! What is wrong with a todo, by the form's own word and by BzCtrl's.

use serde_json::json;

use crate::{
    desk::Desk,
    stage::{Browser, Stage},
};

#[tokio::test]
async fn a_wrong_field_is_told_on_top_and_beside_it_and_its_todo_goes_once_it_is_right() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;

    let form = desk.report_incident().await;
    form.fill("description", "At gate 4").await;
    form.fill("financialImpact", "-5").await;
    form.submit().await;
    form.alert("There are 2 problems").await;
    form.has_focus("status").await;

    form.follow("Potential financial impact").await;
    form.has_focus("financialImpact").await;
    assert!(form.is_marked_wrong("financialImpact").await);
    let told = form.description("financialImpact").await;
    // As its user writes amounts, who has a Dutch browser.
    assert!(told.ends_with("Enter an amount of zero or more, such as 1.250,00"), "{told}");
    form.correct("financialImpact", "5").await;
    assert!(!form.is_marked_wrong("financialImpact").await);

    form.alert("There is 1 problem").await;
    form.follow("Title").await;
    form.has_focus("title").await;
    assert_eq!(form.description("title").await, "Enter a title");
    form.correct("title", "Seal torn").await;
    assert!(!form.has_alert().await);
    assert_eq!(stage.sandbox.requests().await.len(), 0);

    form.submit().await;
    form.link().await;
    assert_eq!(stage.sandbox.todos().await[0]["financialImpact"], "5");
}

#[tokio::test]
async fn a_press_on_submit_is_not_lost_to_what_is_said_of_the_field_that_it_leaves() {
    let stage = Stage::set().await;
    let browser = Browser::on_a_low_screen().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;

    let form = desk.report_incident().await;
    form.fill("financialImpact", "-5").await;
    form.submit().await;
    form.alert("There are 3 problems").await;
}

#[tokio::test]
async fn what_bzctrl_rejects_is_told_in_its_words_and_goes_anew_once_corrected() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    stage.sandbox.next_todo_meets(json!({ "status": { "code": 422, "body": "json" } })).await;

    let form = desk.incident("Seal torn").await;
    form.submit().await;
    let told = form.alert("BzCtrl refused it").await;
    assert!(told.contains("No incident was created."), "{told}");
    assert!(told.contains("This answer was asked for by a fault in the sandbox."), "{told}");
    assert_eq!(form.value("title").await, "Seal torn");
    assert_eq!(form.value("description").await, "At gate 4");
    assert!(form.is_editable("title").await);

    form.correct("title", "Seal of EXAU 151080 9 torn").await;
    form.submit().await;
    form.link().await;
    let todos = stage.sandbox.todos().await;
    assert_eq!(todos.len(), 1);
    assert_eq!(todos[0]["title"], "Seal of EXAU 151080 9 torn");

    let keys: Vec<_> = browser.tab.heard("bzctrl-submit").await.iter().map(|event| event["key"].clone()).collect();
    assert!(keys.len() == 2 && keys[0].is_string() && keys[0] != keys[1], "{keys:?}");
    assert_eq!(browser.tab.heard("bzctrl-created").await[0]["key"], keys[1]);
    let error = &browser.tab.heard("bzctrl-error").await[0];
    assert_eq!((&error["code"], &error["status"]), (&json!("upstream-rejected"), &json!(422)));
}
