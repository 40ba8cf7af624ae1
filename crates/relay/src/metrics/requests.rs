//! What pages ask: how often, with what answer, and how long it took.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// From a file of the widget to a todo that BzCtrl takes as long for as it may.
const SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 45.0];

/// No tenant's: no tenant can have this name.
const NOBODY: &str = "-";

/// Neither a route nor a method of the relay's.
pub(crate) const OTHER: &str = "other";

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    /// The route's pattern in the router.
    pub(crate) route: String,
    pub(crate) method: &'static str,
    /// The tenant's name in the configuration, if it is known whose page asks.
    pub(crate) tenant: Option<String>,
    pub(crate) status: u16,
    /// The problem's code; none of a good answer.
    pub(crate) code: Option<&'static str>,
    pub(crate) took: Duration,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answer {
    route: String,
    method: &'static str,
    tenant: String,
    status: u16,
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Asked {
    route: String,
    method: &'static str,
    tenant: String,
}

type Durations = Family<Asked, Histogram, fn() -> Histogram>;

/// What pages ask.
#[derive(Clone, Debug)]
pub(crate) struct Requests {
    answered: Family<Answer, Counter>,
    durations: Durations,
    under_way: Gauge,
}

impl Requests {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let durations = Durations::new_with_constructor(|| Histogram::new(SECONDS));
        let requests = Self { answered: Family::default(), durations, under_way: Gauge::default() };
        registry.register("requests", "Requests of pages, by their answer", requests.answered.clone());
        registry.register("request_duration_seconds", "From a request to its answer", requests.durations.clone());
        registry.register("requests_under_way", "Requests that are not answered yet", requests.under_way.clone());
        requests
    }

    /// A request has come.
    pub(crate) fn begin(&self) {
        self.under_way.inc();
    }

    /// It has its answer, or nobody waits for one any more.
    pub(crate) fn end(&self, answered: Answered) {
        let Answered { route, method, tenant, status, code, took } = answered;
        let tenant = tenant.unwrap_or_else(|| NOBODY.to_owned());
        self.under_way.dec();
        let asked = Asked { route: route.clone(), method, tenant: tenant.clone() };
        self.durations.get_or_create(&asked).observe(took.as_secs_f64());
        let answer = Answer { route, method, tenant, status, code: code.unwrap_or("ok") };
        self.answered.get_or_create(&answer).inc();
    }

    /// What came was no request that could be read, and was answered.
    pub(crate) fn was_unreadable(&self, status: u16, code: &'static str) {
        let (route, tenant) = (OTHER.to_owned(), NOBODY.to_owned());
        self.answered.get_or_create(&Answer { route, method: OTHER, tenant, status, code }).inc();
    }
}

impl Default for Requests {
    fn default() -> Self {
        Self::register(&mut Registry::default())
    }
}
