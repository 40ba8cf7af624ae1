//! The tab of a created todo.

use bzctrl_contract::TaskLink;
use wasm_bindgen::JsValue;

use super::{set_member, window};

/// Opens the link in a tab of its own, and says whether the browser let us. With `noopener` it would not say: so the
/// opener is cleared by hand, before the tab has begun to load.
pub(super) fn open(link: &TaskLink) -> bool {
    let opened = window().and_then(|window| window.open_with_url_and_target(link.as_str(), "_blank").ok()?);
    if let Some(tab) = &opened {
        set_member(tab, "opener", &JsValue::NULL);
    }
    opened.is_some()
}
