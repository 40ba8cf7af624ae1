//! What the page has again when a form has closed: the focus, and nothing that it did not have before.

use crate::{
    desk::Desk,
    stage::{Browser, Stage, Tab},
};

const BUTTON: &str = "#report-incident > button";

async fn focus(tab: &Tab) -> String {
    tab.wait_for(
        "document.activeElement.id || document.activeElement.parentElement.id || document.activeElement.localName",
    )
    .await
}

#[tokio::test]
async fn the_focus_goes_back_to_what_opened_the_form_or_to_the_nearest_that_can_have_it() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    desk.report_incident().await.close().await;
    assert_eq!(focus(&browser.tab).await, "report-incident");

    // What opened it is gone: the element's own button has it.
    let script = "(() => { const other = document.createElement('button'); document.body.append(other); other.focus();
            document.querySelector('#report-incident').open(); other.remove(); })()";
    browser.tab.read(script).await;
    crate::form::Form::shown(&browser.tab).await.close().await;
    assert_eq!(focus(&browser.tab).await, "report-incident");

    // A menu has closed over it: what calls the menu up has it.
    let script = format!(
        "(() => {{ const bar = document.createElement('div'); bar.id = 'bar';
            const caller = Object.assign(document.createElement('button'), {{ id: 'caller' }});
            const menu = Object.assign(document.createElement('div'), {{ id: 'menu' }});
            caller.setAttribute('aria-controls', 'menu');
            menu.append(document.querySelector('#report-incident')); bar.append(caller, menu); document.body.prepend(bar);
            document.querySelector('{BUTTON}').focus(); }})()"
    );
    browser.tab.read(&script).await;
    let form = desk.report_incident().await;
    browser.tab.read("(document.querySelector('#menu').hidden = true)").await;
    form.close().await;
    assert_eq!(focus(&browser.tab).await, "caller");
}

#[tokio::test]
async fn copies_of_the_dialogs_element_that_a_page_cache_makes_are_taken_away() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    desk.report_incident().await.close().await;
    browser.tab.read("document.body.prepend(document.querySelector('bzctrl-dialog').cloneNode(true))").await;
    desk.report_incident().await;
    assert_eq!(browser.tab.read("document.querySelectorAll('bzctrl-dialog').length").await, 1);
}

#[tokio::test]
async fn an_opening_that_waits_for_the_code_can_be_closed_and_a_slotted_control_does_nothing_of_its_own() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    browser.tab.go(&stage.host.page("")).await;
    browser.tab.wait_for("customElements.get('bzctrl-todo') ? 'there' : ''").await;
    let script = "(async () => {
        const todo = document.querySelector('#report-incident');
        const opening = todo.open();
        const same = todo.open() === opening;
        todo.close();
        const link = Object.assign(document.createElement('a'), { href: '#away', textContent: 'Report' });
        const other = Object.assign(document.createElement('bzctrl-todo'), { config: { orderId: 'ORDER 778' } });
        other.append(link);
        document.body.append(other);
        const press = new MouseEvent('click', { bubbles: true, cancelable: true, composed: true });
        link.dispatchEvent(press);
        other.remove();
        return [same, await opening, press.defaultPrevented, Object.hasOwn(other, 'config')];
    })()";
    assert_eq!(browser.tab.read(&format!("await {script}")).await, serde_json::json!([true, null, true, false]));
    assert_eq!(browser.tab.read("document.querySelectorAll('bzctrl-dialog').length").await, 0);
}
