//! What the form needs only once it stands is fetched while it stands. It may come late, or not at all.

use crate::{
    desk::Desk,
    stage::{Browser, Stage, Tab},
};

/// The next fetches of the second part do not arrive.
async fn lost(tab: &Tab, fetches: u32) {
    let script = format!(
        "(() => {{ const real = window.fetch; let left = {fetches};
            window.fetch = (what, ...how) => String(what).includes('_later.wasm') && left-- > 0
                ? Promise.reject(new TypeError('no network')) : real(what, ...how); }})()"
    );
    tab.read(&script).await;
}

#[tokio::test]
async fn a_press_that_comes_before_the_second_act_is_told_and_followed_once_it_is_here() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    lost(&browser.tab, 3).await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    let told = form.alert("has not loaded yet").await;
    assert!(told.contains("What you typed is kept."), "{told}");
    form.fill("description", ", twice").await;
    form.link().await;
    let todos = stage.sandbox.todos().await;
    assert_eq!(todos.len(), 1);
    assert_eq!(todos[0]["description"], "At gate 4, twice");
    let console = browser.tab.said().await;
    assert_eq!(console.len(), 3, "{console:?}");
    assert!(console.iter().all(|line| line.contains("a part of the form did not load; it is tried again")));
}

#[tokio::test]
async fn without_the_second_act_the_form_still_closes_and_what_was_typed_is_kept() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    lost(&browser.tab, 3).await;
    desk.incident("Seal torn").await.close().await;
    let [closed] = &browser.tab.heard("bzctrl-close").await[..] else { panic!("not closed once") };
    assert_eq!(closed["reason"], "cancelled");
    let form = desk.report_incident().await;
    assert_eq!(form.value("title").await, "Seal torn");
    form.submit().await;
    form.link().await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);
}
