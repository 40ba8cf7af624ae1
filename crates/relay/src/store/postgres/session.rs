//! Connections to the database, and transactions on them. A connection on which something went wrong is never used again; whether a
//! transaction was done, undone or neither can be known is told here, and nowhere else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool::managed::{self, Metrics, Object, RecycleResult};
use tokio_postgres::error::{DbError, Severity, SqlState};
use tokio_postgres::{Client, Error, Row};
use tokio_util::task::AbortOnDropHandle;

use super::tls::{self, Tls};
use crate::config::Database;
use crate::store::StoreError;
use crate::store::operator::Refused;

/// How long anybody waits for the database: for a connection, a transaction and its commit.
pub(super) const PATIENCE: Duration = Duration::from_millis(2500);
const CONNECT: Duration = Duration::from_secs(2);
/// A network that drops what is sent is noticed after so long.
const LOST: Duration = Duration::from_secs(10);
/// Connections of one instance. A transaction takes milliseconds, and two instances leave most of PostgreSQL's usual hundred to others.
const MOST: usize = 16;
/// So often a connection is taken that has ended while it was idle, before that is an error.
pub(super) const STALE: usize = MOST + 1;

/// What every transaction begins with, so that neither a server's settings nor a pooling proxy's last user has a say in it: a commit
/// waits for the disk, and a relay that was stopped holds no lock for long.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SET LOCAL search_path = bzctrl_relay, pg_catalog;
    SET LOCAL lock_timeout = '2500ms';
    SET LOCAL idle_in_transaction_session_timeout = '5s';
    SET LOCAL synchronous_commit = ";

/// Where a transaction's locks are, beside the tables': the two numbers of PostgreSQL's advisory locks.
pub(super) const LOCKS: i32 = 0x627a_6374;

/// The connections.
#[derive(Debug)]
pub(super) struct Sessions {
    pool: managed::Pool<Connector>,
    begin: String,
}

/// Makes connections.
#[derive(Debug)]
pub(super) struct Connector {
    database: Database,
    tls: Tls,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Session {
    client: Client,
    _serving: AbortOnDropHandle<()>,
}

impl managed::Manager for Connector {
    type Type = Session;
    type Error = StoreError;

    async fn create(&self) -> Result<Session, StoreError> {
        let mut config = self.database.connection.clone();
        config.application_name("bzctrl-relay").connect_timeout(CONNECT).keepalives_idle(LOST).tcp_user_timeout(LOST);
        if let Some(password) = &self.database.password {
            // As its file has it now: it may have been changed since the start.
            config.password(password.now().expose());
        }
        let (client, connection) = config.connect(self.tls.clone()).await.map_err(|error| undone(&error))?;
        let serving = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = words(&error), "a connection to the database has ended");
            }
        });
        Ok(Session { client, _serving: AbortOnDropHandle::new(serving) })
    }

    async fn recycle(&self, session: &mut Session, _: &Metrics) -> RecycleResult<StoreError> {
        match session.client.is_closed() {
            true => Err(managed::RecycleError::message("it has ended")),
            false => Ok(()),
        }
    }
}

/// Whether a commit is on its way, for whoever stops to wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Stage(Arc<AtomicBool>);

impl Stage {
    /// Does this, and gives up after a while.
    pub(super) async fn within<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let late = |_| {
            let says = format!("the database has not answered within {patience:?}");
            Err(if self.0.load(Ordering::Relaxed) { StoreError::unheard(says) } else { StoreError::undone(says) })
        };
        tokio::time::timeout(patience, work).await.unwrap_or_else(late)
    }
}

