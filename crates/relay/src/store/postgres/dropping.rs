//! Epochs whose time is over are dropped with their keys, by the database's clock. A key of such an epoch is one that the store cannot
//! vouch for, whatever it was: it is never sent again.
//!
//! The keys go first, each locked and judged as it stands then. Only at the end claims are held off, so that they do not wait for many
//! rows to go: who has claimed a key of this epoch meanwhile keeps it, and who comes later finds neither key nor epoch.

use std::time::Duration;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use super::session::{Failure, LOCKS, Sessions, Stage, Transaction, get};
use super::values::{Parameter, names};
use super::witness;
use crate::store::transitions::EpochUse;
use crate::store::{KeyState, StoreError};

/// Held by the one relay that drops.
const DROPPING: i32 = 3;
/// Many rows take their time; nobody waits for it.
const LONGEST: Duration = Duration::from_secs(60);

/// Epochs that began before, and what is stored of their keys.
const OLD: &str = "SELECT name, greatest(began_at, max(claimed_at), max(keys.decided_at)) AS last_used_at,
         coalesce(bool_or(keys.state = ANY($2) AND identity IS DISTINCT FROM ''), false) AS has_undecided,
         coalesce(bool_or(outbox.state = 'waiting'), false) AS has_untold
     FROM epochs LEFT JOIN keys ON keys.epoch = name LEFT JOIN outbox USING (key)
     WHERE began_at < $1 AND ($3::text IS NULL OR name = $3) GROUP BY name, began_at ORDER BY began_at";

/// Drops those that are over, one a transaction.
pub(super) async fn drop_old_epochs(sessions: &Sessions) -> Result<(), StoreError> {
    let stage = Stage::default();
    let work = async {
        let transaction = sessions.begin(&stage).await?;
        let over = over(&transaction, None).await;
        for epoch in transaction.end(over).await?.unwrap_or_default() {
            let transaction = sessions.begin(&stage).await?;
            let dropped = drop_epoch(&transaction, &epoch).await;
            match transaction.end(dropped).await? {
                Some(true) => tracing::info!(epoch, "an epoch of more than 400 days ago is dropped with its keys"),
                // Another relay drops them, this one and those that follow.
                Some(false) => break,
                // It is used again: it is looked at again the next time.
                None => {}
            }
        }
        Ok(())
    };
    stage.within(LONGEST, work).await
}

/// Those that are over: all, or this one.
async fn over(transaction: &Transaction, epoch: Option<&str>) -> Result<Vec<String>, Failure> {
    let client = transaction.client()?;
    let now = client.query_typed_one("SELECT extract(epoch FROM clock_timestamp())::bigint AS now", &[]).await?;
    let now: i64 = get(&now, "now")?;
    let undecided = names(KeyState::UNDECIDED);
    let parameters: [Parameter<'_>; 3] =
        [(&EpochUse::began_before(now), Type::INT8), (&undecided, Type::TEXT_ARRAY), (&epoch, Type::TEXT)];
    let mut over = Vec::new();
    for row in client.query_typed(OLD, &parameters).await? {
        if use_of(&row)?.is_over(now) {
            over.push(get(&row, "name")?);
        }
    }
    Ok(over)
}

fn use_of(row: &Row) -> Result<EpochUse, Failure> {
    Ok(EpochUse {
        last_used_at: get(row, "last_used_at")?,
        has_undecided: get(row, "has_undecided")?,
        has_untold: get(row, "has_untold")?,
    })
}

/// Whether it is dropped, and no other relay drops epochs.
async fn drop_epoch(transaction: &Transaction, epoch: &str) -> Result<bool, Failure> {
    let client = transaction.client()?;
    let lock: [Parameter<'_>; 2] = [(&LOCKS, Type::INT4), (&DROPPING, Type::INT4)];
    let alone = client.query_typed_one("SELECT pg_try_advisory_xact_lock($1, $2) AS is_alone", &lock).await?;
    if !get::<bool>(&alone, "is_alone")? {
        return Ok(false);
    }
    // Whoever claims, resolves or sends again has done so before, or comes too late.
    for sql in [
        "SELECT FROM keys WHERE epoch = $1 ORDER BY key FOR UPDATE",
        "SELECT FROM outbox WHERE key IN (SELECT key FROM keys WHERE epoch = $1) FOR UPDATE",
    ] {
        execute(client, sql, epoch).await?;
    }
    if over(transaction, Some(epoch)).await?.is_empty() {
        return Err(Failure::Again);
    }
    for sql in [
        "DELETE FROM outbox WHERE key IN (SELECT key FROM keys WHERE epoch = $1)",
        "DELETE FROM resolutions WHERE key IN (SELECT key FROM keys WHERE epoch = $1)",
        "DELETE FROM keys WHERE epoch = $1",
    ] {
        execute(client, sql, epoch).await?;
    }
    witness::hold_alone(client).await?;
    let unused = "DELETE FROM epochs WHERE name = $1 AND NOT EXISTS (SELECT FROM keys WHERE epoch = $1)";
    match execute(client, unused, epoch).await? {
        1 => Ok(true),
        _ => Err(Failure::Again),
    }
}

async fn execute(client: &Client, sql: &str, epoch: &str) -> Result<u64, Failure> {
    Ok(client.execute_typed(sql, &[(&epoch, Type::TEXT)]).await?)
}
