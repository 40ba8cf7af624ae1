//! The button is pressed before the form's code is here: its frame stands and can be left, and the form comes in its place.

use serde_json::{Value, json};

use crate::{
    form::Form,
    stage::{Browser, Key, Stage, Tab, Trouble},
};

const WASM: &str = "bzctrl_widget_bg.wasm";

/// The frame, as long as it stands.
pub(crate) const FRAME: &str = "[...document.querySelectorAll('bzctrl-dialog')].map((it) => it.shadowRoot).find((it) => it?.querySelector('.wait'))";

/// A plain page, on which nothing is fetched before the press, and then not all of it.
async fn on_a_slow_line(stage: &Stage, tab: &Tab, attributes: &Value) {
    tab.go(&stage.host.page("hosts/plain.html?policy=strict")).await;
    tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
    stage.proxy.as_ref().unwrap().troubles(WASM, Trouble::Hangs);
    tab.read(&format!(
        "(() => {{ const todo = document.querySelector('bzctrl-todo');
            for (const [name, value] of Object.entries({attributes})) todo.setAttribute(name, value); }})()"
    ))
    .await;
}

async fn press(tab: &Tab) {
    tab.press(&tab.element("document.querySelector('bzctrl-todo > button')").await).await;
}

async fn stands(tab: &Tab) {
    tab.wait_for(&format!("{FRAME}?.querySelector('button').textContent")).await;
}

async fn is_gone(tab: &Tab) {
    tab.wait_for(&format!("{FRAME} ? '' : 'gone'")).await;
}

/// The heading's place and size, and the dialog's left, right and top.
const PLACE: &str = "(() => {
    const within = [...document.querySelectorAll('bzctrl-dialog')].at(-1).shadowRoot;
    const [heading, dialog] = ['h2', 'dialog'].map((name) => within.querySelector(name).getBoundingClientRect());
    return [heading.left, heading.top, heading.height, dialog.left, dialog.right, dialog.top].map(Math.round);
})()";

const HEARD: &str = "[witness.heard.map(({ type }) => type), witness.errors, witness.violations, witness.said]";
const QUIET: &str = "[[],[],[],[]]";

#[tokio::test]
async fn the_frame_stands_until_the_form_comes_in_its_place() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on_a_slow_line(&stage, tab, &json!({ "preload": "none" })).await;
    press(tab).await;
    stands(tab).await;
    let frame = "(() => {
        const within = FRAME;
        const [dialog, form, bar] = ['dialog', '.form', 'progress'].map((name) => within.querySelector(name));
        const name = (of) => within.getElementById(of.getAttribute('aria-labelledby')).textContent;
        const { shadowRoot } = document.querySelector('bzctrl-todo');
        return [dialog.matches(':modal'), within.activeElement === form, name(dialog), name(bar), bar.position,
            bar.getBoundingClientRect().width > 200, within.querySelector('button').textContent,
            shadowRoot.querySelector('[role=alert]').textContent, shadowRoot.host.ariaBusy];
    })()"
        .replace("FRAME", FRAME);
    let told = json!([true, true, "Report incident", "Report incident", -1, true, "Cancel", "", "true"]);
    assert_eq!(tab.read(&frame).await, told);
    tab.strike(&[Key::Enter, Key::Letter('k')]).await;
    assert_eq!(tab.read(HEARD).await.to_string(), QUIET, "nobody has heard of a form yet");
    let place = tab.read(PLACE).await;

    stage.proxy.as_ref().unwrap().is_well();
    let form = Form::shown(tab).await;
    form.has_focus("title").await;
    assert_eq!(tab.read(PLACE).await, place, "the form stands where the frame stood");
    let left = format!("[{FRAME} ?? null, document.querySelectorAll('bzctrl-dialog').length]");
    assert_eq!(tab.read(&left).await, json!([null, 1]));
    assert_eq!(tab.read("witness.heard.map(({ type }) => type)").await, json!(["bzctrl-open"]));
    form.close().await;
    assert_eq!(tab.read("document.activeElement.textContent").await, "Report incident");
}

