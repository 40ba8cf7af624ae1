//! The order desk, as its user sees it.

use crate::{
    form::Form,
    stage::{Browser, Tab},
};

/// The order desk in a browser, ORDER 777 open in it.
pub(crate) struct Desk<'a> {
    tab: &'a Tab,
}

impl<'a> Desk<'a> {
    pub(crate) async fn open(browser: &'a Browser, address: &str) -> Self {
        browser.tab.go(address).await;
        Self { tab: &browser.tab }
    }

    /// The same in a browser that has it open already.
    pub(crate) async fn found(browser: &'a Browser) -> Self {
        browser.tab.wait_for("document.querySelector('#report-incident > button')?.localName").await;
        Self { tab: &browser.tab }
    }

    pub(crate) async fn report_incident(&self) -> Form<'a> {
        self.press("#report-incident > button").await
    }

    pub(crate) async fn create_task(&self) -> Form<'a> {
        self.press("#create-task > button").await
    }

    /// From now on a form's code is fetched by a press alone, and not before it.
    pub(crate) async fn loads_nothing_early(&self) {
        self.tab
            .read("[...document.querySelectorAll('bzctrl-todo')].map((it) => it.setAttribute('preload', 'none'))")
            .await;
    }

    /// Presses "Report incident", where no form is to be expected.
    pub(crate) async fn press_report_incident(&self) {
        self.tab.press(&self.tab.element("document.querySelector('#report-incident > button')").await).await;
    }

    /// What is told beside that button, once something is.
    pub(crate) async fn told_beside_the_button(&self) -> String {
        self.tab
            .wait_for("document.querySelector('#report-incident').shadowRoot.querySelector('[role=alert]').textContent")
            .await
    }

    /// The page says what happens with the created todo's link.
    pub(crate) async fn links_open_by(&self, way: &str) {
        let elements = "[...document.querySelectorAll('bzctrl-todo')].map((it) => it.setAttribute('open-link', '#'))";
        self.tab.read(&elements.replace('#', way)).await;
    }

    /// The page's host vouches for its user, at this address.
    pub(crate) async fn host_vouches_at(&self, address: &str) {
        let elements =
            "[...document.querySelectorAll('bzctrl-todo')].map((it) => it.setAttribute('assertion-endpoint', '#'))";
        self.tab.read(&elements.replace('#', address)).await;
    }

    /// The page's host vouches for its user, by a function of the page.
    pub(crate) async fn host_vouches_by(&self, function: &str) {
        let elements =
            "[...document.querySelectorAll('bzctrl-todo')].forEach((it) => { it.config = { assertion: # }; })";
        self.tab.read(&elements.replace('#', function)).await;
    }

    async fn press(&self, button: &str) -> Form<'a> {
        self.tab.press(&self.tab.element(&format!("document.querySelector('{button}')")).await).await;
        Form::shown(self.tab).await
    }

    /// An incident with the least that is needed, ready to be sent.
    pub(crate) async fn incident(&self, title: &str) -> Form<'a> {
        let form = self.report_incident().await;
        form.fill("title", title).await;
        form.fill("description", "At gate 4").await;
        form
    }

    /// The open order's register, newest first: type, title, and link of each todo.
    pub(crate) async fn follow_up(&self) -> Vec<[String; 3]> {
        let rows = "[...document.querySelectorAll('#follow-up tbody tr')]
            .map(({ cells: [, type, title, link] }) => [type.textContent, title.textContent, link.querySelector('a')?.href ?? ''])";
        serde_json::from_value(self.tab.read(rows).await).unwrap()
    }
}
