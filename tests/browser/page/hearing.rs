//! What the host's listeners hear of the form, and its developer in the console.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, JSON};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CustomEvent, Event, Node};

use super::{body, document, stub};

const KINDS: [&str; 5] = ["bzctrl-open", "bzctrl-submit", "bzctrl-created", "bzctrl-error", "bzctrl-close"];
const KEYS: [&str; 3] = ["keydown", "keypress", "keyup"];
/// What browsers tell of a person's hands, and let out of shadow roots.
pub(crate) const HANDS: [&str; 24] = [
    "beforeinput",
    "click",
    "compositionend",
    "compositionstart",
    "compositionupdate",
    "contextmenu",
    "copy",
    "cut",
    "dblclick",
    "drop",
    "focusin",
    "focusout",
    "input",
    "keydown",
    "keyup",
    "mousedown",
    "mousemove",
    "mouseup",
    "paste",
    "pointerdown",
    "pointermove",
    "pointerup",
    "touchstart",
    "wheel",
];

/// Listeners of the host.
pub(crate) struct Hearing {
    heard: Rc<RefCell<Vec<Heard>>>,
    keys: Rc<RefCell<Vec<String>>>,
    lines: Rc<RefCell<Vec<String>>>,
}

/// An event as it was heard.
struct Heard {
    kind: String,
    detail: JsValue,
    from: String,
}

impl Hearing {
    pub(super) fn new() -> Self {
        let heard: Rc<RefCell<Vec<Heard>>> = Rc::default();
        for kind in KINDS {
            let heard = heard.clone();
            stub::listen(&document(), kind, move |event: CustomEvent| {
                let from = event.target().and_then(|target| target.dyn_into::<Node>().ok());
                let from = from.map(|node| node.node_name().to_lowercase()).unwrap_or_default();
                heard.borrow_mut().push(Heard { kind: event.type_(), detail: event.detail(), from });
            });
        }
        let keys: Rc<RefCell<Vec<String>>> = Rc::default();
        for kind in KEYS {
            let keys = keys.clone();
            stub::listen(&body(), kind, move |event: Event| keys.borrow_mut().push(event.type_()));
        }
        let lines: Rc<RefCell<Vec<String>>> = Rc::default();
        let console = stub::get(&js_sys::global(), "console");
        for level in ["info", "warn", "error"] {
            let lines = lines.clone();
            let own: Function = stub::get(&console, level).into();
            let line = Closure::<dyn Fn(JsValue, JsValue)>::new(move |line: JsValue, more: JsValue| {
                own.call2(&JsValue::UNDEFINED, &line, &more).unwrap();
                lines.borrow_mut().push(line.as_string().unwrap_or_default());
            });
            stub::replace(&console, level, &line.into_js_value());
        }
        Self { heard, keys, lines }
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

    /// The keys that the host's own, bubbling listeners heard.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.keys.borrow().clone()
    }

    /// What the host's own, bubbling listeners hear of people's hands from now on.
    pub(crate) fn hands(&self) -> Rc<RefCell<Vec<String>>> {
        let heard: Rc<RefCell<Vec<String>>> = Rc::default();
        for kind in HANDS {
            let heard = heard.clone();
            stub::listen(&document(), kind, move |event: Event| heard.borrow_mut().push(event.type_()));
        }
        heard
    }

    /// The lines in the console.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }

    /// Does something at each event of a kind.
    pub(crate) fn at(&self, kind: &str, does: impl Fn(&CustomEvent) + 'static) {
        stub::listen(&body(), &format!("bzctrl-{kind}"), move |event: CustomEvent| does(&event));
    }
}

/// A JavaScript value as JSON.
pub(crate) fn json(value: &JsValue) -> String {
    JSON::stringify(value).ok().and_then(|text| text.as_string()).unwrap_or_default()
}
