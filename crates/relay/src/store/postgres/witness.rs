//! Which database this is. Where it is another one than it was, rows may be lost: a replica was promoted that had not all of them, a
//! dump was restored, or an older copy put back. What the database has lost may have been sent, and would be sent again: on any doubt it
//! vouches for no key any more of which it does not know what became. Every claim asks, in its own transaction.
//!
//! By what it is told: the cluster's system identifier and its timeline, which each promotion and each recovery to a moment changes; the
//! database's number, and that of the table of keys, which a restored dump changes. And by the position in the write-ahead log, which
//! never goes back in front of a relay that runs: a copy of the whole cluster that is put back is otherwise as it was.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use super::durability::Durability;
use super::session::{Failure, LOCKS, Transaction, get};
use super::values::names;
use crate::store::KeyState;

/// Held by each claim together with others, and alone by whoever breaks or drops epochs: a claim sees them as they are until it is committed.
const EPOCHS: i32 = 1;

/// What this relay has found, since it was started.
#[derive(Debug, Default)]
pub(super) struct Witness {
    /// How far the write-ahead log was on the disk when this relay last looked.
    log: AtomicI64,
    /// How many doubts there were, as far as this relay knows.
    doubts: AtomicI64,
    why: Mutex<Option<String>>,
}

/// Which database this is, and what is written of it.
struct Standing {
    now: [String; 4],
    written: [String; 4],
    log: i64,
    doubts: i64,
}

const PARTS: [&str; 4] = [
    "it is another cluster (its system identifier is another): a dump that was restored, or an upgrade to another version",
    "it is another database of its cluster: a copy, or one that was restored",
    "its cluster is on another timeline: a replica was promoted, or it was recovered to a moment",
    "its table of keys is another one: a dump was restored",
];

const STANDING: &str = "SELECT (SELECT system_identifier FROM pg_control_system())::text AS system_now,
     (SELECT oid::bigint FROM pg_database WHERE datname = current_database())::text AS database_now,
     left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline_now,
     'keys'::regclass::oid::bigint::text AS table_now,
     (pg_current_wal_flush_lsn() - '0/0')::bigint AS log,
     system_identifier, database_oid::text, timeline, table_oid::text, doubts,
     current_setting('fsync') AS fsync,
     (SELECT relpersistence::text FROM pg_class WHERE oid = 'keys'::regclass) AS persistence
     FROM witness";

