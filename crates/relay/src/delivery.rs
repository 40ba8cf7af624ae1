//! One send under one claim, detached from whoever asked for it: a closed tab cannot cut it in half. What BzCtrl said is
//! in the store before anybody hears it.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio_util::task::TaskTracker;

use crate::store::{Claim, Claimed, Fate, Store, StoreError, Word};
use crate::upstream::{NotSent, Sent};

/// Claims keys, and sends.
#[derive(Debug)]
pub(crate) struct Delivery {
    store: Arc<dyn Store>,
    running: TaskTracker,
}

/// What came of a delivery.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// It was sent: this is the key's fate now.
    Sent(Fate),
    /// Nothing was sent; the key may be claimed again.
    NotSent(NotSent),
    /// The claim was refused, so nothing was sent.
    Refused(Claimed),
}

impl Delivery {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, running: TaskTracker::new() }
    }

    /// Claims the key; then, and only then, sends. It runs to its end although nobody waits for it.
    ///
    /// # Errors
    /// The store has not answered the claim: nothing is sent.
    pub(crate) async fn deliver(
        self: &Arc<Self>,
        claim: Claim,
        send: impl Future<Output = Sent> + Send + 'static,
    ) -> Result<Delivered, StoreError> {
        let delivery = Arc::clone(self);
        let task = self.running.spawn(async move { delivery.run(claim, send).await });
        // The task catches the send's panics, so this is the store's.
        task.await.unwrap_or_else(|error| Err(StoreError::new(error.to_string())))
    }

    async fn run(
        self: Arc<Self>,
        claim: Claim,
        send: impl Future<Output = Sent> + Send,
    ) -> Result<Delivered, StoreError> {
        match self.store.claim(&claim).await {
            Ok(Claimed::Yes) => {}
            Ok(refused) => return Ok(Delivered::Refused(refused)),
            Err(error) => {
                // It may have been committed all the same.
                self.keep_saying(claim, Word::NotSent);
                return Err(error);
            }
        }
        let sent = AssertUnwindSafe(send).catch_unwind().await.unwrap_or(Sent::Unknown);
        let word = match &sent {
            Sent::Created(created) => Word::Created(created.clone()),
            Sent::Rejected(said) => Word::Rejected(said.clone()),
            Sent::Unknown => Word::Unknown,
            Sent::Not(_) => Word::NotSent,
        };
        let fate = match self.store.conclude(&claim, &word).await {
            Ok(fate) => fate,
            Err(error) => {
                tracing::error!(key = claim.key.as_str(), %error, "a result cannot be stored; it is tried again until it can");
                self.keep_saying(claim, word.clone());
                Fate::from(&word)
            }
        };
        Ok(match (fate, sent) {
            (Fate::Free, Sent::Not(why)) => Delivered::NotSent(why),
            (fate, _) => Delivered::Sent(fate),
        })
    }

    /// Says a word on a claim until the store has heard it.
    fn keep_saying(self: &Arc<Self>, claim: Claim, word: Word) {
        let delivery = Arc::clone(self);
        self.running.spawn(async move {
            let mut pause = Duration::from_millis(100);
            loop {
                tokio::time::sleep(pause).await;
                match delivery.store.conclude(&claim, &word).await {
                    Ok(_) => return,
                    Err(error) => tracing::error!(key = claim.key.as_str(), %error, "a result is still not stored"),
                }
                pause = (pause * 2).min(Duration::from_secs(10));
            }
        });
    }

    /// Waits until nothing is being sent any more.
    pub(crate) async fn drain(&self) {
        self.running.close();
        self.running.wait().await;
    }
}

#[cfg(test)]
mod tests;