/// The opening is ended while the frame stands; nothing follows, and the next press opens the form.
async fn is_left(by: &str) {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on_a_slow_line(&stage, tab, &json!({})).await;
    press(tab).await;
    stands(tab).await;
    // The same promise as the press has.
    tab.read(
        "(() => { document.querySelector('bzctrl-todo').open().then((made) => { window.made = `${made}`; }); })()",
    )
    .await;
    match by {
        "Escape" => tab.strike(&[Key::Escape]).await,
        "Cancel" => tab.press(&tab.element(&format!("{FRAME}.querySelector('button')")).await).await,
        script => drop(tab.read(&format!("(() => {{ {script} }})()")).await),
    }
    is_gone(tab).await;
    if !by.contains("remove") {
        tab.wait_for("document.activeElement.textContent === 'Report incident' ? 'back' : ''").await;
    }
    stage.proxy.as_ref().unwrap().is_well();
    assert_eq!(tab.wait_for("window.made").await, "null");
    assert_eq!(tab.read(HEARD).await.to_string(), QUIET);
    tab.read("(() => { if (window.away) document.body.append(window.away); })()").await;
    press(tab).await;
    Form::shown(tab).await;
}

#[tokio::test]
async fn cancel_ends_the_opening() {
    is_left("Cancel").await;
}

#[tokio::test]
async fn escape_ends_the_opening() {
    is_left("Escape").await;
}

#[tokio::test]
async fn the_pages_close_takes_the_frame_away() {
    is_left("document.querySelector('bzctrl-todo').close();").await;
}

#[tokio::test]
async fn an_element_that_leaves_the_page_takes_its_frame_with_it() {
    is_left("window.away = document.querySelector('bzctrl-todo'); window.away.remove();").await;
}

/// What the frame tells of a load that has failed, once it does; it tells nobody else.
pub(crate) async fn told_in_the_frame(tab: &Tab) -> String {
    let told = tab.wait_for(&format!("{FRAME}?.querySelector('[role=alert]')?.textContent")).await;
    assert_eq!(tab.read(&format!("{FRAME}.activeElement.textContent")).await, "Try now");
    let beside = "[...document.querySelectorAll('bzctrl-todo')].map((it) => it.shadowRoot.querySelector('[role=alert]').textContent).join('')";
    assert_eq!(tab.read(beside).await, "");
    told
}

pub(crate) async fn try_now(tab: &Tab) {
    tab.press(&tab.element(&format!("{FRAME}.querySelector('[part=submit]')")).await).await;
}

#[tokio::test]
async fn what_does_not_load_is_told_in_the_frame_and_tried_again_there() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on_a_slow_line(&stage, tab, &json!({ "lang": "nl" })).await;
    press(tab).await;
    stands(tab).await;
    stage.proxy.as_ref().unwrap().troubles(WASM, Trouble::Fails);
    let told = tab.wait_for(&format!("{FRAME}?.querySelector('[role=alert]')?.textContent")).await;
    assert_eq!(told, "Een deel van het formulier is nog niet geladen");
    let errors = "witness.heard.map(({ type, code }) => `${type} ${code}`)";
    assert_eq!(tab.read(errors).await, json!(["bzctrl-error load-failed"]));
    // Once more, and it fails once more.
    try_now(tab).await;
    tab.wait_for(&format!("{errors}.length === 2 ? 'two' : ''")).await;
    tab.wait_for(&format!("{FRAME}?.querySelector('[role=alert]')?.textContent")).await;
    assert_eq!(tab.read("document.querySelectorAll('bzctrl-dialog').length").await, 1);

    stage.proxy.as_ref().unwrap().is_well();
    let place = tab.read(PLACE).await;
    try_now(tab).await;
    let form = Form::shown(tab).await;
    form.has_focus("title").await;
    assert_eq!(tab.read(PLACE).await, place, "the form stands where the frame stood");
    assert_eq!(tab.read("document.querySelectorAll('bzctrl-dialog').length").await, 1);
    form.press("Annuleren").await;
    tab.wait_for("document.activeElement.textContent === 'Report incident' ? 'back' : ''").await;
    assert_eq!(tab.read("[witness.errors, witness.violations]").await, json!([[], []]));
}

