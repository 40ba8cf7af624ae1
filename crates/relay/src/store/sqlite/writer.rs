//! Group commit: everything that waits for a write at the same moment shares one transaction, and so one sync of the disk.
//!
//! One thread has the connection that writes. It takes what has come while the last commit was on its way, and waits for nothing
//! else, so that a write that comes alone is as fast as ever. Each write is a savepoint: one that fails takes no other with it.
//! Whoever has asked hears of it when the commit is on the disk, and not before.
//!
//! Nobody waits longer than [`PATIENCE`], whatever holds the disk or the file. A write that is given up by then, and has not begun,
//! is never done; one that was under way may be committed all the same, and whoever has asked has to reckon with that.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::checkpoints::Checkpoints;
use crate::store::StoreError;
use crate::store::lock::Lock;

/// How long anybody waits for a write.
pub(super) const PATIENCE: Duration = Duration::from_millis(2500);
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

impl Writer {
    /// Takes the connection that writes, and the lock on its file.
    pub(super) fn start(connection: Connection, lock: Lock) -> Result<Self, String> {
        let checkpoints = Checkpoints::start(&connection, lock.path())?;
        let (queue, waiting) = mpsc::channel(MOST_WAITING);
        let thread = std::thread::Builder::new().name("store".to_owned());
        let thread = thread.spawn(|| run(connection, checkpoints, lock, waiting)).map_err(|error| error.to_string())?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Does this in a transaction, and answers when that is committed.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (caller, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(|| StoreError::new("the store is closed"))?;
        queue
            .try_send(Box::new(Asked { work: Some(work), result: None, caller }))
            .map_err(|_| StoreError::new("too many wait for the store"))?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(StoreError::new("the store is closed")),
            Err(_) => Err(StoreError::new(format!("the store has not answered within {PATIENCE:?}"))),
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
    mut connection: Connection,
    mut checkpoints: Checkpoints,
    lock: Lock,
    mut waiting: mpsc::Receiver<Box<dyn Write>>,
) {
    let mut together = Vec::new();
    while waiting.blocking_recv_many(&mut together, MOST_TOGETHER) > 0 {
        let committed = commit(&mut connection, &lock, &mut together);
        checkpoints.wrote(together.len());
        for write in together.drain(..) {
            write.answer(&committed);
        }
    }
    // The connection that writes is the last one, and leaves no log behind.
    drop(checkpoints);
    drop(connection);
    drop(lock);
}

/// One transaction of all these.
fn commit(connection: &mut Connection, lock: &Lock, together: &mut Vec<Box<dyn Write>>) -> Result<(), StoreError> {
    lock.still_of_file().map_err(StoreError::new)?;
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // The file may have been another program's for a while.
    together.retain(|write| write.is_awaited());
    for write in together.iter_mut() {
        let savepoint = transaction.savepoint()?;
        if write.run(&savepoint) {
            savepoint.commit()?;
        } else {
            savepoint.finish()?;
        }
        // On some errors, a full disk among them, SQLite itself ends the whole transaction.
        if transaction.is_autocommit() {
            return Err(StoreError::new("the store cannot be written to"));
        }
    }
    Ok(transaction.commit()?)
}

/// A write, whatever it answers.
trait Write: Send {
    /// Whether somebody waits for it still.
    fn is_awaited(&self) -> bool;

    /// Does it. False: it is to be undone.
    fn run(&mut self, connection: &Connection) -> bool;

    /// Tells whoever waits.
    fn answer(self: Box<Self>, committed: &Result<(), StoreError>);
}

struct Asked<T, W> {
    work: Option<W>,
    result: Option<Result<T, StoreError>>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, W: FnOnce(&Connection) -> rusqlite::Result<T> + Send> Write for Asked<T, W> {
    fn is_awaited(&self) -> bool {
        !self.caller.is_closed()
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let Some(work) = self.work.take() else { return false };
        // A fault in one must not end the thread that does all of them.
        let done = catch_unwind(AssertUnwindSafe(|| work(connection)));
        let result = match done {
            Ok(result) => result.map_err(StoreError::from),
            Err(_) => Err(StoreError::new("a fault of the relay")),
        };
        self.result.insert(result).is_ok()
    }

    fn answer(self: Box<Self>, committed: &Result<(), StoreError>) {
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(StoreError::new("it was not done")),
            (Err(error), _) => Err(error.clone()),
        };
        // Whoever has given up hears nothing.
        let _ = self.caller.send(result);
    }
}

#[cfg(test)]
mod tests;
