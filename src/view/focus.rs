//! The focus stays in the form, also when what has it goes, or takes none any more: a keyboard would begin anew at the page's top.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::modal::{focused, is};

/// What had the focus.
#[derive(Default)]
pub(super) struct Focus {
    /// Before what just happened.
    had: Option<Element>,
    /// Before the question whether to close.
    before: Option<Element>,
}

impl Focus {
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
        if let Some(before) = self.before.take_if(|_| !asks) {
            takes(&before);
        }
        if self.had.take().is_some() && focused(root).is_none_or(|it| is(&it, ":disabled")) {
            root.query_selector(".actions > button:last-of-type").ok().flatten().iter().for_each(takes);
        }
    }
}

/// What has gone, or is nothing to focus, leaves it where it is.
fn takes(element: &Element) {
    drop(element.unchecked_ref::<HtmlElement>().focus());
}
