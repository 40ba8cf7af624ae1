//! The store in a PostgreSQL database, for as many relays as there are. Each call is one transaction of a few statements; who writes the
//! same row waits for the other, and judges it anew. What only time can tell is told by the database's clock, never by a relay's own.

/// Does this in a transaction, again where somebody else has written the same, and answers when it is committed.
macro_rules! transact {
    ($store:ident, $answers:ident, |$transaction:ident| $work:expr) => {
        transact!($store, $answers, PATIENCE, |$transaction| $work)
    };
    ($store:ident, $answers:ident, $patience:expr, |$transaction:ident| $work:expr) => {{
        let stage = $crate::store::postgres::session::Stage::default();
        let work = async {
            loop {
                let $transaction = $store.sessions.begin(&stage).await?;
                let done = $work.await;
                let is_doubtful = matches!(&done, Err($crate::store::postgres::session::Failure::Doubtful));
                if let Some(answer) = $transaction.end(done).await? {
                    return Ok(answer);
                }
                if is_doubtful {
                    $crate::store::postgres::look(&$store.sessions, &$store.witness, &stage, None).await?;
                }
            }
        };
        $store.$answers.counting(&$store.counts, stage.within($patience, work)).await
    }};
}

/// Asks one thing, which is a transaction by itself: in one packet to the database and back.
macro_rules! ask {
    ($store:ident, $answers:ident, $patience:expr, |$client:ident| $work:expr) => {{
        use $crate::store::postgres::session::{Failure, STALE, Stage};
        let work = async {
            let mut tries = 0;
            loop {
                let asking = $store.sessions.ask().await?;
                let $client = asking.client()?;
                match $work.await {
                    Ok(answer) => {
                        asking.done();
                        return Ok(answer);
                    }
                    Err(Failure::Again | Failure::Doubtful) => {}
                    // It was idle when it ended.
                    Err(Failure::Lost(_)) if tries < STALE => tries += 1,
                    Err(Failure::Failed(error) | Failure::Lost(error)) => return Err(error),
                }
            }
        };
        $store.$answers.counting(&$store.counts, Stage::default().within($patience, work)).await
    }};
}

mod dropping;
mod durability;
mod erase;
mod migrations;
mod operator;
mod outbox;
mod register;
mod rights;
mod rows;
mod session;
mod tls;
mod values;
mod witness;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bzctrl_contract::Key;
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

use self::session::{PATIENCE, Sessions, Stage};
use self::witness::Witness;
use super::answers::Answers;
use super::{Claim, Claimed, Counts, KeyLookup, KeyState, Registered, Report, Share, Store, StoreError};
use crate::config::Database;
use crate::fail_point::{self, FailPoint};
use crate::metrics::Rows;
use crate::owner::Owner;
pub(crate) use operator::Operator;

/// A store in a PostgreSQL database.
#[derive(Debug)]
pub(crate) struct Postgres {
    sessions: Arc<Sessions>,
    witness: Arc<Witness>,
    /// This relay's name, by which it knows after a crash what it was sending.
    instance: String,
    /// Told when a message may have been written to the outbox.
    written: Notify,
    counts: Rows,
    reads: Answers,
    writes: Answers,
    _sweeper: AbortOnDropHandle<()>,
}

/// The longest that a start waits: another instance may be bringing the schema up to date.
const START: Duration = Duration::from_secs(60);
/// Whoever asks whether the relay is ready does not ask for long.
const READY: Duration = Duration::from_secs(1);
/// Counting many rows takes its time.
const COUNTING: Duration = Duration::from_secs(5);
/// How often it is looked for what instances have left that ended.
const SWEEP: Duration = Duration::from_secs(5);
/// How often it is looked for epochs whose time is over, after the start; and when again, if that has failed.
const DROP: Duration = Duration::from_secs(60 * 60);
const DROP_AGAIN: Duration = Duration::from_secs(60);

