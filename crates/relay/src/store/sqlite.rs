//! The store in one SQLite file, for one relay. Every commit is on the disk before its answer is believed: [`writer`] is where writes
//! share one, [`readers`] where nobody waits for them.

mod checkpoints;
mod copies;
mod doubt;
mod dropping;
mod erase;
mod operator;
mod outbox;
mod raising;
mod readers;
mod rows;
#[cfg(test)]
mod tests;
mod write;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bzctrl_contract::Key;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use rusqlite_migration::{M, Migrations};
use tokio::sync::Notify;

use self::doubt::{Doubt, Found, Looked};
use self::readers::Readers;
use self::writer::Writer;
use super::answers::Answers;
use super::lock::Lock;
use super::witness::{self, Witness};
use super::{Claim, Claimed, Counts, KeyLookup, KeyState, Registered, Report, Store, StoreError};
use crate::fail_point::{self, FailPoint};
use crate::metrics::Rows;
use crate::owner::Owner;
pub(crate) use copies::restore;
pub(crate) use operator::Operator;

/// A store in an SQLite file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    // The writer ends last, and empties the write-ahead log then.
    readers: Readers,
    writer: Writer,
    /// Told when a message may have been written to the outbox.
    written: Notify,
    file: PathBuf,
    counts: Rows,
    doubt: Arc<Doubt>,
    reads: Answers,
    writes: Answers,
}

const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("sqlite/1-epochs-and-keys.sql")),
    M::up(include_str!("sqlite/2-used-assertions.sql")),
    M::up(include_str!("sqlite/3-webhooks-and-resolutions.sql")),
    M::up(include_str!("sqlite/4-environments.sql")),
    M::up(include_str!("sqlite/5-traces-of-webhooks.sql")),
    M::up(include_str!("sqlite/6-witness.sql")),
];
/// The newest schema that this relay knows.
pub(crate) const SCHEMA: u32 = MIGRATIONS.len() as u32;
/// Commands such as `show`, and the relay for them, may hold the file for a moment.
const BUSY: Duration = Duration::from_secs(5);
/// Whoever asks whether the relay is ready does not ask for long.
const READY: Duration = Duration::from_secs(1);

impl Sqlite {
    /// Opens the file, made if it is missing, brings its schema up to date, and gives up as unknown what an earlier relay
    /// was sending when it ended; and where rows may be lost, all that was undecided.
    ///
    /// # Errors
    /// Another relay uses the file, or it cannot be opened, in a sentence.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        Self::open_for(path, None)
    }

    /// Opens a file that was put back in a way that nothing inside can notice.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn open_restored(path: &Path) -> Result<Self, String> {
        Self::open_for(path, Some("it was started with --restored".to_owned()))
    }

    fn open_for(path: &Path, known: Option<String>) -> Result<Self, String> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))?;
        }
        let says = |error: &dyn std::fmt::Display| format!("the store {} cannot be opened: {error}", path.display());
        let lock = Lock::take(path).map_err(|taken| taken.says(path))?;
        let file = lock.path().to_owned();
        witness::check_name(&file)?;
        let found = Found::look(&lock).map_err(|error| says(&error))?;
        let mut connection = Connection::open(&file).map_err(|error| says(&error))?;
        let mended = prepare(&connection)
            .map_err(|error| says(&error))
            .and_then(|()| doubt::mend(&connection, &found).map_err(|error| says(&error)))?;
        Migrations::from_slice(MIGRATIONS).to_latest(&mut connection).map_err(|error| says(&error))?;
        let (Looked { claims, doubt: doubted }, given_up) =
            begin(&mut connection, &found, mended.or(known)).map_err(|error| says(&error))?;
        if given_up > 0 {
            tracing::warn!(
                rows = given_up,
                "these were being sent when the relay ended; what became of them is unknown"
            );
        }
        let doubt = Arc::new(Doubt::default());
        if let Some((why, given_up)) = doubted {
            doubt.note(why, given_up);
        }
        let witness = Witness::write(&file, claims).map_err(|error| says(&format!("its witness: {error}")))?;
        let readers = Readers::open(&file).map_err(|error| says(&error))?;
        connection.busy_timeout(writer::PATIENCE).map_err(|error| says(&error))?;
        let writer =
            Writer::start(connection, lock, witness, claims, Arc::clone(&doubt)).map_err(|error| says(&error))?;
        let (reads, writes) = (Answers::of("reading"), Answers::of("writing"));
        Ok(Self { readers, writer, written: Notify::new(), file, counts: Rows::default(), doubt, reads, writes })
    }

    /// Its work is counted here.
    pub(crate) fn counted_by(self, counts: Rows) -> Self {
        Self { counts, ..self }
    }

    /// Reads, beside whoever writes.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.reads.counting(&self.counts, self.readers.read(work)).await
    }

    /// Writes, together with others.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writes.counting(&self.counts, self.writer.write(work)).await
    }

    /// Writes what something is sent by.
    async fn write_claim<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writes.counting(&self.counts, self.writer.claim(work)).await
    }
}

