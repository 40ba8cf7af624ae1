//! A file that is dropped on the form is dropped nowhere: a browser would show it in place of the page, and what the page does against that
//! hears nothing of it.

use js_sys::{Function, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event};

/// From now on, for as long as the page lives.
pub(super) fn is_refused(root: &Element) {
    let listener = Closure::<dyn Fn(Event)>::new(|event: Event| {
        let member = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).unwrap_or_default();
        let brings = member(&event, "dataTransfer");
        let types = member(&brings, "types");
        // Texts are dropped into fields.
        let has = member(&types, "includes").dyn_into::<Function>().and_then(|has| has.call1(&types, &"Files".into()));
        if has.is_ok_and(|has| has == true) {
            drop(Reflect::set(&brings, &"dropEffect".into(), &"none".into()));
            event.prevent_default();
        }
    })
    .into_js_value();
    for kind in ["dragover", "drop"] {
        drop(root.add_event_listener_with_callback(kind, listener.unchecked_ref()));
    }
}
