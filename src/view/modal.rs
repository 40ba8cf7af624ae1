//! What makes the dialog modal where browsers stop short: a press beside it closes it, and the page behind does not
//! scroll. The page's own styles stay as they are.

use std::cell::Cell;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event, HtmlDialogElement, KeyboardEvent, MouseEvent, Node, TouchEvent, WheelEvent};
use yew::Callback;

use super::guard::Guard;
use super::parts::{Message, Press};

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
                if self.pressed_beside.take() && self.is_beside(press) && self.guard.lets(press) {
                    self.send.emit(Message::Press(Press::Close));
                }
                false
            }
            "wheel" => {
                let wheel: &WheelEvent = event.unchecked_ref();
                // With Control it zooms.
                !wheel.ctrl_key() && is_for_the_page(event, wheel.delta_x(), wheel.delta_y())
            }
            // Fillers send keys that are none.
            "keydown" => event.dyn_ref().is_some_and(|key| self.key(key)),
            of_touch => {
                let fingers = event.unchecked_ref::<TouchEvent>().touches();
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

    /// Keys that scroll: in the form they scroll the form, wherever in it the focus is.
    fn key(&self, key: &KeyboardEvent) -> bool {
        let Some(body) = self.dialog.query_selector(".body").ok().flatten() else { return false };
        let page = f64::from(body.client_height()) * 0.875;
        let all = f64::from(body.scroll_height());
        let space = if key.shift_key() { -page } else { page };
        let (alt, control) = (key.alt_key(), key.ctrl_key() || key.meta_key());
        // How far; and what takes this key for itself. With others beside them some are the browser's own, such as Back.
        let (x, y, its_own) = match key.key().as_str() {
            "ArrowUp" => (0.0, -40.0, "input,textarea"),
            "ArrowDown" => (0.0, 40.0, "input,textarea"),
            "Home" if !alt => (0.0, -all, "input:not([type=radio]),textarea"),
            "End" if !alt => (0.0, all, "input:not([type=radio]),textarea"),
            _ if alt || control => return false,
            "ArrowLeft" => (-40.0, 0.0, "input,textarea"),
            "ArrowRight" => (40.0, 0.0, "input,textarea"),
            "PageUp" => (0.0, -page, "textarea"),
            "PageDown" => (0.0, page, "textarea"),
            " " => (0.0, space, "input,textarea,button"),
            _ => return false,
        };
        let Some(target) = key.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return false };
        if target.matches(its_own).unwrap_or_default() || goes_that_way(key, x, y) {
            return false;
        }
        body.set_scroll_top(body.scroll_top() + y as i32);
        true
    }
}

/// Whether a gesture would scroll the page: nothing in the dialog can go that way. A user who has zoomed in moves about
/// by the same gestures, and may.
fn is_for_the_page(event: &Event, x: f64, y: f64) -> bool {
    let viewport = web_sys::window().and_then(|window| window.visual_viewport());
    viewport.is_none_or(|viewport| viewport.scale() == 1.0) && !goes_that_way(event, x, y)
}

/// Whether something between an event's target and the dialog can scroll that way.
fn goes_that_way(event: &Event, x: f64, y: f64) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let is = |element: &Element, selector| element.matches(selector).unwrap_or_default();
    if x.abs() > y.abs() {
        // A text that is longer than its control.
        return target.is_some_and(|target| is(&target, "input,textarea"));
    }
    std::iter::successors(target, |element| Node::parent_element(element)).any(|element| {
        let above = element.scroll_top();
        let below = element.scroll_height() - element.client_height() - above;
        is(&element, "textarea,.body,.dialog") && if y < 0.0 { above > 0 } else { below > 1 }
    })
}
