//! An SQLite store in an operator's hands, beside the relay that uses it. The relay's lock keeps a second relay out; what keeps
//! these short transactions and the relay's apart is SQLite itself. The schema stays as the relay has made it.

use std::path::{Path, PathBuf};

use bzctrl_contract::Key;
use rusqlite::{
    Connection, OpenFlags, OptionalExtension, Row as SqlRow, Transaction, TransactionBehavior, named_params,
};

use super::{BUSY, MIGRATIONS, now, outbox, rows};
use crate::store::Entry;
use crate::store::operator::{self, Erased, Finding, KeyRecord, MessageRecord, Refused, Resolution, Selection, word};
use crate::store::witness::{self, Testimony, Visit};

/// A store in an operator's hands.
#[derive(Debug)]
pub(crate) struct Operator {
    // It is closed first: where no relay runs, that moves its log into the file.
    pub(super) connection: Connection,
    changes: Changes,
}

/// What this command does to the files, so that the relay does not take it for another's.
#[derive(Debug)]
struct Changes {
    file: PathBuf,
    visit: Option<Visit>,
}

impl Changes {
    fn begin(&mut self) {
        if self.visit.is_none() {
            self.visit = Visit::begin(&self.file);
        }
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        if let Some(visit) = self.visit.take() {
            visit.end();
        }
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        // Whoever only reads looks now, and not before: a folder may have been put back while it read.
        self.changes.begin();
    }
}

const OF_KEY: &str = "SELECT keys.*, outbox.webhook_id, outbox.state AS webhook_state, resolved_by, why, resolved_at, environment
     FROM keys LEFT JOIN outbox USING (key) LEFT JOIN resolutions USING (key) LEFT JOIN epochs ON epochs.name = keys.epoch WHERE ";
const OF_MESSAGE: &str = "SELECT outbox.*, todo_type, title, order_id FROM outbox JOIN keys USING (key)
     WHERE outbox.state IN (SELECT value FROM (SELECT :first AS value UNION SELECT :second UNION SELECT :third))
     AND (:tenant IS NULL OR outbox.tenant = :tenant) ORDER BY written_at, outbox.rowid";

impl Operator {
    /// Opens the file that a relay has made.
    ///
    /// # Errors
    /// There is none, or not of this release; or this is not the name by which a relay uses it.
    pub(crate) fn open(path: &Path) -> Result<Self, Refused> {
        let says = |error: &dyn std::fmt::Display| Refused::Store(format!("{}: {error}", path.display()));
        if !path.is_file() {
            return Err(says(&"there is no such file; a relay makes it at its first start"));
        }
        let file = path.canonicalize().map_err(|error| says(&error))?;
        witness::check_name(&file).map_err(Refused::Store)?;
        if Testimony::beside(&file) == Ok(None) {
            return Err(says(
                &"its witness is not beside it: a relay has it by another name, or it is older, or a copy. Start a relay on it first",
            ));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&file, flags).map_err(|error| says(&error))?;
        let prepared = connection
            .busy_timeout(BUSY)
            .and_then(|()| connection.pragma_update(None, "synchronous", "FULL"))
            .and_then(|()| connection.pragma_update(None, "secure_delete", "ON"))
            // The log is emptied by the relay, by `erase`, and at the end: when it is said whose change that is.
            .and_then(|()| connection.pragma_update(None, "wal_autocheckpoint", 0))
            .and_then(|()| connection.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0)));
        let version = prepared.map_err(|error| says(&error))?;
        match usize::try_from(version).unwrap_or(usize::MAX).cmp(&MIGRATIONS.len()) {
            std::cmp::Ordering::Less => {
                Err(says(&"it was made by an older release; the relay renews it when it starts"))
            }
            std::cmp::Ordering::Greater => Err(says(&"it was made by a newer release; use that one")),
            std::cmp::Ordering::Equal => Ok(Self { connection, changes: Changes { file, visit: None } }),
        }
    }

    pub(super) fn transaction(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.changes.begin();
        self.connection.transaction_with_behavior(TransactionBehavior::Immediate)
    }
}

impl operator::Operator for Operator {
    fn has_tenant(&mut self, tenant: &str) -> Result<bool, Refused> {
        Ok(self.connection.prepare("SELECT 1 FROM keys WHERE tenant = ?1")?.exists([tenant])?)
    }

