//! The form is there in one frame: it is drawn before the press, and the page becomes inert after the paint.

use serde_json::json;

use crate::{
    form::Form,
    stage::{Browser, Stage, Tab, Trouble},
};

/// Opens the form by a script, and answers what is so as soon as it is shown. What is typed then is typed into what has the
/// focus.
const FIRST_FRAME: &str = "
    await (async () => {
        const todo = document.querySelector('bzctrl-todo');
        todo.firstElementChild.focus();
        todo.open().catch(() => {});
        const dialog = () => document.querySelector('bzctrl-dialog')?.shadowRoot.querySelector('dialog:is([open], [popover])');
        for (let turns = 0; !dialog() && turns < 2000; turns++) await new Promise((next) => setTimeout(next));
        const { left, top } = todo.firstElementChild.getBoundingClientRect();
        const seen = dialog().checkVisibility?.() ?? true;
        const modal = dialog().matches(':modal');
        const { activeElement } = dialog().getRootNode();
        const met = document.elementFromPoint(left + 2, top + 2).localName;
        document.execCommand('insertText', false, 'Se');
        activeElement.setSelectionRange(1, 2);
        return [seen, modal, activeElement.name, met];
    })()
";

/// What is so once the form is modal: the title, where its caret is, and what is left of the way there.
const ONCE_MODAL: &str = "
    (() => {
        const dialog = document.querySelector('bzctrl-dialog').shadowRoot.querySelector('dialog');
        const { activeElement: { name, value, selectionStart, selectionEnd } } = dialog.getRootNode();
        const left = ['popover', 'autofocus'].filter((attribute) => dialog.getRootNode().querySelector(`[${attribute}]`));
        return dialog.matches(':modal') ? JSON.stringify([name, value, selectionStart, selectionEnd, left]) : '';
    })()
";

async fn on(browser: &Browser, address: &str) {
    browser.tab.go(address).await;
    browser.tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
}

/// Whether this browser has a layer above the page for what is not modal.
async fn has_popovers(tab: &Tab) -> bool {
    tab.read("'popover' in HTMLElement.prototype").await == true
}

#[tokio::test]
async fn the_first_frame_has_the_form_and_its_focus_and_the_page_is_inert_after_it() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on(&browser, &stage.host.page("hosts/plain.html?policy=strict")).await;
    let modal = !has_popovers(tab).await;
    tab.wait_for(COMPILED).await;
    assert_eq!(tab.read(FIRST_FRAME).await, json!([true, modal, "title", "bzctrl-dialog"]));
    assert_eq!(tab.wait_for(ONCE_MODAL).await, r#"["title","Se",1,2,[]]"#);
    let heard = tab.read("witness.heard.map(({ type }) => type)").await;
    assert_eq!(heard, json!(["bzctrl-open"]), "nothing is heard of how it becomes modal");
    assert_eq!(tab.read("[...witness.errors, ...witness.violations, ...witness.said]").await, json!([]));
}

#[tokio::test]
async fn a_page_whose_own_modal_dialog_keeps_the_focus_has_the_form_modal_at_once() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on(&browser, &stage.host.page("hosts/own-dialog.html?policy=none")).await;
    tab.wait_for(COMPILED).await;
    assert_eq!(tab.read(FIRST_FRAME).await, json!([true, true, "title", "bzctrl-dialog"]));
    assert_eq!(tab.wait_for(ONCE_MODAL).await, r#"["title","Se",1,2,[]]"#);
}

/// Counts the places that are made for forms, in the page or out of it.
const COUNT_PLACES: &str = "
    (() => {
        window.places = 0;
        const own = window.Document.prototype.createElement;
        window.Document.prototype.createElement = function (name, ...all) {
            window.places += name === 'bzctrl-dialog';
            return own.call(this, name, ...all);
        };
    })()
";
/// Counts what of them is put into the page, and into the elements themselves.
const WATCH_PLACES: &str = "
    (() => {
        window.put = [0, 0];
        const watch = (where, at) => new MutationObserver((records) => {
            const added = records.flatMap(({ addedNodes }) => [...addedNodes]);
            put[at] += added.filter(({ localName }) => localName === 'bzctrl-dialog').length;
        }).observe(where, { childList: true, subtree: true });
        watch(document, 0);
        document.querySelectorAll('bzctrl-todo').forEach(({ shadowRoot }) => watch(shadowRoot, 1));
    })()
";
const REACH_FOR_ALL: &str = "
    document.querySelectorAll('bzctrl-todo > button').forEach((button) => {
        button.dispatchEvent(new PointerEvent('pointerover', { bubbles: true, composed: true }));
        button.focus();
    })
