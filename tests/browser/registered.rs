//! What is registered for the order already, in sight of whoever is about to report it once more.

use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use crate::page::{Answer, Form, Page};

const LISTED: &str = r#"{"tasks":[
    {"state":"created","todoType":"INCIDENT","title":"Seal of MSKU 123456-5 is broken","taskLink":"https://www.bzctrl.com/app/#/todo/X-2",
     "at":"2026-11-12T12:03:04Z","reporter":"another@example.com"},
    {"state":"unknown","title":"Door torn","at":"NOW"}]}"#;

async fn opened(page: &Page) -> Form {
    let now = String::from(js_sys::Date::new_0().to_iso_string());
    page.relay.knows(Answer::json(200, LISTED.replace("NOW", &now)));
    let form = page.open().await;
    page.until(|_| form.find(".register").is_some()).await;
    form
}

fn is_unfolded(form: &Form) -> bool {
    form.find(".register").unwrap().has_attribute("open")
}

#[wasm_bindgen_test]
async fn whoever_opens_the_form_sees_what_is_registered_for_the_order() {
    let page = Page::new().await;
    let form = opened(&page).await;
    let [list] = &page.relay.list_requests()[..] else { panic!("{:?}", page.relay.list_requests()) };
    assert!(list.url.ends_with("/v1/tasks?orderID=ORDER%20777"), "{}", list.url);
    let summary = form.find(".register summary").unwrap();
    assert_eq!(summary.inner_text(), "Reported: 2");
    assert!(!is_unfolded(&form), "it is folded");

    let title = form.control("title").get_bounding_client_rect().top();
    form.press_on(".register summary").await;
    assert!(is_unfolded(&form));
    assert_eq!(form.control("title").get_bounding_client_rect().top(), title, "nothing moves");
    let said = form.find(".register ul").unwrap().inner_text();
    // The browser's user reads American English: `11/12/26` would be another day to half of the world.
    for part in [
        "Seal of MSKU 123456-5 is broken",
        "Created",
        "Nov 12, 2026",
        "another@example.com",
        "Door torn",
        "Nobody knows",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(said.matches("2026").count(), 1, "of today the time is enough: {said}");
    let link = form.find(".register a").unwrap();
    assert_eq!(link.get_attribute("href").as_deref(), Some("https://www.bzctrl.com/app/#/todo/X-2"));
    assert_eq!(link.get_attribute("rel").as_deref(), Some("noopener noreferrer"));
    assert_eq!(page.hears.events(), ["open"], "the page hears nothing of it");
    assert!(!page.stored().contains("MSKU") && !page.stored().contains("another@"), "nothing of it is kept");
}

#[wasm_bindgen_test]
async fn escape_folds_the_list_first_and_so_does_going_on_in_the_form() {
    let page = Page::new().await;
    let form = opened(&page).await;
    let summary: HtmlElement = form.find(".register summary").unwrap().unchecked_into();
    summary.focus().unwrap();
    form.press_on(".register summary").await;
    assert!(is_unfolded(&form));
    form.key_at(&summary, "Escape").await;
    assert!(!is_unfolded(&form) && form.is_open(), "the form stays");

    form.press_on(".register summary").await;
    assert!(is_unfolded(&form));
    form.goes_on(&summary, Some(&form.control("title"))).await;
    assert!(!is_unfolded(&form));
}

#[wasm_bindgen_test]
async fn a_title_that_is_much_like_one_of_them_says_so_once_it_is_left() {
    let page = Page::new().await;
    let form = opened(&page).await;
    form.type_into("title", "MSKU 123456-5: seal broken").await;
    assert_eq!(form.hint("title"), "");
    form.leave("title").await;
    let hint = form.hint("title");
    assert!(hint.starts_with("Much like “Seal of MSKU 123456-5 is broken”, reported "), "{hint}");
    form.type_into("title", "Wrong temperature").await;
    form.leave("title").await;
    assert_eq!(form.hint("title"), "");
    form.type_into("title", "MSKU 123456-5: seal broken").await;
    form.type_into("description", "It is").await;
    form.leave("title").await;
    form.submit().await;
    assert!(form.text().contains("Incident created"), "it hinders nothing: {}", form.text());
    assert!(form.find(".register").is_none());
}

#[wasm_bindgen_test]
async fn a_list_that_does_not_come_leaves_no_trace() {
    for answer in
        [Answer::Waits, Answer::Rejects("gone".into()), Answer::json(404, "{}"), Answer::json(200, r#"{"tasks":[]}"#)]
    {
        let page = Page::new().await;
        page.relay.knows(answer);
        let form = page.open().await;
        form.fill().await;
        assert!(form.find(".register").is_none());
        form.submit().await;
        assert!(form.text().contains("Incident created"), "{}", form.text());
    }
}
