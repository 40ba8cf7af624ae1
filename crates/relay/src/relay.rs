//! What every handler and every layer before it shares. It stands below the routes, and knows nothing of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::Config;
use crate::delivery::Delivery;
use crate::http_client::Outbound;
use crate::metrics::Metrics;
use crate::places::Places;
use crate::rates::AddressRates;
use crate::seal::Sealer;
use crate::store::Store;
use crate::tenants::Tenants;

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) config: Config,
    pub(crate) tenants: Tenants,
    pub(crate) pages: Pages,
    pub(crate) sealer: Sealer,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) delivery: Arc<Delivery>,
    /// How others are asked.
    pub(crate) outbound: Outbound,
    pub(crate) rates: AddressRates,
    /// Those of the bodies that are waited for.
    pub(crate) waiting: Arc<Places>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) reloads: Reloads,
    pub(crate) metrics: Metrics,
}

/// Where the relay's own pages are, as browsers reach them.
#[derive(Debug)]
pub(crate) struct Pages {
    /// The address before every path, without a slash at its end.
    pub(crate) public_url: String,
}

impl Pages {
    /// The token endpoint: what an assertion is made for.
    pub(crate) fn token_endpoint(&self) -> String {
        format!("{}/v1/token", self.public_url)
    }

    /// The path before every path, where the relay does not stand at the root of its host.
    pub(crate) fn base_path(&self) -> &str {
        let rest = self.public_url.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').map_or("", |at| &rest[at..])
    }
}

/// Whether the relay is about to end.
#[derive(Debug, Default)]
pub(crate) struct Lifecycle {
    ending: AtomicBool,
}

impl Lifecycle {
    /// From now on it is not ready.
    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// Whether it is not ready, because it ends.
    pub(crate) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }
}

/// Whether the configuration that is in force is the newest.
#[derive(Debug, Default)]
pub(crate) struct Reloads {
    last_was_refused: AtomicBool,
}

impl Reloads {
    /// What came of one.
    pub(crate) fn note(&self, was_taken: bool) {
        self.last_was_refused.store(!was_taken, Ordering::Relaxed);
    }

    /// Whether the last one was refused, so that an older configuration is in force. For `/readyz` and for metrics.
    pub(crate) fn last_was_refused(&self) -> bool {
        self.last_was_refused.load(Ordering::Relaxed)
    }
}
