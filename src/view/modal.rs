//! How the dialog becomes modal, and what makes it so where browsers stop short: a press beside it closes it, and the page
//! behind does not scroll. The page's own styles stay as they are.

use std::cell::Cell;

use js_sys::Reflect;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlDialogElement, HtmlElement, KeyboardEvent, MouseEvent, TouchList, WheelEvent};
use yew::Callback;

use super::guard::{Guard, Place};
use super::parts::{Message, Press};

/// A dialog that stands, modal or about to be.
pub(super) const STANDS: &str = ":is([open],[popover])";

thread_local! {
    /// Hears that a dialog was painted, by the end of a short animation.
    static PAINTED: JsValue = Closure::<dyn Fn(Event)>::new(|event: Event| {
        if let Some(dialog) = event.current_target() {
            becomes_modal(dialog.unchecked_ref());
        }
    })
    .into_js_value();
}

/// Shows a dialog. That the page behind becomes inert takes long on a large page, so the form is painted before it, in the
/// same layer, where the browser has one for what is not modal.
pub(super) fn show(dialog: &HtmlDialogElement) {
    // One that was taken out of the page while it was open still says so. It was painted, and no animation begins anew.
    let is_back = is(dialog, STANDS);
    for says in ["open", "popover"] {
        drop(dialog.remove_attribute(says));
    }
    // Behind another tab nothing is painted.
    let is_painted = !is_back && dialog.owner_document().is_some_and(|document| !document.hidden());
    if is_painted && Reflect::get(dialog, &"showPopover".into()).is_ok_and(|it| it.is_function()) {
        drop(dialog.set_attribute("popover", "manual"));
        PAINTED.with(|painted| {
            drop(dialog.add_event_listener_with_callback("animationend", painted.unchecked_ref()));
        });
        drop(dialog.show_popover());
    } else {
        // It throws where the dialog is not in a page; then there is nothing to show it in.
        drop(dialog.show_modal());
    }
}

/// A page's own modal dialog keeps the focus from what is shown beside it: then it becomes modal at once. Says whether it
/// did. What has the focus is to keep it.
pub(super) fn is_kept_from_the_focus(dialog: &HtmlDialogElement) -> bool {
    if !is(dialog, "[popover]") {
        return false;
    }
    let focused = focused(dialog);
    match &focused {
        Some(focused) => drop(focused.toggle_attribute_with_force("autofocus", true)),
        None => becomes_modal(dialog),
    }
    focused.is_none()
}

/// What has the focus, also while the window has it not: no `:focus` is there then.
pub(super) fn focused(within: &Element) -> Option<Element> {
    let focused = Reflect::get(&within.get_root_node(), &"activeElement".into()).ok()?;
    focused.is_object().then(|| focused.unchecked_into())
}

/// Gives something the focus. The caret stands behind what is in it: WebKit selects all of that, and the next key would take its place.
pub(super) fn gives_focus(element: &HtmlElement) {
    drop(element.focus());
    drop(Reflect::set(element, &"selectionStart".into(), &"1e9".into()));
}

/// The page behind becomes inert.
fn becomes_modal(dialog: &HtmlDialogElement) {
    if is(dialog, "[popover]") {
        let find = |selector| dialog.query_selector(selector).ok().flatten();
        // What was to have it may have gone since, with what was drawn then.
        if let Some(focused) = focused(dialog) {
            while let Some(asks) = find("[autofocus]") {
                drop(asks.remove_attribute("autofocus"));
            }
            drop(focused.toggle_attribute_with_force("autofocus", true));
        }
        drop(dialog.remove_attribute("popover"));
        drop(dialog.show_modal());
        if let Some(asked) = find("[autofocus]") {
            drop(asked.remove_attribute("autofocus"));
        }
    }
}

/// Listens to a dialog, once, for as long as the page lives. Listeners of its own: Yew's for touches are passive.
pub(super) fn listen(dialog: &HtmlDialogElement, guard: Guard, send: Callback<Message>) {
    let its = Modal { dialog: dialog.clone(), guard, send, pressed_beside: Cell::default(), touched: Cell::default() };
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        // Who is heard first has decided.
        if !event.default_prevented() && its.keeps(&event) {
            event.prevent_default();
        }
    })
    .into_js_value();
    for kind in ["mousedown", "click", "wheel", "touchstart", "touchmove", "keydown"] {
        drop(dialog.add_event_listener_with_callback(kind, listener.unchecked_ref()));
    }
}

struct Modal {
    dialog: HtmlDialogElement,
    guard: Guard,
    send: Callback<Message>,
    /// The pointer went down beside the dialog.
    pressed_beside: Cell<bool>,
    /// Where the finger is.
    touched: Cell<(f64, f64)>,
}

