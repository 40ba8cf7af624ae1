//! A PostgreSQL store in an operator's hands, beside the relays that use it. The schema stays as a relay has made it.

use std::path::Path;

use bzctrl_contract::Key;
use tokio::runtime::Runtime;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::session::{Failure, PATIENCE, Sessions, Stage, Stopped, Transaction, get};
use super::values::{Parameter, condition, entry, text};
use super::{erase, migrations, outbox, rows};
use crate::config::Database;
use crate::store::StoreError;
use crate::store::operator::{self, Erased, Finding, KeyRecord, MessageRecord, Refused, Resolution, Selection, word};

/// A store in an operator's hands.
#[derive(Debug)]
pub(crate) struct Operator {
    sessions: Sessions,
    runtime: Runtime,
}

/// What a command does at most: it may show all that there is.
pub(super) const LONGEST: std::time::Duration = std::time::Duration::from_secs(60);

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

/// Does this in a transaction, again where somebody else has written the same.
macro_rules! command {
    ($operator:ident, |$transaction:ident| $work:expr) => {{
        let stage = Stage::default();
        let work = async {
            loop {
                let $transaction = $operator.sessions.begin(&stage).await?;
                let done: Result<_, Stopped> = $work.await;
                let done = match done {
                    Ok(answer) => Ok(Ok(answer)),
                    // It is refused before anything is written.
                    Err(Stopped::Refused(refused)) => Ok(Err(refused)),
                    Err(Stopped::Failed(failure)) => Err(failure),
                };
                if let Some(answer) = $transaction.end(done).await? {
                    return Ok(answer);
                }
            }
        };
        $operator.runtime.block_on(stage.within(LONGEST, work))?
    }};
}

impl Operator {
    /// Opens the database that a relay has set up.
    ///
    /// # Errors
    /// It cannot be reached, or is not of this release.
    pub(crate) fn open(database: &Database) -> Result<Self, Refused> {
        let says = |says: &dyn std::fmt::Display| Refused::Store(format!("{}: {says}", database.name));
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| says(&error))?;
        let sessions = Sessions::new(database).map_err(|error| says(&error))?;
        let stage = Stage::default();
        let looking = async {
            let transaction = sessions.begin(&stage).await?;
            let version = migrations::version(&transaction).await;
            transaction.end(version).await
        };
        let version = runtime.block_on(stage.within(PATIENCE, looking)).map_err(|error| says(&error))?.flatten();
        match version {
            None => Err(says(&"there is no store in it; a relay makes it at its first start")),
            Some(version) if version < migrations::SCHEMA => {
                Err(says(&"it was made by an older release; the relay renews it when it starts"))
            }
            Some(version) if version > migrations::SCHEMA => Err(says(&migrations::newer(version))),
            Some(_) => Ok(Self { sessions, runtime }),
        }
    }
}

const OF_KEY: &str = "SELECT keys.*, outbox.webhook_id, outbox.state AS webhook_state, resolved_by, why, resolved_at, environment
     FROM keys LEFT JOIN outbox USING (key) LEFT JOIN resolutions USING (key) LEFT JOIN epochs ON epochs.name = keys.epoch";

impl operator::Operator for Operator {
    fn has_tenant(&mut self, tenant: &str) -> Result<bool, Refused> {
        command!(self, |transaction| async {
            let sql = "SELECT 1 AS one FROM keys WHERE tenant = $1 LIMIT 1";
            Ok(transaction.client()?.query_typed_opt(sql, &[(&tenant, Type::TEXT)]).await?.is_some())
        })
    }