impl Postgres {
    /// Connects to the database, brings its schema up to date, and gives up as unknown what a relay of this name was sending when it
    /// ended; and where rows may be lost, all that was undecided.
    ///
    /// # Errors
    /// It cannot be used, in a sentence.
    pub(crate) async fn open(
        database: &Database,
        instance: String,
        restored: bool,
        counts: Rows,
    ) -> Result<Self, String> {
        let says = |says: &dyn std::fmt::Display| format!("the store {} cannot be opened: {says}", database.name);
        let mut sessions = Sessions::new(database).map_err(|error| says(&error))?;
        let stage = Stage::default();
        let starting = async {
            let settings = durability::look(&sessions).await?;
            if settings.waits_for_standbys {
                sessions.wait_for_standbys();
            }
            for warning in &settings.warnings {
                tracing::warn!(%warning, "the database keeps its rows less surely than it could");
            }
            tracing::info!(database = database.name, encryption = database.encryption.in_words(), "{}", settings.says);
            migrations::run(&sessions, &stage).await?;
            let witness = Arc::new(Witness::default());
            begin(&sessions, &witness, &stage, &instance, restored).await?;
            Ok(witness)
        };
        let witness = stage.within(START, starting).await.map_err(|error| says(&error))?;
        let sessions = Arc::new(sessions);
        let sweeper = tokio::spawn(sweep(Arc::clone(&sessions), Arc::clone(&witness)));
        Ok(Self {
            sessions,
            witness,
            instance,
            written: Notify::new(),
            counts,
            reads: Answers::of("reading"),
            writes: Answers::of("writing"),
            _sweeper: AbortOnDropHandle::new(sweeper),
        })
    }
}

/// Looks at a database as a start does, and changes nothing. Says what deserves a word.
///
/// # Errors
/// No relay would start on it, in a sentence.
pub(crate) async fn try_database(database: &Database) -> Result<Vec<String>, String> {
    let sessions = Sessions::new(database)?;
    let stage = Stage::default();
    let looking = async {
        let settings = durability::look(&sessions).await?;
        migrations::would_run(&sessions, &stage).await?;
        Ok(settings.warnings)
    };
    stage.within(START, looking).await.map_err(|error| error.to_string())
}

/// What a start does.
async fn begin(
    sessions: &Sessions,
    witness: &Witness,
    stage: &Stage,
    instance: &str,
    restored: bool,
) -> Result<(), StoreError> {
    loop {
        let transaction = sessions.begin(stage).await?;
        let work = async {
            let given_up = register::give_up(&transaction, Some(instance)).await?;
            let standing = register::standing(&transaction).await?;
            fail_point::reach(FailPoint::StartBeforeCommit);
            Ok((given_up, standing))
        };
        let done = work.await;
        if let Some((given_up, (doubts, ..))) = transaction.end(done).await? {
            fail_point::reach(FailPoint::StartAfterCommit);
            if given_up > 0 {
                tracing::warn!(
                    rows = given_up,
                    "these were being sent when the relay ended; what became of them is unknown"
                );
            }
            witness.start_with(doubts);
            break;
        }
    }
    look(sessions, witness, stage, restored.then_some("a relay was started on it with --restored")).await
}

/// Looks whether rows may be lost, and breaks the epochs if they may.
async fn look(sessions: &Sessions, witness: &Witness, stage: &Stage, known: Option<&str>) -> Result<(), StoreError> {
    loop {
        let transaction = sessions.begin(stage).await?;
        let found = witness.look(&transaction, known).await;
        if let Some(found) = transaction.end(found).await? {
            if let Some((why, given_up)) = found {
                witness.note(why, given_up);
            }
            return Ok(());
        }
    }
}

/// Gives up what instances have left that ended, and hears what others have found. The log has a line for each change.
async fn sweep(sessions: Arc<Sessions>, witness: Arc<Witness>) {
    let mut schema = migrations::SCHEMA;
    let mut drops_at = Instant::now();
    loop {
        if Instant::now() >= drops_at {
            let dropped = dropping::drop_old_epochs(&sessions).await;
            if let Err(error) = &dropped {
                tracing::warn!(%error, "it could not be looked for epochs of more than 400 days ago");
            }
            drops_at = Instant::now() + if dropped.is_ok() { DROP } else { DROP_AGAIN };
        }
        tokio::time::sleep(SWEEP).await;
        let stage = Stage::default();
        let work = async {
            let transaction = sessions.begin(&stage).await?;
            let work = async {
                let given_up = register::give_up(&transaction, None).await?;
                register::forget(&transaction).await?;
                Ok((given_up, register::standing(&transaction).await?))
            };
            let done = work.await;
            transaction.end(done).await
        };
        // That the store does not answer is told where somebody waits for it.
        let Ok(Some((given_up, (doubts, why, version)))) = stage.within(PATIENCE, work).await else { continue };
        if given_up > 0 {
            tracing::warn!(
                rows = given_up,
                "these were being sent by a relay that ended or stood still; what became of them is unknown"
            );
        }
        witness.hear(doubts, why);
        if version > schema {
            tracing::warn!(version, "a newer relay has changed the store; this one goes on, and does not start again");
            schema = version;
        }
    }
}

