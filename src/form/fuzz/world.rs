//! The world of a form: a tab and its copy, with their storage; pages of two orders; a clock; a relay. It does the form's
//! effects as the platform does, and knows what is true.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::rc::Rc;

use bzctrl_contract::{Code, Date, Field, Members, Mode, Numbers, TokenAnswer};

use super::relay::{self, Fate, Relay};
use crate::config::Config;
use crate::form::event::{Effect, Event, HostAnswer, Moment, Phase, Reason, Request, Step, Wait};
use crate::form::restore::{self, Kept};
use crate::form::state::State;
use crate::form::submit::{Notice, Reply, WaysOut};
use crate::text::{self, Claim};

/// What breaks a promise.
pub(super) type Broken = String;

/// How the tab's storage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Storage {
    Works,
    /// Long entries do not fit.
    Full,
    Forbidden,
}

/// One request of a form, and what is true of it.
#[derive(Clone, Debug)]
struct Sent {
    key: Option<String>,
    content: String,
    /// BzCtrl made a todo of it, or may still.
    exists: bool,
}

/// What was sent of one draft since it began, as far as nobody has told of it.
type Sends = Vec<usize>;

struct Open {
    state: State,
    name: String,
    order: usize,
    forgotten: bool,
    /// When the last press was made that may send.
    pressed_at: f64,
    /// Closed as cancelled: from then on nothing is sent.
    cancelled: bool,
    token_flights: u32,
    asks_host: bool,
    flight: Option<(usize, Request)>,
    waits: Vec<(u32, f64)>,
    unkept: bool,
    /// Keys of which the relay has told an outcome of their own.
    settled: Vec<String>,
    /// What this user typed last into the title.
    typed: Option<String>,
    /// A press by which a todo more may come has not been followed by a request yet.
    knowing: bool,
}

#[derive(Default)]
struct Tab {
    entries: BTreeMap<String, String>,
    /// By the name of a draft.
    sends: BTreeMap<String, Sends>,
    form: Option<Open>,
    /// Forms that were closed, and send on.
    behind: Vec<Open>,
}

