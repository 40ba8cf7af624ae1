//! The statements, each function within its caller's transaction. What they read is judged by `transitions`; what is read for that is
//! locked first, so that nobody else changes it before the commit.

use bzctrl_contract::{Key, UpstreamAnswer};
use futures_util::future::try_join_all;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::outbox;
use super::session::{Failure, Transaction, get};
use super::values::{Parameter, text};
use crate::owner::Owner;
use crate::store::transitions::{Bar, Change, Conclusion, Epoch, Replacement, StoredKey, StoredRow};
use crate::store::{Claim, Claimed, Digest, KeyLookup, KeyState, Report};
use crate::upstream::Created;

/// How long an instance's word on a claim is waited for: longer than a send takes, with a token and once more.
pub(super) const LEASE: i64 = 60;

/// The newest epoch of an environment that is whole, if it began today.
pub(super) async fn epoch_of_today(client: &Client, environment: &str) -> Result<Option<String>, Failure> {
    let sql = "SELECT name FROM bzctrl_relay.epochs WHERE NOT is_broken AND environment = $1
         AND began_at / 86400 >= extract(epoch FROM clock_timestamp())::bigint / 86400
         ORDER BY began_at DESC, name LIMIT 1";
    let row = client.query_typed_opt(sql, &[(&environment, Type::TEXT)]).await?;
    row.map(|row| get(&row, "name")).transpose()
}

/// That epoch, or a new one.
pub(super) async fn epoch(transaction: &Transaction, environment: &str) -> Result<String, Failure> {
    if let Some(name) = epoch_of_today(transaction.client()?, environment).await? {
        return Ok(name);
    }
    let name = Uuid::new_v4().simple().to_string();
    let sql = "INSERT INTO epochs (name, began_at, environment)
         VALUES ($1, extract(epoch FROM clock_timestamp())::bigint, $2)";
    transaction.client()?.execute_typed(sql, &[(&name, Type::TEXT), (&environment, Type::TEXT)]).await?;
    Ok(name)
}

const STORED: &str =
    "SELECT keys.key, keys.claim, keys.tenant, keys.identity, keys.digest, keys.state, keys.answer, keys.task_link,
         keys.upstream_status, keys.upstream_reason, keys.replaced_by, keys.title, keys.claimed_at,
         epochs.name AS epoch_name, epochs.is_broken AS epoch_broken, epochs.environment AS epoch_environment,
         new.state AS new_state, new.answer AS new_answer, new.task_link AS new_task_link,
         new.upstream_status AS new_upstream_status, new.upstream_reason AS new_upstream_reason
     FROM (SELECT $1::text AS asked, $2::text AS asked_epoch) AS asking LEFT JOIN bzctrl_relay.keys ON keys.key = asked
         LEFT JOIN bzctrl_relay.epochs ON epochs.name = asked_epoch LEFT JOIN bzctrl_relay.keys AS new ON new.key = keys.replaced_by";

/// All that is stored of a key.
pub(super) async fn stored(client: &Client, key: &Key) -> Result<StoredKey, Failure> {
    let (key, epoch) = (key.as_str(), key.epoch());
    let row = client.query_typed_one(STORED, &[(&key, Type::TEXT), (&epoch, Type::TEXT)]).await?;
    let epoch = match get::<Option<&str>>(&row, "epoch_name")? {
        Some(_) => Some(Epoch { is_whole: !get(&row, "epoch_broken")?, environment: get(&row, "epoch_environment")? }),
        None => None,
    };
    let stored = match get::<Option<&str>>(&row, "key")? {
        Some(_) => Some(stored_row(&row)?),
        None => None,
    };
    Ok(StoredKey { row: stored, epoch })
}

fn stored_row(row: &Row) -> Result<StoredRow, Failure> {
    Ok(StoredRow {
        owner: Owner { tenant: get(row, "tenant")?, identity: get(row, "identity")? },
        claim: get(row, "claim")?,
        // The table takes no other length.
        digest: Digest(get::<&[u8]>(row, "digest")?.try_into().unwrap_or([0; 32])),
        state: state(row, ["state", "answer", "task_link", "upstream_status", "upstream_reason"])?,
        replaced_by: match get(row, "replaced_by")? {
            Some(key) => Some(Replacement {
                key,
                state: match get::<Option<&str>>(row, "new_state")? {
                    Some(_) => Some(state(row, NEW)?),
                    None => None,
                },
            }),
            None => None,
        },
    })
}

