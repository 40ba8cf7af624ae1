//! What was committed is moved from the write-ahead log into the database here, beside whoever writes: it takes several looks at the
//! disk, and who waits for a commit would wait for them too.
//!
//! Under a load that never pauses the log is not emptied by this alone. It is short of that by a few pages then, and SQLite moves
//! them itself once the log has [`LONGEST_LOG`] pages.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use crate::store::witness::Witness;

/// 16 MB.
const LONGEST_LOG: u32 = 4000;
/// After so many writes, with some pages each.
const EVERY: usize = 100;

/// Who tells how much was written.
#[derive(Debug)]
pub(super) struct Checkpoints {
    written: usize,
    /// None only while it ends.
    due: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Takes them over from the connection that writes.
    pub(super) fn start(writing: &Connection, file: &Path, witness: Arc<Witness>) -> Result<Self, String> {
        let connection = Connection::open(file).and_then(|connection| {
            super::prepare(&connection)?;
            writing.pragma_update(None, "wal_autocheckpoint", LONGEST_LOG)?;
            Ok(connection)
        });
        let connection = connection.map_err(|error| error.to_string())?;
        let (due, told) = sync_channel(1);
        let thread =
            std::thread::Builder::new().name("checkpoints".to_owned()).spawn(move || run(&connection, &witness, &told));
        Ok(Self { written: 0, due: Some(due), thread: Some(thread.map_err(|error| error.to_string())?) })
    }

    /// So many writes were committed.
    pub(super) fn wrote(&mut self, count: usize) {
        self.written += count;
        if self.written >= EVERY
            && let Some(due) = &self.due
        {
            // If it is told already, or moves something now, the next one takes these along.
            let _ = due.try_send(());
            self.written = 0;
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        drop(self.due.take());
        if let Some(thread) = self.thread.take() {
            // It has said itself what went wrong.
            let _ = thread.join();
        }
    }
}

fn run(connection: &Connection, witness: &Witness, told: &Receiver<()>) {
    while told.recv().is_ok() {
        witness.stamp();
        let moved = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        // It is the relay that has changed the database's file.
        witness.stamp();
        if let Err(error) = moved {
            tracing::warn!(%error, "what was committed stays in the write-ahead log for now");
        }
    }
}
