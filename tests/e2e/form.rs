//! The widget's form, as its user sees it: reached through the open shadow root by the names that the embedding API
//! promises.

use fantoccini::elements::Element;

use crate::stage::Tab;

/// Where the form is.
const ROOT: &str = "document.querySelector('bzctrl-dialog')?.shadowRoot";

pub(crate) struct Form<'a> {
    tab: &'a Tab,
}

impl<'a> Form<'a> {
    /// The form that is open, once it can be typed into.
    pub(crate) async fn shown(tab: &'a Tab) -> Self {
        let form = Self { tab };
        tab.wait_for(&format!("{ROOT}?.querySelector('dialog:open [name=title]')?.name")).await;
        form
    }

    async fn find(&self, selector: &str) -> Element {
        self.tab.element(&format!("{ROOT}?.querySelector({selector:?})")).await
    }

    /// Types into a field by real keys.
    pub(crate) async fn fill(&self, field: &str, text: &str) {
        let control = self.find(&format!("[name={field}]")).await;
        control.click().await.unwrap();
        control.send_keys(text).await.unwrap();
    }

    /// Presses one of a field's words.
    pub(crate) async fn choose(&self, field: &str, word: &str) {
        self.find(&format!("label:has([name={field}][value='{word}'])")).await.click().await.unwrap();
    }

    pub(crate) async fn submit(&self) {
        self.find("button[type=submit]").await.click().await.unwrap();
    }

    /// The created todo's link, once it is there.
    pub(crate) async fn link(&self) -> String {
        self.tab.wait_for(&format!("{ROOT}?.querySelector('a[part~=task-link]')?.href")).await
    }
}
