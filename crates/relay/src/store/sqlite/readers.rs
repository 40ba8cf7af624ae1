//! Connections that only read. In WAL mode they wait for nobody who writes, and each sees all that was committed before it began.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::writer::PATIENCE;
use crate::store::StoreError;

/// A read takes some microseconds, or one look at the disk: a few at a time are enough. Each has a cache of its own.
const MOST: usize = 4;

/// The connections.
#[derive(Debug)]
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    places: Arc<Semaphore>,
}

impl Readers {
    /// Opens them.
    pub(super) fn open(file: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = |_| {
            let connection = Connection::open_with_flags(file, flags)?;
            connection.busy_timeout(PATIENCE)?;
            Ok(connection)
        };
        let idle = (0..MOST).map(open).collect::<rusqlite::Result<_>>()?;
        Ok(Self { idle: Arc::new(Mutex::new(idle)), places: Arc::new(Semaphore::new(MOST)) })
    }

    /// Reads, on a thread that may wait for the disk. Everything in it is of one moment.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (idle, places) = (Arc::clone(&self.idle), Arc::clone(&self.places));
        let reading = async {
            // Whoever waits for a place holds no thread meanwhile: there are only so many.
            let place = places.acquire_owned().await.map_err(|error| StoreError::unheard(error.to_string()))?;
            let done = tokio::task::spawn_blocking(move || {
                let _place = place;
                let mut connection = locked(&idle).pop().ok_or_else(|| StoreError::unheard("no connection is left"))?;
                let reading = || connection.transaction().and_then(|transaction| work(&transaction));
                // A fault in one must not take the connection with it.
                let read = catch_unwind(AssertUnwindSafe(reading));
                locked(&idle).push(connection);
                Ok(read.map_err(|_| StoreError::unheard("a fault of the relay"))??)
            });
            done.await.unwrap_or_else(|error| Err(StoreError::unheard(error.to_string())))
        };
        let late = |_| Err(StoreError::unheard(format!("the store has not answered within {PATIENCE:?}")));
        tokio::time::timeout(PATIENCE, reading).await.unwrap_or_else(late)
    }
}

fn locked(idle: &Mutex<Vec<Connection>>) -> MutexGuard<'_, Vec<Connection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}
