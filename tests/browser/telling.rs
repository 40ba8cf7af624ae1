//! The one place beside the buttons that tells where the form stands, the question that takes their place, and the end.

use bzctrl_contract::Code;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlInputElement};

use crate::page::{Answer, Form, Page, created, html, problem};

#[wasm_bindgen_test]
async fn one_element_tells_where_it_stands_from_the_first_field_to_the_end() {
    let page = Page::new().await;
    page.relay.answers([html(502), Answer::Waits]);
    let form = page.open().await;
    let told = form.find("[role=status]").expect("it is there before it has anything to say");
    assert_eq!(told.inner_text(), "");
    form.fill().await;
    form.submit().await;
    assert_eq!(form.buttons(), ["Stop", "Try now"]);
    assert_eq!(form.find("[role=timer]").unwrap().inner_text(), "Next try in 1 s");
    page.passes(1_000.0).await;
    assert_eq!(told.inner_text(), "Asking again.");
    page.relay.answers_at_last(created()).await;
    assert_eq!(told.inner_text().trim(), "Incident created.\n\nIt has opened in a new tab.");
    assert!(told.is_connected() && form.find("[part=actions] [role=status]") == Some(told), "it is the same one");
}

#[wasm_bindgen_test]
async fn what_is_being_sent_is_told_aloud() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert_eq!(status(&form), "The incident is being sent.");
    form.press("Cancel").await;
    assert_eq!(status(&form), "The incident is being sent.", "also over the question");
}

#[wasm_bindgen_test]
async fn a_failure_stands_beside_the_buttons_and_is_an_alert() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::WorkspaceDenied, "")]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.find("[part=actions] [role=alert]").is_some(), "{}", form.text());
    assert!(form.focus().starts_with("This page may not write into that workspace"), "{}", form.focus());
}

#[wasm_bindgen_test]
async fn while_the_question_stands_nothing_else_can_be_done() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.press("Cancel").await;
    assert!(form.buttons().is_empty(), "it stands in the place of the buttons");
    for part in [".head", ".body"] {
        assert!(form.find(part).unwrap().has_attribute("inert"), "{part}");
    }
    assert_eq!(question(&form), ["Discard", "Keep as draft and close", "Back"]);
    form.key("title", "Enter", true).await;
    assert!(page.relay.todos().is_empty(), "it was not answered");
    form.press("Back").await;
    assert_eq!(form.buttons(), ["Cancel", "Submit"]);
    assert!(form.find("[inert]").is_none());
}

#[wasm_bindgen_test]
async fn what_is_discarded_is_gone_and_what_is_kept_comes_back() {
    for (answer, title) in [("Discard", ""), ("Keep as draft and close", "Seal broken")] {
        let page = Page::new().await;
        let form = page.open().await;
        form.fill().await;
        form.press("Cancel").await;
        form.press(answer).await;
        assert!(!form.is_open(), "{answer}");
        assert_eq!(page.stored().is_empty(), title.is_empty(), "{answer}");
        let form = page.open().await;
        assert_eq!(form.value("title"), title, "{answer}");
        assert_eq!(form.text().contains("Draft restored, "), !title.is_empty(), "{answer}: {}", form.text());
    }
}

#[wasm_bindgen_test]
async fn what_may_exist_can_be_closed_and_not_discarded() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::OutcomeUnknown, "")]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    form.press_in(".head", "Close").await;
    assert_eq!(question(&form), ["Close", "Back"]);
}

#[wasm_bindgen_test]
async fn in_doubt_the_first_thing_is_to_look_and_it_is_told_for_what() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::OutcomeUnknown, "")]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert_eq!(form.buttons(), ["It is there, close", "Send again"]);
    let look = form.find("[part=actions] > a[part=look]").expect("where to look");
    assert_eq!(look.inner_text(), "Look in BzCtrl");
    let fill = |selector| computed(&form.find(selector).unwrap(), "background-color");
    assert_ne!(fill("[part=look]"), fill("[part=again]"), "one of them alone is filled");
    assert!(form.alert().contains("Look for “Seal broken”, sent "), "{}", form.alert());
}

#[wasm_bindgen_test]
async fn the_end_is_told_by_name_and_its_link_can_be_copied() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert_eq!(form.find("h2").unwrap().inner_text(), "Incident created", "the dialog is named by it");
    assert_eq!(form.find("a[part~=task-link]").unwrap().inner_text(), "Open EXA-CON-BUS-WOR-03 in BzCtrl");
    assert!(!form.find(".body").unwrap().inner_text().contains("https://"), "{}", form.text());
    {
        let _copies = page.runs(
            "window.execCommand = document.execCommand; document.execCommand = (how) => how === 'copy'",
            "document.execCommand = window.execCommand",
        );
        form.press("Copy link").await;
    }
    assert!(status(&form).contains("The link is copied."), "{}", status(&form));
    assert!(form.focus().starts_with("Open EXA-CON-BUS-WOR-03"), "it is where it was: {}", form.focus());
}

#[wasm_bindgen_test]
async fn where_the_browser_does_not_copy_the_link_is_selected() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    {
        let _copies_not = page.runs(
            "window.execCommand = document.execCommand; document.execCommand = () => false",
            "document.execCommand = window.execCommand",
        );
        form.press("Copy link").await;
    }
    assert!(status(&form).contains("The link is selected"), "{}", status(&form));
    let address: HtmlInputElement = form.find(".address").unwrap().unchecked_into();
    assert_eq!(address.value(), "https://www.bzctrl.com/app/#/todo/EXA-CON-BUS-WOR-03");
    assert_eq!(address.selection_end().unwrap(), Some(address.value().len() as u32));
    assert_eq!(computed(&address, "clip-path"), "none", "it is seen");
}

#[wasm_bindgen_test]
async fn a_todo_whose_link_says_no_name_is_called_by_its_tag() {
    let page = Page::new().await;
    page.relay.answers([Answer::json(201, r#"{"taskLink":"https://www.bzctrl.com/","tags":["ORDER 777"]}"#)]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert_eq!(form.find("a[part~=task-link]").unwrap().inner_text(), "Open ORDER 777 in BzCtrl");
}

fn status(form: &Form) -> String {
    form.find("[role=status]").unwrap().inner_text()
}

/// The ways out that the question offers.
fn question(form: &Form) -> Vec<String> {
    let asked = form.find(".question").expect("it asks");
    let buttons = asked.query_selector_all("button").unwrap();
    (0..buttons.length()).map(|at| buttons.get(at).unwrap().text_content().unwrap()).collect()
}

fn computed(element: &HtmlElement, property: &str) -> String {
    let style = js_sys::Function::new_with_args("it, name", "return getComputedStyle(it).getPropertyValue(name)");
    style.call2(&wasm_bindgen::JsValue::NULL, element, &property.into()).unwrap().as_string().unwrap()
}
