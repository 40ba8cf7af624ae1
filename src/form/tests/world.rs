//! The simulated world: it does what `platform/session` does with effects, lets happen what a case says, and holds every
//! promise against what is true.

use std::rc::Rc;

use bzctrl_contract::{Code, Date, Field};

use super::actions::Action;
use super::adapter::{self, Closed, Deed, Defaults, HostSaid, Lacks, Machine, Place, Press, Said, Sent, TokenSaid};
use super::promises;
use super::relay::{Fault, Relay};
use super::tab::{Entry, Form, Memory, Pending, Room, Tab, second};
use crate::config::Config;

/// Holds a promise, unless it is known to fail today.
macro_rules! hold {
    ($world:expr, $promise:ident($($of:expr),* $(,)?)) => {
        if !promises::$promise($($of),*) {
            $world.breaks(stringify!($promise));
        }
    };
}

mod network;
mod session;
mod user;

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// The mode of the token endpoint at first, and whether it changes.
    pub(super) sealed: bool,
    pub(super) flips: bool,
    pub(super) storage_is_forbidden: bool,
    /// The promise that alone is held, if one is.
    pub(super) only: Option<&'static str>,
}

/// A page of the host, with its settings.
#[derive(Clone)]
pub(super) struct Page {
    /// Under what its form is kept.
    pub(super) name: String,
    /// What it is about.
    pub(super) whose: &'static str,
    pub(super) config: Rc<Config>,
}

/// A knowing press.
#[derive(Default)]
struct Pressed {
    made: u32,
    content: Option<String>,
}

struct Request {
    sent: Sent,
    press: usize,
    /// Of which form, and of which of its presses, knowing or not.
    of: (u32, u32),
    made: bool,
    travels: bool,
}

/// The world.
pub(super) struct World {
    setting: Setting,
    relay: Relay,
    sealed: bool,
    tenant: Defaults,
    comma: bool,
    page_says: Option<HostSaid>,
    now: u64,
    slept: u64,
    wall: i64,
    /// How many midnights there were.
    days: u16,
    pages: Rc<[Page]>,
    tabs: Vec<Tab>,
    here: usize,
    last_page: usize,
    pressed: Vec<Pressed>,
    requests: Vec<Request>,
    /// What arrives later.
    late: Vec<usize>,
    number: u32,
    /// The first promise that did not hold.
    pub(super) broken: Option<String>,
}

const HOUR: u64 = 3_600_000;
const A_DAY_OF_WAITS: usize = 200;

impl World {
    pub(super) fn new(setting: Setting, pages: &Rc<[Page]>) -> Self {
        Self {
            setting,
            relay: Relay::default(),
            sealed: setting.sealed,
            tenant: Defaults::Usual,
            comma: true,
            page_says: Some(HostSaid::Agrees),
            now: 1_000_000,
            slept: 0,
            wall: 0,
            days: 1,
            pages: pages.clone(),
            tabs: vec![Tab::new(setting.storage_is_forbidden)],
            here: 0,
            last_page: 0,
            pressed: Vec::new(),
            requests: Vec::new(),
            late: Vec::new(),
            number: 0,
            broken: None,
        }
    }

    fn breaks(&mut self, promise: &str) {
        let counts = self.setting.only.is_none_or(|only| only == promise);
        if self.broken.is_none() && counts {
            self.broken = Some(promise.to_owned());
        }
    }

    fn next(&mut self) -> u32 {
        self.number += 1;
        self.number
    }

    fn form_now(&mut self, tab: usize) -> f64 {
        let (wall, steady) = (self.now as f64 + self.wall as f64, (self.now - self.slept) as f64);
        self.tabs[tab].now(wall, steady)
    }

    /// The user's own day, or one of the days before it.
    fn day(&self, before: u16) -> Date {
        let days = self.days - before;
        Date::new(2026 + days / 336, 1 + (days / 28 % 12) as u8, 1 + (days % 28) as u8).unwrap_or(Date::FIRST)
    }

    fn may_exist(&self, memory: &Memory) -> bool {
        memory.requests.iter().any(|at| self.may_have_made(*at))
    }

    /// Whether a request has made a todo, or is still on its way and can.
    fn may_have_made(&self, request: usize) -> bool {
        let Request { sent, made, travels, .. } = &self.requests[request];
        *made || *travels && sent.key.as_deref().is_none_or(|key| self.relay.is_open(key))
    }

    /// Whether what was sent under a form's knowing press may have made a todo of which nobody has told.
    fn press_may_have_made(&self, form: &Form) -> bool {
        let of_press = |at: &&usize| Some(self.requests[**at].press) == form.memory.press;
        form.memory.requests.iter().filter(of_press).any(|at| self.may_have_made(*at))
    }

