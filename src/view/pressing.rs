//! Nothing of the form moves under a press. While the pointer is down nothing is drawn: what happens meanwhile, such as an error of
//! a field that the press has left, an answer or a countdown, is shown when it is up again.

use std::cell::{Cell, RefCell};

use js_sys::{Function, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Event;
use yew::Callback;

use super::parts::Message;

/// A finger is up before the mouse events that browsers make of its touch; a mouse before its last one.
const HEARD: [&str; 6] = ["pointerdown", "mousedown", "pointerup", "pointercancel", "mouseup", "click"];

/// How long a press may keep it waiting, in ms: of one on a scroll bar not every browser tells the end.
const LONGEST: i32 = 2000;

thread_local! {
    static DOWN: Cell<bool> = const { Cell::new(false) };
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    /// The forms that are to be drawn then.
    static WAITING: RefCell<Vec<Callback<Message>>> = const { RefCell::new(Vec::new()) };
    static RELEASE: JsValue = Closure::<dyn Fn()>::new(release).into_js_value();
}

/// Listens to the page's pointer, once.
pub(super) fn watch() {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    if WATCHED.replace(true) {
        return;
    }
    let listener = Closure::<dyn Fn(Event)>::new(|event: Event| {
        let is_mouse = || Reflect::get(&event, &"pointerType".into()).is_ok_and(|kind| kind == "mouse");
        match event.type_().as_str() {
            // A script's own press may never end.
            "pointerdown" | "mousedown" => DOWN.set(event.is_trusted()),
            "pointerup" if is_mouse() => {}
            _ => release(),
        }
    })
    .into_js_value();
    for kind in HEARD {
        drop(document.add_event_listener_with_callback_and_bool(kind, listener.unchecked_ref(), true));
    }
}

fn release() {
    DOWN.set(false);
    WAITING.take().iter().for_each(|form| form.emit(Message::Released));
}

/// Whether a form has to wait with what it would draw. It is told when it can.
pub(super) fn waits(form: &Callback<Message>) -> bool {
    if DOWN.get() {
        WAITING.with_borrow_mut(|waiting| waiting.push(form.clone()));
        if let Some(window) = web_sys::window() {
            let release = RELEASE.with(|release| release.unchecked_ref::<Function>().clone());
            drop(window.set_timeout_with_callback_and_timeout_and_arguments_0(&release, LONGEST));
        }
    }
    DOWN.get()
}