impl Witness {
    /// Why the store may have lost rows.
    pub(super) fn why(&self) -> Option<String> {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a claim may be made: this is the database that it was, and what is committed is kept. Holds the epochs as they are.
    pub(super) async fn vouch(&self, transaction: &Transaction) -> Result<(), Failure> {
        let before = self.log.load(Ordering::SeqCst);
        let client = transaction.client()?;
        let lock = client.query_typed(SHARED, LOCK);
        let (_, rows) = futures_util::future::try_join(lock, client.query_typed(STANDING, &[])).await?;
        // Without its row, which a dump of other tables alone would lack, nothing is known.
        let Some(standing) = rows.first().map(read).transpose()? else { return Err(Failure::Doubtful) };
        if standing.against(before).is_some() {
            return Err(Failure::Doubtful);
        }
        self.log.fetch_max(standing.log, Ordering::SeqCst);
        Ok(())
    }

    /// Looks again, with nobody else: breaks the epochs, if there is reason to, or if somebody knows one. Says why, and how many keys
    /// were given up, once that is committed.
    pub(super) async fn look(
        &self,
        transaction: &Transaction,
        known: Option<&str>,
    ) -> Result<Option<(String, u64)>, Failure> {
        let before = self.log.load(Ordering::SeqCst);
        let client = transaction.client()?;
        hold_alone(client).await?;
        let is_new = client.execute_typed(FIRST, &[]).await? == 1;
        let known = known.or_else(|| is_new.then_some("its witness is gone"));
        let standing = read(&client.query_typed_one(STANDING, &[]).await?)?;
        let seen = self.doubts.load(Ordering::SeqCst);
        // Another relay has found it first, if the log alone speaks against it.
        let before = if standing.doubts > seen { 0 } else { before };
        let why = known.map(str::to_owned).or_else(|| standing.against(before));
        let Some(why) = why else {
            self.log.store(standing.log, Ordering::SeqCst);
            return Ok(None);
        };
        client.query_typed("UPDATE epochs SET is_broken = true WHERE NOT is_broken", &[]).await?;
        let given_up = client
            .execute_typed(
                "UPDATE keys SET state = 'unknown', decided_at = extract(epoch FROM clock_timestamp())::bigint
                 WHERE state = ANY($1)",
                &[(&names(KeyState::DOUBTED), Type::TEXT_ARRAY)],
            )
            .await?;
        let sql = "UPDATE witness SET system_identifier = $1, database_oid = $2::text::bigint, timeline = $3,
             table_oid = $4::text::bigint, doubts = doubts + 1, why = $5";
        let [system, database, timeline, table] = &standing.now;
        let texts: [&String; 5] = [system, database, timeline, table, &why];
        client.execute_typed(sql, &texts.map(|text| (text as _, Type::TEXT))).await?;
        self.log.store(standing.log, Ordering::SeqCst);
        self.doubts.store(standing.doubts + 1, Ordering::SeqCst);
        Ok(Some((why, given_up)))
    }

    /// Says it, in the log too.
    pub(super) fn note(&self, why: String, given_up: u64) {
        tracing::error!(
            why,
            given_up,
            "the store may have lost rows: nothing is sent again of what it does not know, and pages are told that it may exist"
        );
        *self.why.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    /// Takes over what another relay has found.
    pub(super) fn hear(&self, doubts: i64, why: Option<String>) {
        let known = self.doubts.fetch_max(doubts, Ordering::SeqCst);
        if let Some(why) = why.filter(|_| doubts > known) {
            self.note(format!("{why}; another relay has found it"), 0);
        }
    }

    /// What was found before this relay was started is not its doubt.
    pub(super) fn start_with(&self, doubts: i64) {
        self.doubts.store(doubts, Ordering::SeqCst);
    }
}

/// Waits until no claim is under way, and holds off those that come, until the transaction ends.
pub(super) async fn hold_alone(client: &Client) -> Result<(), Failure> {
    client.query_typed(ALONE, LOCK).await?;
    Ok(())
}

/// The witness's first word.
pub(super) const FIRST: &str = "INSERT INTO witness (system_identifier, database_oid, timeline, table_oid, touched_at)
     SELECT (SELECT system_identifier FROM pg_control_system())::text,
         (SELECT oid::bigint FROM pg_database WHERE datname = current_database()),
         left(pg_walfile_name(pg_current_wal_lsn()), 8), 'keys'::regclass::oid::bigint, 0
     ON CONFLICT DO NOTHING";

const SHARED: &str = "SELECT pg_advisory_xact_lock_shared($1, $2)";
const ALONE: &str = "SELECT pg_advisory_xact_lock($1, $2)";
const LOCK: &[(&(dyn tokio_postgres::types::ToSql + Sync), Type)] = &[(&LOCKS, Type::INT4), (&EPOCHS, Type::INT4)];

impl Standing {
    /// What speaks against the database, before which the log was so far.
    fn against(&self, log: i64) -> Option<String> {
        let differs = |(at, now): (usize, &String)| (Some(now) != self.written.get(at)).then_some(at);
        let part = self.now.iter().enumerate().find_map(differs);
        let says = part.and_then(|part| PARTS.get(part)).map(|says| (*says).to_owned());
        says.or_else(|| {
            (self.log < log).then(|| "its write-ahead log is behind what it was: an older copy was put back".to_owned())
        })
    }
}

fn read(row: &Row) -> Result<Standing, Failure> {
    Durability { fsync: get(row, "fsync")?, persistence: get(row, "persistence")? }.check()?;
    let texts = |names: [&str; 4]| -> Result<[String; 4], Failure> {
        let [first, second, third, fourth] = names;
        Ok([get(row, first)?, get(row, second)?, get(row, third)?, get(row, fourth)?])
    };
    Ok(Standing {
        now: texts(["system_now", "database_now", "timeline_now", "table_now"])?,
        written: texts(["system_identifier", "database_oid", "timeline", "table_oid"])?,
        log: get(row, "log")?,
        doubts: get(row, "doubts")?,
    })
}
