//! A page in a tab, or in a frame of one: its storage, which the frames of a tab share, its clock, and its forms. It knows of each
//! form what the form itself cannot know.

use std::cell::{RefCell, RefMut};
use std::collections::BTreeMap;
use std::rc::Rc;

use bzctrl_contract::Field;

use super::adapter::{self, Machine, Place};
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Room {
    #[default]
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
        /// How many seconds the form was told that it still is.
        told: u32,
    },
    KeepSoon {
        due: u64,
    },
    Known {
        since: u64,
    },
    /// The browser says whether the created todo's tab has opened.
    Opened {
        since: u64,
    },
    /// A form of another tab says that it has the same draft.
    Copy,
    /// A form of another frame of this tab does.
    Anothers {
        since: u64,
    },
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
            Self::Opened { since } | Self::Anothers { since } => since + 1000,
            Self::Copy => u64::MAX,
        }
    }

    /// Whether another page says it.
    pub(super) fn is_heard(self) -> bool {
        matches!(self, Self::Copy | Self::Anothers { .. })
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
    /// What its page is about.
    pub(super) whose: &'static str,
    /// Under what it is kept: another than its name where a form of the same tab has that.
    pub(super) kept_as: String,
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
    /// How often the storage had been touched when this was kept there with room enough.
    pub(super) kept_at_touch: Option<u32>,
    /// Something was typed since.
    pub(super) typed_on: bool,
    /// It has asked to be kept soon, and was not kept since.
    pub(super) keeps_soon: bool,
    /// The browser holds half a date.
    pub(super) half_date: bool,
    /// The wait that it asked for last.
    pub(super) wait: Option<u32>,
    /// What the page was told last.
    pub(super) announced: Option<&'static str>,
    /// The last press, knowing or not: which, and when.
    pub(super) pressed: Option<(u32, u64)>,
    /// The press for which a tab was opened last.
    pub(super) reserved: Option<u32>,
}

/// What `platform/clock` makes of two clocks.
#[derive(Clone, Copy, Default)]
struct Clock {
    last: Option<(f64, f64, f64)>,
}

/// What the pages of one tab share.
#[derive(Default)]
pub(super) struct Storage {
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) room: Room,
    /// By name, the title that has to be there at the next opening.
    typed: BTreeMap<String, String>,
    /// By name, the form that has written it, or has opened with it, last.
    writers: BTreeMap<String, u32>,
    /// How often somebody else has put his hand to it.
    touched: u32,
}

impl Storage {
    /// Whether it takes a text.
    fn fits(&self, text: &str) -> bool {
        self.room == Room::Enough || self.room == Room::Little && text.len() <= LITTLE
    }

    /// The last one who writes there, or takes away what is his own, is right.
    pub(super) fn is_written(&mut self, name: String, by: u32) {
        self.writers.insert(name, by);
    }

    /// Something happens to it: nothing has to be there at the next opening.
    pub(super) fn is_touched(&mut self) {
        self.typed.clear();
        self.touched += 1;
    }
}

/// A page.
pub(super) struct Tab {
    storage: Rc<RefCell<Storage>>,
    pub(super) forms: Vec<Form>,
    pub(super) pending: Vec<(u32, Pending)>,
    clock: Clock,
}

impl Tab {
    pub(super) fn new(forbidden: bool) -> Self {
        let room = if forbidden { Room::Forbidden } else { Room::Enough };
        Self::over(Storage { room, ..Storage::default() })
    }

    fn over(storage: Storage) -> Self {
        let storage = Rc::new(RefCell::new(storage));
        Self { storage, forms: Vec::new(), pending: Vec::new(), clock: Clock::default() }
    }

    /// A duplicate: the storage is copied, and nothing else. What is on its way here may yet come after a true "not sent so far"
    /// that is said there: no relay can close that, and no form can know it.
    pub(super) fn duplicate(&self) -> Self {
        let on_its_way: Vec<_> = self.on_its_way().collect();
        let mut entries = self.storage().entries.clone();
        entries.values_mut().for_each(|entry| entry.memory.requests.retain(|request| !on_its_way.contains(request)));
        Self::over(Storage { entries, room: self.room(), ..Storage::default() })
    }

    /// Another frame of the same tab.
    pub(super) fn frame(&self) -> Self {
        Self { storage: self.storage.clone(), forms: Vec::new(), pending: Vec::new(), clock: Clock::default() }
    }

