//! The world of a form: a tab and its copy, with their storage; pages of two orders; a clock; a relay. It does the form's
//! effects as the platform does, and knows what is true.

use std::fmt::Write;
use std::rc::Rc;

use bzctrl_contract::{Code, Date, Field, Mode, Numbers};

use super::page;
use super::relay::{self, Fate, Relay};
use super::tab::{Open, Sent, Storage, Tab};
use crate::form::event::{Effect, Event, HostAnswer, Moment, Phase, Reason, Request, Step, Wait};
use crate::form::restore::{self, Kept};
use crate::form::state::State;
use crate::form::submit::{Notice, Reply, WaysOut};

/// What breaks a promise.
pub(super) type Broken = String;

/// The world.
pub(super) struct World {
    pub(super) now: f64,
    pub(super) relay: Relay,
    pub(super) tabs: [Tab; 2],
    pub(super) at: usize,
    pub(super) sent: Vec<Sent>,
    pub(super) storage: Storage,
    pub(super) always_kept: bool,
    pub(super) token_mode: bool,
    pub(super) flips: bool,
    /// Which of its ways the page states its values in.
    pub(super) variant: usize,
    pub(super) defaults: usize,
    pub(super) knowing_presses: u32,
    presses: u64,
    /// What has happened; nothing where nobody wants to read it.
    story: Option<String>,
}

const TITLES: [&str; 4] = ["Seal torn", "Door bent", "Box wet", "Pallet gone"];

impl World {
    pub(super) fn new(token_mode: bool, flips: bool) -> Self {
        Self {
            now: 1_000_000.0,
            relay: Relay::default(),
            tabs: Default::default(),
            at: 0,
            sent: Vec::new(),
            storage: Storage::Works,
            always_kept: true,
            token_mode,
            flips,
            variant: 0,
            defaults: 0,
            knowing_presses: 0,
            presses: 0,
            story: None,
        }
    }

    /// From now on it is written down what happens.
    pub(super) fn is_told(&mut self) {
        self.story = Some(String::new());
    }

    /// What has happened.
    pub(super) fn story(&self) -> &str {
        self.story.as_deref().unwrap_or_default()
    }

    pub(super) fn tell(&mut self, what: impl FnOnce(&Self) -> String) {
        let Some(mut story) = self.story.take() else { return };
        let form = self.tabs[self.at].form.as_ref();
        let phase = form.map(|form| format!("{:?} {:?}", form.state.phase, form.state.notice)).unwrap_or_default();
        let cut: String = phase.chars().take(120).collect();
        let _ = writeln!(story, "tab {} at {}: {}   [{cut}]", self.at, self.now, what(self));
        self.story = Some(story);
    }

    /// At the end of a life the user finds a way out of whatever stands there.
    pub(super) fn ends(&mut self) -> Result<(), Broken> {
        for _ in 0..4 {
            let Some(form) = &self.tabs[self.at].form else { return Ok(()) };
            match form.state.phase {
                Phase::Doubt(_) => self.happens("Leave", |world| world.presses(Event::Leave, false))?,
                _ => self.happens("Close", |world| world.presses(Event::Close, false))?,
            }
        }
        if self.tabs[self.at].form.is_some() { Err("there is no way out".to_owned()) } else { Ok(()) }
    }

    pub(super) fn happens(
        &mut self,
        what: &str,
        how: impl FnOnce(&mut Self) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        if self.tabs[self.at].form.is_none() {
            return Ok(());
        }
        self.tell(|_| what.to_owned());
        how(self)
    }

    pub(super) fn moment(&mut self) -> Moment {
        self.presses += 1;
        let mut random = [0; 16];
        random[..8].copy_from_slice(&self.presses.to_le_bytes());
        Moment { now: self.now, today: Date::parse("2026-11-24").unwrap(), random }
    }

