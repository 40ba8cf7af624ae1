//! Relays: the way of a request from its arrival to its answer, as `routes/tasks.rs` and `delivery.rs` have it.

use bzctrl_contract::Code;

use crate::answers::{of_lookup, of_state, problem};
use crate::bounds::Fault;
use crate::data::{Claim, KeyName, State};
use crate::forms::Said;
use crate::relay::store::transitions::{Claimed, KeyLookup};
use crate::rules::Rule;
use crate::world::{Action, Arrival, Model, Request, Sending, Stage, Storing, World};

/// What a request is refused with before its row is asked.
const REFUSED: [Code; 3] = [Code::TokenExpired, Code::OriginDenied, Code::StoreUnavailable];
/// And after, when the row is open.
const NOT_TAKEN: [Code; 3] = [Code::RateLimited, Code::InvalidTask, Code::UpstreamUnavailable];

impl Model {
    pub(crate) fn of_relays(&self, world: &World, actions: &mut Vec<Action>) {
        for (at, request) in world.requests.iter().enumerate() {
            // Of two alike the first goes first.
            if at > 0 && world.requests.get(at - 1) == Some(request) {
                continue;
            }
            let Ok(at) = u8::try_from(at) else { continue };
            match request.stage {
                Stage::OnItsWay => self.arrivals(world, at, request, actions),
                Stage::Claimed { relay, .. } if !is_stopped(world, relay) => self.sendings(world, at, actions),
                Stage::Reports { relay, is_answered, .. } if !is_stopped(world, relay) => {
                    actions.push(Action::Report(at, Storing::Stored));
                    if !is_answered {
                        for (fault, storing) in
                            [(Fault::CommitUnheard, Storing::Unheard), (Fault::StoreDown, Storing::Down)]
                        {
                            if self.may(world, fault) {
                                actions.push(Action::Report(at, storing));
                            }
                        }
                    } else if self.may(world, Fault::CommitUnheard) {
                        actions.push(Action::Report(at, Storing::Unheard));
                    }
                }
                Stage::Claimed { .. } | Stage::Reports { .. } => {}
            }
        }
    }

    fn arrivals(&self, world: &World, at: u8, request: &Request, actions: &mut Vec<Action>) {
        let is_open = world.data.look_up(request.sends.key) == KeyLookup::Claimable;
        for relay in (0..self.bounds.relays).filter(|relay| !is_stopped(world, *relay)) {
            actions.push(Action::Arrive(at, relay, Arrival::Handled));
            if is_open && self.may(world, Fault::CommitUnheard) {
                actions.push(Action::Arrive(at, relay, Arrival::CommitUnheard { done: true }));
                actions.push(Action::Arrive(at, relay, Arrival::CommitUnheard { done: false }));
            }
        }
        // Which relay refuses is no difference, and a refusal that nobody hears neither.
        if request.from.is_some() && self.may(world, Fault::Refused) {
            actions.extend(REFUSED.map(|code| Action::Arrive(at, 0, Arrival::Refused(code))));
            if is_open {
                actions.extend(NOT_TAKEN.map(|code| Action::Arrive(at, 0, Arrival::NotTaken(code))));
            }
        }
    }

    fn sendings(&self, world: &World, at: u8, actions: &mut Vec<Action>) {
        actions.push(Action::Send(at, Sending::Created));
        let unheard = [Sending::Unheard { made: true }, Sending::Unheard { made: false }];
        for (fault, sendings) in [
            (Fault::Rejected, &[Sending::Rejected][..]),
            (Fault::NotConnected, &[Sending::NotConnected]),
            (Fault::Unheard, &unheard),
        ] {
            if self.may(world, fault) {
                actions.extend(sendings.iter().map(|sending| Action::Send(at, *sending)));
            }
        }
    }

    pub(crate) fn arrive(&self, world: &mut World, at: u8, relay: u8, arrival: Arrival) {
        let Some(request) = world.requests.get(usize::from(at)).copied() else { return };
        match arrival {
            Arrival::Refused(code) | Arrival::NotTaken(code) => {
                world.had(Fault::Refused);
                self.answer(world, at, problem(code));
            }
            Arrival::Handled => match self.claim(world, &request) {
                Err(said) => self.answer(world, at, said),
                Ok(claim) => advance(world, at, Stage::Claimed { relay, claim }),
            },
            Arrival::CommitUnheard { done } => {
                world.had(Fault::CommitUnheard);
                let before = world.data.clone();
                let claim = match self.claim(world, &request) {
                    Err(said) => return self.answer(world, at, said),
                    Ok(claim) => claim,
                };
                if !done {
                    world.data = before;
                }
                if !self.keeps(Rule::UnheardSendsNothing) {
                    return advance(world, at, Stage::Claimed { relay, claim });
                }
                let report = State::Free;
                advance(world, at, Stage::Reports { relay, claim, report, is_answered: true, is_claimed: true });
                if let Some(tab) = waits(world, &request) {
                    self.hear(world, tab, problem(Code::StoreUnavailable));
                }
                if !self.keeps(Rule::UnheardIsFreed) {
                    world.requests.retain(|it| it.stage.in_hand() != Some((relay, claim)));
                }
            }
        }
    }