/// Why a transaction did not come to its commit.
#[derive(Debug)]
pub(super) enum Failure {
    /// Somebody else has written the same at the same moment: it is done once more.
    Again,
    /// This is another database than it was, or one that was put back: it is looked into first.
    Doubtful,
    /// It cannot be done.
    Failed(StoreError),
    /// The connection had ended, maybe before it was asked.
    Lost(StoreError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.code() {
            Some(code) if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code) => {
                Self::Again
            }
            _ if error.is_closed() => Self::Lost(undone(&error)),
            _ => Self::Failed(undone(&error)),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// Why a transaction of a command was not committed.
pub(super) enum Stopped {
    Failed(Failure),
    Refused(Refused),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<tokio_postgres::Error> for Stopped {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// A transaction. One that is dropped ends its connection, and the database undoes it.
#[derive(Debug)]
pub(super) struct Transaction {
    session: Option<Object<Connector>>,
    stage: Stage,
}

impl Sessions {
    /// Connects to nobody yet.
    pub(super) fn new(database: &Database) -> Result<Self, String> {
        let connector = Connector { database: database.clone(), tls: Tls::new(&database.encryption)? };
        let pool = managed::Pool::builder(connector).max_size(MOST).build().map_err(|error| error.to_string())?;
        Ok(Self { pool, begin: format!("{BEGIN}'on'") })
    }

    /// A commit waits until the standbys have applied it too, since the server's settings want that.
    pub(super) fn wait_for_standbys(&mut self) {
        self.begin = format!("{BEGIN}'remote_apply'");
    }

    /// Begins a transaction.
    pub(super) async fn begin(&self, stage: &Stage) -> Result<Transaction, StoreError> {
        let mut tries = 0;
        loop {
            let session = self.pool.get().await.map_err(of_pool)?;
            let transaction = Transaction { session: Some(session), stage: stage.clone() };
            match transaction.client()?.batch_execute(&self.begin).await {
                Ok(()) => return Ok(transaction),
                Err(error) if error.is_closed() && tries < STALE => tries += 1,
                Err(error) => return Err(undone(&error)),
            }
        }
    }
}

/// A connection for one statement, which is a transaction by itself. One that is dropped before it is done is used by nobody else.
#[derive(Debug)]
pub(super) struct Asking(Option<Object<Connector>>);

impl Sessions {
    /// A connection for one statement.
    pub(super) async fn ask(&self) -> Result<Asking, StoreError> {
        self.pool.get().await.map(|session| Asking(Some(session))).map_err(of_pool)
    }
}

impl Asking {
    /// What the statement is asked of.
    pub(super) fn client(&self) -> Result<&Client, StoreError> {
        client(self.0.as_ref())
    }

    /// It was answered.
    pub(super) fn done(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            drop(Object::take(session));
        }
    }
}

/// None only once it has ended.
fn client(session: Option<&Object<Connector>>) -> Result<&Client, StoreError> {
    session.map(|session| &session.client).ok_or_else(|| StoreError::undone("a fault of the relay"))
}

impl Sessions {
    /// Asks one thing, in no transaction of ours: one that writes is refused by a standby.
    pub(super) async fn outside(&self, sql: &str) -> Result<Row, StoreError> {
        let session = self.pool.get().await.map_err(of_pool)?;
        session.client.query_typed_one(sql, &[]).await.map_err(|error| undone(&error))
    }
}

impl Sessions {
    /// Sweeps the tables, so that what was blanked stands in no row of their files any more.
    pub(super) async fn vacuum(&self, longest: Duration) -> Result<(), StoreError> {
        let vacuuming = async {
            let session = self.pool.get().await.map_err(of_pool)?;
            for table in ["keys", "resolutions", "outbox"] {
                let sql = format!("VACUUM bzctrl_relay.{table}");
                session.client.query_typed(&sql, &[]).await.map_err(|error| undone(&error))?;
            }
            Ok(())
        };
        let late =
            |_| Err(StoreError::undone("what was erased stands in the tables' files until PostgreSQL has swept them"));
        tokio::time::timeout(longest, vacuuming).await.unwrap_or_else(late)
    }
}

fn of_pool(error: managed::PoolError<StoreError>) -> StoreError {
    match error {
        managed::PoolError::Backend(error) => error,
        other => StoreError::undone(other.to_string()),
    }
}

impl Transaction {
    /// What statements are asked of.
    pub(super) fn client(&self) -> Result<&Client, StoreError> {
        client(self.session.as_ref())
    }

    /// Ends it as its work came out: commits, or undoes. None: it is to be done again.
    pub(super) async fn end<T>(self, done: Result<T, Failure>) -> Result<Option<T>, StoreError> {
        match done {
            Ok(answer) => self.commit().await.map(|()| Some(answer)),
            Err(Failure::Again | Failure::Doubtful) => self.undo().await.map(|()| None),
            Err(Failure::Failed(error) | Failure::Lost(error)) => Err(error),
        }
    }

    /// Commits it: it is on the disk when this returns.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        self.stage.0.store(true, Ordering::Relaxed);
        let committed = self.client()?.query_typed("COMMIT", &[]).await;
        match committed {
            Ok(_) => {
                self.stage.0.store(false, Ordering::Relaxed);
                drop(self.session.take());
                Ok(())
            }
            // The database itself says that it was not committed.
            Err(error) if is_refusal(&error) => {
                self.stage.0.store(false, Ordering::Relaxed);
                Err(undone(&error))
            }
            Err(error) => Err(StoreError::unheard(words(&error))),
        }
    }

    /// Undoes it; the connection is used again.
    async fn undo(mut self) -> Result<(), StoreError> {
        self.client()?.batch_execute("ROLLBACK").await.map_err(|error| undone(&error))?;
        drop(self.session.take());
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            drop(Object::take(session));
        }
    }
}

/// Whether the database has heard the statement and refused it. One that has just ended for good says so too, of whatever was asked.
fn is_refusal(error: &Error) -> bool {
    error.as_db_error().is_some_and(|said| said.parsed_severity() == Some(Severity::Error))
}

fn undone(error: &Error) -> StoreError {
    StoreError::undone(words(error))
}

/// What the database, or the way to it, says, and what to do about it. Its detail is left out: that has what stands in rows.
pub(super) fn words(error: &Error) -> String {
    if let Some(said) = error.as_db_error() {
        let says = format!("the database says: {} ({})", said.message(), said.code().code());
        return advised(says, refused(said));
    }
    let mut says = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        says = format!("{says}: {error}");
        cause = error.source();
    }
    let advice = match says.ends_with("password missing") {
        true => Some("the server asks for a password: write it into a file, and name that in store.password_file"),
        false => tls::advice(error),
    };
    advised(says, advice)
}

/// What an operator does whose relay is not let in.
fn refused(said: &DbError) -> Option<&'static str> {
    if *said.code() == SqlState::INVALID_PASSWORD {
        return Some("look at store.password_file, and at the password of that user in PostgreSQL");
    }
    let is_refused = *said.code() == SqlState::INVALID_AUTHORIZATION_SPECIFICATION;
    match said.message() {
        says if is_refused && says.contains("client certificate") => {
            Some("the relay has none: it is known by its password, so leave clientcert out of its line in pg_hba.conf")
        }
        says if is_refused && says.ends_with("no encryption") => Some("set sslmode=verify-full in store.url"),
        _ => None,
    }
}

fn advised(says: String, advice: Option<&str>) -> String {
    match advice {
        Some(advice) => format!("{says}; {advice}"),
        None => says,
    }
}

/// A column of a row.
pub(super) fn get<'r, T: tokio_postgres::types::FromSql<'r>>(row: &'r Row, column: &str) -> Result<T, Failure> {
    row.try_get(column).map_err(Failure::from)
}
