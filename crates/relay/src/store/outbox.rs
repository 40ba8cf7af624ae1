//! What the hosts' systems are still to be told. A row is written with the result that it tells of ([`Claim::notify`]), and
//! leaves when somebody has said that the receiver took it.
//!
//! [`Claim::notify`]: super::Claim

use std::fmt;

use async_trait::async_trait;

use super::{Entry, StoreError};

/// A todo that a host's system is to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its `webhook-id`: one for each todo, the same at every attempt.
    pub(crate) id: String,
    /// What the claim said of the todo.
    pub(crate) entry: Entry,
    /// Its link.
    pub(crate) task_link: Option<String>,
    /// The place in its trace that it is told from, if it belongs to one.
    pub(crate) traceparent: Option<String>,
    /// When it was known to be created, in seconds since 1970.
    pub(crate) written_at: i64,
    /// How many attempts have failed.
    pub(crate) attempts: u32,
    /// Since when it has been its time.
    pub(crate) due_at: i64,
}

/// How a message goes on after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The receiver has taken it.
    Told,
    /// Not now; again in so many seconds.
    Postponed {
        /// In how many seconds.
        seconds: u32,
        /// Why, in words of ours.
        failure: String,
    },
    /// It is not tried again by itself.
    Dead {
        /// Why, in words of ours.
        failure: String,
    },
}

/// The messages of a store. Each call is one transaction.
#[async_trait]
pub(crate) trait Outbox: fmt::Debug + Send + Sync {
    /// The tenants that have messages whose time has come: one question for all of them, however many there are.
    async fn tenants_due(&self) -> Result<Vec<String>, StoreError>;

    /// The messages of a tenant whose time has come, the oldest first, without these, which this process is telling already. No other
    /// process is given them, until their attempts would have come to an end.
    async fn due(&self, tenant: &str, most: usize, under_way: &[String]) -> Result<Vec<Message>, StoreError>;

    /// What came of an attempt at this message as it was. One that an operator has sent again meanwhile goes on from there.
    async fn record(&self, message: &Message, attempt: &Attempt) -> Result<(), StoreError>;

    /// Waits for a message that this process has written.
    async fn written(&self);
}