    fn show(&mut self, selection: &Selection, tenant: Option<&str>) -> Result<Vec<KeyRecord>, Refused> {
        let (condition, value) = condition(selection);
        let sql = format!(
            "{OF_KEY} {condition} AND (:tenant IS NULL OR keys.tenant = :tenant) ORDER BY claimed_at, keys.rowid"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement.query_map(named_params! { ":value": value, ":tenant": tenant }, record)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn resolve(
        &mut self,
        key: &str,
        finding: &Finding,
        by: &str,
        why: &str,
        notified: &dyn Fn(&str) -> bool,
    ) -> Result<(), Refused> {
        let transaction = self.transaction()?;
        let no_such_key = || Refused::NoSuchKey(key.to_owned());
        let stored = rows::stored(&transaction, &Key::parse(key).map_err(|_| no_such_key())?)?;
        let stored = stored.row.ok_or_else(no_such_key)?;
        let (title, claimed_at) =
            transaction.query_row("SELECT title, claimed_at FROM keys WHERE key = ?1", [key], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
            })?;
        let now = now();
        let report = word(finding, &title);
        let state =
            stored.resolve(now.saturating_sub(claimed_at), &report).map_err(|why| Refused::unresolvable(key, why))?;
        let tenant = stored.owner.tenant;
        let (created, said) = rows::outcome(&state);
        transaction.execute(
            "UPDATE keys SET state = :state, answer = :answer, task_link = :task_link, upstream_status = :status,
                 upstream_reason = :reason, decided_at = :now WHERE key = :key AND state = 'unknown'",
            named_params! {
                ":state": state.name(),
                ":answer": created.map(|created| &created.answer),
                ":task_link": created.and_then(|created| created.task_link.as_ref()),
                ":status": said.map(|said| said.status),
                ":reason": said.map(|said| &said.reason),
                ":now": now,
                ":key": key,
            },
        )?;
        transaction.execute(
            "INSERT INTO resolutions (key, outcome, resolved_by, why, resolved_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            (key, state.name(), by, why, now),
        )?;
        if created.is_some() && notified(&tenant) {
            // The request that it was for is long gone, and its trace with it.
            outbox::write(&transaction, key, &tenant, None, now)?;
        }
        Ok(transaction.commit()?)
    }

    fn messages(&mut self, states: [&str; 3], tenant: Option<&str>) -> Result<Vec<MessageRecord>, Refused> {
        let [first, second, third] = states;
        let mut statement = self.connection.prepare(OF_MESSAGE)?;
        let parameters = named_params! { ":first": first, ":second": second, ":third": third, ":tenant": tenant };
        let rows = statement.query_map(parameters, message)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn resend(&mut self, id: &str) -> Result<bool, Refused> {
        let transaction = self.transaction()?;
        let erased = transaction
            .query_row("SELECT identity IS '' FROM outbox JOIN keys USING (key) WHERE webhook_id = ?1", [id], |row| {
                row.get::<_, bool>(0)
            })
            .optional()?;
        if erased == Some(true) {
            return Err(Refused::Erased(id.to_owned()));
        }
        let changed = transaction.execute(
            "UPDATE outbox SET state = 'waiting', attempts = 0, due_at = ?2, failure = NULL, decided_at = NULL WHERE webhook_id = ?1",
            (id, now()),
        )?;
        transaction.commit()?;
        Ok(changed == 1)
    }

    fn erase(&mut self, selection: &Selection, tenant: Option<&str>, really: bool) -> Result<Erased, Refused> {
        Self::erase(self, selection, tenant, really)
    }

    fn backup(&mut self, to: &Path) -> Result<(), Refused> {
        Self::backup(self, to)
    }
}

/// The condition of a selection, and what stands for `:value` in it.
pub(super) fn condition(selection: &Selection) -> (&'static str, &str) {
    match selection {
        Selection::Key(key) => ("keys.key = :value", key),
        Selection::Order(order) => ("keys.order_id = :value AND order_id <> ''", order),
        // Of one that was erased there is nothing left to look up, nor to say.
        Selection::Unknown => ("keys.state = :value AND identity IS NOT ''", "unknown"),
        // Of these rows those that `mentions` finds.
        Selection::Person(email) => (":value <> ''", email),
    }
}

fn entry(row: &SqlRow<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry { todo_type: row.get("todo_type")?, title: row.get("title")?, order_id: row.get("order_id")? })
}

fn record(row: &SqlRow<'_>) -> rusqlite::Result<KeyRecord> {
    let (status, reason): (Option<u16>, Option<String>) = (row.get("upstream_status")?, row.get("upstream_reason")?);
    let webhook: Option<String> = row.get("webhook_id")?;
    let resolved_by: Option<String> = row.get("resolved_by")?;
    Ok(KeyRecord {
        key: row.get("key")?,
        state: row.get("state")?,
        tenant: row.get("tenant")?,
        environment: row.get("environment")?,
        reporter: row.get("identity")?,
        entry: entry(row)?,
        task_link: row.get("task_link")?,
        upstream: status.map(|status| (status, reason.unwrap_or_default())),
        claimed_at: row.get("claimed_at")?,
        decided_at: row.get("decided_at")?,
        replaced_by: row.get("replaced_by")?,
        resolution: match resolved_by {
            Some(by) => Some(Resolution { by, why: row.get("why")?, at: row.get("resolved_at")? }),
            None => None,
        },
        webhook: match webhook {
            Some(id) => Some((id, row.get("webhook_state")?)),
            None => None,
        },
    })
}

fn message(row: &SqlRow<'_>) -> rusqlite::Result<MessageRecord> {
    Ok(MessageRecord {
        id: row.get("webhook_id")?,
        key: row.get("key")?,
        tenant: row.get("tenant")?,
        state: row.get("state")?,
        attempts: row.get("attempts")?,
        failure: row.get("failure")?,
        written_at: row.get("written_at")?,
        due_at: row.get("due_at")?,
        decided_at: row.get("decided_at")?,
        entry: entry(row)?,
    })
}
