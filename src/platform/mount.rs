//! Where forms are drawn: elements of our own in the host's page, which nothing of the page gets into, and out of which
//! nothing is heard.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CssStyleSheet, Document, Element, HtmlDialogElement, Node, ShadowRootInit, ShadowRootMode};

use super::{member, set_member};
use crate::config::Config;
use crate::form::world::World;

/// The element that a form of the page stands in.
pub(super) const DIALOG_ELEMENT: &str = "bzctrl-dialog";

/// Draws a form in a place; `true` for one in a modal dialog.
pub(crate) type Draw = Rc<dyn Fn(Rc<Config>, Rc<dyn World>, bool)>;

/// Makes an element of the page a place for forms, and draws the first. The views are handed in: this room knows none.
pub(crate) type MountForm = fn(Element, Rc<Config>, Rc<dyn World>, bool) -> Draw;

/// Events of the form that would leave its shadow root. What the page hears of a form are the promised events alone.
const KEPT_INSIDE: &str = "keydown keyup keypress beforeinput input paste copy cut compositionstart compositionupdate \
    compositionend pointerdown pointerup pointermove pointerover pointerout pointercancel mousedown mouseup mousemove \
    mouseover mouseout click dblclick auxclick contextmenu wheel touchstart touchmove touchend touchcancel focusin focusout \
    dragstart dragenter dragover drop textInput pointerrawupdate DOMActivate DOMFocusIn DOMFocusOut";

/// The parts that hosts may style, of a form that stands in their element.
const PARTS: &str = "dialog,form,field,label,control,error,actions,submit,busy,cancel,status,task-link,close,accent,another,\
    leave,quiet,clear,environment,context,again,done,copy,discard,look";

#[cfg(not(feature = "split"))]
mod sheet {
    use web_sys::CssStyleSheet;

    thread_local! {
        static SHEET: Option<CssStyleSheet> = CssStyleSheet::new().ok();
    }

    /// What all places wear, with what the second act brings.
    pub(super) fn wear(more: &str) -> Option<CssStyleSheet> {
        SHEET.with(Clone::clone).filter(|sheet| sheet.replace_sync(&[crate::STYLE, more].concat()).is_ok())
    }
}

/// In what ships the sheet comes with the glue.
#[cfg(feature = "split")]
mod sheet {
    use wasm_bindgen::prelude::wasm_bindgen;
    use web_sys::CssStyleSheet;

    #[wasm_bindgen]
    extern "C" {
        /// Of `www/start.js`.
        pub(super) fn wear(more: &str) -> Option<CssStyleSheet>;
    }
}

thread_local! {
    /// What all places wear.
    static SHEET: Option<CssStyleSheet> = sheet::wear("");
}

/// All places wear what the second act brings, too.
pub(super) fn wear_more() {
    drop(sheet::wear(crate::STYLE_LATER));
}

/// A place for forms. It is used again and again: Yew never gives up the elements that it was mounted in.
pub(super) struct Place {
    host: Element,
    root: Element,
    heard: Rc<Cell<bool>>,
}

impl Place {
    /// A new one, in an element of this name that is not in the page yet.
    pub(super) fn new(document: &Document, name: &str) -> Option<Self> {
        let host = document.create_element(name).ok()?;
        // Page translators wrap text in elements, and Yew does not find its nodes again.
        host.set_attribute("translate", "no").ok()?;
        if name == DIALOG_ELEMENT {
            // A copy that a page's cache makes of it has no shadow root, and must not take room. The style sheet shows this
            // one.
            host.set_attribute("hidden", "").ok()?;
            // Turbo's refreshes leave it alone.
            host.set_attribute("data-turbo-permanent", "").ok()?;
            host.set_attribute("exportparts", PARTS).ok()?;
        }
        let shadow = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).ok()?;
        let sheet = SHEET.with(Clone::clone)?;
        set_member(&shadow, "adoptedStyleSheets", &Array::of1(&sheet));
        let root = document.create_element("div").ok()?;
        shadow.append_child(&root).ok()?;
        let heard = Rc::new(Cell::new(false));
        let hears = heard.clone();
        let keep = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
            hears.set(true);
            event.stop_propagation();
        });
        for kind in KEPT_INSIDE.split(' ') {
            shadow.add_event_listener_with_callback(kind, keep.as_ref().unchecked_ref()).ok()?;
        }
        // The place lives as long as the page.
        keep.forget();
        Some(Self { host, root, heard })
    }

    /// What the views draw in.
    pub(super) fn root(&self) -> Element {
        self.root.clone()
    }

    /// Whether it hears its events: a page that is written anew takes all listeners away.
    pub(super) fn hears(&self) -> bool {
        self.heard.set(false);
        if let (Some(shadow), Ok(probe)) = (self.host.shadow_root(), web_sys::Event::new("drop")) {
            drop(shadow.dispatch_event(&probe));
        }
        self.heard.get()
    }

    /// Whether it is in the page.
    pub(super) fn is_in_page(&self) -> bool {
        self.host.is_connected()
    }

    /// Puts it at the end of a node of the page.
    pub(super) fn put(&self, parent: &Node) {
        // A host's own modal dialog hides from assistive technology what stands beside it.
        for attribute in ["aria-hidden", "inert"] {
            drop(self.host.remove_attribute(attribute));
        }
        if self.host.parent_node().as_ref() != Some(parent) {
            drop(parent.append_child(&self.host));
        }
    }

    /// What it stands in, up to the page's root and out of shadow roots.
    pub(super) fn parents(&self) -> Vec<Node> {
        let host = |node: &Node| Some(member(node, "host")).filter(JsValue::is_object).map(JsCast::unchecked_into);
        let above = |node: &Node| node.parent_node().or_else(|| host(node));
        std::iter::successors(above(&self.host), above).collect()
    }

    /// Whether its dialog is open beside the page, no more over it: it was moved.
    pub(super) fn is_no_longer_modal(&self) -> bool {
        let moved = ":is([open]:not(:modal),[popover]:not(:popover-open))";
        self.root.first_element_child().is_some_and(|dialog| dialog.matches(moved).unwrap_or_default())
    }

    /// Takes it out of the page.
    pub(super) fn remove(&self) {
        self.host.remove();
    }

    /// Whether the form in it takes room on the screen: a page may hide all that it does not know.
    pub(super) fn is_visible(&self) -> bool {
        self.root.first_element_child().is_some_and(|form| {
            let room = form.get_bounding_client_rect();
            room.width() * room.height() > 0.0
        })
    }

    /// The dialog, if it is open.
    pub(super) fn dialog(&self) -> Option<HtmlDialogElement> {
        // What is no dialog is not open.
        let dialog: HtmlDialogElement = self.root.first_element_child()?.unchecked_into();
        dialog.open().then_some(dialog)
    }
}
