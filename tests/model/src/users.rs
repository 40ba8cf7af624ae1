//! Users and their tabs: what they do, and what comes of an answer.

use crate::bounds::Fault;
use crate::data::KeyName;
use crate::forms::{Input, Place, Said, Sends, misread};
use crate::rules::Rule;
use crate::world::{Action, Model, Request, Stage, Tab, World};

fn place(at: usize) -> u8 {
    u8::try_from(at).unwrap_or(u8::MAX)
}

impl Model {
    pub(crate) fn of_users(&self, world: &World, actions: &mut Vec<Action>) {
        for (at, tab) in world.tabs.iter().enumerate().filter(|(_, tab)| !tab.is_closed) {
            let (at, view) = (place(at), self.forms.view(tab.form));
            if view.place == Place::Waiting {
                actions.push(Action::WaitOver(at));
            }
            let is_new = view.place == Place::Editing && !tab.intends;
            let (made, most) =
                if is_new { (world.presses, self.bounds.presses) } else { (world.asks, self.bounds.asks) };
            let submits = matches!(view.place, Place::Editing | Place::Waiting | Place::AskAgain) || view.looks_again;
            if submits && made < most {
                actions.push(Action::User(at, Input::Submit));
            }
            if view.place == Place::SendAgain && world.presses < self.bounds.presses {
                actions.push(Action::User(at, Input::SendAgain));
            }
            if view.can_be_left && self.may(world, Fault::Closed) {
                actions.push(Action::User(at, Input::Leave));
            }
            if view.place == Place::Editing && tab.intends && self.may(world, Fault::Edited) {
                actions.push(Action::User(at, Input::Edit));
            }
            if (tab.stored.is_some() || tab.intends) && self.may(world, Fault::Reloaded) {
                actions.push(Action::Reload(at));
            }
            if view.place != Place::Created && tab.intends && self.may(world, Fault::Closed) {
                actions.push(Action::Close(at));
            }
            if self.may(world, Fault::Cut) && world.requests.iter().any(|it| it.from == Some(at)) {
                actions.push(Action::Cut(at));
            }
        }
        if let [tab] = world.tabs.as_slice()
            && !tab.is_closed
            && tab.stored.is_some()
            && self.may(world, Fault::Duplicated)
        {
            actions.push(Action::Duplicate);
        }
        for (at, request) in world.requests.iter().enumerate() {
            if request.stage == Stage::OnItsWay && self.may(world, Fault::Doubled) {
                actions.push(Action::Double(place(at)));
            }
            let may_press = world.presses < self.bounds.presses && request.sends.replaces.is_none();
            if may_press && self.may(world, Fault::Hasty) {
                actions.push(Action::Hasten(place(at)));
            }
        }
    }

    pub(crate) fn user(&self, world: &mut World, tab: u8, input: Input) {
        let Some(before) = world.tabs.get(usize::from(tab)).map(|tab| self.forms.view(tab.form)) else { return };
        match input {
            Input::Submit if before.place == Place::Editing => self.press(world, tab),
            Input::Submit => world.asks += 1,
            Input::SendAgain => {
                world.presses += 1;
            }
            Input::Edit => world.had(Fault::Edited),
            Input::Leave => world.had(Fault::Closed),
            _ => {}
        }
        self.tell(world, tab, input);
        if let Some(tab) = world.tabs.get_mut(usize::from(tab)) {
            match input {
                Input::Submit | Input::SendAgain => tab.asked = 0,
                Input::Leave => (tab.is_closed, tab.stored) = (true, None),
                _ => {}
            }
        }
        if input == Input::Edit && !self.keeps(Rule::EditKeepsTheKey) {
            self.tell(world, tab, Input::ForgetKey);
        }
    }

    /// A Submit of what the user has typed: for a new todo, or for the one that was not taken before.
    fn press(&self, world: &mut World, tab: u8) {
        let Some(tab) = world.tabs.get_mut(usize::from(tab)) else { return };
        if std::mem::replace(&mut tab.intends, true) {
            world.asks += 1;
        } else {
            world.presses += 1;
            world.truth.allowed += 1;
        }
    }

    pub(crate) fn wait_over(&self, world: &mut World, tab: u8) {
        let input = if self.keeps(Rule::AskingEnds) { Input::WaitOver } else { Input::WaitOverYoung };
        let requests = world.requests.len();
        self.tell(world, tab, input);
        if world.requests.len() > requests
            && let Some(tab) = world.tabs.get_mut(usize::from(tab))
        {
            tab.asked += 1;
        }
    }

