//! The form's code comes to an end in the middle of typing: the page lives on, and so does what was typed.

use crate::{
    desk::Desk,
    stage::{Browser, Stage, Tab},
};

/// When the form's code is at its next input, and looks at what was typed, this happens.
async fn at_the_next_input(tab: &Tab, consequence: &str) {
    let trap = format!(
        "(async () => {{
            const scripts = performance.getEntriesByType('resource').map(({{ name }}) => name);
            const code = await import(scripts.findLast((name) => name.includes('/bzctrl_widget.js')));
            const fields = [HTMLInputElement, HTMLTextAreaElement].map((field) => field.prototype);
            const values = fields.map((field) => Object.getOwnPropertyDescriptor(field, 'value'));
            const put = (get) => fields.forEach((field, at) => Object.defineProperty(field, 'value', {{ ...values[at], ...get }}));
            addEventListener('input', () => put({{ get() {{ put({{}}); {consequence}; }} }}), {{ capture: true, once: true }});
        }})()"
    );
    tab.read(&trap).await;
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
    let told = browser
        .tab
        .wait_for("document.querySelector('#report-incident').shadowRoot.querySelector('[role=alert]').textContent")
        .await;
    assert_eq!(told, "The form has a fault and was closed. What was typed is kept.");
    assert_eq!(browser.tab.read("document.querySelector('bzctrl-dialog')").await, serde_json::Value::Null);
    let [error] = &browser.tab.heard("bzctrl-error").await[..] else { panic!("not one error") };
    assert_eq!((&error["code"], &error["retryable"]), (&"load-failed".into(), &true.into()));
    let [line] = &browser.console().await[..] else { panic!("not one line in the console") };
    assert!(line.contains("bzctrl-todo: The form has a fault and was closed."), "{line}");

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
    // More memory than there can be: wasm-bindgen's allocation aborts.
    types_until("code.open(document.body, {}, { length: 2 ** 31 }).catch(() => {})").await;
}

#[tokio::test]
async fn after_an_exception_of_the_pages_own_making_the_draft_comes_back_in_a_fresh_instance() {
    types_until("throw new TypeError('a page that has replaced a built-in')").await;
}