    pub(super) fn opens(&mut self, order: usize) -> Result<(), Broken> {
        let config = page::config(order, self.variant);
        let name = restore::name(&config);
        self.tell(|_| format!("opens order {order}"));
        let held_elsewhere = self.tabs[1 - self.at].form.as_ref().is_some_and(|form| form.name == name);
        let tab = &mut self.tabs[self.at];
        // It goes on sending behind the page: it is shown again.
        if let Some(at) = tab.behind.iter().position(|form| form.name == name && !form.forgotten) {
            let mut form = tab.behind.remove(at);
            form.cancelled = false;
            tab.form = Some(form);
            return self.tells_form(Event::Reopened);
        }
        let text = if self.storage == Storage::Forbidden { None } else { tab.entries.get(&name) };
        let kept = text.and_then(|text| Kept::read(text)).unwrap_or_default();
        let knows_of_doubt = kept.undecided || kept.earlier;
        let state = State::new(Rc::new(config), Numbers::COMMA, kept);
        for other in TITLES {
            let title = state.draft.text(Field::Title);
            if title.starts_with(other) && !title.ends_with(&format!("of {order}")) {
                return Err(format!("another order's text is found: {title}"));
            }
        }
        if knows_of_doubt && !state.undecided() && !matches!(state.phase, Phase::Doubt(_)) {
            return Err("a doubt that was kept is forgotten".to_owned());
        }
        tab.form = Some(Open {
            state,
            name: name.clone(),
            order,
            forgotten: false,
            pressed_at: f64::NEG_INFINITY,
            cancelled: false,
            token_flights: 0,
            asks_host: false,
            flight: None,
            waits: Vec::new(),
            unkept: false,
            settled: Vec::new(),
            typed: None,
            knowing: false,
        });
        if self.exists(&name) && !self.form().state.undecided() {
            if self.always_kept {
                return Err("a todo may exist, and the form that is opened anew does not know".to_owned());
            }
            // Where nothing was kept nobody can know.
            self.tabs[self.at].sends.remove(&name);
        }
        self.tells_form(Event::Opened)?;
        if held_elsewhere { self.tells_form(Event::IsCopy) } else { Ok(()) }
    }

    fn form(&self) -> &Open {
        self.tabs[self.at].form.as_ref().unwrap()
    }

    /// Whether of a draft of this tab something exists, or may, of which nobody has told.
    pub(super) fn exists(&self, name: &str) -> bool {
        let sends = self.tabs[self.at].sends.get(name);
        sends.is_some_and(|sends| sends.iter().any(|sent| self.sent[*sent].exists))
    }

    pub(super) fn types(&mut self, chance: u16) -> Result<(), Broken> {
        let Some(form) = &mut self.tabs[self.at].form else { return Ok(()) };
        let (field, text) = match chance % 8 {
            0..=2 => (Field::Title, format!("{} of {}", TITLES[usize::from(chance / 8) % 4], form.order)),
            3 | 4 => (Field::Description, format!("It is. {chance}")),
            5 => (Field::TodoType, ["INCIDENT", "TASK"][usize::from(chance / 8) % 2].to_owned()),
            6 => (Field::Result, "Cleared. ".repeat(1 + usize::from(chance) % 90)),
            _ => (Field::FinancialImpact, "1.250,50".to_owned()),
        };
        let before = form.state.draft.clone();
        let editable = form.state.editable();
        self.tell(|_| format!("types {field:?}"));
        self.tells_form(Event::Typed(field, text.clone()))?;
        let form = self.tabs[self.at].form.as_mut().unwrap();
        if !editable && form.state.draft != before {
            return Err("what is on its way, or in doubt, was edited".to_owned());
        }
        if editable && field == Field::Title {
            form.typed = Some(text);
        }
        form.unkept |= editable;
        Ok(())
    }

    pub(super) fn submits(&mut self) -> Result<(), Broken> {
        let Some(form) = &mut self.tabs[self.at].form else { return Ok(()) };
        let first = form.state.editable();
        self.tell(|_| "Submit".to_owned());
        // Most users fill what is needed.
        if first && self.presses.is_multiple_of(2) {
            let order = self.form().order;
            for (field, text) in
                [(Field::Title, format!("Seal torn of {order}")), (Field::Description, "It is.".to_owned())]
            {
                if self.form().state.draft.is_empty(field) {
                    self.tells_form(Event::Typed(field, text))?;
                }
            }
        }
        let moment = self.moment();
        self.presses(Event::Submit(moment), first)
    }

