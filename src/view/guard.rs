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
    /// The question whether to close. It stands in the place of all else, which moves nothing of it.
    Question,
    /// Everything else.
    Form,
}

/// Knows when what can be pressed last changed: in the form, and anywhere. Time is read from events: pages replace the clocks, and a press counts
/// from when it was made, not from when a busy page came to it.
#[derive(Clone, Default)]
pub(crate) struct Guard(Rc<(Cell<f64>, Cell<f64>)>);

impl Guard {
    /// What can be pressed has changed just now: there, and where it is the question that came or went, everywhere.
    pub(super) fn rise(&self, at: Place) {
        if let Ok(now) = Event::new("") {
            self.last(Place::Form).set(now.time_stamp());
            self.last(at).set(now.time_stamp());
        }
    }

    fn last(&self, at: Place) -> &Cell<f64> {
        match at {
            Place::Form => &self.0.0,
            Place::Question => &self.0.1,
        }
    }

    /// Whether a press counts. The second press of a double click never does: it would meet what the first brought up.
    pub(super) fn lets(&self, press: &UiEvent, at: Place) -> bool {
        press.detail() < 2 && press.time_stamp() >= self.last(at).get() + A_LOOK
    }
}
