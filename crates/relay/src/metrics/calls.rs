//! What the relay asks of others, and how the account at BzCtrl stands.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
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

/// Of what no account is asked: no account can have this name.
const NONE: &str = "-";

/// All that can come of a request. Each is there from the start: what is counted for the first time is an increase, too.
const OUTCOMES: [(Endpoint, &[&str]); 3] = [
    (Endpoint::Token, &["given", "refused", "unavailable"]),
    (Endpoint::AddTask, &["created", "rejected", "unknown", "not-sent", "token-refused"]),
    (Endpoint::Jwks, &["fetched", "failed"]),
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Call {
    account: String,
    endpoint: Endpoint,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Asked {
    account: String,
    endpoint: Endpoint,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Account {
    account: String,
}

type Durations = Family<Asked, Histogram, fn() -> Histogram>;
type Seconds = Family<Account, Gauge<f64, AtomicU64>>;

/// What the relay asks of others.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    answered: Family<Call, Counter>,
    durations: Durations,
    token_age: Seconds,
    token_remaining: Seconds,
    account_refused: Family<Account, Gauge>,
    held_back: Family<Account, Gauge>,
    /// Those of whom it is said how they stand.
    accounts: Arc<Mutex<Vec<Account>>>,
}

/// What it asks as one account at BzCtrl.
#[derive(Clone, Debug)]
pub(crate) struct AccountCalls {
    calls: Calls,
    account: String,
}

/// How an account stands.
#[derive(Clone, Debug)]
pub(crate) struct AccountStanding {
    /// What it is called.
    pub(crate) account: String,
    /// How old its token is, and how long it is still good for, if there is one.
    pub(crate) token: Option<(Duration, Duration)>,
    /// Whether BzCtrl refuses it.
    pub(crate) refused: bool,
    /// Whether its todos are held back, since BzCtrl has not answered.
    pub(crate) held_back: bool,
}

impl Calls {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let durations = Durations::new_with_constructor(|| Histogram::new(SECONDS));
        let calls = Self {
            answered: Family::default(),
            durations,
            token_age: Family::default(),
            token_remaining: Family::default(),
            account_refused: Family::default(),
            held_back: Family::default(),
            accounts: Arc::default(),
        };
        calls.begin(NONE, |endpoint| endpoint == Endpoint::Jwks);
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
            "How old an account's token is; NaN: there is none",
            calls.token_age.clone(),
        );
        registry.register(
            "upstream_token_remaining_seconds",
            "How long an account's token is still good for; NaN: there is none",
            calls.token_remaining.clone(),
        );
        registry.register(
            "upstream_account_refused",
            "1 while BzCtrl refuses the account",
            calls.account_refused.clone(),
        );
        registry.register(
            "upstream_held_back",
            "1 while todos of the account are held back, since BzCtrl does not answer",
            calls.held_back.clone(),
        );
        calls
    }

    fn begin(&self, account: &str, is_asked: impl Fn(Endpoint) -> bool) {
        for (endpoint, outcomes) in OUTCOMES.into_iter().filter(|(endpoint, _)| is_asked(*endpoint)) {
            for outcome in outcomes {
                let account = account.to_owned();
                drop(self.answered.get_or_create(&Call { account, endpoint, outcome }));
            }
        }
    }

    /// What is asked as an account of the configuration: it is there from the beginning.
    pub(crate) fn of(&self, account: &str) -> AccountCalls {
        self.begin(account, |endpoint| endpoint != Endpoint::Jwks);
        AccountCalls { calls: self.clone(), account: account.to_owned() }
    }

    /// A request for a host's keys has ended. What came of it is one of a few words of ours.
    pub(crate) fn keys_answered(&self, outcome: &'static str, took: Duration) {
        self.answered(NONE, Endpoint::Jwks, outcome, took);
    }

    fn answered(&self, account: &str, endpoint: Endpoint, outcome: &'static str, took: Duration) {
        let account = account.to_owned();
        self.durations.get_or_create(&Asked { account: account.clone(), endpoint }).observe(took.as_secs_f64());
        self.answered.get_or_create(&Call { account, endpoint, outcome }).inc();
    }

    /// How the accounts stand. Of one that is no more nothing is said any longer.
    pub(crate) fn accounts(&self, standings: Vec<AccountStanding>) {
        let mut now = Vec::new();
        for AccountStanding { account, token, refused, held_back } in standings {
            let (age, remaining) =
                token.map_or((f64::NAN, f64::NAN), |(age, rest)| (age.as_secs_f64(), rest.as_secs_f64()));
            let account = Account { account };
            self.token_age.get_or_create(&account).set(age);
            self.token_remaining.get_or_create(&account).set(remaining);
            self.account_refused.get_or_create(&account).set(i64::from(refused));
            self.held_back.get_or_create(&account).set(i64::from(held_back));
            now.push(account);
        }
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        for gone in accounts.iter().filter(|account| !now.contains(account)) {
            self.token_age.remove(gone);
            self.token_remaining.remove(gone);
            self.account_refused.remove(gone);
            self.held_back.remove(gone);
        }
        *accounts = now;
    }
}

impl AccountCalls {
    /// A request has ended. What came of it is one of a few words of ours.
    pub(crate) fn answered(&self, endpoint: Endpoint, outcome: &'static str, took: Duration) {
        self.calls.answered(&self.account, endpoint, outcome, took);
    }
}

impl Default for Calls {
    fn default() -> Self {
        Self::register(&mut Registry::default())
    }
}
