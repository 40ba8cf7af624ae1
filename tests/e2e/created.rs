//! A todo's whole way: typed, sent, opened, kept by the host.

use crate::{
    desk::Desk,
    stage::{Browser, Mode, Stage},
};

#[tokio::test]
async fn an_incident_arrives_as_it_was_typed() {
    let stage = Stage::set(Mode::Sealed).await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host).await;

    let form = desk.report_incident().await;
    form.fill("title", "Seal <b>torn</b>").await;
    form.fill("description", "line one\nline two").await;
    form.submit().await;

    let link = form.link().await;
    let desk_tab = browser.follow_to_new_tab().await;
    assert_eq!(browser.tab.address().await, link);
    browser.back_to(desk_tab).await;
    assert_eq!(desk.follow_up().await, [link]);
    assert_eq!(stage.sandbox.todos().await.len(), 1);
}