    /// Claims a request's key, or says how it stands.
    fn claim(&self, world: &mut World, request: &Request) -> Result<u8, Said> {
        let sends = request.sends;
        if world.put_back && self.keeps(Rule::PutBackIsFound) {
            self.find_put_back(world);
        }
        let number = world.truth.claims;
        let claim = Claim { key: sends.key, replaces: sends.replaces, content: sends.content, number };
        // Of what was erased nothing is known to anybody.
        let old = sends.replaces.and_then(|old| world.data.row(old)).filter(|row| !row.erased).map(|row| row.state);
        if !self.keeps(Rule::ClaimBeforeSend) {
            let found = world.data.look_up(sends.key);
            if found != KeyLookup::Claimable {
                return Err(of_lookup(&found, Some(sends.content)));
            }
        } else {
            match world.data.claim(claim, |rule| self.keeps(rule)) {
                Claimed::Yes => {}
                Claimed::No(found) => return Err(of_lookup(&found, Some(sends.content))),
                Claimed::NotReplaced(found) => return Err(of_lookup(&found, None)),
            }
        }
        world.truth.claims += 1;
        if let Some(old) = sends.replaces {
            world.truth.allow(sends.key, was_sent(world, old));
        }
        world.truth.resent |= world.truth.said_unknown & sends.key.bit() != 0;
        world.truth.known_resent |= matches!(old, Some(State::Created(_) | State::Sending));
        Ok(number)
    }

    pub(crate) fn send(&self, world: &mut World, at: u8, sending: Sending) {
        let Some(request) = world.requests.get(usize::from(at)).copied() else { return };
        let Stage::Claimed { relay, claim } = request.stage else { return };
        match sending {
            Sending::Created => {}
            Sending::Rejected => world.had(Fault::Rejected),
            Sending::NotConnected => world.had(Fault::NotConnected),
            Sending::Unheard { .. } => world.had(Fault::Unheard),
        }
        let key = request.sends.key;
        let mut made = || {
            world.truth.todos.push(key);
            u8::try_from(world.truth.todos.len() - 1).ok()
        };
        let report = match sending {
            Sending::Created => State::Created(made()),
            Sending::Rejected => State::Rejected,
            Sending::NotConnected => State::Free,
            Sending::Unheard { made: true } => {
                made();
                State::Unknown
            }
            Sending::Unheard { made: false } => State::Unknown,
        };
        if sending != Sending::NotConnected {
            world.truth.sent |= key.bit();
        }
        let is_claimed = self.keeps(Rule::ClaimBeforeSend);
        advance(world, at, Stage::Reports { relay, claim, report, is_answered: false, is_claimed });
        if !self.keeps(Rule::ResultBeforeAnswer)
            && let Some(tab) = waits(world, &request)
        {
            advance(world, at, Stage::Reports { relay, claim, report, is_answered: true, is_claimed });
            self.note(world, &request, of_state(report));
            self.hear(world, tab, of_state(report));
        }
    }

    pub(crate) fn report(&self, world: &mut World, at: u8, storing: Storing) {
        let Some(request) = world.requests.get(usize::from(at)).copied() else { return };
        let Stage::Reports { relay, claim, report, is_answered, is_claimed } = request.stage else { return };
        let sends = request.sends;
        let of = Claim { key: sends.key, replaces: sends.replaces, content: sends.content, number: claim };
        if !is_claimed {
            // The rule is left out: the claim is committed now, and perhaps in vain.
            let _ = world.data.claim(of, |rule| self.keeps(rule));
        }
        let mut state = report;
        if storing != Storing::Down {
            state = world.data.conclude(of, report, |rule| self.keeps(rule));
        }
        if storing == Storing::Stored {
            if is_answered {
                world.requests.remove(usize::from(at));
            } else {
                self.answer(world, at, of_state(state));
            }
            return;
        }
        world.had(if storing == Storing::Down { Fault::StoreDown } else { Fault::CommitUnheard });
        advance(world, at, Stage::Reports { relay, claim, report, is_answered: true, is_claimed: true });
        if !is_answered && let Some(tab) = waits(world, &request) {
            // It is answered as it is: unless the process dies before the store has it, it will be so.
            if report == State::Unknown {
                world.truth.said_unknown |= sends.key.bit();
            }
            self.hear(world, tab, of_state(report));
        }
    }

    /// Answers a request, which has ended.
    fn answer(&self, world: &mut World, at: u8, said: Said) {
        let request = world.requests.remove(usize::from(at));
        self.note(world, &request, said);
        if let Some(tab) = waits(world, &request) {
            self.hear(world, tab, said);
        }
    }

    /// What is said counts, whether it is heard or not.
    fn note(&self, world: &mut World, request: &Request, said: Said) {
        let key = request.sends.key;
        match said {
            Said::Created { todo: Some(todo), .. } => {
                // It may tell of the key that was to be replaced.
                let of = world.truth.todos.get(usize::from(todo)).copied().unwrap_or(key);
                world.truth.said_created |= of.bit();
            }
            Said::Problem { code: Code::OutcomeUnknown | Code::KeyUnknown, .. } if request.sends.replaces.is_none() => {
                world.truth.said_unknown |= key.bit();
            }
            _ => {}
        }
    }
}

/// Whether BzCtrl has had a key, or is about to.
fn was_sent(world: &World, key: KeyName) -> bool {
    world.truth.sent & key.bit() != 0
        || world.requests.iter().any(|it| it.sends.key == key && it.stage.in_hand().is_some())
}

fn is_stopped(world: &World, relay: u8) -> bool {
    world.stopped.get(usize::from(relay)).copied().unwrap_or(true)
}

/// The tab that waits for the answer.
fn waits(world: &World, request: &Request) -> Option<u8> {
    let tab = request.from?;
    world.tabs.get(usize::from(tab)).filter(|tab| !tab.is_closed).map(|_| tab)
}

fn advance(world: &mut World, at: u8, stage: Stage) {
    if let Some(request) = world.requests.get_mut(usize::from(at)) {
        request.stage = stage;
    }
}