const NEW: [&str; 5] = ["new_state", "new_answer", "new_task_link", "new_upstream_status", "new_upstream_reason"];

/// A state, from its five columns.
fn state(row: &Row, [state, answer, task_link, status, reason]: [&str; 5]) -> Result<KeyState, Failure> {
    Ok(match get::<&str>(row, state)? {
        "free" => KeyState::Free,
        "sending" => KeyState::Sending,
        "created" => KeyState::Created(Created { answer: get(row, answer)?, task_link: get(row, task_link)? }),
        "rejected" => KeyState::Rejected(UpstreamAnswer {
            status: u16::try_from(get::<i32>(row, status)?).unwrap_or_default(),
            reason: get::<Option<String>>(row, reason)?.unwrap_or_default(),
        }),
        // What a newer relay may have written: nothing can be said of it.
        _ => KeyState::Unknown,
    })
}

/// What is known of a key, for an owner.
pub(super) async fn look_up(
    client: &Client,
    key: &Key,
    owner: &Owner,
    environment: &str,
) -> Result<KeyLookup, Failure> {
    Ok(stored(client, key).await?.look_up(owner, environment))
}

/// Claims a key, for this instance.
pub(super) async fn claim(transaction: &Transaction, claim: &Claim, instance: &str) -> Result<Claimed, Failure> {
    let replaced = lock(transaction, claim).await?;
    let own = stored(transaction.client()?, &claim.key).await?;
    let client = transaction.client()?;
    let read = try_join_all(replaced.iter().map(|old| stored(client, old))).await?;
    let bars = match own.claim(&claim.key, &claim.owner, &claim.environment, &read) {
        Ok(bars) => bars,
        Err(refused) => return Ok(refused),
    };
    for (old, bar) in replaced.into_iter().zip(bars) {
        if bar == Bar::Write {
            let never_came = Claim { id: Uuid::new_v4(), key: old.clone(), ..claim.clone() };
            insert(transaction, &never_came, &KeyState::Free, instance).await?;
        }
        if bar != Bar::Nothing {
            let (new, old) = (claim.key.as_str(), old.as_str());
            let sql = "UPDATE keys SET replaced_by = $1 WHERE key = $2";
            transaction.client()?.execute_typed(sql, &[(&new, Type::TEXT), (&old, Type::TEXT)]).await?;
        }
    }
    insert(transaction, claim, &KeyState::Sending, instance).await?;
    Ok(Claimed::Yes)
}

/// Locks the rows that a claim is judged by, in one order for all. The keys that this one replaces: by its request, and by an earlier one
/// that was not sent.
async fn lock(transaction: &Transaction, claim: &Claim) -> Result<Vec<Key>, Failure> {
    let (key, replaces) = (claim.key.as_str(), claim.replaces.as_ref().map(Key::as_str));
    let sql = "SELECT key, replaced_by IS NOT DISTINCT FROM $1 AS is_replaced FROM keys
         WHERE key = $1 OR key = $2 OR replaced_by = $1 ORDER BY key FOR UPDATE";
    let rows = transaction.client()?.query_typed(sql, &[(&key, Type::TEXT), (&replaces, Type::TEXT)]).await?;
    let mut keys: Vec<Key> = claim.replaces.iter().cloned().collect();
    for row in &rows {
        if get(row, "is_replaced")? {
            let earlier = Key::parse(get(row, "key")?).ok().filter(|key| Some(key) != claim.replaces.as_ref());
            keys.extend(earlier);
        }
    }
    Ok(keys)
}

