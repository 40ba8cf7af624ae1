//! One write of those that share a commit, with whoever waits for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::store::StoreError;

/// A write, whatever it answers.
pub(super) trait Write: Send {
    /// Whether something is sent when it is answered.
    fn is_claim(&self) -> bool;

    /// Whether somebody waits for it still.
    fn is_awaited(&self) -> bool;

    /// Does it. False: it is to be undone.
    fn run(&mut self, connection: &Connection) -> bool;

    /// Tells whoever waits.
    fn answer(self: Box<Self>, committed: &Result<(), StoreError>);
}

/// What somebody has asked for, and waits for.
pub(super) struct Asked<T, W> {
    work: Option<W>,
    is_claim: bool,
    result: Option<Result<T, StoreError>>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, W> Asked<T, W> {
    /// This work, for whoever waits at the other end of the channel.
    pub(super) fn new(work: W, is_claim: bool, caller: oneshot::Sender<Result<T, StoreError>>) -> Self {
        Self { work: Some(work), is_claim, result: None, caller }
    }
}

impl<T: Send, W: FnOnce(&Connection) -> rusqlite::Result<T> + Send> Write for Asked<T, W> {
    fn is_claim(&self) -> bool {
        self.is_claim
    }

    fn is_awaited(&self) -> bool {
        !self.caller.is_closed()
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let Some(work) = self.work.take() else { return false };
        // A fault in one must not end the thread that does all of them.
        let done = catch_unwind(AssertUnwindSafe(|| work(connection)));
        let result = match done {
            Ok(result) => result.map_err(StoreError::from),
            Err(_) => Err(StoreError::undone("a fault of the relay")),
        };
        self.result.insert(result).is_ok()
    }

    fn answer(self: Box<Self>, committed: &Result<(), StoreError>) {
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(StoreError::undone("it was not done")),
            (Err(error), _) => Err(error.clone()),
        };
        // Whoever has given up hears nothing.
        let _ = self.caller.send(result);
    }
}
