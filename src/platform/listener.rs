//! Who listens to a form: an element of the page by events, or a Yew application by callbacks.

use bzctrl_contract::{Key, Todo};

use crate::form::event::{Created, HostAnswer, Reason};
use crate::form::submit::Notice;

/// Takes what the host answers.
pub(crate) type HostAnswers = Box<dyn FnOnce(HostAnswer)>;

/// What a form tells of itself.
pub(crate) trait Listener {
    /// It is shown.
    fn opened(&self) {}
    /// It is about to send, and waits for the answer.
    fn submits(&self, todo: &Todo, key: Option<&Key>, answer: HostAnswers);
    /// A todo was made.
    fn created(&self, created: &Created);
    /// The user sees a failure.
    fn failed(&self, notice: &Notice, title: &str, key: Option<&Key>);
    /// It closes.
    fn closed(&self, reason: Reason, key: Option<&Key>);
}
