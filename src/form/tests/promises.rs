//! What a form says and offers agrees with what is true.

use super::tab::Open;
use super::world::{Broken, World};
use crate::form::event::{Phase, Step};
use crate::form::submit::WaysOut;
use crate::text::{self, Claim};

impl World {
    /// Held after each step, of the form that was told of something.
    pub(super) fn agrees(&self, at: usize) -> Result<(), Broken> {
        if self.relay.made > self.knowing_presses {
            return Err(format!("{} todos of {} knowing presses", self.relay.made, self.knowing_presses));
        }
        let tab = &self.tabs[self.at];
        let form = if at == 0 { tab.form.as_ref() } else { tab.behind.get(at - 1) };
        let Some(Open { state, name, forgotten: false, .. }) = form else { return Ok(()) };
        let exists = self.exists(name);
        let standing = state.standing();
        // What is said of the last try stands while the next is on its way.
        if let Some(notice) = state.notice.as_ref().filter(|_| !matches!(state.phase, Phase::Sending(Step::Task)))
            && matches!(text::claim(notice, standing), Claim::NotSent | Claim::Refused | Claim::NotMade)
            && !standing.may_exist
            && exists
        {
            return Err(format!("{notice:?} says that nothing was made, and a todo may exist"));
        }
        let rests = matches!(state.phase, Phase::Editing | Phase::Doubt(_));
        if rests && state.undecided() && !state.can_be_left() {
            return Err("a doubt cannot be left".to_owned());
        }
        if rests && state.undecided() && state.can_start_anew() {
            return Err("a doubt can be dropped without a word".to_owned());
        }
        if rests && exists && !state.undecided() && !state.is_closed() {
            return Err("a todo may exist, and the form does not know".to_owned());
        }
        if standing.asking_is_safe
            && !matches!(state.phase, Phase::Doubt(WaysOut::AskAgain) | Phase::Waiting(_) | Phase::Sending(_))
        {
            return Err("asking is said to be safe where nobody asks".to_owned());
        }
        Ok(())
    }
}
