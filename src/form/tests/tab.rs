//! A tab of the browser: its storage, the form that it shows, and those that were closed and send on.

use std::collections::BTreeMap;

use bzctrl_contract::TodoType;

use super::world::Broken;
use crate::form::event::Request;
use crate::form::restore::Kept;
use crate::form::state::State;

/// How the tab's storage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    Works,
    /// Long entries do not fit.
    Full,
    Forbidden,
}

/// One request of a form, and what is true of it.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) key: Option<String>,
    pub(super) content: String,
    /// BzCtrl made a todo of it, or may still.
    pub(super) exists: bool,
}

/// What was sent of one draft since it began, as far as nobody has told of it.
pub(super) type Sends = Vec<usize>;

pub(super) struct Open {
    pub(super) state: State,
    pub(super) name: String,
    pub(super) order: usize,
    pub(super) forgotten: bool,
    /// When the last press was made that may send.
    pub(super) pressed_at: f64,
    /// Closed as cancelled: from then on nothing is sent.
    pub(super) cancelled: bool,
    pub(super) token_flights: u32,
    pub(super) asks_host: bool,
    pub(super) flight: Option<(usize, Request)>,
    pub(super) waits: Vec<(u32, f64)>,
    pub(super) unkept: bool,
    /// Keys of which the relay has told an outcome of their own.
    pub(super) settled: Vec<String>,
    /// What this user typed last into the title.
    pub(super) typed: Option<String>,
    /// A press by which a todo more may come has not been followed by a request yet.
    pub(super) knowing: bool,
}

#[derive(Default)]
pub(super) struct Tab {
    pub(super) entries: BTreeMap<String, String>,
    /// By the name of a draft.
    pub(super) sends: BTreeMap<String, Sends>,
    pub(super) form: Option<Open>,
    /// Forms that were closed, and send on.
    pub(super) behind: Vec<Open>,
}

impl Tab {
    /// Keeps it as the platform does: what does not fit gives way to the key.
    pub(super) fn keeps(
        &mut self,
        storage: Storage,
        name: &str,
        kept: Kept,
        todo_type: TodoType,
    ) -> Result<(), Broken> {
        let entries = &mut self.entries;
        let written = kept.write();
        if written.contains('@') || written.contains("secret-token") {
            return Err(format!("an address or a token is kept: {written}"));
        }
        match storage {
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

    /// What is kept under a name.
    pub(super) fn kept(&self, name: &str) -> Kept {
        self.entries.get(name).and_then(|text| Kept::read(text)).unwrap_or_default()
    }
}
