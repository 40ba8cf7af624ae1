//! The frame of the form holds still under the pointer, and what is told is in sight, by real presses in real windows.

use crate::{
    desk::Desk,
    stage::{Browser, Key, Stage},
};

/// Whether what the form tells is in sight, whole, and nothing lies over it.
const IN_SIGHT: &str = "(() => {
    const root = document.querySelector('bzctrl-dialog').shadowRoot;
    const alert = root.querySelector('[role=alert]');
    const { left, top, right, bottom } = alert.getBoundingClientRect();
    const hit = (x, y) => alert.contains(root.elementFromPoint(x, y));
    return [top >= 0, bottom <= innerHeight, hit(left + 8, top + 8), hit(right - 8, bottom - 8)].join();
})()";

#[tokio::test]
async fn an_error_that_a_press_brings_does_not_take_the_press_away() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = desk.incident("Seal torn").await;
    form.token_has_come().await;
    form.fill("financialImpact", "12.34.5x").await;
    form.choose("status", "DONE").await;
    form.is_told("financialImpact", "Enter an amount").await;
    assert_eq!(form.chosen("status").await, "DONE");
}

#[tokio::test]
async fn while_the_pointer_is_down_nothing_moves_under_it() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = desk.incident("Seal torn").await;
    form.token_has_come().await;
    form.fill("financialImpact", "12.34.5x").await;
    let told =
        "document.querySelector('bzctrl-dialog').shadowRoot.querySelector('#field-financialImpact-error').textContent";
    browser.tab.hold(&form.word("status", "DONE").await).await;
    assert_eq!(browser.tab.read(told).await, "", "the pointer is down");
    browser.tab.let_go().await;
    form.is_told("financialImpact", "Enter an amount").await;
    assert_eq!(form.chosen("status").await, "DONE");
}

#[tokio::test]
async fn with_the_relay_gone_the_notice_is_in_sight_in_a_low_window_and_on_a_phone() {
    for size in [(1280, 600), (500, 640)] {
        let mut stage = Stage::set().await;
        let browser = Browser::of_size(size).await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = desk.incident("Seal torn").await;
        form.token_has_come().await;
        form.fill_date("reminderDate", "2099-12-31").await;
        stage.relay.kill();
        form.submit().await;
        form.alert("").await;
        assert_eq!(browser.tab.read(IN_SIGHT).await, "true,true,true,true", "{size:?}");
    }
}

#[tokio::test]
async fn the_link_is_copied_on_plain_http_without_asking() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    let link = form.link().await;
    browser.tab.comes_to_front().await;
    form.press("Copy link").await;
    form.says("The link is copied.").await;
    form.press("Report another").await;
    form.has_focus("title").await;
    browser.tab.strike(&[Key::Control, Key::Letter('v')]).await;
    assert_eq!(form.value("title").await, link);
}