    /// The user presses something; `knowing` if a todo more may come of it.
    pub(super) fn presses(&mut self, event: Event, knowing: bool) -> Result<(), Broken> {
        let now = self.now;
        let form = self.tabs[self.at].form.as_mut().unwrap();
        let was_editable = form.state.editable();
        match &event {
            Event::Submit(_) | Event::SendAgain(_) => {
                let safe = form.state.standing().asking_is_safe;
                if safe
                    && matches!(event, Event::SendAgain(_))
                    && matches!(form.state.phase, Phase::Doubt(WaysOut::SendAgain))
                {
                    return Err("asking is said to be safe, where the press sends another".to_owned());
                }
                form.pressed_at = now;
                let sends_again = matches!(event, Event::SendAgain(_))
                    && matches!(form.state.phase, Phase::Doubt(WaysOut::SendAgain));
                form.knowing |= knowing && (was_editable || sends_again);
            }
            Event::StartAnew if form.state.can_start_anew() => {
                form.typed = None;
                let (name, created) = (form.name.clone(), matches!(form.state.phase, Phase::Created(_)));
                if !created && self.exists(&name) {
                    return Err("what may exist can be dropped without a word".to_owned());
                }
                self.tabs[self.at].sends.remove(&name);
            }
            Event::Leave if form.state.can_be_left() => {
                let name = form.name.clone();
                self.tabs[self.at].sends.remove(&name);
            }
            _ => {}
        }
        self.tells_form(event)
    }

    pub(super) fn token_comes(&mut self, chance: u16) -> Result<(), Broken> {
        let Some(at) = self.waiting(|form| form.token_flights > 0) else { return Ok(()) };
        let answer = match chance % 12 {
            0 => Err(Notice::NoRelay),
            1 => Err(Notice::Problem(Code::OriginDenied)),
            2 => Err(Notice::TokenUnusable),
            3 => Err(Notice::Offline),
            _ => {
                let mode = if self.token_mode { Mode::Token } else { Mode::Sealed };
                Ok(page::token(mode, self.relay.epoch(), self.defaults))
            }
        };
        self.tell(|_| format!("a token comes: {}", answer.is_ok()));
        let now = self.now;
        self.with(at, |form| form.token_flights -= 1);
        self.tells(at, Event::TokenCame(answer.map_err(Into::into), now))
    }

    pub(super) fn host_answers(&mut self, chance: u16) -> Result<(), Broken> {
        let Some(at) = self.waiting(|form| form.asks_host) else { return Ok(()) };
        let said = match chance % 12 {
            0 => HostAnswer::Refuses("no".to_owned()),
            1 => HostAnswer::Silent,
            _ => HostAnswer::Agrees,
        };
        self.tell(|_| format!("the host says {said:?}"));
        let now = self.now;
        self.with(at, |form| form.asks_host = false);
        self.tells(at, Event::HostSaid(said, now))
    }

    pub(super) fn answers(&mut self, chance: u16) -> Result<(), Broken> {
        let Some(at) = self.waiting(|form| form.flight.is_some()) else { return Ok(()) };
        let fate = Fate::of(chance);
        let Some((sent, request)) = self.with(at, |form| form.flight.take()) else { return Ok(()) };
        let (reply, _) = self.arrives(sent, &request, fate);
        self.tell(|_| format!("{fate:?}"));
        if let Reply::Answer(answer) = &reply
            && let Some(problem) = &answer.problem
            && matches!(Code::parse(&problem.code), Some(Code::KeyReplaced | Code::KeyReused))
            && let Some(key) = &request.key
        {
            self.with(at, |form| form.settled.push(key.as_str().to_owned()));
        }
        let now = self.now;
        self.tells(at, Event::TaskCame(reply, now))
    }

    /// A request arrives, or does not; and the truth is known.
    fn arrives(&mut self, sent: usize, request: &Request, fate: Fate) -> (Reply, bool) {
        let (reply, made) = self.relay.takes(request, fate);
        self.sent[sent].exists = made;
        (reply, made)
    }

    pub(super) fn wait_ends(&mut self) -> Result<(), Broken> {
        let Some(at) = self.waiting(|form| !form.waits.is_empty()) else { return Ok(()) };
        let Some((number, due)) = self.with(at, |form| (!form.waits.is_empty()).then(|| form.waits.remove(0))) else {
            return Ok(());
        };
        self.tell(|_| "a wait ends".to_owned());
        self.now = self.now.max(due);
        let now = self.now;
        self.tells(at, Event::WaitGoesOn(Wait { number, seconds: 1 }))?;
        self.tells(at, Event::WaitOver(number, now))
    }

