//! What every handler and every layer before it shares. It stands below the routes, and knows nothing of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::config::Config;
use crate::delivery::Delivery;
use crate::http_client::Outbound;
use crate::identity::Served;
use crate::metrics::Metrics;
use crate::places::Places;
use crate::rates::AddressRates;
use crate::seal::Sealer;
use crate::store::Store;
use crate::upstream::Upstream;

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) config: Config,
    pub(crate) tenants: Tenants,
    pub(crate) pages: Pages,
    pub(crate) sealer: Sealer,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) upstream: Arc<Upstream>,
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

/// The tenants that are served now. They may be others at the next request; whoever has begun with one ends with it.
#[derive(Debug, Default)]
pub(crate) struct Tenants(RwLock<Arc<Vec<Arc<Served>>>>);

impl Tenants {
    /// Those that have this origin.
    pub(crate) fn of_origin(&self, origin: &str) -> Vec<Arc<Served>> {
        self.now().iter().filter(|served| served.admits(origin)).cloned().collect()
    }

    /// The one of this name.
    pub(crate) fn named(&self, name: &str) -> Option<Arc<Served>> {
        self.now().iter().find(|served| served.tenant.name == name).cloned()
    }

    /// From now on these are served.
    pub(crate) fn replace(&self, tenants: Vec<Arc<Served>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tenants);
    }

    /// All of them.
    pub(crate) fn now(&self) -> Arc<Vec<Arc<Served>>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
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
