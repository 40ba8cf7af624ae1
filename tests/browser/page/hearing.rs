//! What the host's listeners hear of the form.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, JSON};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CustomEvent, Event, Node};

use super::document;

const KINDS: [&str; 5] = ["bzctrl-open", "bzctrl-submit", "bzctrl-created", "bzctrl-error", "bzctrl-close"];

/// An event as it was heard.
pub(crate) struct Heard {
    kind: String,
    detail: JsValue,
    from: String,
}

/// Listeners at the document.
pub(crate) struct Hearing {
    heard: Rc<RefCell<Vec<Heard>>>,
    listener: Function,
}

impl Hearing {
    pub(super) fn new() -> Self {
        let heard = Rc::new(RefCell::new(Vec::new()));
        let hears = heard.clone();
        let listener = Closure::<dyn Fn(CustomEvent)>::new(move |event: CustomEvent| {
            let from = event.target().and_then(|target| target.dyn_into::<Node>().ok());
            let from = from.map(|node| node.node_name().to_lowercase()).unwrap_or_default();
            hears.borrow_mut().push(Heard { kind: event.type_(), detail: event.detail(), from });
        });
        let listener: Function = listener.into_js_value().unchecked_into();
        for kind in KINDS {
            document().add_event_listener_with_callback(kind, &listener).unwrap();
        }
        Self { heard, listener }
    }

    /// The events until now, by their names without `bzctrl-`.
    pub(crate) fn events(&self) -> Vec<String> {
        self.heard.borrow().iter().map(|heard| heard.kind.trim_start_matches("bzctrl-").to_owned()).collect()
    }

    /// The detail of the last event of a kind.
    pub(crate) fn detail(&self, kind: &str) -> JsValue {
        self.last(kind, |heard| heard.detail.clone())
    }

    /// What sent the last event of a kind: the element's name, or `#document`.
    pub(crate) fn sender(&self, kind: &str) -> String {
        self.last(kind, |heard| heard.from.clone())
    }

    fn last<T>(&self, kind: &str, read: impl Fn(&Heard) -> T) -> T {
        let heard = self.heard.borrow();
        read(heard.iter().rfind(|heard| heard.kind == format!("bzctrl-{kind}")).expect("no such event"))
    }

    /// Does something at each event of a kind, before the listeners at the document.
    pub(crate) fn at(&self, kind: &str, does: impl Fn(&Event) + 'static) {
        let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| does(&event)).into_js_value();
        super::body().add_event_listener_with_callback(kind, listener.unchecked_ref()).unwrap();
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        for kind in KINDS {
            document().remove_event_listener_with_callback(kind, &self.listener).unwrap();
        }
    }
}

/// A JavaScript value as JSON.
pub(crate) fn json(value: &JsValue) -> String {
    JSON::stringify(value).ok().and_then(|text| text.as_string()).unwrap_or_default()
}