impl Modal {
    /// Does what an event asks for. Says whether the browser is kept from doing its own.
    fn keeps(&self, event: &Event) -> bool {
        match event.type_().as_str() {
            "mousedown" => {
                // The focus stays where it is.
                self.pressed_beside.set(self.is_beside(event.unchecked_ref()));
                self.pressed_beside.get()
            }
            "click" => {
                let press: &MouseEvent = event.unchecked_ref();
                // Neither a press that began in the form nor one that ends there is beside it.
                if self.pressed_beside.take() && self.is_beside(press) && self.guard.lets(press, Place::Form) {
                    self.send.emit(Message::Press(Press::Away));
                }
                false
            }
            "wheel" => {
                let wheel: &WheelEvent = event.unchecked_ref();
                // With Control it zooms.
                !wheel.ctrl_key() && is_for_the_page(event, wheel.delta_x(), wheel.delta_y())
            }
            "keydown" => is_key(event) && self.key(event.unchecked_ref()),
            of_touch => {
                // What a script makes of it may have no fingers.
                let Some(fingers) = Reflect::get(event, &"touches".into()).ok().filter(JsValue::is_object) else {
                    return false;
                };
                let fingers: TouchList = fingers.unchecked_into();
                let Some(finger) = fingers.get(0).filter(|_| fingers.length() == 1) else { return false };
                let now = (f64::from(finger.client_x()), f64::from(finger.client_y()));
                let before = self.touched.replace(now);
                of_touch == "touchmove" && is_for_the_page(event, before.0 - now.0, before.1 - now.1)
            }
        }
    }

    /// On the backdrop: its events are the dialog's, as are those of the dialog's own scroll bar and padding.
    fn is_beside(&self, mouse: &MouseEvent) -> bool {
        let place = self.dialog.get_bounding_client_rect();
        let (x, y) = (f64::from(mouse.client_x()), f64::from(mouse.client_y()));
        let within = place.left() <= x && x <= place.right() && place.top() <= y && y <= place.bottom();
        !within && mouse.target().as_deref() == Some(self.dialog.as_ref())
    }

    /// Keys that scroll do so in the form, wherever in it the focus is: browsers would go on with the page behind, and
    /// Firefox goes nowhere from a one-line control.
    fn key(&self, key: &KeyboardEvent) -> bool {
        let (target, body) = (target(key), self.dialog.query_selector(".body").ok().flatten());
        let (Some(target), Some(body)) = (target, body) else { return false };
        let (alt, control) = (key.alt_key(), key.ctrl_key() || key.meta_key());
        let page = self.dialog.client_height() * 5 / 8;
        // How far; and what takes this key for itself. With others beside them some are the browser's own, such as Back.
        let (far, its_own) = match key.key().as_str() {
            "ArrowUp" => (-40, "input,textarea"),
            "ArrowDown" => (40, "input,textarea"),
            "Home" if !alt => (-MUCH, "input:not([type=radio]),textarea"),
            "End" if !alt => (MUCH, "input:not([type=radio]),textarea"),
            _ if alt || control => return false,
            "ArrowLeft" | "ArrowRight" => (0, "input,textarea"),
            "PageUp" => (-page, ""),
            "PageDown" => (page, ""),
            " " if key.shift_key() => (-page, "input,textarea,button"),
            " " => (page, "input,textarea,button"),
            _ => return false,
        };
        let own =
            if its_own.is_empty() { is(&target, "textarea") && has_room(&target, far) } else { is(&target, its_own) };
        if !own {
            // What is told may be longer than its place; then that scrolls, if the focus is in it. In a small window the
            // whole form may do so.
            let scrolls = within(Some(target)).find(|it| is(it, SCROLL) && has_room(it, far)).unwrap_or(body);
            scrolls.set_scroll_top(scrolls.scroll_top() + far);
        }
        !own
    }
}

/// Farther than any form is long, in pixels.
const MUCH: i32 = 1_000_000;

/// Whether a gesture would scroll the page: nothing in the dialog can go that way. A user who has zoomed in moves about
/// by the same gestures, and may.
fn is_for_the_page(event: &Event, x: f64, y: f64) -> bool {
    let viewport = web_sys::window().and_then(|window| window.visual_viewport());
    viewport.is_none_or(|viewport| viewport.scale() == 1.0) && !goes_that_way(event, x, y)
}

/// Whether something between an event's target and the dialog can scroll that way.
fn goes_that_way(event: &Event, x: f64, y: f64) -> bool {
    let target = target(event);
    if x.abs() > y.abs() {
        // A text that is longer than its control.
        return target.is_some_and(|target| is(&target, "input,textarea"));
    }
    within(target).any(|it| is(&it, SCROLL) && has_room(&it, y.signum() as i32))
}

/// What can scroll up and down.
const SCROLL: &str = "textarea,.body,.notice,.form";

/// An element, and all that it stands in.
fn within(element: Option<Element>) -> impl Iterator<Item = Element> {
    std::iter::successors(element, |element| element.parent_element())
}

fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// Whether an event is of a key: fillers send some that are none.
pub(super) fn is_key(event: &Event) -> bool {
    Reflect::get(event, &"key".into()).is_ok_and(|key| key.is_string())
}

pub(super) fn is(element: &Element, selector: &str) -> bool {
    element.matches(selector).unwrap_or_default()
}

/// Whether an element can scroll up (less than nothing) or down.
fn has_room(element: &Element, way: i32) -> bool {
    let above = element.scroll_top();
    if way < 0 { above > 0 } else { element.scroll_height() - element.client_height() - above > 1 }
}
