//! The order desk, as its user sees it.

use serde_json::Value;

use crate::{
    form::Form,
    stage::{Browser, Host},
};

/// The order desk in a browser, an order open in it.
pub(crate) struct Desk<'a> {
    browser: &'a Browser,
}

impl<'a> Desk<'a> {
    pub(crate) async fn open(browser: &'a Browser, host: &Host) -> Self {
        browser.tab.go(&host.page("")).await;
        Self { browser }
    }

    pub(crate) async fn report_incident(&self) -> Form<'a> {
        self.press("#report-incident > button").await
    }

    pub(crate) async fn create_task(&self) -> Form<'a> {
        self.press("#create-task > button").await
    }

    async fn press(&self, button: &str) -> Form<'a> {
        self.browser.tab.element(&format!("document.querySelector('{button}')")).await.click().await.unwrap();
        Form::shown(&self.browser.tab).await
    }

    /// The links in the open order's register, newest first.
    pub(crate) async fn follow_up(&self) -> Vec<String> {
        let links = "[...document.querySelectorAll('#follow-up tbody a[href]')].map((link) => link.href)";
        texts(self.browser.tab.read(links).await)
    }
}

fn texts(list: Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}
