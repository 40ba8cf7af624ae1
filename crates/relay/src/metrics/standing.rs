//! How the relay itself stands: which release, since when, whether it is ready, and what the last reload came to.

use std::sync::atomic::AtomicU64;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// What a reload came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reload {
    /// The new configuration is in force.
    TakenUp,
    /// It is not right, and the old one stays.
    Refused,
}

impl Reload {
    fn name(self) -> &'static str {
        match self {
            Self::TakenUp => "taken-up",
            Self::Refused => "refused",
        }
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// How the relay itself stands.
#[derive(Debug)]
pub(crate) struct Standing {
    ready: Gauge,
    sends_under_way: Gauge,
    reloads: Family<Outcome, Counter>,
    configuration_refused: Gauge,
    configuration_since: Gauge<f64, AtomicU64>,
}

impl Standing {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let standing = Self {
            ready: Gauge::default(),
            sends_under_way: Gauge::default(),
            reloads: Family::default(),
            configuration_refused: Gauge::default(),
            configuration_since: Gauge::default(),
        };
        for reload in [Reload::TakenUp, Reload::Refused] {
            drop(standing.reloads.get_or_create(&Outcome { outcome: reload.name() }));
        }
        let started = Gauge::<f64, AtomicU64>::default();
        started.set(now());
        standing.configuration_since.set(now());
        registry.register("build", "Which release runs", Info::new(vec![("version", crate::VERSION)]));
        registry.register("start_time_seconds", "When the relay was started, in seconds since 1970", started);
        registry.register("ready", "1 while /readyz answers 200", standing.ready.clone());
        registry.register(
            "sends_under_way",
            "Todos that are being sent, or whose result waits for the store",
            standing.sends_under_way.clone(),
        );
        registry.register("reloads", "Reloads of the configuration", standing.reloads.clone());
        registry.register(
            "configuration_refused",
            "1 while the file of the last reload is not right, so that an older configuration is in force",
            standing.configuration_refused.clone(),
        );
        registry.register(
            "configuration_taken_up_time_seconds",
            "Since when the configuration is in force, in seconds since 1970",
            standing.configuration_since.clone(),
        );
        standing
    }

    /// Whether pages are to be sent here, and how many sends are under way.
    pub(crate) fn now(&self, ready: bool, sends_under_way: usize) {
        self.ready.set(i64::from(ready));
        self.sends_under_way.set(i64::try_from(sends_under_way).unwrap_or(i64::MAX));
    }

    /// The configuration was read anew.
    pub(crate) fn reloaded(&self, reload: Reload) {
        self.reloads.get_or_create(&Outcome { outcome: reload.name() }).inc();
        self.configuration_refused.set(i64::from(reload == Reload::Refused));
        if reload == Reload::TakenUp {
            self.configuration_since.set(now());
        }
    }
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
