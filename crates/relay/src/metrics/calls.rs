//! What the relay asks of others, and how the account at BzCtrl stands.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Up to the longest that an answer is waited for.
const SECONDS: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];

/// What is asked.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// BzCtrl's, for a token.
    Token,
    /// BzCtrl's, for a todo.
    AddTask,
    /// A host's, for its public keys.
    Jwks,
}

impl EncodeLabelValue for Endpoint {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        let name = match self {
            Self::Token => "token",
            Self::AddTask => "add-task",
            Self::Jwks => "jwks",
        };
        EncodeLabelValue::encode(&name, encoder)
    }
}

/// All that can come of a request. Each is there from the start: what is counted for the first time is an increase, too.
const OUTCOMES: [(Endpoint, &[&str]); 3] = [
    (Endpoint::Token, &["given", "refused", "unavailable"]),
    (Endpoint::AddTask, &["created", "rejected", "unknown", "not-sent", "token-refused"]),
    (Endpoint::Jwks, &["fetched", "failed"]),
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Call {
    endpoint: Endpoint,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Asked {
    endpoint: Endpoint,
}

type Durations = Family<Asked, Histogram, fn() -> Histogram>;

/// What the relay asks of others.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    answered: Family<Call, Counter>,
    durations: Durations,
    token_age: Gauge<f64, AtomicU64>,
    token_remaining: Gauge<f64, AtomicU64>,
    account_refused: Gauge,
}

impl Calls {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let durations = Durations::new_with_constructor(|| Histogram::new(SECONDS));
        let calls = Self {
            answered: Family::default(),
            durations,
            token_age: Gauge::default(),
            token_remaining: Gauge::default(),
            account_refused: Gauge::default(),
        };
        for (endpoint, outcomes) in OUTCOMES {
            for outcome in outcomes {
                drop(calls.answered.get_or_create(&Call { endpoint, outcome }));
            }
        }
        registry.register(
            "upstream_requests",
            "Requests to BzCtrl and to hosts' keys, by what came of them",
            calls.answered.clone(),
        );
        registry.register(
            "upstream_request_duration_seconds",
            "From a request to BzCtrl or to a host's keys to its answer",
            calls.durations.clone(),
        );
        registry.register(
            "upstream_token_age_seconds",
            "How old BzCtrl's token is; NaN: there is none",
            calls.token_age.clone(),
        );
        registry.register(
            "upstream_token_remaining_seconds",
            "How long BzCtrl's token is still good for; NaN: there is none",
            calls.token_remaining.clone(),
        );
        registry.register(
            "upstream_account_refused",
            "1 while BzCtrl refuses the relay's account",
            calls.account_refused.clone(),
        );
        calls
    }

    /// A request has ended. What came of it is one of a few words of ours.
    pub(crate) fn answered(&self, endpoint: Endpoint, outcome: &'static str, took: Duration) {
        self.durations.get_or_create(&Asked { endpoint }).observe(took.as_secs_f64());
        self.answered.get_or_create(&Call { endpoint, outcome }).inc();
    }

    /// How the account stands: age and rest of its token, if there is one, and whether BzCtrl refuses it.
    pub(crate) fn account(&self, token: Option<(Duration, Duration)>, refused: bool) {
        let (age, remaining) =
            token.map_or((f64::NAN, f64::NAN), |(age, rest)| (age.as_secs_f64(), rest.as_secs_f64()));
        self.token_age.set(age);
        self.token_remaining.set(remaining);
        self.account_refused.set(i64::from(refused));
    }
}

impl Default for Calls {
    fn default() -> Self {
        Self::register(&mut Registry::default())
    }
}
