//! A page that turns itself over while the form is open: the form comes back or is told to have gone, what was promised is
//! settled, and the page lives on.

use serde_json::json;

use crate::{
    form::Form,
    stage::{Browser, Stage, Tab},
};

const OPENER: &str = "document.querySelector('bzctrl-todo:defined')";

/// A page with nothing but what the widget needs.
async fn visit(tab: &Tab, stage: &Stage) {
    tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
    tab.wait_for(&format!("{OPENER}?.localName")).await;
}

/// Opens the form by script, so that its promise can be seen.
async fn open<'a>(tab: &'a Tab, stage: &Stage) -> Form<'a> {
    visit(tab, stage).await;
    promise(tab).await;
    Form::shown(tab).await
}

async fn promise(tab: &Tab) {
    let promise = "(() => { window.promised = 'pending'; const keep = (how) => { window.promised = how; };
        OPENER.open().then(() => keep('kept'), ({ code }) => keep(code)); })()";
    tab.read(&promise.replace("OPENER", OPENER)).await;
}

async fn is_settled(tab: &Tab, how: &str) {
    assert_eq!(tab.wait_for("window.promised === 'pending' ? '' : window.promised").await, how);
}

/// An incident goes its way from the page as it is now.
async fn reports(tab: &Tab, stage: &Stage) {
    tab.press(&tab.element(&format!("{OPENER}.firstElementChild")).await).await;
    let form = Form::shown(tab).await;
    form.fill("title", "Seal torn").await;
    form.fill("description", "At gate 4").await;
    form.submit().await;
    form.link().await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);
}

#[tokio::test]
async fn a_page_that_takes_the_form_away_again_and_again_is_told_and_lives_on() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    visit(tab, &stage).await;
    let clean = "(() => {
        window.cleaner = new MutationObserver(() => document.body.querySelector(':scope > bzctrl-dialog')?.remove());
        window.cleaner.observe(document.body, { childList: true });
    })()";
    tab.read(clean).await;
    promise(tab).await;
    is_settled(tab, "load-failed").await;
    let said = tab.said().await;
    assert!(said.len() == 1 && said[0].contains("takes bzctrl-dialog away again and again"), "{said:?}");
    tab.read("window.cleaner.disconnect()").await;
    reports(tab, &stage).await;
}

#[tokio::test]
async fn a_form_that_is_taken_away_now_and_then_comes_back_with_what_was_typed() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    let form = open(tab, &stage).await;
    form.fill("title", "Seal torn").await;
    for _ in 0..3 {
        tab.read("document.querySelector('bzctrl-dialog').remove()").await;
        form.fill("title", "!").await;
    }
    assert_eq!(form.value("title").await, "Seal torn!!!");
    assert_eq!(tab.read("window.promised").await, "pending");
}

#[tokio::test]
async fn a_page_whose_children_are_wrapped_still_lies_behind_the_form() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    let form = open(tab, &stage).await;
    form.fill("title", "Seal torn").await;
    tab.read("(() => { const wrap = document.createElement('div'); wrap.append(...document.body.childNodes); document.body.append(wrap); })()").await;
    let modal = "document.querySelector('bzctrl-dialog').shadowRoot.querySelector('dialog:modal')?.localName";
    assert_eq!(tab.wait_for(modal).await, "dialog");
    form.has_focus("title").await;
    assert_eq!(form.value("title").await, "Seal torn");
}

/// The page is put in its own place by this, and the next form opens in it.
async fn the_page_is_new(by: &str) {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    open(tab, &stage).await.fill("title", "Seal").await;
    tab.read(&format!("(async () => {{ const page = await (await fetch(location.href)).text(); {by} }})()")).await;
    is_settled(tab, "kept").await;
    tab.wait_for(&format!("{OPENER}?.localName")).await;
    tab.press(&tab.element(&format!("{OPENER}.firstElementChild")).await).await;
    let form = Form::shown(tab).await;
    assert_eq!(form.value("title").await, "Seal");
    form.fill("title", " torn").await;
    form.fill("description", "At gate 4").await;
    form.submit().await;
    form.link().await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);
}

#[tokio::test]
async fn a_page_that_is_written_anew_opens_its_next_form() {
    the_page_is_new("document.open(); document.write(page); document.close();").await;
}

#[tokio::test]
async fn a_root_that_takes_the_place_of_the_old_one_opens_its_next_form() {
    the_page_is_new(
        "const root = new DOMParser().parseFromString(page, 'text/html').documentElement;
        document.documentElement.replaceWith(document.adoptNode(root));",
    )
    .await;
}

#[tokio::test]
async fn a_form_in_a_part_of_the_page_that_goes_is_closed() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    visit(tab, &stage).await;
    let part = "(() => {
        const part = document.createElement('section');
        part.innerHTML = '<div><div></div></div>';
        const todo = OPENER;
        todo.before(part);
        todo.setAttribute('inline', '');
        part.querySelector('div > div').append(todo);
    })()";
    tab.read(&part.replace("OPENER", OPENER)).await;
    promise(tab).await;
    let stands = "OPENER.shadowRoot.querySelector('bzctrl-dialog')?.shadowRoot.querySelector('[name=title]')?.name";
    tab.wait_for(&stands.replace("OPENER", OPENER)).await;
    tab.read("document.querySelector('section').remove()").await;
    is_settled(tab, "kept").await;
    assert_eq!(tab.heard("bzctrl-close").await[0]["reason"], "cancelled");
}

#[tokio::test]
async fn an_element_that_says_false_to_inline_waits_for_a_press() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    visit(tab, &stage).await;
    let opens = "['false', '', 'inline', 'true'].map((inline) => {
        const todo = document.createElement('bzctrl-todo');
        todo.setAttribute('inline', inline);
        let opens = false;
        todo.open = async () => (opens = true);
        document.body.append(todo);
        todo.remove();
        return opens;
    })";
    assert_eq!(tab.read(opens).await, json!([false, true, true, true]));
}

#[tokio::test]
async fn a_frame_that_is_named_body_is_not_the_body() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    visit(tab, &stage).await;
    tab.read("document.querySelector('main').insertAdjacentHTML('beforeend', '<iframe name=body srcdoc=x></iframe>')")
        .await;
    tab.wait_for("document.body === frames[0] ? 'named' : ''").await;
    promise(tab).await;
    // The driver types into nothing in such a page.
    Form::shown(tab).await.has_focus("title").await;
    tab.read(&format!("{OPENER}.close()")).await;
    is_settled(tab, "kept").await;
}

#[tokio::test]
async fn events_that_only_a_script_makes_do_no_harm() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    let form = open(tab, &stage).await;
    form.fill("title", "Seal torn").await;
    let fire = "(() => {
        const title = document.querySelector('bzctrl-dialog').shadowRoot.querySelector('[name=title]');
        const kinds = ['touchstart', 'touchmove', 'cancel', 'wheel', 'mousedown', 'click', 'keydown', 'input', 'change', 'focusout'];
        for (const kind of kinds) title.dispatchEvent(new Event(kind, { bubbles: true, composed: true, cancelable: true }));
        document.dispatchEvent(new Event('click'));
    })()";
    tab.read(fire).await;
    assert_eq!(form.value("title").await, "Seal torn");
    assert_eq!(tab.read("window.promised").await, "pending");
    assert_eq!(tab.read("[...witness.errors, ...witness.said]").await, json!([]));
}
