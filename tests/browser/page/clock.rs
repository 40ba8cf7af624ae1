//! Time, which stands still until a test lets it pass: so a wait of two minutes is tested in no time, and to the ms.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::stub;

/// The page's time.
pub(super) struct Clock(Rc<RefCell<Time>>);

struct Time {
    now: f64,
    timers: Vec<(f64, Function)>,
}

impl Clock {
    pub(super) fn new() -> Self {
        let time = Rc::new(RefCell::new(Time { now: js_sys::Date::now(), timers: Vec::new() }));
        let its = time.clone();
        let own: Function = stub::get(&js_sys::global(), "setTimeout").unchecked_into();
        let set_timeout = Closure::<dyn Fn(Function, f64)>::new(move |done: Function, ms: f64| {
            if ms == 0.0 {
                // It waits for no time, but for what the browser has to do first.
                own.call1(&JsValue::UNDEFINED, &done).unwrap();
                return;
            }
            let mut time = its.borrow_mut();
            let due = time.now + ms;
            time.timers.push((due, done));
        });
        stub::replace(&js_sys::global(), "setTimeout", &set_timeout.into_js_value());
        let its = time.clone();
        let now = Closure::<dyn Fn() -> f64>::new(move || its.borrow().now);
        stub::replace(&stub::get(&js_sys::global(), "Date"), "now", &now.into_js_value());
        Self(time)
    }

    /// The time, in ms.
    pub(super) fn now(&self) -> f64 {
        self.0.borrow().now
    }

    /// It is this time now.
    pub(super) fn is(&self, now: f64) {
        self.0.borrow_mut().now = now;
    }

    /// What is due then is due as soon as before.
    pub(super) fn goes_back(&self, ms: f64) {
        let mut time = self.0.borrow_mut();
        time.now -= ms;
        time.timers.iter_mut().for_each(|(due, _)| *due -= ms);
    }

    /// The next timer until then, and the time moved to it.
    pub(super) fn next(&self, until: f64) -> Option<Function> {
        let mut time = self.0.borrow_mut();
        let timers = time.timers.iter().enumerate().filter(|(_, (due, _))| *due <= until);
        let (at, _) = timers.min_by(|(_, (one, _)), (_, (other, _))| one.total_cmp(other))?;
        let (due, done) = time.timers.remove(at);
        time.now = due.max(time.now);
        Some(done)
    }
}
