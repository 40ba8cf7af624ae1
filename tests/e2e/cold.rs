//! The button is pressed before the form's code is here: its frame stands, tells, and can be left; the form comes in its place.

use fantoccini::elements::Element;
use serde_json::{Value, json};

use crate::{
    form::Form,
    stage::{Browser, Key, Stage, Tab, Trouble},
};

const WASM: &str = "bzctrl_widget_bg.wasm";

/// Where the frame is, in the page or in the element that it stands for.
const FRAME: &str = "([document, document.querySelector('bzctrl-todo')?.shadowRoot]
    .map((it) => it?.querySelector('bzctrl-dialog')).find((it) => it?.shadowRoot.querySelector('.loading')))";

/// A plain page whose form's WebAssembly is on its way, until all is well; nothing is fetched before the press.
async fn on_a_slow_line(stage: &Stage, browser: &Browser, attributes: &str) {
    let tab = &browser.tab;
    tab.go(&stage.host.page("hosts/plain.html?policy=strict")).await;
    tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
    stage.proxy.as_ref().unwrap().troubles(WASM, Trouble::Hangs);
    tab.read(&format!(
        "(() => {{ const todo = document.querySelector('bzctrl-todo');
            for (const [name, value] of Object.entries({{ preload: 'none', {attributes} }})) todo.setAttribute(name, value); }})()"
    ))
    .await;
}

async fn press(tab: &Tab) {
    tab.press(&tab.element("document.querySelector('bzctrl-todo > button')").await).await;
    stands(tab).await;
}

async fn stands(tab: &Tab) {
    tab.wait_for(&format!("{FRAME}?.shadowRoot.querySelector('[role=status]')?.textContent")).await;
}

async fn button(tab: &Tab, words: &str) -> Element {
    let button =
        format!("[...{FRAME}?.shadowRoot.querySelectorAll('button') ?? []].find((it) => it.textContent === {words:?})");
    tab.wait_for(&format!("{button}?.textContent")).await;
    // A user looks before a press: what has just appeared takes none for a second.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    tab.element(&button).await
}

async fn is_gone(tab: &Tab) {
    tab.wait_for(&format!("{FRAME} ? '' : 'gone'")).await;
}

/// The heading's place and size, and the dialog's left and right.
const PLACE: &str = "(() => {
    const within = [...document.querySelectorAll('bzctrl-dialog')].at(-1).shadowRoot;
    const [heading, dialog] = ['h2', 'dialog'].map((name) => within.querySelector(name).getBoundingClientRect());
    return [heading.left, heading.top, heading.height, dialog.left, dialog.right].map(Math.round);
})()";

const HEARD: &str = "[witness.heard.map(({ type }) => type), witness.errors, witness.violations, witness.said]";
const QUIET: &str = "[[],[],[],[]]";

async fn all_well(stage: &Stage) {
    stage.proxy.as_ref().unwrap().is_well();
}

#[tokio::test]
async fn the_frame_stands_until_the_form_comes_in_its_place() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on_a_slow_line(&stage, &browser, "").await;
    press(tab).await;
    let frame = "(() => {
        const within = FRAME.shadowRoot;
        const [dialog, form] = [within.querySelector('dialog'), within.querySelector('.form')];
        const name = within.getElementById(dialog.getAttribute('aria-labelledby')).textContent;
        const bar = within.querySelector('[role=progressbar]').getBoundingClientRect();
        const { shadowRoot } = document.querySelector('bzctrl-todo');
        return [dialog.matches(':modal'), within.activeElement === form, name, within.querySelector('[role=status]').textContent,
            bar.height > 1, within.querySelector('button').textContent, shadowRoot.querySelector('[role=alert]').textContent,
            shadowRoot.host.ariaBusy];
    })()"
        .replace("FRAME", FRAME);
    let told = json!([true, true, "Report incident", "The form is loading…", true, "Cancel", "", "true"]);
    assert_eq!(tab.read(&frame).await, told);
    assert_eq!(tab.read(HEARD).await.to_string(), QUIET, "nobody has heard of a form yet");
    let place = tab.read(PLACE).await;

    all_well(&stage).await;
    let form = Form::shown(tab).await;
    form.has_focus("title").await;
    let now = tab.read(PLACE).await;
    let moved = place.as_array().unwrap().iter().zip(now.as_array().unwrap());
    let moved = moved.map(|(before, after)| (before.as_f64().unwrap() - after.as_f64().unwrap()).abs());
    // The oldest browsers' dates are a pixel higher.
    assert!(moved.fold(0.0, f64::max) <= 1.0, "the form stands where the frame stood: {place}, {now}");
    assert_eq!(
        tab.read(&format!("[{FRAME} ?? null, document.querySelectorAll('bzctrl-dialog').length]")).await,
        json!([null, 1])
    );
    assert_eq!(tab.read("witness.heard.map(({ type }) => type)").await, json!(["bzctrl-open"]));
    form.close().await;
    assert_eq!(tab.read("document.activeElement.textContent").await, "Report incident");
}

