//! What happens to relays and to their store, and what operators do.

use crate::bounds::Fault;
use crate::data::State;
use crate::forms::Said;
use crate::rules::Rule;
use crate::world::{Action, Model, Stage, World};

impl Model {
    pub(crate) fn of_stores(&self, world: &World, actions: &mut Vec<Action>) {
        for relay in 0..self.bounds.relays {
            let is_stopped = world.stopped.get(usize::from(relay)).copied().unwrap_or_default();
            let has_work = world.requests.iter().any(|it| it.stage.in_hand().is_some_and(|(of, _)| of == relay));
            if has_work && self.may(world, Fault::Killed) {
                actions.push(Action::Kill(relay));
            }
            if is_stopped {
                actions.push(Action::Continue(relay));
            } else if has_work && self.may(world, Fault::Stopped) {
                actions.push(Action::Stop(relay));
            }
        }
        if self.bounds.relays > 1 {
            actions.extend(self.leases(world));
        }
        if world.aside.is_none() && (self.may(world, Fault::PutBack) || self.may(world, Fault::Restored)) {
            actions.push(Action::CopyAside);
        }
        if world.aside.as_ref().is_some_and(|aside| *aside != world.data) {
            for (fault, action) in [(Fault::PutBack, Action::PutBack), (Fault::Restored, Action::Restore)] {
                if self.may(world, fault) {
                    actions.push(action);
                }
            }
        }
        if self.may(world, Fault::Dropped) {
            if world.data.epochs.len() == 1 {
                actions.push(Action::NewDay);
            }
            let may_be_dropped = |epoch| world.data.may_be_dropped(epoch, |rule| self.keeps(rule));
            let epochs = world.data.epochs.iter().map(|(name, _)| *name);
            actions.extend(epochs.filter(|epoch| may_be_dropped(*epoch)).map(Action::Drop));
        }
        for (key, row) in &world.data.rows {
            if row.state != State::Sending && !row.erased && self.may(world, Fault::Erased) {
                actions.push(Action::Erase(key.number));
            }
            let may_come =
                world.requests.iter().any(|it| it.sends.key == *key && matches!(it.stage, Stage::Claimed { .. }));
            let waits = may_come && self.keeps(Rule::ResolveWaits);
            if row.state == State::Unknown && !waits && self.may(world, Fault::Resolved) {
                actions.push(Action::Resolve(key.number));
            }
        }
    }

    /// Claims whose lease is over: their relay stands still, or has ended.
    fn leases<'a>(&self, world: &'a World) -> impl Iterator<Item = Action> + 'a {
        let sending = world.data.rows.iter().filter(|(_, row)| row.state == State::Sending);
        sending.filter_map(|(_, row)| {
            let claim = row.claim;
            let lives =
                world.requests.iter().filter_map(|it| it.stage.in_hand()).any(|(relay, it)| {
                    it == claim && !world.stopped.get(usize::from(relay)).copied().unwrap_or_default()
                });
            (!lives).then_some(Action::LeaseOver(claim))
        })
    }

    pub(crate) fn happen(&self, world: &mut World, action: Action) {
        match action {
            Action::Kill(relay) => {
                world.had(Fault::Killed);
                self.end(world, relay);
            }
            Action::Stop(relay) | Action::Continue(relay) => {
                let stops = action == Action::Stop(relay);
                if stops {
                    world.had(Fault::Stopped);
                }
                if let Some(stopped) = world.stopped.get_mut(usize::from(relay)) {
                    *stopped = stops;
                }
            }
            Action::LeaseOver(claim) => world.data.give_up(claim, |rule| self.keeps(rule)),
            Action::CopyAside => world.aside = Some(world.data.clone()),
            Action::Restore => {
                world.had(Fault::Restored);
                (0..self.bounds.relays).for_each(|relay| self.end(world, relay));
                self.put_back(world);
                self.start(world);
                if self.keeps(Rule::RestoreBreaksEpochs) {
                    world.data.doubt(|rule| self.keeps(rule));
                }
            }
            Action::PutBack => {
                world.had(Fault::PutBack);
                self.put_back(world);
                world.put_back = true;
            }
            Action::NewDay => {
                world.data.begin_epoch(&mut world.truth.epochs);
            }
            Action::Drop(epoch) => {
                world.had(Fault::Dropped);
                let dropped = world.data.rows.iter().filter(|(key, _)| key.epoch == epoch);
                let dropped = dropped.fold(0, |bits, (key, _)| bits | key.bit());
                world.truth.said_created &= !dropped;
                // What is known is told for 400 days.
                let decided =
                    world.data.rows.iter().filter(|(key, row)| key.epoch == epoch && row.state != State::Unknown);
                world.truth.excused |= decided.fold(0, |bits, (key, _)| bits | key.bit());
                world.data.drop_epoch(epoch, |rule| self.keeps(rule));
            }
            Action::Erase(number) => {
                world.had(Fault::Erased);
                if let Some(key) = key_of(world, number) {
                    world.data.erase(key, |rule| self.keeps(rule));
                }
            }
            Action::Resolve(number) => {
                world.had(Fault::Resolved);
                let Some(key) = key_of(world, number) else { return };
                let todo = world.truth.todos.iter().rposition(|it| *it == key).and_then(|at| u8::try_from(at).ok());
                world.data.resolve(key, if todo.is_some() { State::Created(todo) } else { State::Rejected });
            }
            _ => {}
        }
    }

    /// A relay ends, and starts anew.
    fn end(&self, world: &mut World, relay: u8) {
        let of_relay = |stage: Stage| stage.in_hand().is_some_and(|(of, _)| of == relay);
        let (ended, left): (Vec<_>, Vec<_>) = world.requests.iter().copied().partition(|it| of_relay(it.stage));
        world.requests = left;
        if world.has_lost_rows() && world.tabs.iter().all(|tab| tab.is_closed) {
            world.excuse_all_but_in_hand();
        }
        if let Some(stopped) = world.stopped.get_mut(usize::from(relay)) {
            *stopped = false;
        }
        for (_, claim) in ended.iter().filter_map(|it| it.stage.in_hand()) {
            world.data.give_up(claim, |rule| self.keeps(rule));
        }
        if self.bounds.relays == 1 {
            self.start(world);
        }
        for tab in ended.iter().filter_map(|it| it.from) {
            self.hear(world, tab, Said::Lost);
        }
    }

    /// The one relay of a file starts.
    fn start(&self, world: &mut World) {
        let claims: Vec<u8> = world.data.rows.iter().map(|(_, row)| row.claim).collect();
        for claim in claims {
            world.data.give_up(claim, |rule| self.keeps(rule));
        }
        if world.put_back && self.keeps(Rule::PutBackIsFound) {
            self.find_put_back(world);
        }
    }

    /// Older data is in the place of the store's.
    fn put_back(&self, world: &mut World) {
        let Some(aside) = world.aside.take() else { return };
        if world.tabs.iter().all(|tab| tab.is_closed) {
            world.excuse_all_but_in_hand();
        }
        world.truth.said_created = 0;
        world.data = aside;
    }

    pub(crate) fn find_put_back(&self, world: &mut World) {
        world.put_back = false;
        world.data.doubt(|rule| self.keeps(rule));
    }
}

fn key_of(world: &World, number: u8) -> Option<crate::data::KeyName> {
    world.data.rows.iter().map(|(key, _)| *key).find(|key| key.number == number)
}
