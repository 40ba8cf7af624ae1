//! What every handler and every layer before it shares. It stands below the routes, and knows nothing of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::Config;
use crate::delivery::Delivery;
use crate::seal::Sealer;
use crate::store::Store;
use crate::upstream::Upstream;

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) config: Config,
    pub(crate) pages: Pages,
    pub(crate) sealer: Sealer,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) delivery: Arc<Delivery>,
    pub(crate) lifecycle: Lifecycle,
}

/// Where the relay's own pages are, as browsers reach them.
#[derive(Debug)]
pub(crate) struct Pages {
    /// The address before every path, without a slash at its end.
    pub(crate) public_url: String,
}

impl Pages {
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