";
/// `forget` waits for the code; then an empty form is drawn.
const COMPILED: &str = "
    await (customElements.get('bzctrl-todo').preload()
        .then(() => customElements.get('bzctrl-todo').forget())
        .then(() => new Promise((done) => setTimeout(done, 300, 'here'))))
";

#[tokio::test]
async fn who_reaches_for_a_button_has_one_form_drawn_of_which_nobody_hears_and_the_press_takes_it() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on(&browser, &stage.host.page("hosts/ten-elements.html?policy=none")).await;
    tab.read(COUNT_PLACES).await;
    tab.read(WATCH_PLACES).await;
    tab.read(REACH_FOR_ALL).await;
    tab.wait_for("window.places ? 'drawn' : ''").await;
    tab.wait_for(COMPILED).await;
    let untouched =
        "[places, document.querySelectorAll('bzctrl-dialog').length, witness.heard.length, sessionStorage.length,
        performance.getEntriesByType('resource').filter(({ name }) => /_later|token/.test(name)).length]";
    assert_eq!(tab.read(untouched).await, json!([1, 0, 0, 0, 0]));
    let left = "[...document.querySelectorAll('bzctrl-todo')].filter(({ shadowRoot }) => shadowRoot.querySelector('bzctrl-dialog'))";
    let laid_out = format!("[...put, {left}.length]");
    assert_eq!(tab.read(&laid_out).await, json!([0, 1, 0]), "it is laid out once, where the page does not see it");

    assert_eq!(tab.read(FIRST_FRAME).await[2], "title");
    assert_eq!(tab.wait_for(ONCE_MODAL).await, r#"["title","Se",1,2,[]]"#);
    assert_eq!(tab.read("[places, document.querySelectorAll('bzctrl-dialog').length]").await, json!([1, 1]));
    let context = "document.querySelector('bzctrl-dialog').shadowRoot.querySelector('.context').textContent";
    assert!(tab.wait_for(context).await.contains("ORDER 777"), "it is filled in by the press");
    assert_eq!(tab.read("[...witness.errors, ...witness.said]").await, json!([]));
}

#[tokio::test]
async fn a_page_that_wants_nothing_early_has_nothing_drawn_before_the_press() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on(&browser, &stage.host.page("hosts/ten-elements.html?policy=none")).await;
    tab.read("document.querySelectorAll('bzctrl-todo').forEach((it) => it.setAttribute('preload', 'none'))").await;
    tab.read(COUNT_PLACES).await;
    tab.read(REACH_FOR_ALL).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let fetched = "performance.getEntriesByType('resource').filter(({ name }) => /bzctrl_widget/.test(name)).length";
    assert_eq!(tab.read(&format!("[places, {fetched}]")).await, json!([0, 0]));
}

#[tokio::test]
async fn code_that_could_not_be_had_is_asked_for_by_a_press_and_not_by_each_pointer_that_passes() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let (tab, proxy) = (&browser.tab, stage.proxy.as_ref().unwrap());
    proxy.troubles("bzctrl_widget.js", Trouble::Fails);
    on(&browser, &stage.host.page("hosts/ten-elements.html?policy=none")).await;
    let asked =
        "String(performance.getEntriesByType('resource').filter(({ name }) => /bzctrl_widget_bg/.test(name)).length)";
    for _ in 0..5 {
        tab.read(REACH_FOR_ALL).await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert_eq!(tab.read(asked).await, "1");
    proxy.is_well();
    tab.press(&tab.element("document.querySelector('bzctrl-todo > button, bzctrl-todo')").await).await;
    Form::shown(tab).await;
    assert_eq!(tab.read(asked).await, "2");
}

#[tokio::test]
async fn a_page_that_never_opened_the_form_forgets_without_its_code_and_one_that_kept_something_drops_it() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on(&browser, &stage.host.page("hosts/plain.html?policy=none")).await;
    let fetched = "performance.getEntriesByType('resource').filter(({ name }) => /bzctrl_widget/.test(name)).length";
    tab.read("sessionStorage.setItem('of the page', 'kept')").await;
    tab.read("await customElements.get('bzctrl-todo').forget()").await;
    assert_eq!(tab.read(fetched).await, 0);

    tab.read("sessionStorage.setItem('bzctrl:1', JSON.stringify({ typed: { title: 'Seal torn' } }))").await;
    tab.read("await customElements.get('bzctrl-todo').forget()").await;
    assert_eq!(tab.read("Object.keys(sessionStorage)").await, json!(["of the page"]));
    assert_ne!(tab.read(fetched).await, 0);
}
