//! A host's keys, fetched from one fixed address: kept for a while, fetched anew when one is asked for that is not among
//! them, and used for a bounded time when they can be fetched no more. It knows nothing of assertions.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::Instrument;
use url::Url;

use crate::http_client::{Outbound, body, chain};
use crate::metrics::Calls;
use crate::verification_keys::VerificationKeys;

/// How long keys are kept, and how often they are asked for.
#[derive(Clone, Copy, Debug)]
struct Timing {
    /// After so long they are fetched anew, while the old ones serve.
    fresh: Duration,
    /// After so long whoever asks waits for that: a host that answers, and has withdrawn a key, is heard by then.
    current: Duration,
    /// After so long they serve no more, although they cannot be fetched.
    usable: Duration,
    /// For a key that is not among them, not more often than this.
    between: Duration,
    /// After a failure, first this long, then twice as long each time, up to `longest_pause`.
    pause: Duration,
    longest_pause: Duration,
    /// The longest that an answer may take.
    answer: Duration,
}

const TIMING: Timing = Timing {
    fresh: Duration::from_secs(5 * 60),
    current: Duration::from_secs(10 * 60),
    usable: Duration::from_secs(6 * 60 * 60),
    between: Duration::from_secs(10),
    pause: Duration::from_secs(1),
    longest_pause: Duration::from_secs(60),
    answer: LONGEST_ANSWER,
};
/// How long a host may take to answer with its keys.
pub(crate) const LONGEST_ANSWER: Duration = Duration::from_secs(5);
const LARGEST: usize = 256 * 1024;

/// The keys at one address.
#[derive(Clone, Debug)]
pub(super) struct Jwks(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    url: Url,
    timing: Timing,
    calls: Calls,
    held: Mutex<Held>,
    /// One fetch at a time.
    flight: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Held {
    keys: Option<(VerificationKeys, Instant)>,
    failures: u32,
    not_before: Option<Instant>,
}

impl Jwks {
    pub(super) fn new(url: Url, outbound: &Outbound) -> Result<Self, reqwest::Error> {
        Self::with(url, outbound, TIMING)
    }

    fn with(url: Url, outbound: &Outbound, timing: Timing) -> Result<Self, reqwest::Error> {
        let http = outbound.client(url.scheme() == "https")?;
        let calls = outbound.calls.clone();
        let (held, flight) = (Mutex::default(), tokio::sync::Mutex::default());
        Ok(Self(Arc::new(Inner { http, url, timing, calls, held, flight })))
    }

    /// Whether they are those of this address.
    pub(super) fn is_at(&self, url: &Url) -> bool {
        self.0.url == *url
    }

    /// The keys, fetched if none that is wanted is among them; none if they cannot be had.
    pub(super) async fn keys(&self, wanted: impl Fn(&VerificationKeys) -> bool) -> Option<VerificationKeys> {
        match self.usable() {
            Some((keys, age)) if wanted(&keys) && age <= self.0.timing.current => {
                if age > self.0.timing.fresh {
                    // Whoever asks does not wait for a slow host: the keys that are there still serve.
                    let jwks = self.clone();
                    tokio::spawn(async move { jwks.fetch().await }.in_current_span());
                }
                Some(keys)
            }
            _ => {
                // A task of its own: it ends although who waits for it goes away.
                let jwks = self.clone();
                let _ = tokio::spawn(async move { jwks.fetch().await }.in_current_span()).await;
                self.usable().map(|(keys, _)| keys)
            }
        }
    }

    fn usable(&self) -> Option<(VerificationKeys, Duration)> {
        let held = self.held();
        let (keys, fetched) = held.keys.as_ref()?;
        let age = fetched.elapsed();
        (age <= self.0.timing.usable).then(|| (keys.clone(), age))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self) {
        let _flight = self.0.flight.lock().await;
        // Whoever has waited for another's fetch has its result.
        if self.held().not_before.is_some_and(|at| Instant::now() < at) {
            return;
        }
        let began = Instant::now();
        let fetched = self.ask().await;
        let outcome = if fetched.is_ok() { "fetched" } else { "failed" };
        self.0.calls.keys_answered(outcome, began.elapsed());
        let timing = self.0.timing;
        let mut held = self.held();
        let now = Instant::now();
        match fetched {
            Ok(keys) => {
                *held = Held { keys: Some((keys, now)), failures: 0, not_before: Some(now + timing.between) };
            }
            Err(error) => {
                let pause = timing.pause.saturating_mul(1 << held.failures.min(16)).min(timing.longest_pause);
                held.failures += 1;
                held.not_before = Some(now + pause);
                tracing::warn!(url = %self.0.url, error, "the host's keys cannot be fetched");
            }
        }
    }

    async fn ask(&self) -> Result<VerificationKeys, String> {
        let mut answer =
            self.0.http.get(self.0.url.clone()).timeout(self.0.timing.answer).send().await.map_err(chain)?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(format!("answered {}", answer.status().as_u16()));
        }
        let body = body(&mut answer, LARGEST).await.map_err(chain)?.ok_or("the answer is too large")?;
        VerificationKeys::from_jwks(std::str::from_utf8(&body).map_err(|_| "the answer is no UTF-8")?)
    }
}

#[cfg(test)]
mod tests;
