//! Where forms are drawn: elements of our own in the host's page, which nothing of the page gets into, and out of which
//! nothing is heard.

mod made;

use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlDialogElement, Node};

use super::member;
use crate::config::Config;
use crate::form::world::World;

/// The element that a form of the page stands in.
pub(super) const DIALOG_ELEMENT: &str = "bzctrl-dialog";

/// Draws a form in a place; `true` for one in a modal dialog.
pub(crate) type Draw = Rc<dyn Fn(Rc<Config>, Rc<dyn World>, bool)>;

/// Makes an element of the page a place for forms, and draws the first. The views are handed in: this room knows none.
pub(crate) type MountForm = fn(Element, Rc<Config>, Rc<dyn World>, bool) -> Draw;

/// All places wear what the second act brings, too.
pub(super) fn wear_more() {
    made::wear(crate::STYLE_LATER);
}

/// A place for forms. It is used again and again: Yew never gives up the elements that it was mounted in.
pub(super) struct Place {
    host: Element,
    root: Element,
}

impl Place {
    /// A new one, in an element of this name that is not in the page yet.
    pub(super) fn new(name: &str) -> Option<Self> {
        let host = made::place(name)?;
        let root = host.shadow_root()?.first_element_child()?;
        Some(Self { host, root })
    }

    /// What the views draw in.
    pub(super) fn root(&self) -> Element {
        self.root.clone()
    }

    /// Whether it hears its events: a page that is written anew takes all listeners away.
    pub(super) fn hears(&self) -> bool {
        let Some(shadow) = self.host.shadow_root() else { return false };
        Event::new("drop")
            .is_ok_and(|probe| shadow.dispatch_event(&probe).is_ok() && member(&probe, "kept").is_truthy())
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
