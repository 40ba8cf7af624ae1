//! The store's work, and what is in it.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// A commit that is on the disk, to a store that has a queue.
const SECONDS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Transaction {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

/// The store's work, and its rows.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    transactions: Family<Transaction, Counter>,
    duration: Histogram,
    keys: Family<InState, Gauge>,
    not_stored: Gauge,
    doubted: Gauge,
}

impl Rows {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let rows = Self {
            transactions: Family::default(),
            duration: Histogram::new(SECONDS),
            keys: Family::default(),
            not_stored: Gauge::default(),
            doubted: Gauge::default(),
        };
        for outcome in [true, false].map(outcome) {
            drop(rows.transactions.get_or_create(&Transaction { outcome }));
        }
        registry.register("store_transactions", "Transactions of the store", rows.transactions.clone());
        registry.register(
            "store_transaction_duration_seconds",
            "A transaction, with the wait for its turn",
            rows.duration.clone(),
        );
        registry.register("keys", "Keys in the store, by their state", rows.keys.clone());
        registry.register(
            "results_not_stored",
            "Results that are known and that the store has not taken yet: a restart would lose them",
            rows.not_stored.clone(),
        );
        registry.register(
            "store_doubted",
            "1 since this relay has found that its store may have lost rows, until it is started again",
            rows.doubted.clone(),
        );
        rows
    }

    /// A transaction has ended.
    pub(crate) fn transacted(&self, committed: bool, took: Duration) {
        self.duration.observe(took.as_secs_f64());
        self.transactions.get_or_create(&Transaction { outcome: outcome(committed) }).inc();
    }

    /// How many keys are in each state.
    pub(crate) fn keys(&self, counts: &[(&'static str, i64)]) {
        for (state, count) in counts {
            self.keys.get_or_create(&InState { state }).set(*count);
        }
    }

    /// Whether the store may have lost rows.
    pub(crate) fn doubted(&self, is_doubted: bool) {
        self.doubted.set(is_doubted.into());
    }

    /// A result waits for the store until the answer is dropped.
    pub(crate) fn not_stored(&self) -> NotStored {
        self.not_stored.inc();
        NotStored(self.not_stored.clone())
    }
}

fn outcome(committed: bool) -> &'static str {
    if committed { "committed" } else { "failed" }
}

/// A result that the store has not taken yet.
#[derive(Debug)]
pub(crate) struct NotStored(Gauge);

impl Drop for NotStored {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Default for Rows {
    fn default() -> Self {
        Self::register(&mut Registry::default())
    }
}
