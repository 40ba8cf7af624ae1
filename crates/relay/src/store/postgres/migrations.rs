//! The schema, brought up to date by whichever instance starts first; the others wait for it.

use tokio_postgres::types::Type;

use super::rights;
use super::session::{Failure, LOCKS, Sessions, Stage, Transaction};
use super::witness;
use crate::store::StoreError;

const MIGRATIONS: [&str; 1] = [include_str!("1-store.sql")];
/// The newest schema that this relay knows.
pub(super) const SCHEMA: i32 = MIGRATIONS.len() as i32;
/// Held by whoever brings the schema up to date.
const MIGRATING: i32 = 2;

/// Brings it up to date.
///
/// # Errors
/// A newer relay has made it, or it cannot be made, in a sentence.
pub(super) async fn run(sessions: &Sessions, stage: &Stage) -> Result<(), StoreError> {
    loop {
        let transaction = sessions.begin(stage).await?;
        let done = migrate(&transaction).await;
        if let Some(()) = transaction.end(done).await? {
            return Ok(());
        }
    }
}

/// Whether that would be possible, without doing it.
///
/// # Errors
/// It would not, in a sentence.
pub(super) async fn would_run(sessions: &Sessions, stage: &Stage) -> Result<(), StoreError> {
    let transaction = sessions.begin(stage).await?;
    let looking = async {
        let has_schema = rights::look(&transaction).await?;
        match version(&transaction).await? {
            Some(version) if version > SCHEMA => Err(StoreError::undone(newer(version)).into()),
            // What relays use is not locked.
            Some(_) => Ok(()),
            None => make(&transaction, has_schema).await,
        }
    };
    let looked = looking.await;
    // What was made goes with its transaction.
    looked.map_err(|failure| match failure {
        Failure::Failed(error) | Failure::Lost(error) => error,
        Failure::Again | Failure::Doubtful => {
            StoreError::undone("a relay is setting it up at this moment: do this again")
        }
    })
}

/// Makes the schema, and what stands in it first.
async fn make(transaction: &Transaction, has_schema: bool) -> Result<(), Failure> {
    let client = transaction.client()?;
    if !has_schema {
        client.batch_execute("CREATE SCHEMA bzctrl_relay").await?;
    }
    let first = "CREATE TABLE bzctrl_relay.schema_version (one boolean PRIMARY KEY DEFAULT true CHECK (one), version integer NOT NULL);
                 INSERT INTO bzctrl_relay.schema_version (version) VALUES (0)";
    Ok(client.batch_execute(first).await?)
}

async fn migrate(transaction: &Transaction) -> Result<(), Failure> {
    let client = transaction.client()?;
    client.batch_execute("SET LOCAL lock_timeout = '60s'").await?;
    let lock = [(&LOCKS as _, Type::INT4), (&MIGRATING as _, Type::INT4)];
    client.query_typed("SELECT pg_advisory_xact_lock($1, $2)", &lock).await?;
    let has_schema = rights::look(transaction).await?;
    let stands = version(transaction).await?;
    match stands {
        Some(version) if version == SCHEMA => return Ok(()),
        Some(version) if version > SCHEMA => return Err(StoreError::undone(newer(version)).into()),
        Some(_) => {}
        None => make(transaction, has_schema).await?,
    }
    let done = usize::try_from(stands.unwrap_or_default()).unwrap_or_default();
    for migration in MIGRATIONS.iter().skip(done) {
        client.batch_execute(migration).await?;
    }
    client.execute_typed("UPDATE schema_version SET version = $1", &[(&SCHEMA as _, Type::INT4)]).await?;
    if stands.is_none() {
        client.batch_execute(witness::FIRST).await?;
    }
    Ok(())
}

/// Which schema the database has; none: it has none of ours.
pub(super) async fn version(transaction: &Transaction) -> Result<Option<i32>, Failure> {
    let client = transaction.client()?;
    let is_there = "SELECT to_regclass('bzctrl_relay.schema_version') IS NOT NULL";
    let rows = client.query_typed(is_there, &[]).await?;
    if !rows.first().is_some_and(|row| row.try_get(0).unwrap_or_default()) {
        return Ok(None);
    }
    let rows = client.query_typed("SELECT version FROM schema_version", &[]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

/// What is told of a schema that this relay does not know.
pub(super) fn newer(version: i32) -> String {
    format!("it was made by a newer relay (schema {version}; this one knows {SCHEMA}): use that one")
}
