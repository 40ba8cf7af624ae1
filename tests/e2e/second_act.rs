//! What the form needs only once it stands is fetched while it stands. It may come late, or not at all.

use std::time::Duration;

use crate::{
    desk::Desk,
    form::Form,
    stage::{Browser, Key, Stage, Tab},
};

/// The second part does not arrive, until it [`arrives`].
async fn is_lost(tab: &Tab) {
    let script = "(() => { const real = window.fetch; window.laterIsLost = true;
            window.fetch = (what, ...how) => String(what).includes('_later.wasm') && window.laterIsLost
                ? Promise.reject(new TypeError('no network')) : real(what, ...how); })()";
    tab.read(script).await;
}

/// The next time that it is tried.
async fn arrives(tab: &Tab) {
    tab.read("(() => { window.laterIsLost = false; })()").await;
}

#[tokio::test]
async fn a_press_that_comes_before_the_second_act_is_told_and_followed_once_it_is_here() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    is_lost(&browser.tab).await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    let told = form.alert("has not loaded yet").await;
    assert!(told.contains("What you typed is kept."), "{told}");
    let over_the_buttons = "(({ shadowRoot: root }) => {
        const [told, cancel] = ['.actions > .notice', '[part=cancel]'].map((it) => root.querySelector(it).getBoundingClientRect());
        return told.bottom <= cancel.top;
    })(document.querySelector('bzctrl-dialog'))";
    assert_eq!(browser.tab.read(over_the_buttons).await, true);
    form.fill("description", ", twice").await;
    arrives(&browser.tab).await;
    form.link().await;
    let todos = stage.sandbox.todos().await;
    assert_eq!(todos.len(), 1);
    assert_eq!(todos[0]["description"], "At gate 4, twice");
    let console = browser.tab.said().await;
    assert!(!console.is_empty());
    assert!(console.iter().all(|line| line.contains("a part of the form did not load; it is tried again")));
}

#[tokio::test]
async fn a_press_that_has_waited_for_the_second_act_for_too_long_sends_nothing() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    is_lost(&browser.tab).await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.alert("has not loaded yet").await;
    // The machine sleeps for three minutes.
    browser
        .tab
        .read(
            "(() => { const { Date } = window; const real = Date.now; Date.now = () => real.call(Date) + 180_000; })()",
        )
        .await;
    arrives(&browser.tab).await;
    form.alert("It took too long to send it").await;
    assert_eq!(stage.sandbox.requests().await.len(), 0);
    form.submit().await;
    form.link().await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);
}

#[tokio::test]
async fn without_the_second_act_the_form_still_closes_and_what_was_typed_is_kept() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    is_lost(&browser.tab).await;
    desk.incident("Seal torn").await.close().await;
    let [closed] = &browser.tab.heard("bzctrl-close").await[..] else { panic!("not closed once") };
    assert_eq!(closed["reason"], "cancelled");
    arrives(&browser.tab).await;
    let form = desk.report_incident().await;
    assert_eq!(form.value("title").await, "Seal torn");
    form.submit().await;
    form.link().await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);
}

#[tokio::test]
async fn a_field_that_is_left_before_the_second_act_is_no_press_and_is_checked_once_it_is_here() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    is_lost(&browser.tab).await;
    let form = desk.report_incident().await;
    form.correct("financialImpact", "ten").await;
    assert_eq!(form.words_on_submit().await, "Submit");
    browser.tab.wait_for("witness.said.length > 1 ? 'told' : ''").await;
    assert!(!form.has_alert().await, "nothing was pressed");
    arrives(&browser.tab).await;
    form.is_told("financialImpact", "Enter an amount").await;
}

/// It is here once an amount is read back.
async fn has_come(tab: &Tab, form: &Form<'_>) {
    arrives(tab).await;
    form.says("Read as").await;
}

/// Where the form stands.
const STANDS: &str = "document.querySelector('bzctrl-dialog').shadowRoot";

