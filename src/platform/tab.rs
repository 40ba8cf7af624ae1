//! The tab of a created todo.

use bzctrl_contract::TaskLink;
use wasm_bindgen::JsValue;
use web_sys::Window;

use super::{set_member, window};

/// Opens the link in a tab of its own, and says whether the browser let us.
pub(super) fn open(link: &TaskLink) -> bool {
    open_at(link.as_str()).is_some()
}

/// A tab that was opened before there was a link to open in it.
pub(super) struct Reserved(Window);

impl Reserved {
    /// Opens it, with a sentence in it. Nothing where the browser does not let us.
    pub(super) fn open(words: &str) -> Option<Self> {
        let tab = open_at("")?;
        if let Some(document) = tab.document() {
            document.set_title(words);
            if let Some(body) = document.body() {
                body.set_text_content(Some(words));
            }
        }
        Some(Self(tab))
    }

    /// Leads it to the link, unless its user has closed it.
    pub(super) fn lead_to(self, link: &TaskLink) -> bool {
        !self.0.closed().unwrap_or(true) && self.0.location().replace(link.as_str()).is_ok()
    }

    /// Closes it: there is nothing to open.
    pub(super) fn close(self) {
        drop(self.0.close());
    }
}

/// With `noopener` a browser would not say whether it let us: so the opener is cleared by hand, before the tab has begun to
/// load.
fn open_at(address: &str) -> Option<Window> {
    let tab = window()?.open_with_url_and_target(address, "_blank").ok()??;
    set_member(&tab, "opener", &JsValue::NULL);
    Some(tab)
}
