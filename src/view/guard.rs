//! What has just appeared under the pointer or the focus takes no press for a second: the press was meant for what stood
//! there before. One rule for every button and link of the form; keys that press them count as presses.

use std::cell::Cell;
use std::rc::Rc;

use web_sys::{Event, UiEvent};

/// How long a press still belongs to what stood there before, in ms.
const A_LOOK: f64 = 1000.0;

/// What can be pressed, by where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Everything but the following.
    Form,
    /// The question whether to close. It stands in the place of all else, which moves nothing of it.
    Question,
    /// Nowhere: Ctrl with Enter, which means no place. The question that came and went has not changed what it does.
    Keys,
}

/// Knows when what can be pressed last changed, by its place. Time is read from events: pages replace the clocks, and a press counts
/// from when it was made, not from when a busy page came to it.
#[derive(Clone, Default)]
pub(crate) struct Guard(Rc<[Cell<f64>; 3]>);

impl Guard {
    /// What can be pressed there has changed just now.
    pub(super) fn rise(&self, at: Place) {
        if let Ok(now) = Event::new("") {
            self.0[at as usize].set(now.time_stamp());
        }
    }

    /// Whether a press counts. The second press of a double click never does: it would meet what the first brought up.
    pub(super) fn lets(&self, press: &UiEvent, at: Place) -> bool {
        press.detail() < 2 && press.time_stamp() >= self.0[at as usize].get() + A_LOOK
    }
}
