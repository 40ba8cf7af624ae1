//! The form in an application that is written with Yew too: `TodoForm`.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Answer, Application, Page, created, look};

#[wasm_bindgen_test]
async fn the_form_brings_its_style_and_leaves_the_applications_own_elements_as_they_are() {
    let page = Page::new().await;
    let mut application = Application::on(&page).await;
    let own = ["ul", "a", "button"];
    let before = own.map(|element| application.look_of(element));
    let form = application.opens("ORDER 777").await;
    assert_eq!(own.map(|element| application.look_of(element)), before);
    let submit = form.find("button[type=submit]").unwrap();
    assert!(look(&submit).contains("; rgb(29, 95, 173);"), "{}", look(&submit));
    assert!(form.text().contains("ORDER 777"));
    assert_eq!(form.focus(), "title");
}

#[wasm_bindgen_test]
async fn the_application_hears_by_the_callbacks_that_it_has_drawn_last_and_of_no_press() {
    let page = Page::new().await;
    let mut application = Application::on(&page).await;
    let form = application.opens("ORDER 777").await;
    form.fill().await;
    application.draws(Some("ORDER 777")).await;
    assert_eq!(form.value("title"), "Seal broken");
    form.submit().await;
    form.press("Close").await;
    assert_eq!(application.heard(), ["created Potential Customs claim in drawing 2", "closed"]);
    assert_eq!(page.hears.events(), [""; 0]);
}

#[wasm_bindgen_test]
async fn a_submission_goes_on_when_the_application_takes_the_form_away() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let mut application = Application::on(&page).await;
    let form = application.opens("ORDER 777").await;
    form.fill().await;
    form.submit().await;
    application.closes().await;
    let other = application.opens("ORDER 778").await;
    page.relay.answers_at_last(created()).await;
    assert_eq!(application.heard(), ["created Potential Customs claim in drawing 1"]);
    assert!(other.is_editable() && other.value("title").is_empty());
}

#[wasm_bindgen_test]
async fn a_form_that_comes_and_goes_is_drawn_in_the_same_place_and_begins_anew() {
    let page = Page::new().await;
    let mut application = Application::on(&page).await;
    let mut places = Vec::new();
    for order in ["ORDER 1", "ORDER 2", "ORDER 3", "ORDER 4"] {
        let form = application.opens(order).await;
        assert!(form.text().contains(order) && form.value("title").is_empty());
        form.type_into("title", order).await;
        places.push(application.place());
    }
    application.closes().await;
    let form = application.opens("ORDER 2").await;
    assert_eq!(form.value("title"), "ORDER 2", "the draft of an order is kept in its tab");
    assert!(places.iter().all(|place| *place == application.place()));
    bzctrl_widget::forget();
    page.settles().await;
    application.closes().await;
    assert_eq!(application.opens("ORDER 2").await.value("title"), "");
}

#[wasm_bindgen_test]
async fn an_application_gives_the_form_a_language_and_words_of_its_own() {
    let page = Page::new().await;
    let mut application = Application::on(&page).await;
    let form = application.opens("ORDER 777 NL").await;
    for said in ["Incident melden", "Wat is er aan de hand?", "Verzenden"] {
        assert!(form.text().contains(said), "{said} is not in: {}", form.text());
    }
    form.type_into("financialImpact", "1.250").await;
    assert_eq!(form.hint("financialImpact"), "Gelezen als EUR 1.250,00");
    let form = application.opens("ORDER 778").await;
    assert!(form.text().contains("Report incident"), "{}", form.text());
}
