//! How a form is closed: at once where nothing is lost, or by a question.

use super::State;
use crate::form::event::{Effect, Phase, Reason, Step, Target};
use crate::form::restore::Kept;

impl State {
    pub(super) fn close(&mut self) -> Vec<Effect> {
        let nothing_to_lose = match self.phase {
            Phase::Editing => self.touched.is_empty() && self.half_typed.is_empty(),
            Phase::Created(_) => true,
            Phase::Sending(_) | Phase::Waiting(_) | Phase::Doubt(_) => false,
        };
        if nothing_to_lose || self.closing {
            return self.close_now();
        }
        self.closing = true;
        vec![Effect::Focus(Target::Question)]
    }

    pub(super) fn close_now(&mut self) -> Vec<Effect> {
        self.closing = false;
        if self.closed {
            return Vec::new();
        }
        self.closed = true;
        let reason = match self.phase {
            Phase::Created(_) => Reason::Created,
            Phase::Sending(Step::Task) | Phase::Doubt(_) => Reason::Unknown,
            _ if self.undecided() => Reason::Unknown,
            _ => Reason::Cancelled,
        };
        let on_its_way = self.attempt.undecided && !self.again || matches!(self.phase, Phase::Sending(Step::Task));
        if !on_its_way && matches!(self.phase, Phase::Sending(_) | Phase::Waiting(_)) {
            // Of this press nothing was sent, and nothing will be.
            self.phase = self.resting();
            self.unkept = true;
        }
        let mut effects = self.keep_typed();
        effects.push(Effect::Close(reason));
        effects
    }

    /// Closes, and drops what was typed.
    pub(super) fn discard(&mut self) -> Vec<Effect> {
        self.begin(Kept::default());
        self.closed = true;
        vec![Effect::Forget, Effect::Close(Reason::Cancelled)]
    }
}
