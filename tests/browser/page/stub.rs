//! Functions of the browser that a page replaces by its own, as hosts do.

use std::cell::RefCell;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

thread_local! {
    static REPLACED: RefCell<Vec<(JsValue, &'static str, JsValue)>> = const { RefCell::new(Vec::new()) };
    static SET_TIMEOUT: Function = get(&js_sys::global(), "setTimeout").into();
}

/// Replaces a function.
pub(super) fn replace(of: &JsValue, name: &'static str, by: &JsValue) {
    // The tests' own turns are taken by the browser's, whatever becomes of the page's.
    SET_TIMEOUT.with(|_| {});
    REPLACED.with_borrow_mut(|replaced| {
        if !replaced.iter().any(|(object, known, _)| object == of && *known == name) {
            replaced.push((of.clone(), name, get(of, name)));
        }
    });
    Reflect::set(of, &name.into(), by).unwrap();
}

/// Gives the browser back what was its own.
pub(super) fn give_back() {
    for (of, name, own) in REPLACED.take() {
        Reflect::set(&of, &name.into(), &own).unwrap();
    }
}

/// One turn of the browser's own loop, whatever time the page is shown.
pub(super) async fn turn() {
    let promise = Promise::new(&mut |done, _| {
        SET_TIMEOUT.with(|set_timeout| set_timeout.call1(&js_sys::global(), &done)).unwrap();
    });
    JsFuture::from(promise).await.unwrap();
}

/// A member of a JavaScript object.
pub(super) fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap()
}
