//! The tabs that the page opens, or that the browser does not let it open.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use super::stub;

/// A recorder in place of `window.open`.
pub(crate) struct Tabs {
    blocked: Rc<Cell<bool>>,
    opened: Rc<RefCell<Vec<(String, Object)>>>,
}

impl Tabs {
    pub(super) fn new() -> Self {
        let (blocked, opened) = (Rc::new(Cell::new(false)), Rc::new(RefCell::new(Vec::new())));
        let (is_blocked, opens) = (blocked.clone(), opened.clone());
        let open = Closure::<dyn Fn(String) -> JsValue>::new(move |address| {
            if is_blocked.get() {
                return JsValue::NULL;
            }
            let tab = Object::new();
            Reflect::set(&tab, &"opener".into(), &js_sys::global()).unwrap();
            opens.borrow_mut().push((address, tab.clone()));
            tab.into()
        });
        stub::replace(&js_sys::global(), "open", &open.into_js_value());
        Self { blocked, opened }
    }

    /// From now on the browser blocks pop-ups.
    pub(crate) fn are_blocked(&self) {
        self.blocked.set(true);
    }

    /// The addresses that were opened.
    pub(crate) fn opened(&self) -> Vec<String> {
        self.opened.borrow().iter().map(|(address, _)| address.clone()).collect()
    }

    /// Whether an opened page could reach back into this one.
    pub(crate) fn know_their_opener(&self) -> bool {
        self.opened.borrow().iter().any(|(_, tab)| stub::get(tab, "opener").is_object())
    }
}