/// The world.
pub(super) struct World {
    now: f64,
    relay: Relay,
    tabs: [Tab; 2],
    at: usize,
    sent: Vec<Sent>,
    storage: Storage,
    always_kept: bool,
    token_mode: bool,
    flips: bool,
    /// Which of its ways the page states its values in.
    variant: usize,
    defaults: usize,
    knowing_presses: u32,
    presses: u64,
    story: String,
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
            story: String::new(),
        }
    }

    /// What has happened.
    pub(super) fn told(&self) -> &str {
        &self.story
    }

    fn tell(&mut self, what: &str) {
        let form = self.tabs[self.at].form.as_ref();
        let phase = form.map(|form| format!("{:?} {:?}", form.state.phase, form.state.notice)).unwrap_or_default();
        let _ = writeln!(self.story, "tab {} at {}: {what}   [{}]", self.at, self.now, &phase[..phase.len().min(120)]);
    }

    /// One step, taken from a number.
    pub(super) fn steps(&mut self, step: u16) -> Result<(), Broken> {
        let (kind, chance) = (step % 32, step / 32);
        let open = self.tabs[self.at].form.is_some();
        match kind {
            // A form that goes well is the most of life.
            0..=2 if !open => self.opens(usize::from(chance % 2)),
            0 | 1 => self.types(chance),
            2 | 3 => self.submits(),
            4..=6 => self.token_comes(chance),
            7..=9 => self.host_answers(chance),
            10..=15 => self.answers(chance),
            16 => self.wait_ends(),
            17 => self.happens("Send again", |world| {
                let moment = world.moment();
                world.presses(Event::SendAgain(moment), true)
            }),
            18 => self.happens("Leave", |world| world.presses(Event::Leave, false)),
            19 => self.happens("Start anew", |world| world.presses(Event::StartAnew, false)),
            20 => self.happens("Close", |world| world.presses(Event::Close, false)),
            21 => self.happens("Close now", |world| world.presses(Event::CloseNow, false)),
            22 => self.happens("Stop", |world| world.presses(Event::Stop, false)),
            23 => self.reloads(),
            24 => {
                let ms = [100.0, 5_000.0, 50_000.0, 130_000.0, 7_200_000.0][usize::from(chance) % 5];
                self.tell(&format!("{ms} ms pass"));
                self.now += ms;
                Ok(())
            }
            25 => {
                self.relay.settles(chance % 2 == 0);
                self.tell("what was being sent has come to its end");
                Ok(())
            }
            26 => {
                match chance % 8 {
                    0 => self.relay.is_restored(),
                    1 if self.flips => self.token_mode ^= true,
                    _ => self.defaults = usize::from(chance / 8) % 4,
                }
                self.tell("the relay's side is another");
                Ok(())
            }
            27 => {
                self.variant = usize::from(chance) % 4;
                self.tell("the page states other values");
                Ok(())
            }
            28 => {
                if chance % 8 == 7 {
                    self.tell("what is kept is damaged");
                    self.always_kept = false;
                    let damaged = |text: &mut String| *text = text.replace("\"key\":\"e", "\"key\":\"!");
                    self.tabs[self.at].entries.values_mut().for_each(damaged);
                    return Ok(());
                }
                self.storage = [Storage::Works, Storage::Full, Storage::Forbidden][usize::from(chance) % 3];
                self.always_kept &= self.storage == Storage::Works;
                self.tell(&format!("storage: {:?}", self.storage));
                Ok(())
            }
            29 => self.switches_tab(chance % 2 == 0),
            30 => self.forgets(),
            _ => {
                // The pause in typing ends, or the page is hidden.
                if let Some(form) = &mut self.tabs[self.at].form {
                    form.unkept = false;
                    return self.tells_form(Event::KeepNow);
                }
                Ok(())
            }
        }
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

    fn happens(&mut self, what: &str, how: impl FnOnce(&mut Self) -> Result<(), Broken>) -> Result<(), Broken> {
        if self.tabs[self.at].form.is_none() {
            return Ok(());
        }
        self.tell(what);
        how(self)
    }

    fn moment(&mut self) -> Moment {
        self.presses += 1;
        let mut random = [0; 16];
        random[..8].copy_from_slice(&self.presses.to_le_bytes());
        Moment { now: self.now, today: Date::parse("2026-11-24").unwrap(), random }
    }

    fn config(&self, order: usize) -> Config {
        let mut config = Config { token_endpoint: "https://relay.example/v1/token".to_owned(), ..Config::default() };
        config.task_endpoint = Some("https://bzctrl.example/add-task".to_owned());
        config.given.set(Field::OrderId, format!("ORDER {order}"));
        config.given.set(Field::Reporter, "user@example.com");
        config.given.set(Field::Assignee, "chief@example.com");
        if order == 0 {
            config.given.set(Field::DomainWorkSpace, "EXA-CON-BUS-WOR");
        }
        match self.variant {
            1 => config.given.set(Field::Lrn, "LRN 1"),
            2 => {
                config.given.set(Field::Priority, "LOW");
                config.locked.insert(Field::Priority);
            }
            3 => {
                config.given.set(Field::Lrn, "LRN 3");
                config.omitted.insert(Field::Impact);
                config.given.set_list(Field::Category, vec!["Customs".to_owned(), "T1".to_owned()]);
            }
            _ => {}
        }
        config
    }

    fn token(&self) -> Box<TokenAnswer> {
        let defaults = match self.defaults {
            0 => vec![("domainWorkSpace", "EXA")],
            1 => vec![("domainWorkSpace", "OTHER"), ("todoType", "Task"), ("priority", "high")],
            2 => vec![("domainWorkSpace", "EXA"), ("impact", "LOW"), ("reporter", "tenant@example.com")],
            _ => vec![("domainWorkSpace", "EXA"), ("lrn", "LRN of the tenant"), ("todoType", "INCIDENT")],
        };
        Box::new(TokenAnswer {
            access_token: "secret-token".to_owned(),
            token_type: "Bearer".to_owned(),
            expires_in: 300,
            scope: None,
            mode: if self.token_mode { Mode::Token } else { Mode::Sealed },
            task_endpoint: None,
            app_url: None,
            environment: None,
            key_epoch: Some(self.relay.epoch()),
            defaults: Members::from_iter(defaults),
        })
    }

    fn opens(&mut self, order: usize) -> Result<(), Broken> {
        let config = self.config(order);
        let name = restore::name(&config);
        self.tell(&format!("opens order {order}"));
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
        if held_elsewhere && self.storage == Storage::Works { self.tells_form(Event::IsCopy) } else { Ok(()) }
    }

    fn form(&self) -> &Open {
        self.tabs[self.at].form.as_ref().unwrap()
    }

    /// Whether of a draft of this tab something exists, or may, of which nobody has told.
    fn exists(&self, name: &str) -> bool {
        let sends = self.tabs[self.at].sends.get(name);
        sends.is_some_and(|sends| sends.iter().any(|sent| self.sent[*sent].exists))
    }

    fn types(&mut self, chance: u16) -> Result<(), Broken> {
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
        self.tell(&format!("types {field:?}"));
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

    fn submits(&mut self) -> Result<(), Broken> {
        let Some(form) = &mut self.tabs[self.at].form else { return Ok(()) };
        let first = form.state.editable();
        self.tell("Submit");
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
    fn presses(&mut self, event: Event, knowing: bool) -> Result<(), Broken> {
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

    fn token_comes(&mut self, chance: u16) -> Result<(), Broken> {
        let Some(at) = self.waiting(|form| form.token_flights > 0) else { return Ok(()) };
        let answer = match chance % 12 {
            0 => Err(Notice::NoRelay),
            1 => Err(Notice::Problem(Code::OriginDenied)),
            2 => Err(Notice::TokenUnusable),
            3 => Err(Notice::Offline),
            _ => Ok(self.token()),
        };
        self.tell(&format!("a token comes: {}", answer.is_ok()));
        let now = self.now;
        self.with(at, |form| form.token_flights -= 1);
        self.tells(at, Event::TokenCame(answer, now))
    }

    fn host_answers(&mut self, chance: u16) -> Result<(), Broken> {
        let Some(at) = self.waiting(|form| form.asks_host) else { return Ok(()) };
        let said = match chance % 12 {
            0 => HostAnswer::Refuses("no".to_owned()),
            1 => HostAnswer::Silent,
            _ => HostAnswer::Agrees,
        };
        self.tell(&format!("the host says {said:?}"));
        let now = self.now;
        self.with(at, |form| form.asks_host = false);
        self.tells(at, Event::HostSaid(said, now))
    }

    fn answers(&mut self, chance: u16) -> Result<(), Broken> {
        let Some(at) = self.waiting(|form| form.flight.is_some()) else { return Ok(()) };
        let fate = Fate::of(chance);
        let Some((sent, request)) = self.with(at, |form| form.flight.take()) else { return Ok(()) };
        let (reply, _) = self.arrives(sent, &request, fate);
        self.tell(&format!("{fate:?}"));
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

    fn wait_ends(&mut self) -> Result<(), Broken> {
        let Some(at) = self.waiting(|form| !form.waits.is_empty()) else { return Ok(()) };
        let Some((number, due)) = self.with(at, |form| (!form.waits.is_empty()).then(|| form.waits.remove(0))) else {
            return Ok(());
        };
        self.tell("a wait ends");
        self.now = self.now.max(due);
        let now = self.now;
        self.tells(at, Event::WaitGoesOn(Wait { number, seconds: 1 }))?;
        self.tells(at, Event::WaitOver(number, now))
    }

    /// The page is loaded anew: what is on its way arrives, or does not, and nobody hears of it.
    fn reloads(&mut self) -> Result<(), Broken> {
        self.tell("reload");
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
            let kept = self.tabs[self.at].entries.get(&name).and_then(|text| Kept::read(text)).unwrap_or_default();
            let title =
                kept.typed.texts().find(|(field, _)| *field == Field::Title.wire()).map(|(_, text)| text.to_owned());
            if title.as_deref() != Some(&*text) {
                return Err(format!("what was typed is lost: {text}, kept is {title:?}"));
            }
        }
        Ok(())
    }

    fn switches_tab(&mut self, duplicates: bool) -> Result<(), Broken> {
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
        self.tell(if duplicates { "a duplicated tab" } else { "the other tab" });
        Ok(())
    }

    /// The user signs out.
    fn forgets(&mut self) -> Result<(), Broken> {
        self.tell("sign-out");
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
    fn waiting(&self, is_so: impl Fn(&Open) -> bool) -> Option<usize> {
        let tab = &self.tabs[self.at];
        tab.form.as_ref().is_some_and(&is_so).then_some(0).or_else(|| Some(1 + tab.behind.iter().position(is_so)?))
    }

    fn with<T>(&mut self, at: usize, what: impl FnOnce(&mut Open) -> T) -> T {
        let tab = &mut self.tabs[self.at];
        what(if at == 0 { tab.form.as_mut().unwrap() } else { &mut tab.behind[at - 1] })
    }

    fn tells_form(&mut self, event: Event) -> Result<(), Broken> {
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
                    self.keeps(&name, kept, todo_type)?;
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
                let kept = self.tabs[self.at].entries.get(&name).and_then(|text| Kept::read(text)).unwrap_or_default();
                if reason == Reason::Cancelled && self.always_kept && (kept.undecided || kept.earlier) {
                    return Err("cancelled is said, and what is kept says that a todo may exist".to_owned());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn keeps(&mut self, name: &str, kept: Kept, todo_type: bzctrl_contract::TodoType) -> Result<(), Broken> {
        let entries = &mut self.tabs[self.at].entries;
        let written = kept.write();
        if written.contains('@') || written.contains("secret-token") {
            return Err(format!("an address or a token is kept: {written}"));
        }
        match self.storage {
            Storage::Forbidden => {}
            _ if kept.is_empty() => drop(entries.remove(name)),
            Storage::Works => drop(entries.insert(name.to_owned(), written)),
            Storage::Full => {
                let fits = |text: &String| text.len() < 300;
                entries.remove(name);
                let shown = kept.clone().of_type(todo_type);
                let less = [Some(kept), Some(shown.clone()), shown.forget()];
                if let Some(text) = less.into_iter().flatten().map(|kept| kept.write()).find(fits) {
                    entries.insert(name.to_owned(), text);
                }
            }
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
            let kept = self.tabs[self.at].entries.get(&name).and_then(|text| Kept::read(text)).unwrap_or_default();
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

    /// What the form says and offers agrees with what is true.
    fn agrees(&self, at: usize) -> Result<(), Broken> {
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
            && matches!(text::claim(notice), Claim::NotSent | Claim::Refused | Claim::NotMade)
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