/// Where the sealing key is kept that belongs to a store.
pub(crate) fn sealing_key_of(store: &Path) -> PathBuf {
    store.with_extension("seal-key")
}

/// What a start does, in one transaction. How it looks, and how many keys an earlier relay was sending.
fn begin(connection: &mut Connection, found: &Found, known: Option<String>) -> rusqlite::Result<(Looked, usize)> {
    rows::index_states(connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let looked = doubt::look(&transaction, found, known, now())?;
    let given_up = rows::give_up_unfinished(&transaction, now())?;
    fail_point::reach(FailPoint::StartBeforeCommit);
    transaction.commit()?;
    fail_point::reach(FailPoint::StartAfterCommit);
    Ok((looked, given_up))
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
        let asked = environment.clone();
        // A new one is written once a day.
        match self.read(move |connection| rows::epoch_of_today(connection, &asked, now())).await? {
            Some(epoch) => Ok(epoch),
            None => {
                let written = self.write(move |connection| {
                    let epoch = rows::epoch(connection, &environment, now())?;
                    fail_point::reach(FailPoint::EpochBeforeCommit);
                    Ok(epoch)
                });
                let epoch = written.await?;
                fail_point::reach(FailPoint::EpochAfterCommit);
                Ok(epoch)
            }
        }
    }

    async fn look_up(&self, key: &Key, owner: &Owner, environment: &str) -> Result<KeyLookup, StoreError> {
        let (key, owner, environment) = (key.clone(), owner.clone(), environment.to_owned());
        self.read(move |connection| rows::look_up(connection, &key, &owner, &environment)).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        let claim = claim.clone();
        let written = self.write_claim(move |connection| {
            let claimed = rows::claim(connection, &claim, now())?;
            fail_point::reach(FailPoint::ClaimBeforeCommit);
            Ok(claimed)
        });
        written.await
    }

    async fn conclude(&self, claim: &Claim, report: &Report) -> Result<KeyState, StoreError> {
        let (claim, report) = (claim.clone(), report.clone());
        let notify = claim.notify && matches!(report, Report::Created(_));
        let written = self.write(move |connection| {
            let state = rows::conclude(connection, &claim, &report, now())?;
            fail_point::reach(FailPoint::ResultBeforeCommit);
            Ok(state)
        });
        let state = written.await?;
        if notify {
            self.written.notify_one();
        }
        Ok(state)
    }

    async fn of_order(&self, tenant: &str, environment: &str, order_id: &str) -> Result<Vec<Registered>, StoreError> {
        let [tenant, environment, order_id] = [tenant, environment, order_id].map(str::to_owned);
        self.read(move |connection| rows::of_order(connection, &tenant, &environment, &order_id)).await
    }

    async fn use_once(&self, digest: [u8; 32], expires_at: u64) -> Result<bool, StoreError> {
        let expires_at = i64::try_from(expires_at).unwrap_or(i64::MAX);
        self.write(move |connection| rows::use_once(connection, &digest, expires_at, now())).await
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
            Ok(counted) => counted.map_err(StoreError::from),
            Err(error) => Err(StoreError::unheard(error.to_string())),
        }
    }

    fn doubt(&self) -> Option<String> {
        self.doubt.why()
    }

    async fn ready(&self) -> Result<(), StoreError> {
        // It really writes, as a claim does: a full disk, and one that takes nothing any more, can be read all the same.
        let writing = self.write_claim(rows::touch);
        // And then it reads what was written last, as the next request does: a damaged log can be written to all the same.
        let working = async {
            writing.await?;
            self.read(rows::read_newest).await
        };
        let late = |_| Err(StoreError::unheard(format!("nothing could be written and read within {READY:?}")));
        tokio::time::timeout(READY, working).await.unwrap_or_else(late)
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
