//! The outbox's statements, each function within its caller's transaction.

use async_trait::async_trait;
use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::{Sqlite, now};
use crate::store::outbox::{Attempt, Message, Outbox};
use crate::store::{Entry, StoreError};

/// Writes that a host is to be told of a key's todo. One that is written already stays as it is.
pub(super) fn write(
    connection: &Connection,
    key: &str,
    tenant: &str,
    traceparent: Option<&str>,
    now: i64,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO outbox (webhook_id, key, tenant, traceparent, due_at, written_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
         ON CONFLICT (key) DO NOTHING",
    )?;
    statement.execute((format!("msg_{}", Uuid::new_v4().simple()), key, tenant, traceparent, now))?;
    Ok(())
}

fn tenants_due(connection: &Connection, now: i64) -> rusqlite::Result<Vec<String>> {
    // From one tenant to the next by the index: a host that has been away for days has thousands of rows in between.
    let mut statement = connection.prepare_cached(
        "WITH RECURSIVE waiting (tenant) AS (
             SELECT min(tenant) FROM outbox WHERE state = 'waiting'
             UNION ALL
             SELECT (SELECT min(tenant) FROM outbox WHERE state = 'waiting' AND tenant > waiting.tenant) FROM waiting
             WHERE waiting.tenant IS NOT NULL
         )
         SELECT tenant FROM waiting WHERE EXISTS
             (SELECT 1 FROM outbox WHERE outbox.tenant = waiting.tenant AND state = 'waiting' AND due_at <= ?1)",
    )?;
    let rows = statement.query_map([now], |row| row.get(0))?;
    rows.collect()
}

fn due(connection: &Connection, tenant: &str, most: usize, now: i64) -> rusqlite::Result<Vec<Message>> {
    // Of what was erased there is nothing to tell, whoever has written that it waits.
    let mut statement = connection.prepare_cached(
        "SELECT webhook_id, todo_type, title, order_id, task_link, traceparent, written_at, attempts, due_at FROM outbox JOIN keys USING (key)
         WHERE outbox.tenant = ?1 AND outbox.state = 'waiting' AND due_at <= ?2 AND identity IS NOT ''
         ORDER BY due_at, outbox.rowid LIMIT ?3",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = statement.query_map((tenant, now, most), |row| {
        Ok(Message {
            id: row.get(0)?,
            entry: Entry { todo_type: row.get(1)?, title: row.get(2)?, order_id: row.get(3)? },
            task_link: row.get(4)?,
            traceparent: row.get(5)?,
            written_at: row.get(6)?,
            attempts: row.get(7)?,
            due_at: row.get(8)?,
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
    async fn tenants_due(&self) -> Result<Vec<String>, StoreError> {
        self.read(|connection| tenants_due(connection, now())).await
    }

    async fn due(&self, tenant: &str, most: usize, under_way: &[String]) -> Result<Vec<Message>, StoreError> {
        let tenant = tenant.to_owned();
        // Those that are under way come first.
        let with_them = most + under_way.len();
        let mut messages = self.read(move |connection| due(connection, &tenant, with_them, now())).await?;
        messages.retain(|message| !under_way.contains(&message.id));
        messages.truncate(most);
        Ok(messages)
    }

    async fn record(&self, message: &Message, attempt: &Attempt) -> Result<(), StoreError> {
        let (message, attempt) = (message.clone(), attempt.clone());
        self.write(move |connection| record(connection, &message, &attempt, now())).await
    }

    async fn written(&self) {
        self.written.notified().await;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rusqlite_migration::Migrations;

    use super::super::MIGRATIONS;
    use super::*;

    #[test]
    fn the_tenants_that_have_something_to_tell_are_found_by_one_question() {
        let mut connection = Connection::open_in_memory().unwrap();
        Migrations::from_slice(MIGRATIONS).to_latest(&mut connection).unwrap();
        let transaction = connection.transaction().unwrap();
        assert_eq!(tenants_due(&transaction, 100).unwrap(), Vec::<String>::new());
        for (at, (tenant, state, due_at)) in [
            ("a", "waiting", 100),
            ("a", "waiting", 90),
            ("b", "waiting", 101),
            ("c", "told", 90),
            ("d", "dead", 90),
            ("e", "waiting", 200),
            ("e", "waiting", 99),
        ]
        .into_iter()
        .enumerate()
        {
            let sql = "INSERT INTO outbox (webhook_id, key, tenant, state, due_at, written_at) VALUES (?1, ?1, ?2, ?3, ?4, 1)";
            transaction.execute(sql, (at.to_string(), tenant, state, due_at)).unwrap();
        }
        assert_eq!(tenants_due(&transaction, 100).unwrap(), ["a", "e"]);
    }
}
