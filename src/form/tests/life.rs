//! What happens next in a life: of all that can happen now, one thing, by chance.

use super::tab::{Open, Storage};
use super::world::{Broken, World};
use crate::form::event::{Event, Phase};
use crate::form::submit::WaysOut;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Opens,
    Types,
    Submits,
    TokenComes,
    HostAnswers,
    Answers,
    WaitEnds,
    SendsAgain,
    Leaves,
    StartsAnew,
    Closes,
    ClosesNow,
    Stops,
    Reloads,
    TimePasses,
    RelaySettles,
    RelayChanges,
    PageChanges,
    StorageChanges,
    SwitchesTab,
    SignsOut,
    Pauses,
}

/// How often each happens, beside the others that can.
const STEPS: [(Step, u16); 22] = [
    (Step::Opens, 8),
    (Step::Types, 4),
    (Step::Submits, 6),
    (Step::TokenComes, 12),
    (Step::HostAnswers, 12),
    (Step::Answers, 16),
    (Step::WaitEnds, 6),
    (Step::SendsAgain, 6),
    (Step::Leaves, 2),
    (Step::StartsAnew, 2),
    (Step::Closes, 1),
    (Step::ClosesNow, 1),
    (Step::Stops, 2),
    (Step::Reloads, 2),
    (Step::TimePasses, 2),
    (Step::RelaySettles, 1),
    (Step::RelayChanges, 2),
    (Step::PageChanges, 1),
    (Step::StorageChanges, 1),
    (Step::SwitchesTab, 1),
    (Step::SignsOut, 1),
    (Step::Pauses, 1),
];

impl World {
    /// One step, taken from a number.
    pub(super) fn steps(&mut self, number: u32) -> Result<(), Broken> {
        let (chance, number) = ((number >> 16) as u16, number as u16);
        // Now and then something happens that nobody would expect.
        let unexpected = number % 16 == 15;
        let can: Vec<_> = STEPS.into_iter().filter(|(step, _)| unexpected || self.can(*step)).collect();
        let all = can.iter().map(|(_, weight)| weight).sum::<u16>();
        let mut at = number / 16 % all;
        let step = can.iter().find(|(_, weight)| {
            let found = at < *weight;
            at = at.saturating_sub(*weight);
            found
        });
        step.map_or(Ok(()), |(step, _)| self.takes(*step, chance))
    }

    fn can(&self, step: Step) -> bool {
        let Some(Open { state, .. }) = &self.tabs[self.at].form else {
            return !matches!(
                step,
                Step::Types
                    | Step::Submits
                    | Step::SendsAgain
                    | Step::Leaves
                    | Step::StartsAnew
                    | Step::Closes
                    | Step::ClosesNow
                    | Step::Stops
                    | Step::Pauses
            ) && self.waits_for(step);
        };
        match step {
            Step::Opens => false,
            Step::Types => state.editable(),
            Step::Submits => {
                matches!(state.phase, Phase::Editing | Phase::Waiting(_) | Phase::Doubt(WaysOut::AskAgain))
            }
            Step::SendsAgain => matches!(state.phase, Phase::Doubt(WaysOut::SendAgain)),
            Step::Leaves => state.can_be_left(),
            Step::StartsAnew => state.can_start_anew(),
            Step::Stops => matches!(state.phase, Phase::Waiting(_)),
            step => self.waits_for(step),
        }
    }

    /// What is waited for can come.
    fn waits_for(&self, step: Step) -> bool {
        match step {
            Step::TokenComes => self.waiting(|form| form.token_flights > 0).is_some(),
            Step::HostAnswers => self.waiting(|form| form.asks_host).is_some(),
            Step::Answers => self.waiting(|form| form.flight.is_some()).is_some(),
            Step::WaitEnds => self.waiting(|form| !form.waits.is_empty()).is_some(),
            _ => true,
        }
    }

    fn takes(&mut self, step: Step, chance: u16) -> Result<(), Broken> {
        let pick = usize::from(chance);
        match step {
            Step::Opens if self.tabs[self.at].form.is_some() => return Ok(()),
            Step::Opens => return self.opens(pick % 2),
            Step::Types => return self.types(chance),
            Step::Submits => return self.submits(),
            Step::TokenComes => return self.token_comes(chance),
            Step::HostAnswers => return self.host_answers(chance),
            Step::Answers => return self.answers(chance),
            Step::WaitEnds => return self.wait_ends(),
            Step::SendsAgain => {
                return self.happens("Send again", |world| {
                    let moment = world.moment();
                    world.presses(Event::SendAgain(moment), true)
                });
            }
            Step::Leaves => return self.happens("Leave", |world| world.presses(Event::Leave, false)),
            Step::StartsAnew => return self.happens("Start anew", |world| world.presses(Event::StartAnew, false)),
            Step::Closes => return self.happens("Close", |world| world.presses(Event::Close, false)),
            Step::ClosesNow => return self.happens("Close now", |world| world.presses(Event::CloseNow, false)),
            Step::Stops => return self.happens("Stop", |world| world.presses(Event::Stop, false)),
            Step::Pauses => return self.happens("a pause in typing", |world| world.tells_form(Event::KeepNow)),
            Step::Reloads => return self.reloads(),
            Step::SwitchesTab => return self.switches_tab(chance.is_multiple_of(2)),
            Step::SignsOut => return self.forgets(),
            Step::TimePasses => self.now += [100.0, 5_000.0, 50_000.0, 130_000.0, 7_200_000.0][pick % 5],
            Step::RelaySettles => self.relay.settles(chance.is_multiple_of(2)),
            Step::RelayChanges if chance.is_multiple_of(8) => self.relay.is_restored(),
            Step::RelayChanges if chance % 8 < 4 => self.token_mode ^= self.flips,
            Step::RelayChanges => self.defaults = pick / 8 % 4,
            Step::PageChanges => self.variant = pick % 4,
            Step::StorageChanges if chance % 4 == 3 => self.is_damaged(),
            Step::StorageChanges => {
                self.storage = [Storage::Works, Storage::Full, Storage::Forbidden][pick / 4 % 3];
                self.always_kept &= self.storage == Storage::Works;
            }
        }
        self.tell(|it| {
            let mode = if it.token_mode { "token mode" } else { "sealed" };
            format!("{step:?}: {:?}, {mode}, defaults {}, page {}", it.storage, it.defaults, it.variant)
        });
        Ok(())
    }

    /// Somebody has written into what is kept.
    fn is_damaged(&mut self) {
        self.always_kept = false;
        let damaged = |text: &mut String| *text = text.replace("\"key\":\"e", "\"key\":\"!");
        self.tabs[self.at].entries.values_mut().for_each(damaged);
    }
}