/// The opening is ended while the frame stands; nothing follows, and the next press opens the form.
async fn is_left(by: &str) {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on_a_slow_line(&stage, &browser, "").await;
    press(tab).await;
    // The same promise as the press has.
    tab.read(
        "(() => { document.querySelector('bzctrl-todo').open().then((made) => { window.made = `${made}`; }); })()",
    )
    .await;
    match by {
        "Escape" => tab.strike(&[Key::Escape]).await,
        "Cancel" => tab.press(&button(tab, "Cancel").await).await,
        script => drop(tab.read(&format!("(() => {{ {script} }})()")).await),
    }
    is_gone(tab).await;
    if !by.contains("remove") {
        tab.wait_for("document.activeElement.textContent === 'Report incident' ? 'back' : ''").await;
    }
    all_well(&stage).await;
    assert_eq!(tab.wait_for("window.made").await, "null");
    assert_eq!(tab.read(HEARD).await.to_string(), QUIET);
    tab.read("(() => { const todo = window.away; if (todo) document.body.append(todo); })()").await;
    tab.press(&tab.element("document.querySelector('bzctrl-todo > button')").await).await;
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

/// The frame once it tells what went wrong: where that stands, and what can be pressed.
async fn tells_a_failure(tab: &Tab) -> Value {
    tab.wait_for(&format!("{FRAME}?.shadowRoot.querySelector('[role=alert]')?.textContent")).await;
    let told = "(() => {
        const within = FRAME.shadowRoot;
        const beside = document.querySelector('bzctrl-todo').shadowRoot.querySelector('[role=alert]').textContent;
        return [within.querySelector('[role=alert]').textContent, [...within.querySelectorAll('button')].map((it) => it.textContent),
            within.activeElement?.textContent, beside, witness.heard.map(({ type, code }) => `${type} ${code}`)];
    })()";
    tab.read(&told.replace("FRAME", FRAME)).await
}

#[tokio::test]
async fn a_form_that_does_not_load_is_told_in_the_frame_and_tried_again_from_there() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on_a_slow_line(&stage, &browser, "").await;
    stage.proxy.as_ref().unwrap().troubles(WASM, Trouble::Fails);
    tab.press(&tab.element("document.querySelector('bzctrl-todo > button')").await).await;
    let failed = |times: usize| {
        let buttons = ["Close", "Try again"];
        json!(["The form did not load.", buttons, "Try again", "", vec!["bzctrl-error load-failed"; times]])
    };
    assert_eq!(tells_a_failure(tab).await, failed(1));
    tab.press(&button(tab, "Try again").await).await;
    tab.wait_for("witness.heard.length > 1 ? 'told' : ''").await;
    assert_eq!(tells_a_failure(tab).await, failed(2));
    let again = button(tab, "Try again").await;
    all_well(&stage).await;
    tab.press(&again).await;
    Form::shown(tab).await.close().await;
    assert_eq!(tab.read("document.activeElement.textContent").await, "Report incident");
    assert_eq!(tab.read("document.querySelectorAll('bzctrl-dialog').length").await, 1);
}

#[tokio::test]
async fn a_failure_in_the_frame_can_be_closed() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on_a_slow_line(&stage, &browser, "").await;
    stage.proxy.as_ref().unwrap().troubles(WASM, Trouble::Fails);
    tab.press(&tab.element("document.querySelector('bzctrl-todo > button')").await).await;
    tells_a_failure(tab).await;
    tab.press(&button(tab, "Close").await).await;
    is_gone(tab).await;
    assert_eq!(tab.read("document.activeElement.textContent").await, "Report incident");
}

#[tokio::test]
async fn a_form_in_the_page_has_its_frame_there_and_the_focus_stays_where_it_is() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    on_a_slow_line(&stage, &browser, "inline: ''").await;
    tab.read("(() => { document.querySelector('bzctrl-todo').open(); })()").await;
    stands(tab).await;
    let there = "(() => {
        const { shadowRoot } = document.querySelector('bzctrl-todo');
        const within = FRAME.shadowRoot;
        return [shadowRoot.querySelector('slot').hidden, within.querySelector('.page h2').textContent, within.activeElement,
            document.querySelector('bzctrl-dialog')];
    })()";
    assert_eq!(tab.read(&there.replace("FRAME", FRAME)).await, json!([true, "Report incident", null, null]));
    all_well(&stage).await;
    is_gone(tab).await;
    let form = "document.querySelector('bzctrl-todo').shadowRoot.querySelector('bzctrl-dialog').shadowRoot.querySelector('[name=title]')?.name";
    assert_eq!(tab.wait_for(form).await, "title");
}

#[tokio::test]
async fn the_frame_speaks_the_pages_language_and_wears_its_theme() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    let is_so = "(() => {
        const dialog = FRAME.shadowRoot.querySelector('dialog');
        const said = [...dialog.querySelectorAll('h2, button')].map((it) => it.textContent);
        return [dialog.lang, getComputedStyle(dialog).direction, dialog.dataset.theme, ...said];
    })()"
        .replace("FRAME", FRAME);
    for (attributes, told) in [
        (
            "lang: 'nl-BE', theme: 'dark', 'todo-type': 'task'",
            json!(["nl", "ltr", "dark", "Taak aanmaken", "Annuleren"]),
        ),
        ("lang: 'ar'", json!(["ar", "rtl", "auto", "الإبلاغ عن حادث", "إلغاء"])),
        ("lang: 'de'", json!(["de", "ltr", "auto", "Vorfall melden", "Abbrechen"])),
    ] {
        on_a_slow_line(&stage, &browser, attributes).await;
        press(tab).await;
        assert_eq!(tab.read(&is_so).await, told, "{attributes}");
    }
}
