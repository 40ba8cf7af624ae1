//! The release program: what the loader calls, and no logic. A program over the library rather than a library of two
//! kinds, since Cargo switches link-time optimisation off for those.

#![cfg_attr(target_arch = "wasm32", no_main)]

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlElement;

/// Opens the form for an element of the page, with the words of its language; promises the created todo, or `null`.
#[wasm_bindgen]
pub fn open(
    element: HtmlElement,
    values: &wasm_bindgen::JsValue,
    widget: &str,
    words: &wasm_bindgen::JsValue,
) -> js_sys::Promise {
    bzctrl_widget::page::open(element, values, widget, words)
}

/// Draws what can be drawn before the first press.
#[wasm_bindgen]
pub fn park() {
    bzctrl_widget::page::park();
}

/// The user's Close, of one element's form or of any.
#[wasm_bindgen]
pub fn close(element: Option<HtmlElement>) {
    bzctrl_widget::page::close(element.as_ref());
}

/// The second act has come, or could not be had.
#[wasm_bindgen]
pub fn later(came: bool) {
    bzctrl_widget::page::later(came);
}

/// Drops what was typed, in every form of this tab.
#[wasm_bindgen]
pub fn forget() {
    bzctrl_widget::page::forget();
}

/// Two kilobytes less for the page than the standard library's own (docs/decisions).
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program runs in browsers: build it for wasm32-unknown-unknown. See README.md.");
}
