//! The store in one SQLite file, for one relay. Every commit is on the disk before its answer is believed.

mod erase;
mod mentions;
mod operator;
mod outbox;
mod rows;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bzctrl_contract::Key;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use rusqlite_migration::{M, Migrations};
use tokio::sync::{Mutex, Notify};

use super::lock::{self, Lock};
use super::{Claim, Claimed, Counts, KeyLookup, KeyState, Registered, Report, Store, StoreError};
use crate::metrics::Rows;
use crate::owner::Owner;
pub(crate) use operator::Operator;

/// A store in an SQLite file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    connection: Arc<Mutex<Connection>>,
    /// Told when a message may have been written to the outbox.
    written: Notify,
    file: PathBuf,
    counts: Rows,
    _lock: Lock,
}

const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("sqlite/1-epochs-and-keys.sql")),
    M::up(include_str!("sqlite/2-used-assertions.sql")),
    M::up(include_str!("sqlite/3-webhooks-and-resolutions.sql")),
    M::up(include_str!("sqlite/4-environments.sql")),
    M::up(include_str!("sqlite/5-traces-of-webhooks.sql")),
];
/// The newest schema that this relay knows.
pub(crate) const SCHEMA: u32 = MIGRATIONS.len() as u32;
/// Commands such as `show` may hold the file for a moment.
const BUSY: Duration = Duration::from_secs(5);

impl Sqlite {
    /// Opens the file, made if it is missing, brings its schema up to date, and gives up as unknown what an earlier relay
    /// was sending when it ended.
    ///
    /// # Errors
    /// Another relay uses the file, or it cannot be opened, in a sentence.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))?;
        }
        let says = |error: &dyn std::fmt::Display| format!("the store {} cannot be opened: {error}", path.display());
        // By links one file has many names, and beside each could be a lock.
        let file = lock::private(path).and_then(|_| path.canonicalize()).map_err(|error| says(&error))?;
        let lock = Lock::take(&file)?;
        let mut connection = Connection::open(&file).map_err(|error| says(&error))?;
        let prepared = prepare(&connection)
            .map_err(|error| says(&error))
            .and_then(|()| Migrations::from_slice(MIGRATIONS).to_latest(&mut connection).map_err(|error| says(&error)))
            .and_then(|()| rows::index_states(&connection).map_err(|error| says(&error)))
            .and_then(|()| rows::give_up_unfinished(&connection, now()).map_err(|error| says(&error)));
        let given_up = prepared?;
        if given_up > 0 {
            tracing::warn!(
                rows = given_up,
                "these were being sent when the relay ended; what became of them is unknown"
            );
        }
        let connection = Arc::new(Mutex::new(connection));
        Ok(Self { connection, written: Notify::new(), file, counts: Rows::default(), _lock: lock })
    }

    /// Its work is counted here.
    pub(crate) fn counted_by(self, counts: Rows) -> Self {
        Self { counts, ..self }
    }

    /// One transaction on a thread that may wait for the disk.
    async fn transact<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let began = Instant::now();
        // Whoever waits for the connection holds no thread meanwhile: there are only so many.
        let mut connection = Arc::clone(&self.connection).lock_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok::<_, rusqlite::Error>(value)
        });
        let result = match done.await {
            Ok(result) => result.map_err(|error| StoreError(error.to_string())),
            Err(error) => Err(StoreError(error.to_string())),
        };
        self.counts.transacted(result.is_ok(), began.elapsed());
        result
    }
}

/// Where the sealing key is kept that belongs to a store.
pub(crate) fn sealing_key_of(store: &Path) -> PathBuf {
    store.with_extension("seal-key")
}

/// A commit is durable when it returns, power loss included: SQLite's NORMAL is not, in WAL mode. And what a row held before leaves
/// no trace in its page, so that `erase` has nothing but rows to blank.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")
}

#[async_trait]
impl Store for Sqlite {
    async fn epoch(&self, environment: &str) -> Result<String, StoreError> {
        let environment = environment.to_owned();
        self.transact(move |transaction| rows::epoch(transaction, &environment, now())).await
    }

    async fn look_up(&self, key: &Key, owner: &Owner, environment: &str) -> Result<KeyLookup, StoreError> {
        let (key, owner, environment) = (key.clone(), owner.clone(), environment.to_owned());
        self.transact(move |transaction| rows::look_up(transaction, &key, &owner, &environment)).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        let claim = claim.clone();
        self.transact(move |transaction| rows::claim(transaction, &claim, now())).await
    }

    async fn conclude(&self, claim: &Claim, report: &Report) -> Result<KeyState, StoreError> {
        let (claim, report) = (claim.clone(), report.clone());
        let notify = claim.notify && matches!(report, Report::Created(_));
        let state = self.transact(move |transaction| rows::conclude(transaction, &claim, &report, now())).await?;
        if notify {
            self.written.notify_one();
        }
        Ok(state)
    }

    async fn of_order(&self, tenant: &str, environment: &str, order_id: &str) -> Result<Vec<Registered>, StoreError> {
        let [tenant, environment, order_id] = [tenant, environment, order_id].map(str::to_owned);
        self.transact(move |transaction| rows::of_order(transaction, &tenant, &environment, &order_id)).await
    }

    async fn use_once(&self, digest: [u8; 32], expires_at: u64) -> Result<bool, StoreError> {
        let expires_at = i64::try_from(expires_at).unwrap_or(i64::MAX);
        self.transact(move |transaction| rows::use_once(transaction, &digest, expires_at, now())).await
    }

    async fn count(&self) -> Result<Counts, StoreError> {
        let file = self.file.clone();
        // A connection of its own: many rows take their time, and in this mode who reads keeps nobody from writing.
        let counted = tokio::task::spawn_blocking(move || {
            let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            connection.busy_timeout(BUSY)?;
            Ok::<_, rusqlite::Error>(Counts { keys: rows::count(&connection)?, webhooks: outbox::count(&connection)? })
        });
        match counted.await {
            Ok(counted) => counted.map_err(|error| StoreError(error.to_string())),
            Err(error) => Err(StoreError(error.to_string())),
        }
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.transact(|transaction| transaction.query_row("SELECT count(*) FROM epochs", [], |_| Ok(()))).await
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
