//! What of a keyboard concerns the form. One on the screen lies over the end of the window: most browsers leave the page as large as it was, and say by the visual
//! viewport alone what is seen of it. The dialog ends where that does, so that Submit stays in sight.
//!
//! What it asks of the browser it asks by `Reflect`: a function more in the glue would be fetched before the form stands.

use std::cell::Cell;

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlDialogElement};

use super::modal::{focused, is};

/// What the style sheet reads: how much is seen, and where that begins.
const SEEN: [(&str, &str); 2] = [("--_seen", "height"), ("--_from", "offsetTop")];

/// Follows the keyboard for as long as the page lives.
pub(super) fn follow(dialog: &HtmlDialogElement) {
    let Some(viewport) = web_sys::window().and_then(|window| window.visual_viewport()) else { return };
    let (dialog, its, seen) = (dialog.clone(), viewport.clone(), Cell::new([None; 2]));
    let listener = Closure::<dyn Fn(Event)>::new(move |_| {
        let now = covered(&its);
        if seen.replace(now) != now {
            fits(&dialog, now);
            focused(&dialog).filter(|focused| is(focused, ".body *")).iter().for_each(into_sight);
        }
    })
    .into_js_value();
    for kind in ["resize", "scroll"] {
        drop(viewport.add_event_listener_with_callback(kind, listener.unchecked_ref()));
    }
}

/// Submit says by which keys else it is pressed. A button that says another thing later is the same element.
pub(super) fn tells_keys(root: &Element) {
    let buttons = root.query_selector_all(".actions>button").ok();
    for button in buttons.iter().flat_map(|all| (0..all.length()).filter_map(|at| all.item(at))) {
        let button: &Element = button.unchecked_ref();
        drop(if is(button, "[type=submit]") {
            button.set_attribute("aria-keyshortcuts", "Control+Enter")
        } else {
            button.remove_attribute("aria-keyshortcuts")
        });
    }
}

/// What of the window is seen, in pixels, where something lies over it. A user who has zoomed in sees less, too, and moves about in it.
fn covered(viewport: &JsValue) -> [Option<i32>; 2] {
    let number = |of: &JsValue, name: &str| member(of, name).as_f64().unwrap_or_default();
    let whole = web_sys::window().map_or(0.0, |window| number(&window, "innerHeight"));
    let is_covered = number(viewport, "scale") == 1.0 && number(viewport, "height") < whole - 1.0;
    SEEN.map(|(_, name)| is_covered.then(|| number(viewport, name) as i32))
}

/// By no attribute: a page's policy may forbid those.
fn fits(dialog: &Element, seen: [Option<i32>; 2]) {
    let style = member(dialog, "style");
    let set = member(&style, "setProperty").dyn_into::<Function>().ok();
    for ((name, _), pixels) in SEEN.into_iter().zip(seen) {
        let pixels = pixels.map(|pixels| [&pixels.to_string(), "px"].concat()).unwrap_or_default();
        drop(set.as_ref().map(|set| set.call2(&style, &name.into(), &pixels.into())));
    }
}

/// Scrolls until it is seen, as little as that takes.
pub(super) fn into_sight(element: &Element) {
    let nearest = Object::new();
    drop(Reflect::set(&nearest, &"block".into(), &"nearest".into()));
    let scroll = member(element, "scrollIntoView").dyn_into::<Function>().ok();
    drop(scroll.map(|scroll| scroll.call1(element, &nearest)));
}

fn member(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}
