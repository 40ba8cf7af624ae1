//! What an operator asks of a store, and says to it, beside a relay that may be running: the records that are shown, and why
//! something is refused.

use std::fmt;
use std::path::Path;

use bzctrl_contract::UpstreamAnswer;

use super::transitions::Unresolvable;
use super::{Entry, KeyState, Report};
use crate::upstream::Created;

/// A store in an operator's hands.
pub(crate) trait Operator: fmt::Debug {
    /// Whether it has rows of this tenant.
    fn has_tenant(&mut self, tenant: &str) -> Result<bool, Refused>;

    /// The rows of a selection, of one tenant or of all, the oldest first.
    fn show(&mut self, selection: &Selection, tenant: Option<&str>) -> Result<Vec<KeyRecord>, Refused>;

    /// Takes an operator's word on a key that is unknown, with who says it and why. `notified` tells of a tenant whether its
    /// host's system is told of todos.
    fn resolve(
        &mut self,
        key: &str,
        finding: &Finding,
        by: &str,
        why: &str,
        notified: &dyn Fn(&str) -> bool,
    ) -> Result<(), Refused>;

    /// The messages in these states, of one tenant or of all, the oldest first.
    fn messages(&mut self, states: [&str; 3], tenant: Option<&str>) -> Result<Vec<MessageRecord>, Refused>;

    /// Sends a message anew, from the first attempt on, whatever became of it. False: there is none.
    fn resend(&mut self, id: &str) -> Result<bool, Refused>;

    /// Blanks what a selection's rows have of people and of contents; keys and states stay. Without `really` nothing is done, and
    /// this is what would be.
    fn erase(&mut self, selection: &Selection, tenant: Option<&str>, really: bool) -> Result<Erased, Refused>;

    /// Writes a copy of the store as it is at this moment into a file of its own.
    fn backup(&mut self, to: &Path) -> Result<(), Refused>;
}

/// Which rows are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// That of a key.
    Key(String),
    /// Those of an order.
    Order(String),
    /// Those of which nobody knows what became.
    Unknown,
    /// Those that name a person by this e-mail address.
    Person(String),
}

/// A key, with all that the store has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyRecord {
    pub(crate) key: String,
    pub(crate) state: String,
    pub(crate) tenant: String,
    /// BzCtrl's address that it was to go to, where that was written down.
    pub(crate) environment: Option<String>,
    /// Who reported it, if that was verified. Empty, as the entry's texts are: it was erased.
    pub(crate) reporter: Option<String>,
    pub(crate) entry: Entry,
    pub(crate) task_link: Option<String>,
    pub(crate) upstream: Option<(u16, String)>,
    /// Seconds since 1970.
    pub(crate) claimed_at: i64,
    pub(crate) decided_at: Option<i64>,
    pub(crate) replaced_by: Option<String>,
    pub(crate) resolution: Option<Resolution>,
    /// State of what the host's system is told.
    pub(crate) webhook: Option<(String, String)>,
}

/// An operator's word on a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolution {
    pub(crate) by: String,
    pub(crate) why: String,
    /// Seconds since 1970.
    pub(crate) at: i64,
}

/// What an operator has found in BzCtrl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The todo, with this link.
    Created(String),
    /// No todo.
    NotCreated,
}

/// A message to a host's system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MessageRecord {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) tenant: String,
    pub(crate) state: String,
    pub(crate) attempts: u32,
    pub(crate) failure: Option<String>,
    /// Seconds since 1970.
    pub(crate) written_at: i64,
    /// Of one that waits: when it is sent.
    pub(crate) due_at: i64,
    pub(crate) decided_at: Option<i64>,
    pub(crate) entry: Entry,
}

