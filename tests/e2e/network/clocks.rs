//! The clock is set, or midnight passes: durations decide.

use std::time::Duration;

use serde_json::json;

use super::{TASKS, has_made, one_key, proxy, ready, sent_into};
use crate::{
    desk::Desk,
    stage::{Answer, Browser, Stage, Tab, Trouble},
};

/// From now on the page's clock can be set.
pub(super) async fn can_be_set(tab: &Tab) {
    let script = "(() => {
        const Real = Date;
        window.ahead = 0;
        window.Date = class extends Real {
            constructor(...parts) { super(...(parts.length ? parts : [Real.now() + window.ahead])); }
            static now() { return Real.now() + window.ahead; }
        };
    })()";
    tab.read(script).await;
}

/// So many seconds ahead of the right time.
pub(super) async fn set(tab: &Tab, ahead: i32) {
    tab.read(&format!("(window.ahead = {ahead}000)")).await;
}

const HOUR: i32 = 3600;
const DAY: i32 = 24 * HOUR;

const SOON: Trouble = Trouble::IsAnswered(Answer::page(503).after(4));

#[tokio::test]
async fn a_clock_that_goes_on_by_an_hour_while_it_waits_is_a_machine_that_slept_and_a_press_sends_it() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    can_be_set(&browser.tab).await;
    let form = sent_into(SOON, &stage, &desk).await;
    form.alert("The answer was lost on the way").await;
    proxy(&stage).is_well();
    set(&browser.tab, HOUR).await;
    form.button("Ask again").await;
    let asked = proxy(&stage).keys().len();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(proxy(&stage).keys().len(), asked);
    assert!(!form.is_editable("title").await && !form.waits().await);
    form.press("Ask again").await;
    form.link().await;
    one_key(&proxy(&stage).keys());
    has_made(&stage, 1).await;
}

/// Those that run where there is time for them.
mod at_length {
    use super::*;

    #[tokio::test]
    async fn a_clock_that_is_set_back_while_it_waits_changes_nothing() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        can_be_set(&browser.tab).await;
        let form = sent_into(SOON, &stage, &desk).await;
        form.alert("The answer was lost on the way").await;
        set(&browser.tab, -HOUR).await;
        proxy(&stage).is_well();
        form.link().await;
        form.finish().await;

        // Nor is a press younger than it is: two minutes after it nothing is asked by itself.
        let form = sent_into(Trouble::IsResetOnTheWayBack, &stage, &desk).await;
        form.alert("The answer was lost on the way").await;
        set(&browser.tab, -2 * HOUR).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        set(&browser.tab, 121 - 2 * HOUR).await;
        form.button("Ask again").await;
        proxy(&stage).is_well();
        form.press("Ask again").await;
        form.link().await;
        has_made(&stage, 2).await;
    }

    #[tokio::test]
    async fn what_was_pending_at_midnight_is_not_checked_again() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        can_be_set(&browser.tab).await;
        let form = ready(&desk).await;
        let today = "(({ ...parts } = new Date(), date = new Date()) =>
        [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => `${part}`.padStart(2, '0')).join('-'))()";
        let today = browser.tab.read(today).await.as_str().unwrap().to_owned();
        form.fill_date("reminderDate", &today).await;
        proxy(&stage)
            .troubles(TASKS, Trouble::IsAnswered(Answer::problem(429, r#"{"code":"rate-limited"}"#).after(60)));
        form.submit().await;
        form.alert("Too many requests at once").await;
        form.press("Stop").await;
        proxy(&stage).is_well();
        set(&browser.tab, DAY).await;
        form.submit().await;
        form.link().await;
        one_key(&proxy(&stage).keys());
        assert_eq!(stage.sandbox.todos().await[0]["reminderDate"], json!(today));
    }
}