    /// Something happens.
    pub(super) fn act(&mut self, action: Action) {
        let here = self.here;
        if let Some(form) = self.tabs[here].shown() {
            adapter::acts(form.machine.place(), action);
        }
        match action {
            Action::Settle => self.settles(),
            Action::Open(page) => self.opens(page),
            Action::Fill => self.fills(),
            Action::Type(field, number) => self.types(field, number),
            Action::Blur(field) => self.leaves(field, false),
            Action::HalfDate => self.leaves(Field::ReminderDate, true),
            Action::GoToFault => self.tells_shown(Machine::goes_to_a_fault),
            Action::SweptAway => self.tells_shown(Machine::put_back),
            Action::Press(press) => self.presses(press),
            Action::Late(press) => self.presses_late(press),
            Action::GoOn => {
                self.presses(Press::Stay);
                let unknown = self.tabs[here].shown().is_some_and(|form| form.machine.place() == Place::SendAgain);
                self.presses(if unknown { Press::SendAgain } else { Press::Submit });
            }
            Action::Answer(fault) => self.answers(0, fault),
            Action::AnswerNext(fault) => self.answers(1, fault),
            Action::Hear => self.hears(),
            Action::Pass(seconds) => self.passes(u64::from(seconds) * 1000),
            Action::Sleep => {
                (self.now, self.slept) = (self.now + HOUR, self.slept + HOUR);
                self.looks_at_clocks();
            }
            Action::ClockBack => {
                self.wall -= HOUR as i64;
                self.looks_at_clocks();
            }
            Action::ClockOn => {
                self.wall += HOUR as i64;
                self.looks_at_clocks();
            }
            Action::BackOnline => self.ends_waits(),
            Action::Arrive => self.arrives(None),
            Action::Reload => {
                let ids: Vec<_> = self.tabs[here].forms.iter().filter(|it| it.listens).map(|it| it.id).collect();
                for id in ids {
                    self.tell(here, id, Machine::keeps_now);
                }
                let names: Vec<_> =
                    self.tabs[here].forms.iter().filter(|it| it.open || it.busy).map(|it| it.id).collect();
                for id in names {
                    self.tabs[here].remembers(id);
                }
                self.page_goes(here);
            }
            Action::Crash => {
                self.tabs[here].dies();
                for frame in 0..self.tabs.len() {
                    if self.tabs[frame].is_of_the_same_tab(&self.tabs[here]) {
                        self.page_goes(frame);
                    }
                }
            }
            Action::Duplicate => {
                let copy = self.tabs.iter().position(|tab| !tab.is_of_the_same_tab(&self.tabs[here]));
                self.here = copy.unwrap_or_else(|| {
                    self.tabs.push(self.tabs[here].duplicate());
                    self.tabs.len() - 1
                });
            }
            Action::Frame => {
                let other =
                    (0..self.tabs.len()).find(|at| *at != here && self.tabs[*at].is_of_the_same_tab(&self.tabs[here]));
                self.here = other.unwrap_or_else(|| {
                    self.tabs.push(self.tabs[here].frame());
                    self.tabs.len() - 1
                });
            }
            Action::OpenCopy | Action::OpenFrame => {
                self.act(if action == Action::OpenCopy { Action::Duplicate } else { Action::Frame });
                self.opens(self.last_page);
            }
            Action::OtherTab => self.here = (here + 1) % self.tabs.len(),
            Action::PageCloses => {
                if let Some(id) = self.tabs[here].shown().map(|form| form.id) {
                    self.presses_of(here, id, Press::CloseNow);
                }
            }
            Action::PageForgets => self.forgets(),
            Action::PageSays(said) => self.page_says = said,
            Action::Full | Action::FullForLong | Action::Room => {
                let mut storage = self.tabs[here].storage();
                storage.is_touched();
                if storage.room != Room::Forbidden {
                    storage.room = match action {
                        Action::Full => Room::None,
                        Action::FullForLong => Room::Little,
                        _ => Room::Enough,
                    };
                }
            }
            Action::Wipe => {
                let mut storage = self.tabs[here].storage();
                storage.is_touched();
                storage.entries.clear();
            }
            Action::Spoil => {
                let mut storage = self.tabs[here].storage();
                storage.is_touched();
                for entry in storage.entries.values_mut() {
                    entry.text.truncate(entry.text.len() / 2);
                    entry.memory = Memory::default();
                }
            }
            Action::SpoilKey => {
                for entry in self.tabs[here].storage().entries.values_mut() {
                    if let Some(text) = adapter::with_spoilt_key(&entry.text) {
                        entry.text = text;
                    }
                }
            }
            Action::Restart => self.relay.restarts(),
            Action::LateWord => self.relay.hears(),
            Action::Restore => self.relay.is_restored(),
            Action::Midnight => {
                self.days += 1;
                self.relay.begins_an_epoch();
            }
            // One tab's doubt is no other tab's: where the relay would have told both, BzCtrl tells nobody.
            Action::OtherMode => self.sealed ^= self.setting.flips && self.tabs.len() < 2,
            Action::Tenant(defaults) => self.tenant = defaults,
            Action::OtherNumbers => self.comma = !self.comma,
        }
    }

    fn looks_at_clocks(&mut self) {
        for tab in 0..self.tabs.len() {
            self.form_now(tab);
        }
    }

    fn page_goes(&mut self, tab: usize) {
        for request in self.tabs[tab].page_goes() {
            self.requests[request].travels = true;
            self.late.push(request);
        }
    }