/// Writes the claim's row: a new one, or a free one anew. Where somebody else has written one since it was looked for, all is to be
/// judged again.
async fn insert(transaction: &Transaction, claim: &Claim, state: &KeyState, instance: &str) -> Result<(), Failure> {
    let sql = "INSERT INTO keys (key, epoch, state, claim, instance, tenant, identity, digest, todo_type, title, order_id, answer,
             task_link, upstream_status, upstream_reason, claimed_at, lease_until, decided_at)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, now, now + $16,
             CASE WHEN $3 = 'sending' THEN NULL ELSE now END
         FROM (SELECT extract(epoch FROM clock_timestamp())::bigint AS now) AS clock
         ON CONFLICT (key) DO UPDATE SET state = excluded.state, claim = excluded.claim, instance = excluded.instance,
             digest = excluded.digest, todo_type = excluded.todo_type, title = excluded.title, order_id = excluded.order_id,
             claimed_at = excluded.claimed_at, lease_until = excluded.lease_until, decided_at = excluded.decided_at
         WHERE keys.state = 'free' AND keys.replaced_by IS NULL";
    let outcome = Outcome::of(state);
    let (key, epoch, name) = (claim.key.as_str(), claim.key.epoch(), state.name());
    let [todo_type, title, order_id] =
        [&claim.entry.todo_type, &claim.entry.title, &claim.entry.order_id].map(|entry| text(entry));
    let digest = claim.digest.0.as_slice();
    let parameters: [Parameter<'_>; 16] = [
        (&key, Type::TEXT),
        (&epoch, Type::TEXT),
        (&name, Type::TEXT),
        (&claim.id, Type::UUID),
        (&instance, Type::TEXT),
        (&claim.owner.tenant, Type::TEXT),
        (&claim.owner.identity, Type::TEXT),
        (&digest, Type::BYTEA),
        (&todo_type, Type::TEXT),
        (&title, Type::TEXT),
        (&order_id, Type::TEXT),
        (&outcome.answer, Type::TEXT),
        (&outcome.task_link, Type::TEXT),
        (&outcome.status, Type::INT4),
        (&outcome.reason, Type::TEXT),
        (&LEASE, Type::INT8),
    ];
    match transaction.client()?.execute_typed(sql, &parameters).await? {
        1 => Ok(()),
        _ => Err(Failure::Again),
    }
}

/// Takes a report on a claim.
pub(super) async fn conclude(
    transaction: &Transaction,
    claim: &Claim,
    report: &Report,
    instance: &str,
) -> Result<KeyState, Failure> {
    let key = claim.key.as_str();
    let sql = "SELECT 1 FROM keys WHERE key = $1 FOR UPDATE";
    transaction.client()?.query_typed(sql, &[(&key, Type::TEXT)]).await?;
    let Conclusion { state, change } = stored(transaction.client()?, &claim.key).await?.conclude(claim.id, report);
    match change {
        Change::Nothing => {}
        Change::Insert => {
            insert(transaction, claim, &state, instance).await?;
            notify(transaction, claim, &state).await?;
        }
        Change::Update => {
            update(transaction, claim.key.as_str(), &state).await?;
            notify(transaction, claim, &state).await?;
        }
        Change::UpdateErased(blank) => update(transaction, claim.key.as_str(), &blank).await?,
    }
    Ok(state)
}

/// Writes what became of a key, whose row this transaction has locked.
pub(super) async fn update(transaction: &Transaction, key: &str, state: &KeyState) -> Result<(), Failure> {
    let sql = "UPDATE keys SET state = $2, answer = $3, task_link = $4, upstream_status = $5, upstream_reason = $6,
             decided_at = extract(epoch FROM clock_timestamp())::bigint WHERE key = $1";
    let (name, outcome) = (state.name(), Outcome::of(state));
    let parameters: [Parameter<'_>; 6] = [
        (&key, Type::TEXT),
        (&name, Type::TEXT),
        (&outcome.answer, Type::TEXT),
        (&outcome.task_link, Type::TEXT),
        (&outcome.status, Type::INT4),
        (&outcome.reason, Type::TEXT),
    ];
    match transaction.client()?.execute_typed(sql, &parameters).await? {
        1 => Ok(()),
        _ => Err(Failure::Again),
    }
}

/// With the result, and so as sure as it, stands that the host's system is to be told.
async fn notify(transaction: &Transaction, claim: &Claim, state: &KeyState) -> Result<(), Failure> {
    match state {
        KeyState::Created(_) if claim.notify => {
            let traceparent = claim.traceparent.as_deref();
            outbox::write(transaction, claim.key.as_str(), &claim.owner.tenant, traceparent).await
        }
        _ => Ok(()),
    }
}

/// What is kept of a state, beside its name.
#[derive(Default)]
struct Outcome {
    answer: Option<String>,
    task_link: Option<String>,
    status: Option<i32>,
    reason: Option<String>,
}

impl Outcome {
    fn of(state: &KeyState) -> Self {
        match state {
            KeyState::Created(created) => Self {
                answer: Some(text(&created.answer)),
                task_link: created.task_link.as_deref().map(text),
                ..Self::default()
            },
            KeyState::Rejected(said) => {
                Self { status: Some(said.status.into()), reason: Some(text(&said.reason)), ..Self::default() }
            }
            KeyState::Free | KeyState::Sending | KeyState::Unknown => Self::default(),
        }
    }
}
