//! The form's code comes to an end in the middle of typing: the page lives on, and so does what was typed.

use serde_json::Value;

use crate::{
    desk::Desk,
    stage::{Browser, Stage, Tab},
};

/// Asks for more memory than there can be: wasm-bindgen's allocation traps.
const TRAP: &str =
    "(async () => code.open(document.querySelector('#report-incident'), {}, { length: 2 ** 31 }))().catch(() => {})";
const TOLD: &str = "The form has a fault and was closed. What was typed is kept.";

/// The form's code as the loader has it.
const CODE: &str = "await witness.module(performance.getEntriesByType('resource').map(({ name }) => name)
    .findLast((name) => name.includes('/bzctrl_widget.js')))";

/// When the form's code is at its next input, and looks at what was typed, this happens.
async fn at_the_next_input(tab: &Tab, consequence: &str) {
    let trap = format!(
        "(async () => {{
            const code = {CODE};
            const fields = [HTMLInputElement, HTMLTextAreaElement].map((field) => field.prototype);
            const values = fields.map((field) => Object.getOwnPropertyDescriptor(field, 'value'));
            const put = (get) => fields.forEach((field, at) => Object.defineProperty(field, 'value', {{ ...values[at], ...get }}));
            addEventListener('input', () => put({{ get() {{ put({{}}); {consequence}; return 'lost'; }} }}), {{ capture: true, once: true }});
        }})()"
    );
    tab.read(&trap).await;
}

/// The page and its user have been told of the fault, once.
async fn is_told(browser: &Browser) {
    let alert = "document.querySelector('#report-incident').shadowRoot.querySelector('[role=alert]').textContent";
    assert_eq!(browser.tab.wait_for(alert).await, TOLD);
    let [error] = &browser.tab.heard("bzctrl-error").await[..] else { panic!("not one error") };
    assert_eq!(
        (&error["code"], &error["title"], &error["retryable"]),
        (&"load-failed".into(), &TOLD.into(), &true.into())
    );
    let lines = browser.tab.said().await;
    let [line] = &lines[..] else { panic!("not one line in the console: {:?}", lines.get(1)) };
    drop(browser.console().await);
    assert!(line.contains(&format!("bzctrl-todo: {TOLD}")), "{line}");
}

/// Types into the form until its code comes to an end, and sends what was typed by a fresh instance of it.
async fn types_until(consequence: &str) {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = desk.incident("Seal torn").await;
    assert_eq!(browser.console().await, [""; 0]);

    at_the_next_input(&browser.tab, consequence).await;
    form.fill("description", "!").await;
    is_told(&browser).await;
    assert_eq!(browser.tab.read("document.querySelector('bzctrl-dialog')").await, Value::Null);

    let form = desk.report_incident().await;
    assert_eq!(form.value("title").await, "Seal torn");
    assert_eq!(form.value("description").await, "At gate 4");
    form.fill("description", ", twice").await;
    form.submit().await;
    form.link().await;
    let todos = stage.sandbox.todos().await;
    assert_eq!(todos.len(), 1);
    assert_eq!(todos[0]["description"], "At gate 4, twice");
    assert_eq!(browser.console().await, [""; 0]);
}

#[tokio::test]
async fn after_a_trap_in_the_middle_of_typing_the_draft_comes_back_in_a_fresh_instance() {
    types_until(TRAP).await;
}

#[tokio::test]
async fn after_an_exception_of_the_pages_own_making_the_draft_comes_back_in_a_fresh_instance() {
    types_until("throw new TypeError('a page that has replaced a built-in')").await;
}

#[tokio::test]
async fn a_fault_in_another_todo_of_the_same_opening_is_told_though_its_promise_has_been_kept() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.link().await;
    form.press("Report another").await;

    form.fill("title", "Door bent").await;
    at_the_next_input(&browser.tab, TRAP).await;
    form.fill("title", "!").await;
    is_told(&browser).await;
    assert_eq!(desk.report_incident().await.value("title").await, "Door bent");
}

#[tokio::test]
async fn after_a_fault_the_button_stands_again_where_the_form_stood() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    Desk::open(&browser, &stage.host.page("")).await;
    let place = "document.querySelector('#report-incident').shadowRoot.querySelector('bzctrl-dialog')";
    let stand = "(() => { const it = document.querySelector('#report-incident'); it.setAttribute('inline', ''); it.before(it); })()";
    browser.tab.read(stand).await;
    browser.tab.wait_for(&format!("{place}?.shadowRoot.querySelector('[name=title]')?.name")).await;

    browser.tab.read(&format!("(async () => {{ const code = {CODE}; await {TRAP}; }})()")).await;
    is_told(&browser).await;
    assert_eq!(browser.tab.read(place).await, Value::Null);
    let button = browser.tab.element("document.querySelector('#report-incident > button')").await;
    button.click().await.unwrap();
    browser.tab.wait_for(&format!("{place}?.shadowRoot.querySelector('[name=title]')?.name")).await;
}

#[tokio::test]
async fn what_the_page_throws_while_a_form_is_opened_is_told_and_the_next_press_works() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let throws = "(() => {
        const get = () => { throw new TypeError('of the page'); };
        Object.defineProperty(document, 'activeElement', { configurable: true, get });
        window.opened = document.querySelector('#report-incident').open().catch(({ code }) => code);
    })()";
    browser.tab.read(throws).await;
    is_told(&browser).await;
    assert_eq!(browser.tab.read("window.opened").await, "load-failed");
    browser.tab.read("delete document.activeElement").await;
    desk.incident("Seal torn").await.submit().await;
}

#[tokio::test]
async fn an_open_that_has_lost_its_element_disables_no_other() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = desk.incident("Seal torn").await;
    form.press("Cancel").await;
    form.press("Keep as draft and close").await;
    let lost = "[undefined, document.body, document.createElement('div')].map((it) => {
        try {
            document.querySelector('#report-incident').open.call(it);
        } catch ({ name }) {
            return name;
        }
    })";
    assert_eq!(browser.tab.read(lost).await, serde_json::json!(["TypeError", "TypeError", "TypeError"]));
    let form = desk.report_incident().await;
    assert_eq!(form.value("title").await, "Seal torn");
}
