//! Who listens to a form: an element of the page by events, or a Yew application by callbacks.

use bzctrl_contract::{Key, Todo};

use crate::form::state::{Created, Reason};
use crate::form::submit::What;

/// A created todo, with the key under which it was made.
pub(crate) struct Made<'a> {
    /// What was made.
    pub(crate) created: &'a Created,
    /// Its key, in sealed mode.
    pub(crate) key: Option<&'a Key>,
}

/// What a form tells of itself.
pub(crate) trait Listener {
    /// It is shown.
    fn opened(&self) {}
    /// It is about to send. A message refuses.
    fn submits(&self, todo: &Todo, key: Option<&Key>) -> Option<String>;
    /// A todo was made.
    fn created(&self, made: &Made<'_>);
    /// The user sees a failure.
    fn failed(&self, what: &What, title: &str, key: Option<&Key>);
    /// It closes.
    fn closed(&self, reason: Reason, key: Option<&Key>);
}
