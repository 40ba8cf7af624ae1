//! What the hosts' systems are told, and what they are still to be told.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The receiver has taken it.
    Taken,
    /// It is tried again.
    Failed,
    /// It is not tried again by itself.
    Dead,
}

impl Told {
    fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Failed => "failed",
            Self::Dead => "dead",
        }
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Attempt {
    tenant: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

/// What the hosts' systems are told.
#[derive(Clone, Debug)]
pub(crate) struct Webhooks {
    attempts: Family<Attempt, Counter>,
    rows: Family<InState, Gauge>,
}

impl Webhooks {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let webhooks = Self { attempts: Family::default(), rows: Family::default() };
        registry.register(
            "webhook_attempts",
            "Attempts to tell a tenant's host of a todo, by what came of them",
            webhooks.attempts.clone(),
        );
        registry.register("webhooks", "Webhooks that no host has taken so far, by their state", webhooks.rows.clone());
        webhooks
    }

    /// A tenant of the configuration has a host that is told of its todos: its attempts are there from the beginning.
    pub(crate) fn serve(&self, tenant: &str) {
        for outcome in [Told::Taken, Told::Failed, Told::Dead].map(Told::name) {
            drop(self.attempts.get_or_create(&Attempt { tenant: tenant.to_owned(), outcome }));
        }
    }

    /// An attempt has ended.
    pub(crate) fn attempted(&self, tenant: &str, told: Told) {
        self.attempts.get_or_create(&Attempt { tenant: tenant.to_owned(), outcome: told.name() }).inc();
    }

    /// How many are in each state.
    pub(crate) fn rows(&self, counts: &[(&'static str, i64)]) {
        for (state, count) in counts {
            self.rows.get_or_create(&InState { state }).set(*count);
        }
    }
}
