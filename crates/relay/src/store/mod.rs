//! The rows: what became of every key. The promise is kept here: a key is claimed before anything is sent, by one claim at a
//! time, and what is known of it is never lost nor made less. Stores are alike behind [`Store`]; the rest of the relay
//! names none of them.

mod answers;
mod lock;
mod mentions;
pub(crate) mod operator;
pub(crate) mod outbox;
mod postgres;
mod sqlite;
mod state;
mod transitions;
mod witness;

use std::fmt;
use std::num::NonZeroU32;

use async_trait::async_trait;
use bzctrl_contract::{Field, Key, Todo};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::config::StorePlace;
use crate::owner::Owner;
pub(crate) use postgres::{Postgres, try_database};
pub(crate) use sqlite::{SCHEMA, Sqlite, restore, sealing_key_of};
pub(crate) use state::{KeyState, Report};
pub(crate) use transitions::{Claimed, KeyLookup, Row};

/// Opens a store for an operator, beside the relays that may be running.
///
/// # Errors
/// There is none, or not of this release.
pub(crate) fn open_for_operator(place: &StorePlace) -> Result<Box<dyn operator::Operator>, operator::Refused> {
    Ok(match place {
        StorePlace::File(path) => Box::new(sqlite::Operator::open(path)?),
        StorePlace::Database(database) => Box::new(postgres::Operator::open(database)?),
    })
}

/// How many rows are in each state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Keys.
    pub(crate) keys: Vec<(&'static str, i64)>,
    /// Webhooks that no host has taken so far.
    pub(crate) webhooks: Vec<(&'static str, i64)>,
}

/// The store has not answered, so nothing was decided; or it has, and nobody heard it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{says}")]
pub(crate) struct StoreError {
    says: String,
    undone: bool,
}

/// A statement that fails is undone, with all of its transaction; what a commit comes to is another matter.
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::undone(error.to_string())
    }
}

impl StoreError {
    /// It may have been done all the same. Says what has happened, for the log.
    pub(crate) fn unheard(says: impl Into<String>) -> Self {
        Self { says: says.into(), undone: false }
    }

    /// Nothing was done, for sure. Says why, for the log.
    pub(crate) fn undone(says: impl Into<String>) -> Self {
        Self { says: says.into(), undone: true }
    }

    /// Whether nothing was done, for sure.
    pub(crate) fn is_undone(&self) -> bool {
        self.undone
    }
}

/// What a content is told by, without what a page fills in anew after a reload.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digest(pub(crate) [u8; 32]);

impl Digest {
    /// The digest of a todo.
    pub(crate) fn of(todo: &Todo) -> Self {
        // A todo is texts and lists of texts: it can be written.
        let content = serde_json::to_vec(&todo.without(&[Field::Reporter, Field::Assignee])).unwrap_or_default();
        Self(Sha256::digest(content).into())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// One attempt to send: every report on it names it, so that a late report of an earlier one changes nothing.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    /// Its name.
    pub(crate) id: Uuid,
    /// The key that it claims.
    pub(crate) key: Key,
    /// Whose the key is.
    pub(crate) owner: Owner,
    /// Where it is sent.
    pub(crate) environment: String,
    /// The content.
    pub(crate) digest: Digest,
    /// The key that the user knowingly sends again under this one.
    pub(crate) replaces: Option<Key>,
    /// What the register shows of the todo.
    pub(crate) entry: Entry,
    /// Whether the host's system is told, once the todo exists: a message is written with that result.
    pub(crate) notify: bool,
    /// The place in its trace that the host's system is told from: W3C's `traceparent`.
    pub(crate) traceparent: Option<String>,
}

/// What the register of an order shows of a todo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `INCIDENT` or `TASK`.
    pub(crate) todo_type: String,
    /// Its title.
    pub(crate) title: String,
    /// Its order.
    pub(crate) order_id: String,
}

impl Claim {
    /// A claim of a key for a todo, under a name of its own.
    pub(crate) fn new(
        key: Key,
        owner: Owner,
        environment: String,
        todo: &Todo,
        replaces: Option<Key>,
        notify: bool,
    ) -> Self {
        let entry = Entry {
            todo_type: todo.todo_type().wire().to_owned(),
            title: todo.text(Field::Title).to_owned(),
            order_id: todo.text(Field::OrderId).to_owned(),
        };
        let digest = Digest::of(todo);
        Self { id: Uuid::new_v4(), key, owner, environment, digest, replaces, entry, notify, traceparent: None }
    }
}

/// A share of what may be asked for in a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// Whose it is.
    pub(crate) name: String,
    /// How much it is.
    pub(crate) per_minute: NonZeroU32,
}

/// A todo of an order, as the register shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registered {
    /// What the claim said of it.
    pub(crate) entry: Entry,
    /// Whether it was created; if not, nobody knows.
    pub(crate) created: bool,
    /// Its link.
    pub(crate) task_link: Option<String>,
    /// When it was claimed, in seconds since 1970.
    pub(crate) claimed_at: i64,
    /// Who reported it, if that was verified.
    pub(crate) reporter: Option<String>,
}

/// A store of rows. Each call is one transaction.
#[async_trait]
pub(crate) trait Store: fmt::Debug + Send + Sync {
    /// The epoch that new keys are made in whose todos go to this environment: a new one each day.
    async fn epoch(&self, environment: &str) -> Result<String, StoreError>;

    /// What is known of a key, for this owner. It may be claimed for the environment alone that its epoch was given out for.
    async fn look_up(&self, key: &Key, owner: &Owner, environment: &str) -> Result<KeyLookup, StoreError>;

    /// Claims a key that is open, and bars the key that it replaces. An error says that the claim may stand all the same:
    /// then nothing is sent, and [`Report::NotSent`] is reported of it until that is stored.
    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError>;

    /// Takes a report on a claim, and says what the key's state is now, whoever reported it.
    async fn conclude(&self, claim: &Claim, report: &Report) -> Result<KeyState, StoreError>;

    /// What is known of an order in a tenant and an environment, newest first.
    async fn of_order(&self, tenant: &str, environment: &str, order_id: &str) -> Result<Vec<Registered>, StoreError>;

    /// Whether this is the first use of what may be used once, until `expires_at`, in seconds since 1970. The digest names it.
    async fn use_once(&self, digest: [u8; 32], expires_at: u64) -> Result<bool, StoreError>;

    /// Takes one of each of these shares, over all relays that have this store; none: that was possible. Else in how many seconds it
    /// will be. The relay has counted what is asked of itself already.
    async fn take(&self, _shares: &[Share]) -> Result<Option<u64>, StoreError> {
        // A store of one relay has nothing to add.
        Ok(None)
    }

    /// How many rows are in each state. It stands in nobody's way.
    async fn count(&self) -> Result<Counts, StoreError>;

    /// Why it may have lost rows, if this relay has found that. What was undecided then is unknown ever since.
    fn doubt(&self) -> Option<String>;

    /// Whether it answers.
    async fn ready(&self) -> Result<(), StoreError>;
}
