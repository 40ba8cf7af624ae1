//! The focus stays in the form, also when what has it goes, or takes none any more: a keyboard would begin anew at the page's top.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event, HtmlElement, HtmlInputElement};

use super::modal::{focused, is};

/// What had the focus.
#[derive(Default)]
pub(super) struct Focus {
    /// Before what just happened.
    had: Option<Element>,
    /// Before the question whether to close.
    before: Option<Element>,
    /// Now, or when the page took all of it away.
    has: Rc<RefCell<Option<Element>>>,
    /// Before that.
    taken: Option<Element>,
}

impl Focus {
    /// Follows it for as long as the page lives.
    pub(super) fn follow(&self, dialog: &Element) {
        let has = self.has.clone();
        let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            has.replace(event.target().and_then(|target| target.dyn_into().ok()));
        })
        .into_js_value();
        drop(dialog.add_event_listener_with_callback("focusin", listener.unchecked_ref()));
    }

    /// Nothing that happened to the last form is remembered for the next one.
    pub(super) fn is_anothers(&mut self) {
        self.has.take();
        *self = Self { has: self.has.clone(), ..Self::default() };
    }

    /// A page has taken the form away, and it comes back.
    pub(super) fn is_put_back(&mut self) {
        // It may do so twice before it is drawn, or have left the focus where it was.
        self.taken = self.taken.take().or_else(|| self.has.borrow().clone());
    }

    /// Something is about to happen. Of what happens before it is drawn the first one counts: later ones may find what was drawn.
    pub(super) fn looks(&mut self, root: &Element) {
        self.had = self.had.take().or_else(|| focused(root));
    }

    /// Nothing is drawn of it.
    pub(super) fn looks_away(&mut self) {
        self.had = None;
    }

    /// It was asked whether to close.
    pub(super) fn is_asked(&mut self) {
        self.before = self.had.clone();
    }

    /// What came of it is drawn. Whoever goes back from the question is where he was.
    pub(super) fn stays(&mut self, root: &Element, asks: bool) {
        let before = self.before.take_if(|_| !asks);
        self.taken.take().or(before).iter().for_each(takes);
        if self.had.take().is_some() && focused(root).is_none_or(|it| is(&it, ":disabled")) {
            root.query_selector(".actions > button:last-of-type").ok().flatten().iter().for_each(takes);
        }
        // A window that has it not is told of none that it moves.
        if let Some(has) = focused(root) {
            self.has.replace(Some(has));
        }
    }
}

/// What has gone, or is nothing to focus, leaves it where it is. Of a text the same is selected as was: WebKit would select all of it.
fn takes(element: &Element) {
    let at = ["selectionStart", "selectionEnd"]
        .map(|name| Reflect::get(element, &name.into()).ok().and_then(|at| at.as_f64()).map(|at| at as u32));
    drop(element.unchecked_ref::<HtmlElement>().focus());
    if let [Some(start), Some(end)] = at {
        // A text area has this too.
        drop(element.unchecked_ref::<HtmlInputElement>().set_selection_range(start, end));
    }
}
