//! The tab of a created todo.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bzctrl_contract::TaskLink;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Window;

use super::{set_member, window};

/// The tab that a todo opens in. It may be opened by the press, before there is a link.
#[derive(Clone, Default)]
pub(super) struct Tab(Rc<Inner>);

#[derive(Default)]
struct Inner {
    reserved: RefCell<Option<Window>>,
    /// It is about to be reserved.
    opening: Cell<bool>,
    /// There may still be something to open in it.
    wanted: Cell<bool>,
    /// Where it is to be led once it is there.
    link: RefCell<Option<(TaskLink, Told)>>,
}

/// Takes whether the browser let it open.
type Told = Box<dyn FnOnce(bool)>;

impl Tab {
    /// Opens it, with a sentence in it.
    pub(super) fn reserve(&self, words: &str) {
        let (inner, words) = (self.0.clone(), words.to_owned());
        inner.opening.set(true);
        inner.wanted.set(true);
        soon(move || {
            let tab = open_at("");
            inner.opening.set(false);
            if let Some((link, told)) = inner.link.take() {
                return told(tab.is_some_and(|tab| lead(&tab, &link)));
            }
            let Some(tab) = tab else { return };
            if inner.wanted.get() {
                write(&tab, &words);
                inner.reserved.replace(Some(tab));
            } else {
                drop(tab.close());
            }
        });
    }

    /// There is nothing to open in it.
    pub(super) fn give_up(&self) {
        self.0.wanted.set(false);
        if let Some(tab) = self.0.reserved.take() {
            drop(tab.close());
        }
    }

    /// Leads it to the link; where none is reserved, or its user has closed it, opens one.
    pub(super) fn open(&self, link: TaskLink, told: Told) {
        if self.0.opening.get() {
            self.0.link.replace(Some((link, told)));
        } else if self.0.reserved.take().is_some_and(|tab| lead(&tab, &link)) {
            told(true);
        } else {
            soon(move || told(open_at(link.as_str()).is_some()));
        }
    }
}

fn write(tab: &Window, words: &str) {
    if let Some(document) = tab.document() {
        document.set_title(words);
        if let Some(body) = document.body() {
            body.set_text_content(Some(words));
        }
    }
}

fn lead(tab: &Window, link: &TaskLink) -> bool {
    !tab.closed().unwrap_or(true) && tab.location().replace(link.as_str()).is_ok()
}

/// As soon as nothing of ours is under way, and still by the user's press. While a tab opens, Firefox lets other things of the
/// page happen, the form's own too.
fn soon(open: impl FnOnce() + 'static) {
    if let Some(window) = window() {
        window.queue_microtask(Closure::once_into_js(open).unchecked_ref());
    }
}

/// With `noopener` a browser would not say whether it let us: so the opener is cleared by hand, before the tab has begun to
/// load.
fn open_at(address: &str) -> Option<Window> {
    let tab = window()?.open_with_url_and_target(address, "_blank").ok()??;
    set_member(&tab, "opener", &JsValue::NULL);
    Some(tab)
}
