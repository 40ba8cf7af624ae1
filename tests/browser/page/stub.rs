//! What a test changes in the browser's own page, and puts back: functions that hosts replace, listeners that they add.

use std::cell::RefCell;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{EventTarget, MessageChannel};

thread_local! {
    static UNDO: RefCell<Vec<Box<dyn FnOnce()>>> = const { RefCell::new(Vec::new()) };
}

fn undo(undo: impl FnOnce() + 'static) {
    UNDO.with_borrow_mut(|all| all.push(Box::new(undo)));
}

/// Puts back all that was changed, the last thing first.
pub(super) fn undo_all() {
    UNDO.take().into_iter().rev().for_each(|undo| undo());
}

/// Gives an object another value of a member.
pub(super) fn replace(of: &JsValue, name: &'static str, by: &JsValue) {
    define(of, name, "value", by);
}

/// A member of an object is read by a function.
pub(super) fn read(of: &JsValue, name: &'static str, by: &JsValue) {
    define(of, name, "get", by);
}

/// What a script has changed; put back when this is dropped, also by a test that fails.
pub(crate) struct Changed(Option<Function>);

impl Drop for Changed {
    fn drop(&mut self) {
        if let Some(back) = self.0.take() {
            back.call0(&JsValue::UNDEFINED).unwrap();
        }
    }
}

/// Runs a script of the page, and another to put back what it has changed.
pub(super) fn run(script: &str, back: &str) -> Changed {
    // Both are made before the first runs: it may change what makes them.
    let (script, back) = (Function::new_no_args(script), Function::new_no_args(back));
    script.call0(&JsValue::UNDEFINED).unwrap();
    Changed(Some(back))
}

/// Reading a member of an object throws.
pub(super) fn forbid(of: &JsValue, name: &'static str) {
    define(of, name, "get", &Function::new_no_args("throw new Error('forbidden')"));
}

fn define(of: &JsValue, name: &'static str, how: &str, what: &JsValue) {
    let object: Object = of.clone().unchecked_into();
    let own = Object::get_own_property_descriptor(&object, &name.into());
    let other = Object::new();
    Reflect::set(&other, &how.into(), what).unwrap();
    Reflect::set(&other, &"configurable".into(), &true.into()).unwrap();
    Object::define_property(&object, &name.into(), &other);
    undo(move || match own.is_undefined() {
        // It was inherited.
        true => drop(Reflect::delete_property(&object, &name.into())),
        false => drop(Object::define_property(&object, &name.into(), own.unchecked_ref())),
    });
}

/// Listens to events of a kind.
pub(super) fn listen<E: JsCast + wasm_bindgen::convert::FromWasmAbi + 'static>(
    target: &EventTarget,
    kind: &str,
    does: impl Fn(E) + 'static,
) {
    let listener: Function = Closure::<dyn Fn(E)>::new(does).into_js_value().unchecked_into();
    target.add_event_listener_with_callback(kind, &listener).unwrap();
    let (target, kind) = (target.clone(), kind.to_owned());
    undo(move || target.remove_event_listener_with_callback(&kind, &listener).unwrap());
}

/// One turn of the browser's own loop, whatever time the page is shown.
pub(super) async fn turn() {
    let channel = MessageChannel::new().unwrap();
    let promise = Promise::new(&mut |done, _| channel.port1().set_onmessage(Some(&done)));
    channel.port2().post_message(&JsValue::NULL).unwrap();
    JsFuture::from(promise).await.unwrap();
    channel.port1().close();
}

/// A member of a JavaScript object.
pub(super) fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap()
}
