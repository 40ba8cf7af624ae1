//! The BzCtrl widget: a form that registers an incident or a task from the screen where the problem shows.
//!
//! Host pages use it as the element `<bzctrl-todo>`, see the README. Yew applications use [`TodoForm`].

use std::rc::Rc;

use config::Config;
use form::world::World;
use platform::mount::Draw;
use view::first;
use view::live::Opening;

pub mod config;
mod form;
mod later;
mod platform;
mod text;
mod todo_form;
mod view;

pub use bzctrl_contract::{Draft, Field, FieldSet, Key, TaskLink, Todo, TodoType, Value};
pub use form::event::Reason;
pub use text::{ar, de, fr, nl};
pub use todo_form::{CreatedTodo, Failure, TodoForm, TodoFormProperties};

/// Drops what was typed, in every form of this tab: a Yew application calls it on sign-out.
pub fn forget() {
    platform::application::forget();
    platform::page::forget();
}

/// The form's style sheet. Each form stands in a shadow root that adopts it.
#[cfg(not(feature = "split"))]
pub(crate) const STYLE: &str = include_str!(concat!(env!("OUT_DIR"), "/bzctrl.css"));

/// What stands behind it once the second act is here: the look of what a form shows only then.
pub(crate) const STYLE_LATER: &str = include_str!(concat!(env!("OUT_DIR"), "/bzctrl_later.css"));

/// Draws the form in an element, and from then on whatever form is to stand there.
fn mount(root: web_sys::Element, config: Rc<Config>, world: Rc<dyn World>, modal: bool) -> Draw {
    #[cfg(not(feature = "split"))]
    later::has_come();
    let draws = first::mount(Opening { config, world, modal, root: root.clone() });
    Rc::new(move |config, world, modal| draws(Opening { config, world, modal, root: root.clone() }))
}

/// What the loader calls, by way of the release program.
#[doc(hidden)]
pub mod page {
    use wasm_bindgen::JsValue;
    use web_sys::HtmlElement;

    /// Opens the form for an element, with the words of its language; promises the created todo, or `null`.
    pub fn open(element: HtmlElement, values: &JsValue, widget: &str, words: &JsValue) -> js_sys::Promise {
        crate::platform::page::open(element, values, widget, words, crate::mount)
    }

    /// Draws what can be drawn before the first press.
    pub fn park() {
        crate::platform::page::park(crate::mount);
    }

    /// The second act has come, or could not be had.
    pub fn later(came: bool) {
        if came {
            crate::later::has_come();
        } else {
            crate::later::has_not_come();
        }
    }

    /// The user's Close, of one element's form or of any.
    pub fn close(element: Option<&HtmlElement>) {
        crate::platform::page::close(element);
    }

    /// Drops what was typed, in every form of this tab.
    pub fn forget() {
        crate::platform::page::forget();
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_style_sheets_have_every_rule_and_no_comment() {
        let rules = |sheet: &str| sheet.matches('{').count();
        let (first, later) = (include_str!("../www/bzctrl.css"), include_str!("../www/bzctrl_later.css"));
        for (shipped, written) in [(super::STYLE, first), (super::STYLE_LATER, later)] {
            assert_eq!(rules(shipped), rules(written));
            assert!(!shipped.contains("/*"));
        }
    }
}