#[tokio::test]
async fn a_load_that_has_failed_can_be_left() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on_a_slow_line(&stage, tab, &json!({})).await;
    tab.read(crate::loading::SHORT_WAITS).await;
    press(tab).await;
    stands(tab).await;
    assert_eq!(told_in_the_frame(tab).await, "A part of the form has not loaded yet");
    tab.strike(&[Key::Escape]).await;
    is_gone(tab).await;
    tab.wait_for("document.activeElement.textContent === 'Report incident' ? 'back' : ''").await;
    // Code that comes late opens nothing.
    stage.proxy.as_ref().unwrap().is_well();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(tab.read("witness.heard.map(({ type }) => type)").await, json!(["bzctrl-error"]));
    press(tab).await;
    Form::shown(tab).await;
}

/// The language's words hang: the frame does not wait for them, and the form is in English.
#[tokio::test]
async fn words_that_do_not_come_keep_no_frame_back() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on_a_slow_line(&stage, tab, &json!({ "lang": "nl" })).await;
    stage.proxy.as_ref().unwrap().is_well();
    stage.proxy.as_ref().unwrap().troubles("nl.txt", Trouble::Hangs);
    press(tab).await;
    tab.wait_for(&format!("{FRAME}?.querySelector('progress')?.localName")).await;
    assert_eq!(tab.read(&format!("{FRAME}.querySelector('h2').textContent")).await, "\u{a0}");
    let place = tab.read(PLACE).await;
    Form::shown(tab).await;
    assert_eq!(tab.read(PLACE).await, place);
    is_gone(tab).await;
}

#[tokio::test]
async fn a_form_in_the_page_has_no_frame_and_takes_no_focus() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on_a_slow_line(&stage, tab, &json!({ "inline": "" })).await;
    tab.read("(() => { document.querySelector('bzctrl-todo').open(); })()").await;
    tab.wait_for("document.querySelector('bzctrl-todo').ariaBusy").await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(tab.read(&format!("[{FRAME} ?? null, document.activeElement.localName]")).await, json!([null, "body"]));
    stage.proxy.as_ref().unwrap().is_well();
    let form = "document.querySelector('bzctrl-todo').shadowRoot.querySelector('bzctrl-dialog')?.shadowRoot.querySelector('[name=title]')?.name";
    assert_eq!(tab.wait_for(form).await, "title");
}

#[tokio::test]
async fn the_frame_speaks_the_forms_language_and_wears_its_theme() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    let is_so = "(() => {
        const said = [...FRAME.querySelectorAll('h2, [part=cancel]')].map((it) => it.textContent);
        const dialog = FRAME.querySelector('dialog');
        return [dialog.parentNode.lang, getComputedStyle(dialog).direction, dialog.dataset.theme, ...said];
    })()"
        .replace("FRAME", FRAME);
    let polish = r#"(() => { document.querySelector('bzctrl-todo').config = { texts: { 'heading.incident': 'Zgłoś', cancel: 'Anuluj' } }; })()"#;
    for (attributes, told) in [
        (
            json!({ "lang": "nl-BE", "theme": "dark", "todo-type": "task" }),
            json!(["nl-BE", "ltr", "dark", "Taak aanmaken", "Annuleren"]),
        ),
        (json!({ "lang": "ar" }), json!(["ar", "rtl", "auto", "الإبلاغ عن حادث", "إلغاء"])),
        (json!({ "lang": "pl" }), json!(["nl-NL", "ltr", "auto", "Zgłoś", "Anuluj"])),
    ] {
        on_a_slow_line(&stage, tab, &attributes).await;
        if attributes["lang"] == "pl" {
            tab.read(polish).await;
        }
        press(tab).await;
        stands(tab).await;
        assert_eq!(tab.read(&is_so).await, told, "{attributes}");
    }
}