    /// As `platform/page` opens.
    fn opens(&mut self, page: usize) {
        let here = self.here;
        let Page { name, whose, config } = self.pages[page].clone();
        let tab = &mut self.tabs[here];
        let known = tab
            .forms
            .iter_mut()
            .find(|it| it.name == name && if it.open { it.page == config } else { it.busy && !it.forgotten });
        if let Some(known) = known {
            let id = known.id;
            if !known.open {
                (known.open, known.cancelled) = (true, false);
                self.tell(here, id, Machine::reopened);
            }
            return;
        }
        if tab.forms.iter().any(|it| it.open) {
            return;
        }
        self.last_page = page;
        if let Some(free) = tab.forms.iter().position(|it| !it.open && !it.busy) {
            let id = tab.forms.remove(free).id;
            tab.pending.retain(|(of, _)| *of != id);
        }
        let (kept_as, found) = tab.finds(&name);
        let machine = Machine::new(&config, self.comma, found.as_ref().map(|it| it.text.as_str()));
        let id = self.next();
        let form = Form {
            id,
            name,
            whose,
            kept_as: kept_as.clone(),
            page: config,
            machine,
            open: true,
            busy: false,
            forgotten: false,
            keeps: true,
            listens: false,
            memory: self.memory_of(here, found),
            cancelled: false,
            told: false,
            opens_now: true,
            left: false,
            kept_at_touch: None,
            typed_on: false,
            keeps_soon: false,
            half_date: false,
            wait: None,
            announced: None,
            pressed: None,
            reserved: None,
        };
        let title = form.machine.text(Field::Title).to_owned();
        hold!(self, another_pages_form_is_never_found(whose, &title));
        let typed = self.tabs[here].typed(&kept_as);
        hold!(self, what_was_typed_comes_back(typed.as_deref(), &title));
        self.tabs[here].forms.push(form);
        self.tabs[here].begins(id);
        self.tell(here, id, Machine::opened);
        if let Some(form) = self.tabs[here].form(id) {
            form.opens_now = false;
        }
    }

    /// What is true of what a form finds. What is on its way in another page may yet come after a true "not sent so far" that is
    /// said here, see [`Tab::duplicate`].
    fn memory_of(&self, tab: usize, found: Option<Entry>) -> Memory {
        let mut memory = found.map(|it| it.memory).unwrap_or_default();
        let others = || self.tabs.iter().enumerate().filter(|(at, _)| *at != tab).flat_map(|(_, it)| it.on_its_way());
        memory.requests.retain(|request| !others().any(|it| it == *request));
        memory
    }

    /// As `platform/session` moves on to another name.
    fn is_anothers(&mut self, tab: usize, id: u32) {
        let Some(form) = self.tabs[tab].form(id) else { return };
        let (whose, kept_as) = (form.whose, second(&form.kept_as));
        form.kept_as.clone_from(&kept_as);
        form.kept_at_touch = None;
        let place = form.machine.place();
        let rests = matches!(place, Place::Editing | Place::AskAgain | Place::SendAgain | Place::LeaveAlone);
        let (begins, typed_on) = (rests && !form.keeps_soon, form.typed_on);
        let before = form.machine.text(Field::Title).to_owned();
        let found = self.tabs[tab].read(&kept_as);
        let text = found.as_ref().map(|it| it.text.clone()).unwrap_or_default();
        if begins {
            let memory = self.memory_of(tab, found.filter(|it| adapter::is_readable(&it.text)));
            if let Some(form) = self.tabs[tab].form(id) {
                (form.memory, form.told, form.pressed) = (memory, false, None);
                form.half_date = false;
            }
            self.tabs[tab].begins(id);
        }
        self.tell(tab, id, |machine| machine.is_anothers(text));
        let Some(form) = self.tabs[tab].form(id) else { return };
        let title = form.machine.text(Field::Title).to_owned();
        if typed_on {
            hold!(self, what_was_typed_comes_back(Some(&before), &title));
        } else if begins {
            let typed = self.tabs[tab].typed(&kept_as);
            hold!(self, what_was_typed_comes_back(typed.as_deref(), &title));
            hold!(self, another_pages_form_is_never_found(whose, &title));
        }
        // And it asks whose the new name is.
        self.asks_whose(tab, id);
    }

    /// As `platform/page` and `platform/session` forget.
    fn forgets(&mut self) {
        let here = self.here;
        let forms: Vec<_> = self.tabs[here].forms.iter().map(|it| (it.id, it.open, it.busy)).collect();
        for (id, ..) in &forms {
            if let Some(form) = self.tabs[here].form(*id) {
                (form.forgotten, form.listens) = (true, false);
            }
        }
        self.tabs[here].forget();
        for (id, open, busy) in forms {
            if open {
                self.presses_of(here, id, Press::CloseNow);
            }
            if !busy {
                let anew = self.tabs[here].form(id).is_some_and(|form| form.machine.can_start_anew());
                if anew {
                    self.presses_of(here, id, Press::StartAnew);
                }
            }
        }
    }
}