    /// The page is loaded anew: what is on its way arrives, or does not, and nobody hears of it.
    pub(super) fn reloads(&mut self) -> Result<(), Broken> {
        self.tell(|_| "reload".to_owned());
        let typed = self.tabs[self.at]
            .form
            .as_ref()
            .map(|form| (form.name.clone(), form.typed.clone(), form.state.editable() && !form.forgotten));
        if self.tabs[self.at].form.is_some() {
            // The page says that it goes.
            self.tells_form(Event::KeepNow)?;
        }
        let tab = &mut self.tabs[self.at];
        let gone: Vec<_> = tab.form.take().into_iter().chain(std::mem::take(&mut tab.behind)).collect();
        for form in gone {
            if let Some((sent, request)) = form.flight {
                let fate = [Fate::LostBefore, Fate::LostAfter, Fate::Slow][(self.presses % 3) as usize];
                self.arrives(sent, &request, fate);
            }
        }
        if let Some((name, Some(text), true)) = typed
            && self.always_kept
        {
            let kept = self.tabs[self.at].kept(&name);
            let title =
                kept.typed.texts().find(|(field, _)| *field == Field::Title.wire()).map(|(_, text)| text.to_owned());
            if title.as_deref() != Some(&*text) {
                return Err(format!("what was typed is lost: {text}, kept is {title:?}"));
            }
        }
        Ok(())
    }

    pub(super) fn switches_tab(&mut self, duplicates: bool) -> Result<(), Broken> {
        if duplicates {
            if self.tabs[self.at].form.is_some() {
                self.tells_form(Event::KeepNow)?;
            }
            let Tab { entries, sends, form, behind } = &self.tabs[self.at];
            let (entries, mut sends) = (entries.clone(), sends.clone());
            // What is on its way here may yet come after a true "not sent so far" that was said there.
            let on_its_way: Vec<_> =
                form.iter().chain(behind).filter_map(|form| Some(form.flight.as_ref()?.0)).collect();
            sends.values_mut().for_each(|sends| sends.retain(|sent| !on_its_way.contains(sent)));
            self.tabs[1 - self.at] = Tab { entries, sends, ..Tab::default() };
        }
        self.at = 1 - self.at;
        self.tell(|_| if duplicates { "a duplicated tab" } else { "the other tab" }.to_owned());
        Ok(())
    }

    /// The user signs out.
    pub(super) fn forgets(&mut self) -> Result<(), Broken> {
        self.tell(|_| "sign-out".to_owned());
        let at = self.at;
        let tab = &mut self.tabs[at];
        tab.behind.iter_mut().chain(&mut tab.form).for_each(|form| form.forgotten = true);
        if tab.form.is_some() {
            self.tells_form(Event::CloseNow)?;
        }
        let tab = &mut self.tabs[at];
        tab.sends.clear();
        let entries = std::mem::take(&mut tab.entries);
        tab.entries = entries
            .into_iter()
            .filter_map(|(name, text)| Some((name, Kept::read(&text).and_then(Kept::forget)?.write())))
            .collect();
        Ok(())
    }

    /// Which form of this tab waits for something: 0 is the one that is shown.
    pub(super) fn waiting(&self, is_so: impl Fn(&Open) -> bool) -> Option<usize> {
        let tab = &self.tabs[self.at];
        tab.form.as_ref().is_some_and(&is_so).then_some(0).or_else(|| Some(1 + tab.behind.iter().position(is_so)?))
    }

    fn with<T>(&mut self, at: usize, what: impl FnOnce(&mut Open) -> T) -> T {
        let tab = &mut self.tabs[self.at];
        what(if at == 0 { tab.form.as_mut().unwrap() } else { &mut tab.behind[at - 1] })
    }

    pub(super) fn tells_form(&mut self, event: Event) -> Result<(), Broken> {
        self.tells(0, event)
    }

    /// A form is told of an event, and what follows is done.
    fn tells(&mut self, at: usize, event: Event) -> Result<(), Broken> {
        let effects = self.with(at, |form| form.state.reduce(event));
        for effect in effects {
            self.does(at, effect)?;
        }
        self.agrees(at)?;
        let tab = &mut self.tabs[self.at];
        let busy = |form: &Open| matches!(form.state.phase, Phase::Sending(_) | Phase::Waiting(_));
        if at == 0 && tab.form.as_ref().is_some_and(|form| form.state.is_closed()) {
            let closed = tab.form.take().unwrap();
            if busy(&closed) {
                tab.behind.push(closed);
            }
        } else {
            tab.behind.retain(busy);
        }
        Ok(())
    }