    pub(super) fn is_of_the_same_tab(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.storage, &other.storage)
    }

    pub(super) fn storage(&self) -> RefMut<'_, Storage> {
        self.storage.borrow_mut()
    }

    pub(super) fn room(&self) -> Room {
        self.storage().room
    }

    /// The requests that wait for an answer here.
    pub(super) fn on_its_way(&self) -> impl Iterator<Item = usize> {
        self.pending.iter().filter_map(|(_, pending)| pending.request())
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
    pub(super) fn read(&self, name: &str) -> Option<Entry> {
        let storage = self.storage();
        storage.entries.get(name).filter(|_| storage.room != Room::Forbidden).cloned()
    }

    /// What an opening finds, as `platform/session` looks for it, and under which name.
    pub(super) fn finds(&self, name: &str) -> (String, Option<Entry>) {
        let of_a_second_frame = second(name);
        let readable = |name: &str| self.read(name).filter(|entry| adapter::is_readable(&entry.text));
        match readable(name) {
            None => match readable(&of_a_second_frame) {
                None => (name.to_owned(), None),
                found => (of_a_second_frame, found),
            },
            found => (name.to_owned(), found),
        }
    }

    /// Keeps what a form has to keep, as `platform/storage` does it. `None` if nothing was written.
    pub(super) fn keep(&mut self, id: u32) -> Option<(bool, Option<String>)> {
        let form = self.forms.iter_mut().find(|form| form.id == id)?;
        let (name, memory) = (form.kept_as.clone(), form.memory.clone());
        let kept = form.machine.kept();
        let mut storage = self.storage.borrow_mut();
        form.kept_at_touch = (storage.room == Room::Enough).then_some(storage.touched);
        storage.is_written(name.clone(), id);
        storage.typed.remove(&name);
        let Some(kept) = kept else {
            drop(storage);
            self.remove(&name);
            return Some((true, None));
        };
        if storage.room == Room::Forbidden {
            return Some((false, None));
        }
        storage.entries.remove(&name);
        let (whole, text) = kept.written(|text| storage.fits(text));
        if let Some(text) = text.clone() {
            storage.entries.insert(name, Entry { text, memory });
        }
        Some((whole, text))
    }

    /// What has to be there at the next opening: what stands in the form, if it was kept for sure.
    pub(super) fn remembers(&mut self, id: u32) {
        let Some(form) = self.forms.iter().find(|it| it.id == id) else { return };
        let title = form.machine.text(Field::Title).to_owned();
        let mut storage = self.storage.borrow_mut();
        storage.typed.remove(&form.kept_as);
        let is_kept = form.kept_at_touch == Some(storage.touched) && storage.writers.get(&form.kept_as) == Some(&id);
        let is_kept = is_kept && storage.room == Room::Enough && !form.forgotten;
        if is_kept && !title.is_empty() && form.machine.place() != Place::Created {
            storage.typed.insert(form.kept_as.clone(), title);
        }
    }

    /// The title that has to be there.
    pub(super) fn typed(&self, name: &str) -> Option<String> {
        self.storage().typed.get(name).cloned()
    }

    /// A form has begun with what is kept under a name.
    pub(super) fn begins(&mut self, id: u32) {
        let Some(form) = self.forms.iter_mut().find(|form| form.id == id) else { return };
        let mut storage = self.storage.borrow_mut();
        form.kept_at_touch = Some(storage.touched);
        storage.is_written(form.kept_as.clone(), id);
    }

    /// Nobody had time to keep anything.
    pub(super) fn dies(&mut self) {
        self.storage().typed.clear();
    }

    pub(super) fn remove(&mut self, name: &str) {
        let mut storage = self.storage();
        if storage.room != Room::Forbidden {
            storage.entries.remove(name);
        }
        storage.typed.remove(name);
    }

    /// The page's `forget()`, of the storage.
    pub(super) fn forget(&mut self) {
        let mut storage = self.storage();
        storage.is_touched();
        if storage.room == Room::Forbidden {
            return;
        }
        for (name, mut entry) in std::mem::take(&mut storage.entries) {
            if let Some(key_alone) = adapter::forgotten(&entry.text).filter(|text| storage.fits(text)) {
                entry.text = key_alone;
                storage.entries.insert(name, entry);
            }
        }
    }
}

/// The name that a frame takes whose name another frame has.
pub(super) fn second(name: &str) -> String {
    [name, "+"].concat()
}
