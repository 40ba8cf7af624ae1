//! The browser: the only room, besides the views, that knows it. It does the form's effects, and stands between the
//! form and the page that embeds it.

mod advice;
pub(crate) mod application;
mod assertion;
mod claim;
mod clock;
mod fetch;
mod host_element;
pub(crate) mod later;
mod listener;
mod locale;
pub(crate) mod mount;
pub(crate) mod page;
mod session;
mod settings;
mod storage;
mod tab;

pub(crate) use listener::{HostAnswers, Listener};
pub(crate) use session::Session;

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

/// The window. There is one wherever a form is drawn.
fn window() -> Option<web_sys::Window> {
    web_sys::window()
}

/// The page's document. There is one wherever a form is drawn.
fn document() -> Option<web_sys::Document> {
    window()?.document()
}

/// A member of a JavaScript object; `undefined` if it is no object, has none, or refuses.
fn member(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}

/// Sets a member. An object that refuses keeps what it has.
fn set_member(of: &JsValue, name: &str, value: &JsValue) {
    drop(Reflect::set(of, &name.into(), value));
}

/// A JavaScript object of these members; those that are `undefined` are left out.
fn object(members: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in members {
        if !value.is_undefined() {
            set_member(&object, name, value);
        }
    }
    object
}

/// A line for the developer.
fn tell_developer(line: &str) {
    web_sys::console::warn_1(&["bzctrl-todo: ", line].concat().into());
}
