//! What happens to a page while the form is open: it is left and comes back, is printed, gets another body, or has no
//! origin.

use serde_json::json;

use crate::{
    desk::Desk,
    form::Form,
    stage::{Browser, Engine, Stage},
};

#[tokio::test]
async fn after_a_look_at_another_page_what_stands_in_the_form_is_what_is_sent() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = desk.incident("Seal torn").await;
    form.choose("impact", "HIGH").await;
    tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
    tab.back().await;

    // A browser that kept the page has the form open still; any other has kept what was typed.
    let kept = tab.read("witness.kept").await == true;
    assert_eq!(kept, Engine::of_this_run().keeps_pages());
    let form = if kept { Form::shown(tab).await } else { desk.report_incident().await };
    form.has_focus(if kept { "impact" } else { "title" }).await;
    assert_eq!((form.value("title").await, form.value("description").await), ("Seal torn".into(), "At gate 4".into()));
    form.fill("title", " again").await;
    let title = form.value("title").await;
    form.submit().await;
    form.link().await;
    let todos = stage.sandbox.todos().await;
    assert_eq!(todos.len(), 1);
    assert_eq!((&todos[0]["title"], &todos[0]["description"]), (&json!(title), &json!("At gate 4")));
    assert_eq!(todos[0]["impact"], "HIGH");
    assert_eq!(tab.read("[...witness.errors, ...witness.violations, ...witness.said]").await, json!([]));
}

#[tokio::test]
async fn a_page_is_printed_without_the_form_that_lies_over_it_only_in_chromium() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = desk.incident("Seal torn").await;
    let shows = "(() => {
        const dialog = document.querySelector('bzctrl-dialog').shadowRoot.querySelector('dialog');
        return [dialog.checkVisibility({ opacityProperty: true }), getComputedStyle(dialog, '::backdrop').backgroundColor];
    })()";
    let before = tab.read(shows).await;
    assert!(before[0] == true && before[1] != "rgba(0, 0, 0, 0)", "{before}");
    browser.prints().await;
    assert_eq!(tab.read(shows).await, json!([false, "rgba(0, 0, 0, 0)"]));
    // Who prints goes on where the focus was.
    form.has_focus("description").await;
}

#[tokio::test]
async fn a_body_that_takes_the_place_of_the_old_one_opens_the_form_with_what_was_typed() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
    let button = "document.querySelector('bzctrl-todo:defined > button')";
    tab.press(&tab.element(button).await).await;
    let form = Form::shown(tab).await;
    form.fill("title", "Seal torn").await;
    form.fill("description", "At gate 4").await;
    let swap = "(async () => {
        const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html');
        document.body = document.adoptNode(page.body);
    })()";
    tab.read(swap).await;
    assert_eq!(tab.read("document.querySelector('bzctrl-dialog')").await, json!(null));

    tab.press(&tab.element(button).await).await;
    let form = Form::shown(tab).await;
    assert_eq!((form.value("title").await, form.value("description").await), ("Seal torn".into(), "At gate 4".into()));
    form.submit().await;
    form.link().await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);
    assert_eq!(tab.read("[...witness.errors, ...witness.violations, ...witness.said]").await, json!([]));
}

#[tokio::test]
async fn a_frame_without_an_origin_is_told_that_the_relay_does_not_admit_it() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    tab.go(&stage.host.page("hosts/opaque-frame.html?policy=none")).await;
    tab.enter_frame().await;
    tab.press(&tab.element("document.querySelector('bzctrl-todo:defined > button')").await).await;
    let form = Form::shown(tab).await;
    form.fill("title", "Seal torn").await;
    form.fill("description", "At gate 4").await;
    form.submit().await;
    let told = form.alert("This page may not use the relay").await;
    assert!(told.contains("the relay has to admit its address"), "{told}");
    assert_eq!(tab.heard("bzctrl-error").await[0]["code"], "origin-denied");
    assert_eq!(form.value("title").await, "Seal torn");
    assert_eq!(tab.read("[...witness.errors, ...witness.violations]").await, json!([]));
    assert_eq!(stage.sandbox.requests().await.len(), 0);
}

#[tokio::test]
async fn on_a_low_screen_the_form_scrolls_between_its_head_and_its_buttons() {
    let stage = Stage::set().await;
    let browser = Browser::on_a_low_screen().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    desk.incident("Seal torn").await;
    let scroll = "(() => {
        const { shadowRoot } = document.querySelector('bzctrl-dialog');
        return ['.dialog', '.form', '.body'].filter((name) => {
            const it = shadowRoot.querySelector(name);
            return it.scrollHeight > it.clientHeight + 1 && !/hidden|visible/.test(getComputedStyle(it).overflowY);
        });
    })()";
    let tab = &browser.tab;
    assert_eq!(tab.read(scroll).await, json!([".body"]));
}

#[tokio::test]
async fn an_element_that_the_page_shows_in_a_frame_of_its_own_opens_the_form_over_the_page() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
    tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
    // As a framework's portal does: the element is of this page, and stands in the document of a frame.
    let portal = "(() => {
        const frame = document.createElement('iframe');
        document.querySelector('main').append(frame);
        frame.contentDocument.body.append(document.querySelector('bzctrl-todo'));
        window.links = [];
        frame.contentDocument.addEventListener('bzctrl-created', (event) => links.push(event.detail.taskLink));
    })()";
    tab.read(portal).await;
    // Drivers do not find what was put there in this way with their mouse.
    tab.enter_frame().await;
    tab.read("(() => { const { firstElementChild } = document.querySelector('bzctrl-todo'); firstElementChild.focus(); firstElementChild.click(); })()").await;
    tab.leave_frame().await;

    let form = Form::shown(tab).await;
    form.fill("title", "Seal torn").await;
    form.fill("description", "At gate 4").await;
    form.submit().await;
    let link = form.link().await;
    form.finish().await;
    assert_eq!(tab.read("window.links").await, json!([link]));
    assert_eq!(stage.sandbox.todos().await.len(), 1);
    assert_eq!(tab.read("[...witness.errors, ...witness.violations, ...witness.said]").await, json!([]));
}
