//! The user's hands: when an event is made, as the browser writes it on each. A test's presses come a second after what
//! they meet has appeared, unless the test says otherwise.

use std::cell::Cell;

use js_sys::Reflect;
use wasm_bindgen::closure::Closure;

use super::stub;

thread_local! {
    static NOW: Cell<f64> = const { Cell::new(0.0) };
}

/// From here on events carry the time of these hands.
pub(super) fn take_over() {
    let now = Closure::<dyn Fn() -> f64>::new(|| NOW.get());
    let prototype = Reflect::get(&stub::get(&js_sys::global(), "Event"), &"prototype".into()).unwrap();
    stub::read(&prototype, "timeStamp", &now.into_js_value());
}

/// So many ms pass before the next event.
pub(crate) fn wait(ms: f64) {
    NOW.set(NOW.get() + ms);
}