#[tokio::test]
async fn what_was_drawn_first_goes_on_as_it_stands_with_its_focus_and_its_caret() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let (desk, tab) = (Desk::open(&browser, &stage.host.page("")).await, &browser.tab);
    is_lost(tab).await;
    let form = desk.incident("Seal torn").await;
    form.fill("financialImpact", "1250").await;
    let marks = "(() => { window.typedInto = STANDS.activeElement; typedInto.setSelectionRange(2, 2); })()";
    tab.read(&marks.replace("STANDS", STANDS)).await;
    has_come(tab, &form).await;
    assert_eq!(tab.read(&format!("typedInto === {STANDS}.activeElement && typedInto.selectionStart")).await, 2);
    tab.strike(&[Key::Letter('9')]).await;
    assert_eq!(form.value("financialImpact").await, "12950");
    form.submit().await;
    form.link().await;
    let todos = stage.sandbox.todos().await;
    assert_eq!(
        (todos.len(), &todos[0]["title"], &todos[0]["financialImpact"]),
        (1, &"Seal torn".into(), &"12950".into())
    );
}

#[tokio::test]
async fn half_a_date_that_was_typed_before_the_second_act_stays() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let (desk, tab) = (Desk::open(&browser, &stage.host.page("")).await, &browser.tab);
    is_lost(tab).await;
    let form = desk.create_task().await;
    tab.focus(&tab.element(&format!("{STANDS}.querySelector('[name=reminderDate]')")).await).await;
    tab.strike(&[Key::Letter('1'), Key::Letter('2')]).await;
    let half = format!("{STANDS}.querySelector('[name=reminderDate]').validity.badInput ? 'half' : ''");
    tab.wait_for(&half).await;
    arrives(tab).await;
    form.token_has_come().await;
    assert_eq!(tab.read(&half).await, "half");
}

#[tokio::test]
async fn a_type_that_is_chosen_before_the_second_act_brings_its_fields() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let (desk, tab) = (Desk::open(&browser, &stage.host.page("")).await, &browser.tab);
    is_lost(tab).await;
    let form = desk.incident("Seal torn").await;
    form.choose("todoType", "TASK").await;
    form.has_focus("todoType").await;
    form.correct("result", "Seal replaced").await;
    assert_eq!(form.value("title").await, "Seal torn");
    form.submit().await;
    form.alert("has not loaded yet").await;
    arrives(tab).await;
    form.link().await;
    let todos = stage.sandbox.todos().await;
    assert_eq!((todos.len(), &todos[0]["todoType"], &todos[0]["result"]), (1, &"TASK".into(), &"Seal replaced".into()));
}

#[tokio::test]
async fn a_form_into_which_an_extension_writes_before_the_second_act_is_drawn_anew_and_loses_nothing() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let (desk, tab) = (Desk::open(&browser, &stage.host.page("")).await, &browser.tab);
    is_lost(tab).await;
    let form = desk.incident("Seal torn").await;
    form.fill("financialImpact", "1250").await;
    let writes = "(() => { for (const at of ['.control', '.fields', '.form', 'dialog', 'h2'])
        STANDS.querySelector(at).append(document.createElement('grammar-helper'), 'x'); })()";
    tab.read(&writes.replace("STANDS", STANDS)).await;
    has_come(tab, &form).await;
    assert_eq!(tab.read(&format!("{STANDS}.querySelectorAll('grammar-helper').length")).await, 0);
    form.correct("financialImpact", "1260").await;
    form.submit().await;
    form.link().await;
    let todos = stage.sandbox.todos().await;
    assert_eq!(
        (todos.len(), &todos[0]["title"], &todos[0]["financialImpact"]),
        (1, &"Seal torn".into(), &"1260".into())
    );
}

#[tokio::test]
async fn a_press_that_waits_for_the_second_act_is_dropped_when_the_page_closes_the_form() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    is_lost(&browser.tab).await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.alert("has not loaded yet").await;
    browser.tab.read("document.querySelector('#report-incident').forget()").await;
    let reason = "witness.heard.find(({ type }) => type === 'bzctrl-close')?.reason";
    assert_eq!(browser.tab.wait_for(reason).await, "cancelled");
    let come = "performance.getEntriesByType('resource').find(({ name }) => name.includes('_later.wasm'))?.name";
    assert_eq!(browser.tab.read(come).await, serde_json::Value::Null, "a form closes without the second act");
    // It arrives, and nothing follows.
    arrives(&browser.tab).await;
    browser.tab.wait_for(come).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(stage.sandbox.todos().await, [serde_json::Value::Null; 0]);
    let form = desk.incident("Seal missing").await;
    form.submit().await;
    form.link().await;
    let todos = stage.sandbox.todos().await;
    assert_eq!(todos.iter().map(|todo| &todo["title"]).collect::<Vec<_>>(), ["Seal missing"]);
}