    fn show(&mut self, selection: &Selection, tenant: Option<&str>) -> Result<Vec<KeyRecord>, Refused> {
        command!(self, |transaction| async {
            let (condition, value) = condition(selection);
            let sql = format!(
                "{OF_KEY} WHERE {condition} AND ($2::text IS NULL OR keys.tenant = $2) ORDER BY claimed_at, keys.number"
            );
            let parameters: [Parameter<'_>; 2] = [(&value, Type::TEXT), (&tenant, Type::TEXT)];
            let rows = transaction.client()?.query_typed(&sql, &parameters).await?;
            Ok(rows.iter().map(record).collect::<Result<Vec<_>, Failure>>()?)
        })
    }

    fn resolve(
        &mut self,
        key: &str,
        finding: &Finding,
        by: &str,
        why: &str,
        notified: &dyn Fn(&str) -> bool,
    ) -> Result<(), Refused> {
        command!(self, |transaction| resolve(&transaction, key, finding, by, why, notified))
    }

    fn messages(&mut self, states: [&str; 3], tenant: Option<&str>) -> Result<Vec<MessageRecord>, Refused> {
        command!(self, |transaction| async {
            let sql = "SELECT outbox.*, todo_type, title, order_id FROM outbox JOIN keys USING (key)
                 WHERE outbox.state IN ($1, $2, $3) AND ($4::text IS NULL OR outbox.tenant = $4) ORDER BY written_at, outbox.number";
            let [first, second, third] = &states;
            let parameters: [Parameter<'_>; 4] =
                [(first, Type::TEXT), (second, Type::TEXT), (third, Type::TEXT), (&tenant, Type::TEXT)];
            let rows = transaction.client()?.query_typed(sql, &parameters).await?;
            Ok(rows.iter().map(message).collect::<Result<Vec<_>, Failure>>()?)
        })
    }

    fn resend(&mut self, id: &str) -> Result<bool, Refused> {
        command!(self, |transaction| async {
            let client = transaction.client()?;
            let sql = "SELECT identity IS NOT DISTINCT FROM '' AS is_erased FROM outbox JOIN keys USING (key)
                 WHERE webhook_id = $1 FOR UPDATE OF outbox";
            let found = client.query_typed_opt(sql, &[(&id, Type::TEXT)]).await?;
            let Some(found) = found else { return Ok(false) };
            if get(&found, "is_erased")? {
                return Err(Stopped::Refused(Refused::Erased(id.to_owned())));
            }
            let sql =
                "UPDATE outbox SET state = 'waiting', attempts = 0, failure = NULL, decided_at = NULL, taken_until = 0,
                     due_at = extract(epoch FROM clock_timestamp())::bigint WHERE webhook_id = $1";
            Ok(client.execute_typed(sql, &[(&id, Type::TEXT)]).await? == 1)
        })
    }

    fn erase(&mut self, selection: &Selection, tenant: Option<&str>, really: bool) -> Result<Erased, Refused> {
        let (found, mut erased) = command!(self, |transaction| erase::find(&transaction, selection, tenant))?;
        if !really {
            return Ok(erased);
        }
        erased = Erased::default();
        for step in found.chunks(erase::ROWS) {
            let done: Erased = command!(self, |transaction| erase::blank(&transaction, step, selection, tenant))?;
            erased = erase::sum(erased, done);
        }
        // What was blanked stands in the tables' files until they are swept.
        self.runtime.block_on(self.sessions.vacuum(LONGEST))?;
        Ok(erased)
    }

    fn backup(&mut self, _: &Path) -> Result<(), Refused> {
        Err(Refused::NotOurs(
            "the store is a PostgreSQL database: back it up by PostgreSQL's own tools (pg_dump, pg_basebackup), also while relays run",
        ))
    }
}

async fn resolve(
    transaction: &Transaction,
    key: &str,
    finding: &Finding,
    by: &str,
    why: &str,
    notified: &dyn Fn(&str) -> bool,
) -> Result<(), Stopped> {
    let client = transaction.client()?;
    let no_such_key = || Stopped::Refused(Refused::NoSuchKey(key.to_owned()));
    let sql = "SELECT title, extract(epoch FROM clock_timestamp())::bigint - claimed_at AS since_claim FROM keys
         WHERE key = $1 FOR UPDATE";
    let row = client.query_typed_opt(sql, &[(&key, Type::TEXT)]).await?.ok_or_else(no_such_key)?;
    let stored = rows::stored(client, &Key::parse(key).map_err(|_| no_such_key())?).await?;
    let stored = stored.row.ok_or_else(no_such_key)?;
    let report = word(finding, get(&row, "title")?);
    let state = stored
        .resolve(get(&row, "since_claim")?, &report)
        .map_err(|why| Stopped::Refused(Refused::unresolvable(key, why)))?;
    rows::update(transaction, key, &state).await?;
    let sql = "INSERT INTO resolutions (key, outcome, resolved_by, why, resolved_at)
         VALUES ($1, $2, $3, $4, extract(epoch FROM clock_timestamp())::bigint)";
    let (outcome, by, why) = (state.name(), text(by), text(why));
    let parameters: [Parameter<'_>; 4] =
        [(&key, Type::TEXT), (&outcome, Type::TEXT), (&by, Type::TEXT), (&why, Type::TEXT)];
    client.execute_typed(sql, &parameters).await?;
    let tenant = &stored.owner.tenant;
    if matches!(finding, Finding::Created(_)) && notified(tenant) {
        // The request that it was for is long gone, and its trace with it.
        outbox::write(transaction, key, tenant, None).await?;
    }
    Ok(())
}

fn record(row: &Row) -> Result<KeyRecord, Failure> {
    let status = get::<Option<i32>>(row, "upstream_status")?.map(|status| u16::try_from(status).unwrap_or_default());
    let reason = get::<Option<String>>(row, "upstream_reason")?;
    Ok(KeyRecord {
        key: get(row, "key")?,
        state: get(row, "state")?,
        tenant: get(row, "tenant")?,
        environment: get(row, "environment")?,
        reporter: get(row, "identity")?,
        entry: entry(row)?,
        task_link: get(row, "task_link")?,
        upstream: status.map(|status| (status, reason.unwrap_or_default())),
        claimed_at: get(row, "claimed_at")?,
        decided_at: get(row, "decided_at")?,
        replaced_by: get(row, "replaced_by")?,
        resolution: match get(row, "resolved_by")? {
            Some(by) => Some(Resolution { by, why: get(row, "why")?, at: get(row, "resolved_at")? }),
            None => None,
        },
        webhook: match get(row, "webhook_id")? {
            Some(id) => Some((id, get(row, "webhook_state")?)),
            None => None,
        },
    })
}

fn message(row: &Row) -> Result<MessageRecord, Failure> {
    Ok(MessageRecord {
        id: get(row, "webhook_id")?,
        key: get(row, "key")?,
        tenant: get(row, "tenant")?,
        state: get(row, "state")?,
        attempts: u32::try_from(get::<i64>(row, "attempts")?).unwrap_or(u32::MAX),
        failure: get(row, "failure")?,
        written_at: get(row, "written_at")?,
        due_at: get(row, "due_at")?,
        decided_at: get(row, "decided_at")?,
        entry: entry(row)?,
    })
}
