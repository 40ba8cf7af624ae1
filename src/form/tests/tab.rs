//! A tab: its storage, its clock, and the forms of its page. It knows of each form what the form itself cannot know.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::adapter::{self, Machine};
use crate::config::Config;

/// What is true of a submission, as far as this form and those before it had to do with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// The knowing press that what is sent now goes back to.
    pub(super) press: Option<usize>,
    /// The requests that may have made a todo of which nobody has told.
    pub(super) requests: Vec<usize>,
}

/// What is kept under a name, and what is true of it.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) memory: Memory,
}

/// What the storage takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Enough,
    /// Nothing that is longer than a key needs.
    Little,
    None,
    /// It is forbidden altogether.
    Forbidden,
}

const LITTLE: usize = 200;

/// What is on its way to a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pending {
    Token {
        since: u64,
    },
    Task {
        request: usize,
        since: u64,
    },
    Host {
        since: u64,
    },
    Wait {
        number: u32,
        due: u64,
    },
    KeepSoon {
        due: u64,
    },
    Known {
        since: u64,
    },
    /// A form of another tab says that it has the same draft.
    Copy,
}

impl Pending {
    /// The todo's request, if it is one.
    fn request(&self) -> Option<usize> {
        if let Self::Task { request, .. } = self { Some(*request) } else { None }
    }
}

impl Pending {
    /// When it is over by itself.
    pub(super) fn due(self) -> u64 {
        match self {
            Self::Token { since } | Self::Known { since } => since + 15_000,
            Self::Task { since, .. } => since + 40_000,
            Self::Host { since } => since + 10_000,
            Self::Wait { due, .. } | Self::KeepSoon { due } => due,
            Self::Copy => u64::MAX,
        }
    }

    /// Whether it is a mere timer.
    pub(super) fn is_timer(self) -> bool {
        matches!(self, Self::Wait { .. } | Self::KeepSoon { .. })
    }
}

/// One opening of a form, with what `platform/session` knows of it.
pub(super) struct Form {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) page: Rc<Config>,
    pub(super) machine: Machine,
    pub(super) open: bool,
    pub(super) busy: bool,
    pub(super) forgotten: bool,
    pub(super) keeps: bool,
    /// Whether it answers forms of other tabs.
    pub(super) listens: bool,
    // What is true of it.
    pub(super) memory: Memory,
    pub(super) cancelled: bool,
    pub(super) told: bool,
    pub(super) opens_now: bool,
    pub(super) left: bool,
    /// Whether the storage has been let alone since it was kept last.
    pub(super) kept_for_sure: bool,
    /// The last press, knowing or not: which, and when.
    pub(super) pressed: Option<(u32, u64)>,
}

/// What `platform/clock` makes of two clocks.
#[derive(Clone, Copy, Default)]
struct Clock {
    last: Option<(f64, f64, f64)>,
}

/// A tab.
pub(super) struct Tab {
    pub(super) storage: BTreeMap<String, Entry>,
    pub(super) room: Room,
    pub(super) forms: Vec<Form>,
    pub(super) pending: Vec<(u32, Pending)>,
    /// By name, the title that has to be there at the next opening.
    pub(super) typed: BTreeMap<String, String>,
    clock: Clock,
}

impl Tab {
    pub(super) fn new(forbidden: bool) -> Self {
        let room = if forbidden { Room::Forbidden } else { Room::Enough };
        Self {
            storage: BTreeMap::new(),
            room,
            forms: Vec::new(),
            pending: Vec::new(),
            typed: BTreeMap::new(),
            clock: Clock::default(),
        }
    }

    /// A duplicate: the storage is copied, and nothing else. What is on its way here may yet come after a true "not sent so far"
    /// that is said there: no relay can close that, and no form can know it.
    pub(super) fn duplicate(&self) -> Self {
        let on_its_way: Vec<_> = self.pending.iter().filter_map(|(_, pending)| pending.request()).collect();
        let mut storage = self.storage.clone();
        let entries = storage.values_mut();
        entries.for_each(|entry| entry.memory.requests.retain(|request| !on_its_way.contains(request)));
        Self { storage, room: self.room, ..Self::new(false) }
    }

    /// The page is gone. What it has sent goes on without it.
    pub(super) fn page_goes(&mut self) -> Vec<usize> {
        self.forms.clear();
        self.clock = Clock::default();
        let sent = std::mem::take(&mut self.pending).into_iter();
        sent.filter_map(|(_, pending)| pending.request()).collect()
    }

    pub(super) fn form(&mut self, id: u32) -> Option<&mut Form> {
        self.forms.iter_mut().find(|form| form.id == id)
    }

    pub(super) fn shown(&mut self) -> Option<&mut Form> {
        self.forms.iter_mut().find(|form| form.open)
    }

    /// Now, as the form is told.
    pub(super) fn now(&mut self, wall: f64, steady: f64) -> f64 {
        let now = self
            .clock
            .last
            .map_or(0.0, |(last_wall, last_steady, last)| last + (wall - last_wall).max(steady - last_steady).max(0.0));
        self.clock.last = Some((wall, steady, now));
        now
    }

    /// What is kept under a name, as `platform/storage` reads it.
    pub(super) fn read(&self, name: &str) -> Option<&Entry> {
        self.storage.get(name).filter(|_| self.room != Room::Forbidden)
    }

    /// Keeps what a form has to keep, as `platform/storage` does it. `None` if nothing was written.
    pub(super) fn keep(&mut self, id: u32) -> Option<(bool, Option<String>)> {
        let form = self.forms.iter().find(|form| form.id == id)?;
        let (name, memory) = (form.name.clone(), form.memory.clone());
        let Some(texts) = form.machine.kept() else {
            self.remove(&name);
            return Some((true, None));
        };
        if self.room == Room::Forbidden {
            return Some((false, None));
        }
        self.storage.remove(&name);
        let fits = |text: &String| self.room == Room::Enough || self.room == Room::Little && text.len() <= LITTLE;
        let mut whole = true;
        for text in texts {
            // The last one is what is left of nothing in doubt: then nothing is kept.
            let Some(text) = text else { break };
            if fits(&text) {
                self.storage.insert(name, Entry { text: text.clone(), memory });
                return Some((whole, Some(text)));
            }
            whole = false;
        }
        Some((false, None))
    }

    /// Something happens to the storage: nothing has to be there at the next opening.
    pub(super) fn storage_is_touched(&mut self) {
        self.typed.clear();
        self.forms.iter_mut().for_each(|form| form.kept_for_sure = false);
    }

    pub(super) fn remove(&mut self, name: &str) {
        if self.room != Room::Forbidden {
            self.storage.remove(name);
        }
        self.typed.remove(name);
    }

    /// The page's `forget()`, of the storage.
    pub(super) fn forget(&mut self) {
        self.storage_is_touched();
        if self.room == Room::Forbidden {
            return;
        }
        let fits = |text: &String| self.room == Room::Enough || self.room == Room::Little && text.len() <= LITTLE;
        self.storage.retain(|_, entry| match adapter::forgotten(&entry.text).filter(fits) {
            Some(key_alone) => {
                entry.text = key_alone;
                true
            }
            None => false,
        });
    }
}