    pub(crate) fn hasten(&self, world: &mut World, request: u8) {
        let Some(Request { sends, .. }) = world.requests.get(usize::from(request)).copied() else { return };
        world.had(Fault::Hasty);
        world.presses += 1;
        let key = KeyName { epoch: world.epoch(), number: world.truth.keys };
        world.truth.keys += 1;
        // What its user is told is not in the model.
        world.truth.excused |= key.bit();
        let sends = Sends { key, replaces: Some(sends.key), ..sends };
        world.requests.push(Request { from: None, sends, stage: Stage::OnItsWay });
    }

    pub(crate) fn reload(&self, world: &mut World, tab: u8) {
        world.had(Fault::Reloaded);
        self.detach(world, tab);
        let epoch = world.epoch();
        let Some(tab) = world.tabs.get_mut(usize::from(tab)) else { return };
        tab.form = self.forms.open(tab.stored, epoch);
        let view = self.forms.view(tab.form);
        tab.intends = view.may_exist || view.key.is_some();
        tab.asked = 0;
    }

    pub(crate) fn duplicate(&self, world: &mut World) {
        world.had(Fault::Duplicated);
        let epoch = world.epoch();
        let Some(stored) = world.tabs.first().map(|tab| tab.stored) else { return };
        let form = self.forms.open(stored, epoch);
        world.tabs.push(Tab { form, stored, intends: false, asked: 0, is_closed: false });
        let copy = place(world.tabs.len() - 1);
        self.tell(world, copy, Input::IsCopy);
        if let Some(tab) = world.tabs.last_mut() {
            // What is in doubt is one todo; two drafts are two.
            tab.intends = self.forms.view(tab.form).may_exist;
        }
    }

    pub(crate) fn close(&self, world: &mut World, tab: u8) {
        world.had(Fault::Closed);
        self.detach(world, tab);
        if world.has_lost_rows() {
            world.excuse_all_but_in_hand();
        }
        if let Some(tab) = world.tabs.get_mut(usize::from(tab)) {
            (tab.is_closed, tab.stored) = (true, None);
        }
    }

    pub(crate) fn cut(&self, world: &mut World, tab: u8) {
        world.had(Fault::Cut);
        self.hear(world, tab, Said::Lost);
    }

    pub(crate) fn double(&self, world: &mut World, request: u8) {
        world.had(Fault::Doubled);
        if let Some(request) = world.requests.get(usize::from(request)).copied() {
            world.requests.push(Request { from: None, ..request });
        }
    }

    /// Nobody waits for the answer any more.
    fn detach(&self, world: &mut World, tab: u8) {
        for request in world.requests.iter_mut().filter(|request| request.from == Some(tab)) {
            request.from = None;
        }
    }

    /// An answer comes to a tab, which waits for one request at a time.
    pub(crate) fn hear(&self, world: &mut World, tab: u8, said: Said) {
        self.detach(world, tab);
        self.tell(world, tab, Input::Said(misread(said, |rule| self.keeps(rule))));
        let place = world.tabs.get(usize::from(tab)).map(|tab| self.forms.view(tab.form).place);
        // Four keys are more than any press asks for.
        if place == Some(Place::SendAgain) && !self.keeps(Rule::UnknownWaitsForAPress) && world.truth.keys < 4 {
            // No user asks for a second one.
            world.truth.asks_for_second |= 1 << world.truth.keys;
            self.tell(world, tab, Input::SendAgainByItself);
        }
    }

    fn tell(&self, world: &mut World, at: u8, input: Input) {
        let (epoch, number) = (world.epoch(), world.truth.keys);
        let Some(tab) = world.tabs.get_mut(usize::from(at)) else { return };
        let (form, wants) = self.forms.tell(tab.form, input, epoch, number);
        tab.form = form;
        let view = self.forms.view(form);
        if let Some(stored) = wants.keeps
            && (wants.sends.is_none() || self.keeps(Rule::KeyIsKept))
        {
            tab.stored = stored;
        }
        if matches!(view.place, Place::Created) || view.rejected && view.place == Place::Editing {
            tab.intends = false;
        }
        if let Some(key) = view.key {
            let truth = &mut world.truth;
            if view.rejected && view.place == Place::Editing {
                truth.denied |= key.bit();
            }
            let is_told = matches!(view.place, Place::AskAgain | Place::SendAgain | Place::LeaveAlone | Place::Created);
            if is_told || view.place == Place::Waiting && view.may_exist {
                truth.told |= key.bit();
            }
        }
        if let Some(sends) = wants.sends {
            let Sends { key: KeyName { number, .. }, .. } = sends;
            world.truth.keys = world.truth.keys.max(number + 1);
            if input == Input::SendAgain && sends.replaces.is_none() {
                // The old key has an outcome: this is for another todo.
                world.truth.allowed += 1;
            }
            world.requests.push(Request { from: Some(at), sends, stage: Stage::OnItsWay });
        }
    }
}