/// What was erased, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Erased {
    pub(crate) keys: u32,
    /// What operators have written of other ones.
    pub(crate) words: u32,
    /// Of the keys, such as nobody knows what became of.
    pub(crate) unknown: u32,
    /// Messages that were still to be sent.
    pub(crate) messages: u32,
    /// Left as they are, because they are being sent.
    pub(crate) sending: u32,
    /// What was erased stands in the write-ahead log still, which others read.
    pub(crate) old_pages: bool,
    /// What another one before this has left there: it is gone now or, where nothing is done, would be.
    pub(crate) left_before: bool,
}

/// A backup that is in the place of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Restored {
    /// Keys in it of which it is not known what became, those too that were unknown when it was made.
    pub(crate) unknown: u32,
    /// Where what was there is kept.
    pub(crate) aside: Option<String>,
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// Nothing is written over.
    #[error("{0} is there already: name a file that is not")]
    There(String),
    /// A backup by this name would be a part of something else, or something else a part of it.
    #[error("no backup was made: {0}. Give it another name")]
    Name(String),
    /// The store has no such row.
    #[error("the store knows no key {0}")]
    NoSuchKey(String),
    /// No configuration and no row names it.
    #[error("there is no tenant {0}, neither in the configuration nor in the store")]
    NoSuchTenant(String),
    /// A link to something else than the environment's pages.
    #[error(
        "the link is no todo's page of BzCtrl's: expected the whole address that the browser shows of it, below {0}"
    )]
    NotALink(String),
    /// What became of it is known, or will be.
    #[error("{0}")]
    NotUnknown(&'static str),
    /// The relay may still hear of it.
    #[error("it was sent less than 15 minutes ago, and BzCtrl's answer may still come: look again in {0} min")]
    TooEarly(i64),
    /// It is for others to do.
    #[error("{0}")]
    NotOurs(&'static str),
    /// What the store had of it was erased.
    #[error("what the store held of {0} was erased: nothing is stored of it or told of it any more")]
    Erased(String),
    /// It is erased, but not from all of the store's files.
    #[error(
        "old content is still in the write-ahead log, which somebody else is reading (a backup, another command or a count of \
         the relay's): do the same again when that has ended"
    )]
    OldPages,
    /// What is to be put back is no whole backup.
    #[error("{0}")]
    NotABackup(String),
    /// A relay has the store.
    #[error("a relay uses the store: end it first (systemctl stop bzctrl-relay). Nothing was restored")]
    InUse,
    /// The store does not answer.
    #[error("the store cannot be used: {0}")]
    Store(String),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.to_string())
    }
}

impl Refused {
    /// Why an operator's word on a key is not taken.
    pub(super) fn unresolvable(key: &str, why: Unresolvable) -> Self {
        match why {
            Unresolvable::Erased => Self::Erased(key.to_owned()),
            Unresolvable::Known(state) => Self::NotUnknown(known(&state)),
            Unresolvable::TooEarly(left) => Self::TooEarly(left.div_euclid(60) + 1),
        }
    }
}

/// Why a state is not for an operator to resolve.
fn known(state: &KeyState) -> &'static str {
    match state {
        KeyState::Free => "nothing was sent under this key so far: there is nothing to resolve",
        KeyState::Sending => {
            "it is being sent right now; if the relay has ended meanwhile, its next start makes it unknown"
        }
        KeyState::Created(_) => "it is known to be created",
        KeyState::Rejected(_) => "it is known not to be created",
        KeyState::Unknown => "it is unknown already",
    }
}

/// BzCtrl itself has said nothing.
const NO_STATUS: u16 = 0;
const NOT_CREATED: &str = "Those who run the relay have looked: it was not created.";

/// What an operator has found, as a report on the claim of a todo with this title.
pub(super) fn word(finding: &Finding, title: &str) -> Report {
    match finding {
        Finding::Created(link) => Report::Created(Created {
            answer: serde_json::json!({ "taskLink": link, "title": title }).to_string(),
            task_link: Some(link.clone()),
        }),
        Finding::NotCreated => Report::Rejected(UpstreamAnswer { status: NO_STATUS, reason: NOT_CREATED.to_owned() }),
    }
}
