//! The outbox's statements, each function within its caller's transaction.

use async_trait::async_trait;
use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::{Sqlite, now};
use crate::store::outbox::{Attempt, Message, Outbox};
use crate::store::{Entry, StoreError};

/// Writes that a host is to be told of a key's todo. One that is written already stays as it is.
pub(super) fn write(connection: &Connection, key: &str, tenant: &str, now: i64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO outbox (webhook_id, key, tenant, due_at, written_at) VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT (key) DO NOTHING",
    )?;
    statement.execute((format!("msg_{}", Uuid::new_v4().simple()), key, tenant, now))?;
    Ok(())
}

fn due(connection: &Connection, tenant: &str, most: usize, now: i64) -> rusqlite::Result<Vec<Message>> {
    // Of what was erased there is nothing to tell, whoever has written that it waits.
    let mut statement = connection.prepare_cached(
        "SELECT webhook_id, todo_type, title, order_id, task_link, written_at, attempts, due_at FROM outbox JOIN keys USING (key)
         WHERE outbox.tenant = ?1 AND outbox.state = 'waiting' AND due_at <= ?2 AND identity IS NOT ''
         ORDER BY due_at, outbox.rowid LIMIT ?3",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = statement.query_map((tenant, now, most), |row| {
        Ok(Message {
            id: row.get(0)?,
            entry: Entry { todo_type: row.get(1)?, title: row.get(2)?, order_id: row.get(3)? },
            task_link: row.get(4)?,
            written_at: row.get(5)?,
            attempts: row.get(6)?,
            due_at: row.get(7)?,
        })
    })?;
    rows.collect()
}

fn record(connection: &Connection, message: &Message, attempt: &Attempt, now: i64) -> rusqlite::Result<()> {
    let (state, due_at, failure) = match attempt {
        Attempt::Told => ("told", now, None),
        Attempt::Postponed { seconds, failure } => ("waiting", now.saturating_add((*seconds).into()), Some(failure)),
        Attempt::Dead { failure } => ("dead", now, Some(failure)),
    };
    // What was told stays told, whatever an attempt says that was under way beside it; and who has begun anew is at another attempt.
    let mut statement = connection.prepare_cached(
        "UPDATE outbox SET state = :state, attempts = attempts + 1, due_at = :due_at, failure = :failure,
             decided_at = CASE WHEN :state = 'waiting' THEN NULL ELSE :now END
         WHERE webhook_id = :id AND state <> 'told' AND (:state = 'told' OR attempts = :attempts AND due_at = :due)",
    )?;
    statement.execute(named_params! {
        ":state": state, ":due_at": due_at, ":failure": failure, ":now": now, ":id": message.id,
        ":attempts": message.attempts, ":due": message.due_at
    })?;
    Ok(())
}

/// Those that no host has taken, by their state.
pub(super) fn count(connection: &Connection) -> rusqlite::Result<Vec<(&'static str, i64)>> {
    let mut statement = connection.prepare("SELECT count(*) FROM outbox WHERE state = ?1")?;
    let count = |state: &'static str| Ok((state, statement.query_row([state], |row| row.get(0))?));
    ["waiting", "dead"].into_iter().map(count).collect()
}

#[async_trait]
impl Outbox for Sqlite {
    async fn due(&self, tenant: &str, most: usize) -> Result<Vec<Message>, StoreError> {
        let tenant = tenant.to_owned();
        self.read(move |connection| due(connection, &tenant, most, now())).await
    }

    async fn record(&self, message: &Message, attempt: &Attempt) -> Result<(), StoreError> {
        let (message, attempt) = (message.clone(), attempt.clone());
        self.write(move |connection| record(connection, &message, &attempt, now())).await
    }

    async fn written(&self) {
        self.written.notified().await;
    }
}
