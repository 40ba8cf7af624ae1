//! The simulated world: it does what `platform/session` does with effects, lets happen what a case says, and holds every
//! promise against what is true.

use std::rc::Rc;

use bzctrl_contract::{Code, Field};

use super::actions::Action;
use super::adapter::{self, Closed, Deed, Defaults, HostSaid, Machine, Place, Press, Said, Sent, TokenSaid};
use super::promises;
use super::relay::{Fault, Relay};
use super::tab::{Form, Memory, Pending, Room, Tab};
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
    pages: Vec<(String, Rc<Config>)>,
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
    pub(super) fn new(setting: Setting, pages: &[(String, Rc<Config>)]) -> Self {
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
            pages: pages.to_vec(),
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
        match action {
            Action::Settle => self.settles(),
            Action::Open(page) => self.opens(page),
            Action::Fill => self.fills(),
            Action::Type(field, number) => self.types(field, number),
            Action::Blur(field) => self.tells_shown(|machine| machine.leaves(field)),
            Action::Press(press) => self.presses(press),
            Action::GoOn => {
                let unknown = self.tabs[here].shown().is_some_and(|form| form.machine.place() == Place::SendAgain);
                self.presses(if unknown { Press::SendAgain } else { Press::Submit });
            }
            Action::Answer(fault) => self.answers(0, fault),
            Action::AnswerNext(fault) => self.answers(1, fault),
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
            Action::Arrive => self.arrives(None),
            Action::Reload => {
                let ids: Vec<_> = self.tabs[here].forms.iter().filter(|it| it.listens).map(|it| it.id).collect();
                for id in ids {
                    self.tell(here, id, Machine::keeps_now);
                }
                let names: Vec<_> =
                    self.tabs[here].forms.iter().filter(|it| it.open || it.busy).map(|it| it.id).collect();
                for id in names {
                    self.remembers_what_was_typed(here, id);
                }
                self.page_goes();
            }
            Action::Crash => {
                self.tabs[here].typed.clear();
                self.page_goes();
            }
            Action::Duplicate if self.tabs.len() < 2 => {
                let copy = self.tabs[here].duplicate();
                self.tabs.push(copy);
                self.here = self.tabs.len() - 1;
            }
            Action::OpenCopy => {
                self.act(Action::Duplicate);
                self.opens(self.last_page);
            }
            Action::Duplicate | Action::OtherTab => self.here = (here + 1) % self.tabs.len(),
            Action::PageCloses => {
                if let Some(id) = self.tabs[here].shown().map(|form| form.id) {
                    self.presses_of(here, id, Press::CloseNow);
                }
            }
            Action::PageForgets => self.forgets(),
            Action::PageSays(said) => self.page_says = said,
            Action::Full | Action::FullForLong | Action::Room => {
                self.tabs[here].storage_is_touched();
                if self.tabs[here].room != Room::Forbidden {
                    self.tabs[here].room = match action {
                        Action::Full => Room::None,
                        Action::FullForLong => Room::Little,
                        _ => Room::Enough,
                    };
                }
            }
            Action::Wipe => {
                self.tabs[here].storage_is_touched();
                self.tabs[here].storage.clear();
            }
            Action::Spoil => {
                self.tabs[here].storage_is_touched();
                for entry in self.tabs[here].storage.values_mut() {
                    entry.text.truncate(entry.text.len() / 2);
                    entry.memory = Memory::default();
                }
            }
            Action::SpoilKey => {
                for entry in self.tabs[here].storage.values_mut() {
                    if let Some(text) = adapter::with_spoilt_key(&entry.text) {
                        entry.text = text;
                    }
                }
            }
            Action::Restart => self.relay.restarts(),
            Action::LateWord => self.relay.hears(),
            Action::Restore => self.relay.is_restored(),
            Action::Midnight => self.relay.begins_an_epoch(),
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

    fn page_goes(&mut self) {
        for request in self.tabs[self.here].page_goes() {
            self.requests[request].travels = true;
            self.late.push(request);
        }
    }

    /// As `platform/page` opens.
    fn opens(&mut self, page: usize) {
        let here = self.here;
        let (name, config) = self.pages[page].clone();
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
        let found = tab.read(&name).cloned();
        let machine = Machine::new(&config, self.comma, found.as_ref().map(|it| it.text.as_str()));
        let id = self.next();
        let form = Form {
            id,
            name: name.clone(),
            page: config,
            machine,
            open: true,
            busy: false,
            forgotten: false,
            keeps: true,
            listens: false,
            memory: found.map(|it| it.memory).unwrap_or_default(),
            cancelled: false,
            told: false,
            opens_now: true,
            left: false,
            kept_for_sure: true,
            pressed: None,
        };
        let title = form.machine.text(Field::Title).to_owned();
        hold!(self, another_pages_form_is_never_found(&name, &title));
        let typed = self.tabs[here].typed.get(&name).cloned();
        hold!(self, what_was_typed_comes_back(typed.as_deref(), &title));
        self.tabs[here].forms.push(form);
        self.tell(here, id, Machine::opened);
        if let Some(form) = self.tabs[here].form(id) {
            form.opens_now = false;
        }
    }

    fn remembers_what_was_typed(&mut self, tab: usize, id: u32) {
        let tab = &mut self.tabs[tab];
        let Some(form) = tab.forms.iter().find(|it| it.id == id) else { return };
        let title = form.machine.text(Field::Title).to_owned();
        tab.typed.remove(&form.name);
        let is_kept = tab.room == Room::Enough && form.kept_for_sure && !form.forgotten;
        if is_kept && !title.is_empty() && form.machine.place() != Place::Created {
            tab.typed.insert(form.name.clone(), title);
        }
    }

    fn fills(&mut self) {
        if self.tabs[self.here].shown().is_none() {
            self.opens(self.last_page);
        }
        let Some(form) = self.tabs[self.here].shown() else { return };
        let empty = |field| form.machine.text(field).is_empty();
        let needed = [Field::Title, Field::Description].map(|field| (field, empty(field)));
        for (field, empty) in needed {
            if empty {
                self.types(field, 1);
            }
        }
    }

    fn types(&mut self, field: Field, number: u8) {
        let here = self.here;
        let Some(form) = self.tabs[here].shown() else { return };
        let text = match (field, number) {
            (_, 0) => String::new(),
            // Each is another text, and begins with whose it is.
            (Field::Title, _) => format!("{} {}", form.name, form.id),
            (Field::TodoType, 1) => "TASK".to_owned(),
            (Field::TodoType, _) => "INCIDENT".to_owned(),
            (Field::FinancialImpact, _) => "1.250".to_owned(),
            (Field::Priority, _) => "MEDIUM".to_owned(),
            _ => format!("Typed {number}"),
        };
        let (id, place) = (form.id, form.machine.place());
        let before = form.machine.text(field).to_owned();
        self.tell(here, id, |machine| machine.types(field, &text));
        let Some(form) = self.tabs[here].form(id) else { return };
        let changed = form.machine.text(field) != before;
        let Some(form) = self.tabs[here].forms.iter().find(|it| it.id == id) else { return };
        let may_have_made = self.press_may_have_made(form);
        hold!(self, nothing_is_edited_under_a_doubt(changed, may_have_made, place));
    }

    fn presses(&mut self, press: Press) {
        if let Some(id) = self.tabs[self.here].shown().map(|form| form.id) {
            let offered = self.tabs[self.here].form(id).is_some_and(|form| form.machine.offers(press));
            if offered {
                self.presses_of(self.here, id, press);
            }
        }
    }

    fn presses_of(&mut self, tab: usize, id: u32, press: Press) {
        let (number, moment, now) = (self.next(), self.now, self.form_now(tab));
        let knowing = self.pressed.len();
        let Some(form) = self.tabs[tab].form(id) else { return };
        let place = form.machine.place();
        if matches!(press, Press::Submit | Press::SendAgain) {
            form.pressed = Some((number, moment));
        }
        if press == Press::SendAgain || press == Press::Submit && place == Place::Editing {
            form.memory.press = Some(knowing);
            self.pressed.push(Pressed::default());
        }
        if press == Press::StartAnew {
            form.memory = Memory::default();
            form.told = false;
        }
        form.left |= press == Press::Leave;
        self.tell(tab, id, |machine| machine.press(press, now, number));
    }

    fn tells_shown(&mut self, event: impl FnOnce(&mut Machine) -> Vec<Deed>) {
        if let Some(id) = self.tabs[self.here].shown().map(|form| form.id) {
            self.tell(self.here, id, event);
        }
    }

    /// As `platform/page` and `platform/session` forget.
    fn forgets(&mut self) {
        let here = self.here;
        let forms: Vec<_> = self.tabs[here].forms.iter().map(|it| (it.id, it.open, it.busy)).collect();
        for (id, ..) in &forms {
            if let Some(form) = self.tabs[here].form(*id) {
                form.forgotten = true;
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
