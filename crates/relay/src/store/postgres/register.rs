//! What is asked of many rows, and what is not a key's: the register of an order, counts, assertions that were used, shares, and what
//! the sweeper does.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::session::{Failure, Transaction, get};
use super::values::{Parameter, entry, names, text};
use crate::store::{KeyState, Registered, Share};

/// What is known of an order.
pub(super) async fn of_order(
    client: &Client,
    tenant: &str,
    environment: &str,
    order_id: &str,
) -> Result<Vec<Registered>, Failure> {
    let sql =
        "SELECT todo_type, title, order_id, state = 'created' AS created, task_link, claimed_at, identity FROM bzctrl_relay.keys
         WHERE tenant = $1 AND order_id = $2 AND state IN ('created', 'unknown') AND identity IS DISTINCT FROM ''
         AND NOT EXISTS (SELECT 1 FROM bzctrl_relay.epochs WHERE name = keys.epoch AND epochs.environment <> $3)
         ORDER BY claimed_at DESC, number DESC LIMIT 100";
    let order_id = text(order_id);
    let parameters: [Parameter<'_>; 3] = [(&tenant, Type::TEXT), (&order_id, Type::TEXT), (&environment, Type::TEXT)];
    let rows = client.query_typed(sql, &parameters).await?;
    rows.iter()
        .map(|row| {
            Ok(Registered {
                entry: entry(row)?,
                created: get(row, "created")?,
                task_link: get(row, "task_link")?,
                claimed_at: get(row, "claimed_at")?,
                reporter: get(row, "identity")?,
            })
        })
        .collect()
}

/// Whether this is the first use, over all instances.
pub(super) async fn use_once(transaction: &Transaction, digest: &[u8], expires_at: i64) -> Result<bool, Failure> {
    let sql = "INSERT INTO used_assertions (digest, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let written =
        transaction.client()?.execute_typed(sql, &[(&digest, Type::BYTEA), (&expires_at, Type::INT8)]).await?;
    Ok(written == 1)
}

/// Takes one of each of these shares, if there is one of all of them; else says after how many seconds there will be. By the
/// "generic cell rate algorithm": a share is an instant, at which it would be whole again. Each is a transaction of its own, which
/// waits for no disk: its table is in no log.
pub(super) async fn take(client: &Client, shares: &[Share]) -> Result<Option<u64>, Failure> {
    let sql = "INSERT INTO bzctrl_relay.shares AS share (name, full_at)
         SELECT $1, now + $2 FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now) AS clock
         ON CONFLICT (name) DO UPDATE SET full_at = greatest(share.full_at, excluded.full_at - $2) + $2
         WHERE share.full_at + $2 - excluded.full_at + $2 <= 60000000
         RETURNING full_at";
    for share in shares {
        let each = 60_000_000 / i64::from(share.per_minute.get());
        let parameters: [Parameter<'_>; 2] = [(&share.name, Type::TEXT), (&each, Type::INT8)];
        if client.query_typed_opt(sql, &parameters).await?.is_none() {
            let seconds = u64::try_from(each / 1_000_000).unwrap_or_default();
            return Ok(Some(seconds + 1));
        }
    }
    Ok(None)
}

/// How many rows are in each state: of keys, or of webhooks.
pub(super) async fn count(
    client: &Client,
    sql: &str,
    states: &[&'static str],
) -> Result<Vec<(&'static str, i64)>, Failure> {
    let rows = client.query_typed(sql, &[]).await?;
    let mut counts = Vec::new();
    for state in states {
        let mut counted = 0;
        for row in &rows {
            if get::<&str>(row, "state")? == *state {
                counted = get(row, "count")?;
            }
        }
        counts.push((*state, counted));
    }
    Ok(counts)
}

pub(super) const KEYS: (&str, &[&str]) =
    ("SELECT state, count(*) AS count FROM bzctrl_relay.keys GROUP BY state", &KeyState::NAMES);
pub(super) const WEBHOOKS: (&str, &[&str]) = (
    "SELECT state, count(*) AS count FROM bzctrl_relay.outbox WHERE state <> 'told' GROUP BY state",
    &["waiting", "dead"],
);

/// What an instance was sending that has not said what became of it: its lease is over, by the database's clock. Or it is this one,
/// which has just started, and sends nothing.
pub(super) async fn give_up(transaction: &Transaction, instance: Option<&str>) -> Result<u64, Failure> {
    let sql = "UPDATE keys SET state = 'unknown', decided_at = extract(epoch FROM clock_timestamp())::bigint
         WHERE state = ANY($2) AND (lease_until < extract(epoch FROM clock_timestamp())::bigint OR instance = $1)";
    Ok(transaction
        .client()?
        .execute_typed(sql, &[(&instance, Type::TEXT), (&names(KeyState::GIVEN_UP), Type::TEXT_ARRAY)])
        .await?)
}

/// Forgets what says nothing any more.
pub(super) async fn forget(transaction: &Transaction) -> Result<(), Failure> {
    transaction
        .client()?
        .batch_execute(
            "DELETE FROM used_assertions WHERE expires_at < extract(epoch FROM clock_timestamp())::bigint;
             DELETE FROM shares WHERE full_at < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
        )
        .await?;
    Ok(())
}

/// How the store stands, for all instances: how many doubts there were, the last one, and the schema.
pub(super) async fn standing(transaction: &Transaction) -> Result<(i64, Option<String>, i32), Failure> {
    let sql = "SELECT doubts, why, version FROM witness, schema_version";
    let row = transaction.client()?.query_typed_one(sql, &[]).await?;
    Ok((get(&row, "doubts")?, get(&row, "why")?, get(&row, "version")?))
}

/// Writes, as a claim does.
pub(super) async fn touch(transaction: &Transaction) -> Result<(), Failure> {
    let sql = "UPDATE witness SET touched_at = extract(epoch FROM clock_timestamp())::bigint";
    transaction.client()?.execute_typed(sql, &[]).await?;
    Ok(())
}