    fn does(&mut self, at: usize, effect: Effect) -> Result<(), Broken> {
        let now = self.now;
        let (storage, is_old) = (self.storage, self.with(at, |form| now >= form.pressed_at + 120_000.0));
        match effect {
            Effect::FetchToken => {
                let by_itself = self.with(at, |form| {
                    form.token_flights += 1;
                    matches!(form.state.phase, Phase::Sending(Step::Token))
                });
                if self.with(at, |form| form.token_flights > 1) {
                    return Err("two tokens are fetched at once".to_owned());
                }
                if by_itself && is_old {
                    return Err("a token is asked for by itself more than two minutes after the press".to_owned());
                }
            }
            Effect::AskHost => self.with(at, |form| form.asks_host = true),
            Effect::Wait { ms, number } => self.with(at, |form| form.waits.push((number, now + f64::from(ms)))),
            Effect::Keep => {
                let (kept, name, todo_type, forgotten) = self
                    .with(at, |form| (form.state.kept(), form.name.clone(), form.state.todo_type(), form.forgotten));
                if !forgotten {
                    self.tabs[self.at].keeps(storage, &name, kept, todo_type)?;
                }
            }
            Effect::Forget => {
                let (name, key, forgotten) =
                    self.with(at, |form| (form.name.clone(), form.state.key().cloned(), form.forgotten));
                let entries = &mut self.tabs[self.at].entries;
                let alone = entries
                    .get(&name)
                    .and_then(|text| Kept::read(text))
                    .is_some_and(|kept| kept.typed.is_empty() && kept.key() == key);
                if storage != Storage::Forbidden && (!forgotten || alone) {
                    entries.remove(&name);
                }
            }
            Effect::SendTask => return self.sends(at, is_old),
            Effect::AnnounceCreated => {
                let name = self.with(at, |form| form.name.clone());
                self.tabs[self.at].sends.remove(&name);
                self.with(at, |form| form.typed = None);
            }
            Effect::Close(reason) => {
                let name = self.with(at, |form| {
                    form.cancelled = reason == Reason::Cancelled;
                    form.name.clone()
                });
                if reason == Reason::Cancelled && self.exists(&name) {
                    return Err("cancelled is said, and a todo may exist".to_owned());
                }
                let kept = self.tabs[self.at].kept(&name);
                if reason == Reason::Cancelled && self.always_kept && (kept.undecided || kept.earlier) {
                    return Err("cancelled is said, and what is kept says that a todo may exist".to_owned());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn sends(&mut self, at: usize, is_old: bool) -> Result<(), Broken> {
        if is_old {
            return Err("a todo is sent more than two minutes after the press".to_owned());
        }
        let (request, name, cancelled, pressed, forgotten) = self.with(at, |form| {
            let pressed = std::mem::take(&mut form.knowing);
            (form.state.request(), form.name.clone(), form.cancelled, pressed, form.forgotten)
        });
        let Some(request) = request else { return Err("nothing is there to be sent".to_owned()) };
        if pressed && self.with(at, |form| form.state.is_closed()) {
            return Err("the form was closed before it was sent, and it is sent".to_owned());
        }
        self.knowing_presses += u32::from(pressed);
        if let Some(replaces) = &request.replaces
            && self.with(at, |form| form.settled.iter().any(|key| key == replaces.as_str()))
        {
            return Err("a key that has an outcome of its own is named to be replaced".to_owned());
        }
        if cancelled {
            return Err("cancelled was said, and it is sent".to_owned());
        }
        let key = request.key.as_ref().map(|key| key.as_str().to_owned());
        let content = relay::content(&request);
        if self.storage != Storage::Forbidden && !forgotten {
            let kept = self.tabs[self.at].kept(&name);
            if !kept.undecided || key.is_some() && kept.key != key {
                return Err("it is sent before its key is kept".to_owned());
            }
        }
        if let Some(last) = self.sent.iter().rev().find(|sent| key.is_some() && sent.key == key)
            && last.content != content
            && !pressed
        {
            return Err(format!("under one key another todo is sent by itself:\n{}\n{content}", last.content));
        }
        self.sent.push(Sent { key, content, exists: true });
        let sent = self.sent.len() - 1;
        if !forgotten {
            self.tabs[self.at].sends.entry(name).or_default().push(sent);
        }
        self.with(at, |form| form.flight = Some((sent, request)));
        Ok(())
    }
}