#[async_trait]
impl Store for Postgres {
    async fn epoch(&self, environment: &str) -> Result<String, StoreError> {
        let today: Option<String> = ask!(self, reads, PATIENCE, |client| rows::epoch_of_today(client, environment))?;
        if let Some(epoch) = today {
            return Ok(epoch);
        }
        // A new one is written once a day.
        let epoch = transact!(self, writes, |transaction| async {
            let epoch = rows::epoch(&transaction, environment).await?;
            fail_point::reach(FailPoint::EpochBeforeCommit);
            Ok(epoch)
        })?;
        fail_point::reach(FailPoint::EpochAfterCommit);
        Ok(epoch)
    }

    async fn look_up(&self, key: &Key, owner: &Owner, environment: &str) -> Result<KeyLookup, StoreError> {
        ask!(self, reads, PATIENCE, |client| rows::look_up(client, key, owner, environment))
    }

    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        let began = Instant::now();
        let claimed = transact!(self, writes, |transaction| async {
            self.witness.vouch(&transaction).await?;
            let claimed = rows::claim(&transaction, claim, &self.instance).await?;
            fail_point::reach(FailPoint::ClaimBeforeCommit);
            Ok(claimed)
        });
        if claimed == Ok(Claimed::Yes) {
            fail_point::reach(FailPoint::ClaimAfterCommit);
        }
        // A relay that stood still hears of its commit when others may have given the claim up, or an operator has.
        if claimed == Ok(Claimed::Yes) && began.elapsed() > PATIENCE {
            return Err(StoreError::unheard("the claim was heard too late"));
        }
        claimed
    }

    async fn conclude(&self, claim: &Claim, report: &Report) -> Result<KeyState, StoreError> {
        let notify = claim.notify && matches!(report, Report::Created(_));
        let state = transact!(self, writes, |transaction| async {
            let state = rows::conclude(&transaction, claim, report, &self.instance).await?;
            fail_point::reach(FailPoint::ResultBeforeCommit);
            Ok(state)
        })?;
        if notify {
            self.written.notify_one();
        }
        Ok(state)
    }

    async fn of_order(&self, tenant: &str, environment: &str, order_id: &str) -> Result<Vec<Registered>, StoreError> {
        ask!(self, reads, PATIENCE, |client| register::of_order(client, tenant, environment, order_id))
    }

    async fn use_once(&self, digest: [u8; 32], expires_at: u64) -> Result<bool, StoreError> {
        let expires_at = i64::try_from(expires_at).unwrap_or(i64::MAX);
        transact!(self, writes, |transaction| register::use_once(&transaction, &digest, expires_at))
    }

    async fn take(&self, shares: &[Share]) -> Result<Option<u64>, StoreError> {
        ask!(self, writes, PATIENCE, |client| register::take(client, shares))
    }

    async fn count(&self) -> Result<Counts, StoreError> {
        let (keys, webhooks) = (register::KEYS, register::WEBHOOKS);
        let keys = ask!(self, reads, COUNTING, |client| register::count(client, keys.0, keys.1))?;
        let webhooks = ask!(self, reads, COUNTING, |client| register::count(client, webhooks.0, webhooks.1))?;
        Ok(Counts { keys, webhooks })
    }

    fn doubt(&self) -> Option<String> {
        self.witness.why()
    }

    async fn ready(&self) -> Result<(), StoreError> {
        // It really writes, as a claim does.
        transact!(self, writes, READY, |transaction| async {
            self.witness.vouch(&transaction).await?;
            register::touch(&transaction).await
        })
    }
}
