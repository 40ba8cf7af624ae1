//! Group commit: everything that waits for a write at the same moment shares one transaction, and so one sync of the disk.
//!
//! One thread has the connection that writes. It takes what has come while the last commit was on its way, and waits for nothing
//! else, so that a write that comes alone is as fast as ever. Each write is a savepoint: one that fails takes no other with it.
//! Whoever has asked hears of it when the commit is on the disk, and not before.
//!
//! A claim waits for the witness too, on a thread of its own ([`Raising`]): meanwhile the next ones are committed.
//!
//! Nobody waits longer than [`PATIENCE`], whatever holds the disk or the file. A write that is given up by then, and has not begun,
//! is never done; one that was under way may be committed all the same, and whoever has asked has to reckon with that.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::checkpoints::Checkpoints;
use super::doubt::{self, Doubt};
use super::now;
use super::raising::Raising;
use super::write::{Asked, Write};
use crate::fail_point::{self, FailPoint};
use crate::store::StoreError;
use crate::store::lock::Lock;
use crate::store::witness::Witness;

/// How long anybody waits for a write.
pub(super) const PATIENCE: Duration = Duration::from_millis(2500);
/// How long the end waits for whoever reads the log.
const LAST_WAIT: Duration = Duration::from_millis(500);
/// So many writes wait at a time at the most; there are no more connections. Who comes then is told at once.
const MOST_WAITING: usize = 1024;
/// So many share a commit: the first of them waits for the last.
const MOST_TOGETHER: usize = 128;

/// Who hands writes in.
#[derive(Debug)]
pub(super) struct Writer {
    /// None only while it ends.
    queue: Option<mpsc::Sender<Box<dyn Write>>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread has that writes.
struct Store {
    connection: Connection,
    lock: Lock,
    /// How many claims there were.
    claims: i64,
    doubt: Arc<Doubt>,
}

impl Writer {
    /// Takes the connection that writes, the lock on its file, and the witness with so many claims.
    pub(super) fn start(
        connection: Connection,
        lock: Lock,
        witness: Witness,
        claims: i64,
        doubt: Arc<Doubt>,
    ) -> Result<Self, String> {
        let witness = Arc::new(witness);
        let checkpoints = Checkpoints::start(&connection, lock.path(), Arc::clone(&witness))?;
        let raising = Raising::start(Arc::clone(&witness))?;
        let (queue, waiting) = mpsc::channel(MOST_WAITING);
        let thread = std::thread::Builder::new().name("store".to_owned());
        let store = Store { connection, lock, claims, doubt };
        let thread = thread.spawn(move || run(store, checkpoints, raising, &witness, waiting));
        Ok(Self { queue: Some(queue), thread: Some(thread.map_err(|error| error.to_string())?) })
    }

    /// Does this in a transaction, and answers when that is committed.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(work, false).await
    }

    /// Does this in a transaction, and answers when that is committed and the witness raised: now something may be sent.
    pub(super) async fn claim<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(work, true).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        is_claim: bool,
    ) -> Result<T, StoreError> {
        let (caller, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(|| StoreError::undone("the store is closed"))?;
        queue
            .try_send(Box::new(Asked::new(work, is_claim, caller)))
            .map_err(|_| StoreError::undone("too many wait for the store"))?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(StoreError::unheard("the store is closed")),
            Err(_) => Err(StoreError::unheard(format!("the store has not answered within {PATIENCE:?}"))),
        }
    }
}

/// What was handed in is done before the file is closed, and its lock given back after that.
impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // It has said itself what went wrong.
            let _ = thread.join();
        }
    }
}

fn run(
    mut store: Store,
    mut checkpoints: Checkpoints,
    raising: Raising,
    witness: &Witness,
    mut waiting: mpsc::Receiver<Box<dyn Write>>,
) {
    let mut together = Vec::new();
    while waiting.blocking_recv_many(&mut together, MOST_TOGETHER) > 0 {
        let committed = store.commit(&mut together);
        checkpoints.wrote(together.len());
        let (claims, others): (Vec<_>, Vec<_>) = together.drain(..).partition(|write| write.is_claim());
        for write in others {
            write.answer(&committed);
        }
        raising.raise(claims, store.claims, &committed);
    }
    drop(raising);
    // The connection that writes is the last one, and leaves no log behind.
    drop(checkpoints);
    witness.stamp();
    store.empty_log();
    if store.connection.close().is_ok() {
        witness.close(store.lock.path(), store.lock.file());
    }
    drop(store.lock);
}

impl Store {
    /// Somebody who has the database open still has nothing to move out of the log then, when nobody stamps the witness any more.
    fn empty_log(&self) {
        let _ = self.connection.busy_timeout(LAST_WAIT);
        let _ = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }

    /// One transaction of all these.
    fn commit(&mut self, together: &mut Vec<Box<dyn Write>>) -> Result<(), StoreError> {
        self.lock.still_of_file().map_err(StoreError::undone)?;
        let mut transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // The file may have been another program's for a while.
        together.retain(|write| write.is_awaited());
        let mut claims = self.claims;
        let mut given_up = None;
        if together.iter().any(|write| write.is_claim()) {
            given_up = doubt::raise(&transaction, &mut claims, now())?;
        }
        for write in together.iter_mut() {
            let savepoint = transaction.savepoint()?;
            if write.run(&savepoint) {
                savepoint.commit()?;
            } else {
                savepoint.finish()?;
            }
            // On some errors, a full disk among them, SQLite itself ends the whole transaction.
            if transaction.is_autocommit() {
                return Err(StoreError::undone("the store cannot be written to"));
            }
        }
        transaction.commit().map_err(|error| StoreError::unheard(error.to_string()))?;
        if claims != self.claims {
            fail_point::reach(FailPoint::ClaimAfterCommit);
        }
        self.claims = claims;
        if let Some(given_up) = given_up {
            self.doubt.note("it was put back while the relay ran".to_owned(), given_up);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
