//! What the relay counts for who runs it: `/metrics`, for Prometheus. No label has a value that comes from outside: each is one of
//! ours, of the protocol's or of the configuration's, so that nobody can make the series many, or read a user in them.
//!
//! A metric more: a field in the file of its kind, or a file of its own with a field here; then a row in docs/OPERATING.md. The
//! rooms that count are handed the kind that they count in, and know nothing of the others.

mod calls;
mod requests;
mod rows;
mod standing;
mod webhooks;

use prometheus_client::registry::Registry;

pub(crate) use calls::{AccountCalls, AccountStanding, Calls, Endpoint};
pub(crate) use requests::{Answered, OTHER, Requests};
pub(crate) use rows::Rows;
pub(crate) use standing::{Reload, Standing};
pub(crate) use webhooks::{Told, Webhooks};

const PREFIX: &str = "bzctrl_relay";

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    /// What pages ask.
    pub(crate) requests: Requests,
    /// What the relay asks of others.
    pub(crate) calls: Calls,
    /// The store's work, and its rows.
    pub(crate) rows: Rows,
    /// How the relay itself stands.
    pub(crate) standing: Standing,
    /// What the hosts' systems are told.
    pub(crate) webhooks: Webhooks,
    registry: Registry,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        Self {
            requests: Requests::register(&mut registry),
            calls: Calls::register(&mut registry),
            rows: Rows::register(&mut registry),
            standing: Standing::register(&mut registry),
            webhooks: Webhooks::register(&mut registry),
            registry,
        }
    }
}

impl Metrics {
    /// All of them, in the text format of OpenMetrics.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a text cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}
