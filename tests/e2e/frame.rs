//! The frame of the form holds still under the pointer, and what is told is in sight, by real presses in real windows.

use crate::{
    desk::Desk,
    form::Form,
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
async fn the_order_desk_keeps_what_came_of_it_in_sight_and_breaks_no_number() {
    let stage = Stage::set().await;
    let browser = Browser::of_size((1280, 720)).await;
    Desk::open(&browser, &stage.host.page("")).await;
    let seen = "(() => {
        const follow_up = document.querySelector('.follow-up').getBoundingClientRect();
        const lines = (it) => {
            const text = new Range();
            text.selectNodeContents(it);
            return text.getClientRects().length;
        };
        const one_line = [...document.querySelectorAll('.containers td:first-child')].every((it) => lines(it) === 1);
        return [follow_up.bottom <= innerHeight, one_line].join();
    })()";
    assert_eq!(browser.tab.read(seen).await, "true,true");
}

mod in_every_engine {
    use super::*;

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
    async fn with_the_relay_gone_the_notice_is_in_sight_in_a_low_window_and_on_a_phone() {
        for size in [(1280, 600), (500, 640)] {
            let mut stage = Stage::set().await;
            let browser = Browser::of_size(size).await;
            browser.tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
            browser.tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
            browser.tab.read("void document.querySelector('bzctrl-todo').open().catch(() => {})").await;
            let form = Form::shown(&browser.tab).await;
            form.token_has_come().await;
            form.fill("title", "Seal torn").await;
            form.fill("description", &["At gate 4"; 9].join("\n")).await;
            // From here what stood on top of the body would be out of sight.
            form.fill_date("reminderDate", "2099-12-31").await;
            let down = "(() => { document.querySelector('bzctrl-dialog').shadowRoot.querySelector('.body').scrollTop = 9999; })()";
            browser.tab.read(down).await;
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

    #[tokio::test]
    async fn in_a_low_window_submit_stays_in_sight_and_there_is_room_to_type() {
        let stage = Stage::set().await;
        let browser = Browser::of_size((900, 420)).await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = desk.report_incident().await;
        form.token_has_come().await;
        let seen = "(() => {
            const at = (part) => document.querySelector('bzctrl-dialog').shadowRoot.querySelector(part).getBoundingClientRect();
            const [submit, head, body] = [at('[type=submit]'), at('.head'), at('.body')];
            return [submit.top > 0 && submit.bottom <= innerHeight, head.height < 50, body.height > innerHeight / 3].join();
        })()";
        assert_eq!(browser.tab.read(seen).await, "true,true,true");
    }
}

/// Colours are forced by Chromium's driver alone.
mod only_in_chromium {
    use crate::{
        desk::Desk,
        stage::{Browser, Stage},
    };

    #[tokio::test]
    async fn forced_colours_show_the_focus_of_a_chosen_word_and_where_the_dialog_ends() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        browser.forces_colours().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = desk.report_incident().await;
        form.token_has_come().await;
        let drawn = "(() => {
            const root = document.querySelector('bzctrl-dialog').shadowRoot;
            const chosen = root.querySelector('[name=status]:checked + span');
            const quiet = getComputedStyle(chosen).outlineStyle;
            root.querySelector('[name=status]:checked').focus();
            const { outlineStyle, outlineWidth, outlineColor, backgroundColor } = getComputedStyle(chosen);
            const edge = getComputedStyle(root.querySelector('dialog')).borderTopWidth;
            return [quiet, outlineStyle, outlineWidth, outlineColor !== backgroundColor, edge].join();
        })()";
        assert_eq!(browser.tab.read(drawn).await, "none,solid,2px,true,1px");
    }
}
