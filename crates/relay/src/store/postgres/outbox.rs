//! The outbox's statements, each function within its caller's transaction. A message that one instance has taken no other one takes,
//! until its attempt has come to its end, or would have.

use async_trait::async_trait;
use tokio_postgres::Client;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::Postgres;
use super::session::{Failure, PATIENCE, Transaction, get};
use super::values::{Parameter, entry, text};
use crate::store::StoreError;
use crate::store::outbox::{Attempt, Message, Outbox};

/// So long a message is an instance's: longer than an attempt takes, and what comes of it to be stored.
const TAKEN: i64 = 60;

/// Writes that a host is to be told of a key's todo. One that is written already stays as it is.
pub(super) async fn write(
    transaction: &Transaction,
    key: &str,
    tenant: &str,
    traceparent: Option<&str>,
) -> Result<(), Failure> {
    let sql = "INSERT INTO outbox (webhook_id, key, tenant, traceparent, due_at, written_at)
         SELECT $1, $2, $3, $4, now, now FROM (SELECT extract(epoch FROM clock_timestamp())::bigint AS now) AS clock
         ON CONFLICT (key) DO NOTHING";
    let id = format!("msg_{}", Uuid::new_v4().simple());
    let parameters: [Parameter<'_>; 4] =
        [(&id, Type::TEXT), (&key, Type::TEXT), (&tenant, Type::TEXT), (&traceparent, Type::TEXT)];
    transaction.client()?.execute_typed(sql, &parameters).await?;
    Ok(())
}

async fn tenants_due(client: &Client) -> Result<Vec<String>, Failure> {
    // From one tenant to the next by the index: a host that has been away for days has thousands of rows in between.
    let sql = "WITH RECURSIVE waiting (tenant) AS (
             SELECT min(tenant) FROM bzctrl_relay.outbox WHERE state = 'waiting'
             UNION ALL
             SELECT (SELECT min(tenant) FROM bzctrl_relay.outbox WHERE state = 'waiting' AND outbox.tenant > waiting.tenant) FROM waiting
             WHERE waiting.tenant IS NOT NULL
         )
         SELECT tenant FROM waiting WHERE EXISTS
             (SELECT 1 FROM bzctrl_relay.outbox, (SELECT extract(epoch FROM clock_timestamp())::bigint AS now) AS clock
              WHERE outbox.tenant = waiting.tenant AND state = 'waiting' AND due_at <= now AND taken_until < now)";
    let rows = client.query_typed(sql, &[]).await?;
    rows.iter().map(|row| get(row, "tenant")).collect()
}

async fn take_due(transaction: &Transaction, tenant: &str, most: i64) -> Result<Vec<Message>, Failure> {
    // Of what was erased there is nothing to tell, whoever has written that it waits.
    let sql = "UPDATE outbox SET taken_until = extract(epoch FROM clock_timestamp())::bigint + $3
         FROM keys WHERE keys.key = outbox.key AND identity IS DISTINCT FROM '' AND webhook_id IN
             (SELECT webhook_id FROM outbox, (SELECT extract(epoch FROM clock_timestamp())::bigint AS now) AS clock
              WHERE tenant = $1 AND state = 'waiting' AND due_at <= now AND taken_until < now
              ORDER BY due_at, number LIMIT $2 FOR UPDATE OF outbox SKIP LOCKED)
         RETURNING webhook_id, outbox.number AS number, todo_type, title, order_id, task_link, traceparent, written_at, attempts, due_at";
    let parameters: [Parameter<'_>; 3] = [(&tenant, Type::TEXT), (&most, Type::INT8), (&TAKEN, Type::INT8)];
    let mut rows = transaction.client()?.query_typed(sql, &parameters).await?;
    rows.sort_by_key(|row| (row.try_get("due_at").unwrap_or(0_i64), row.try_get("number").unwrap_or(0_i64)));
    rows.iter()
        .map(|row| {
            Ok(Message {
                id: get(row, "webhook_id")?,
                entry: entry(row)?,
                task_link: get(row, "task_link")?,
                traceparent: get(row, "traceparent")?,
                written_at: get(row, "written_at")?,
                attempts: u32::try_from(get::<i64>(row, "attempts")?).unwrap_or(u32::MAX),
                due_at: get(row, "due_at")?,
            })
        })
        .collect()
}

async fn record(transaction: &Transaction, message: &Message, attempt: &Attempt) -> Result<(), Failure> {
    let (state, seconds, failure) = match attempt {
        Attempt::Told => ("told", 0, None),
        Attempt::Postponed { seconds, failure } => ("waiting", i64::from(*seconds), Some(text(failure))),
        Attempt::Dead { failure } => ("dead", 0, Some(text(failure))),
    };
    // What was told stays told, whatever an attempt says that was under way beside it; and who has begun anew is at another attempt.
    let sql = "UPDATE outbox SET state = $2, attempts = attempts + 1, due_at = now + $3, failure = $4, taken_until = 0,
             decided_at = CASE WHEN $2 = 'waiting' THEN NULL ELSE now END
         FROM (SELECT extract(epoch FROM clock_timestamp())::bigint AS now) AS clock
         WHERE webhook_id = $1 AND state <> 'told' AND ($2 = 'told' OR attempts = $5 AND due_at = $6)";
    let attempts = i64::from(message.attempts);
    let parameters: [Parameter<'_>; 6] = [
        (&message.id, Type::TEXT),
        (&state, Type::TEXT),
        (&seconds, Type::INT8),
        (&failure, Type::TEXT),
        (&attempts, Type::INT8),
        (&message.due_at, Type::INT8),
    ];
    transaction.client()?.execute_typed(sql, &parameters).await?;
    Ok(())
}

#[async_trait]
impl Outbox for Postgres {
    async fn tenants_due(&self) -> Result<Vec<String>, StoreError> {
        ask!(self, reads, PATIENCE, |client| tenants_due(client))
    }

    async fn due(&self, tenant: &str, most: usize, _: &[String]) -> Result<Vec<Message>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        transact!(self, writes, |transaction| take_due(&transaction, tenant, most))
    }

    async fn record(&self, message: &Message, attempt: &Attempt) -> Result<(), StoreError> {
        transact!(self, writes, |transaction| record(&transaction, message, attempt))
    }

    async fn written(&self) {
        self.written.notified().await;
    }
}
