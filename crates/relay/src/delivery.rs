//! One send under one claim, detached from whoever asked for it: a closed tab cannot cut it in half. What BzCtrl said is
//! in the store before anybody hears it.

use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::fail_point::{self, FailPoint};
use crate::metrics::Rows;
use crate::request_context::{self, request_span};
use crate::store::{Claim, Claimed, KeyLookup, KeyState, Report, Store, StoreError};
use crate::telemetry::Seldom;
use crate::upstream::{NotSent, Sent};

/// Claims keys, and sends.
#[derive(Debug)]
pub(crate) struct Delivery {
    store: Arc<dyn Store>,
    /// Of each environment: there are as many as the settings have named.
    places: Mutex<HashMap<String, Arc<Semaphore>>>,
    /// That there is no place.
    warned: Seldom,
    running: TaskTracker,
    rows: Rows,
    /// How many reports the store has not taken before the end.
    lost: AtomicUsize,
}

/// At the end a report is tried for so long still: a file that was moved away may be put back meanwhile.
const LAST_TRIES: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Nothing lies between a claim and its send. Where so much time does, the relay stood still: others may have given the claim up since,
/// and an operator may have said what became of it.
const STOOD_STILL: Duration = Duration::from_secs(5);
/// When a page tries again that was told so.
const AGAIN: u64 = 1;

/// So many todos are on their way to an environment at a time: a BzCtrl that does not answer holds no more, though those who asked
/// have gone, and takes no place of another's.
pub(crate) const MOST_UNDER_WAY: usize = 256;

/// What came of a delivery.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// It was sent: this is the key's state now.
    Sent(KeyState),
    /// Nothing was sent; the key may be claimed again.
    NotSent(NotSent),
    /// Nothing was sent, for this is how the key stands.
    Barred(KeyLookup),
    /// Nothing was sent, for this is how the key stands that was to be replaced.
    NotReplaced(KeyLookup),
    /// Nothing was sent, nor claimed: too many are on their way.
    NoPlace,
}

impl Delivery {
    pub(crate) fn new(store: Arc<dyn Store>, rows: Rows) -> Self {
        Self {
            store,
            places: Mutex::default(),
            warned: Seldom::default(),
            running: TaskTracker::new(),
            rows,
            lost: AtomicUsize::new(0),
        }
    }

    /// Gets at hand what the send needs; then claims the key; then, and only then, sends. It runs to its end although nobody waits
    /// for it. Where it is killed before the claim, nothing was sent, and nobody has to doubt that.
    ///
    /// # Errors
    /// The store has not answered the claim: nothing is sent.
    pub(crate) async fn deliver<S>(
        self: &Arc<Self>,
        claim: Claim,
        prepare: impl Future<Output = Result<S, NotSent>> + Send + 'static,
    ) -> Result<Delivered, StoreError>
    where
        S: Future<Output = Sent> + Send + 'static,
    {
        let Some(place) = self.place(&claim.environment) else {
            if self.warned.may_warn() {
                tracing::warn!(environment = claim.environment, "too many todos are on their way to BzCtrl");
            }
            return Ok(Delivered::NoPlace);
        };
        let delivery = Arc::clone(self);
        // Its lines have the name of the request, although the client may be gone by then.
        let context = request_context::current();
        let (key, tenant) = (claim.key.as_str(), &*claim.owner.tenant);
        let span = request_span!("delivery", context.as_deref(), tenant, key);
        let task = self.running.spawn(async move {
            let _place = place;
            let run = delivery.run(claim, prepare);
            match context {
                Some(context) => context.within(span, run).await,
                None => run.instrument(span).await,
            }
        });
        // The task catches the send's panics, so this is the store's.
        task.await.unwrap_or_else(|error| Err(StoreError::unheard(error.to_string())))
    }

    fn place(&self, environment: &str) -> Option<OwnedSemaphorePermit> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let all = || Arc::new(Semaphore::new(MOST_UNDER_WAY));
        let of_environment = places.entry(environment.to_owned()).or_insert_with(all);
        Arc::clone(of_environment).try_acquire_owned().ok()
    }

    async fn run<S: Future<Output = Sent> + Send>(
        self: Arc<Self>,
        claim: Claim,
        prepare: impl Future<Output = Result<S, NotSent>> + Send,
    ) -> Result<Delivered, StoreError> {
        let send = match prepare.await {
            Ok(send) => send,
            Err(why) => return Ok(Delivered::NotSent(why)),
        };
        match self.store.claim(&claim).await {
            Ok(Claimed::Yes) => {}
            Ok(Claimed::No(found)) => return Ok(Delivered::Barred(found)),
            Ok(Claimed::NotReplaced(found)) => return Ok(Delivered::NotReplaced(found)),
            // Nothing was claimed, so there is nothing to report.
            Err(error) if error.is_undone() => return Err(error),
            Err(error) => {
                tracing::error!(%error, "a claim was not answered; its key is freed as soon as the store answers");
                self.keep_reporting(claim, Report::NotSent);
                return Err(error);
            }
        }
        let claimed = Instant::now();
        fail_point::reach(FailPoint::BeforeFirstByte);
        let sent = if claimed.elapsed() > STOOD_STILL {
            tracing::error!("nothing is sent, since the relay stood still after it had claimed the key");
            Sent::Not(NotSent::Unavailable { retry_after: AGAIN })
        } else {
            AssertUnwindSafe(send).catch_unwind().await.unwrap_or(Sent::Unknown)
        };
        fail_point::reach(FailPoint::UpstreamAnswered);
        let report = match &sent {
            Sent::Created(created) => Report::Created(created.clone()),
            Sent::Rejected(said) => Report::Rejected(said.clone()),
            Sent::Unknown => Report::Unknown,
            Sent::Not(_) => Report::NotSent,
        };
        let state = match self.store.conclude(&claim, &report).await {
            Ok(state) => {
                fail_point::reach(FailPoint::ResultAfterCommit);
                state
            }
            Err(error) => {
                tracing::error!(%error, "a result cannot be stored; it is tried again until it can");
                self.keep_reporting(claim, report.clone());
                KeyState::from(&report)
            }
        };
        tracing::info!(outcome = state.name(), "delivered");
        Ok(match (state, sent) {
            (KeyState::Free, Sent::Not(why)) => Delivered::NotSent(why),
            (state, _) => Delivered::Sent(state),
        })
    }

    /// Makes a report on a claim until the store has taken it.
    fn keep_reporting(self: &Arc<Self>, claim: Claim, report: Report) {
        let delivery = Arc::clone(self);
        let waits = self.rows.not_stored();
        let saying = async move {
            let _waits = waits;
            let mut pause = Duration::from_millis(100);
            let mut ending = None;
            loop {
                tokio::time::sleep(pause).await;
                let Err(error) = delivery.store.conclude(&claim, &report).await else {
                    tracing::info!("what could not be stored is stored now");
                    return;
                };
                if delivery.running.is_closed() && ending.get_or_insert_with(Instant::now).elapsed() >= LAST_TRIES {
                    tracing::error!(%error, "a result is lost with the end; it is unknown at the next start");
                    delivery.lost.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        };
        self.running.spawn(saying.in_current_span());
    }

    /// How many sends are under way, or have a result that the store has not taken yet.
    pub(crate) fn under_way(&self) -> usize {
        self.running.len()
    }

    /// Waits until nothing is being sent any more. Whether the store has taken everything.
    pub(crate) async fn drain(&self) -> bool {
        self.running.close();
        self.running.wait().await;
        self.lost.load(Ordering::Relaxed) == 0
    }
}

#[cfg(test)]
mod tests;
