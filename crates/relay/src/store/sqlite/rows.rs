//! The statements, each function within its caller's transaction. What they read is judged by `transitions`.

use bzctrl_contract::{Key, UpstreamAnswer};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, named_params};
use uuid::Uuid;

use super::{SCHEMA, dropping, outbox};
use crate::owner::Owner;
use crate::store::transitions::{Bar, Change, Conclusion, Epoch, Replacement, StoredKey, StoredRow};
use crate::store::{Claim, Claimed, Digest, Entry, KeyLookup, KeyState, Registered, Report};
use crate::upstream::Created;

const A_DAY: i64 = 24 * 60 * 60;

/// The newest epoch of an environment that is whole, if it began today.
pub(super) fn epoch_of_today(connection: &Connection, environment: &str, now: i64) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT name, began_at FROM epochs WHERE broken = 0 AND environment = ?1
         ORDER BY began_at DESC, rowid DESC LIMIT 1",
    )?;
    let newest = statement.query_row([environment], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?))).optional()?;
    Ok(newest.and_then(|(name, began_at)| (began_at.div_euclid(A_DAY) >= now.div_euclid(A_DAY)).then_some(name)))
}

/// That epoch, or a new one.
pub(super) fn epoch(connection: &Connection, environment: &str, now: i64) -> rusqlite::Result<String> {
    if let Some(name) = epoch_of_today(connection, environment, now)? {
        return Ok(name);
    }
    dropping::drop_old_epochs(connection, now)?;
    let name = Uuid::new_v4().simple().to_string();
    let sql = "INSERT INTO epochs (name, began_at, environment) VALUES (?1, ?2, ?3)";
    connection.execute(sql, (&name, now, environment))?;
    Ok(name)
}

/// Writes a page, as it is.
pub(super) fn touch(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "user_version", SCHEMA)
}

/// Reads the row that was claimed last, found by its key as every look-up finds it.
pub(super) fn read_newest(connection: &Connection) -> rusqlite::Result<()> {
    let mut newest = connection.prepare_cached("SELECT key FROM keys ORDER BY rowid DESC LIMIT 1")?;
    match newest.query_row([], |row| row.get::<_, String>(0)).optional()? {
        Some(key) => connection
            .prepare_cached("SELECT state FROM keys WHERE key = ?1")?
            .query_row([key], |row| row.get::<_, String>(0))
            .map(|_| ()),
        None => Ok(()),
    }
}

/// All that is stored of a key.
pub(super) fn stored(connection: &Connection, key: &Key) -> rusqlite::Result<StoredKey> {
    let mut statement = connection.prepare_cached(
        "SELECT keys.*, epochs.name AS epoch_name, epochs.broken AS epoch_broken, epochs.environment AS epoch_environment,
             new.state AS new_state, new.answer AS new_answer, new.task_link AS new_task_link,
             new.upstream_status AS new_upstream_status, new.upstream_reason AS new_upstream_reason
         FROM (SELECT ?1 AS asked, ?2 AS asked_epoch) LEFT JOIN keys ON keys.key = asked
             LEFT JOIN epochs ON epochs.name = asked_epoch LEFT JOIN keys AS new ON new.key = keys.replaced_by",
    )?;
    statement.query_row([key.as_str(), key.epoch()], |row| {
        let epoch = match row.get::<_, Option<String>>("epoch_name")? {
            Some(_) => Some(Epoch {
                is_whole: row.get::<_, i64>("epoch_broken")? == 0,
                environment: row.get("epoch_environment")?,
            }),
            None => None,
        };
        let stored = if row.get::<_, Option<String>>("key")?.is_some() { Some(stored_row(row)?) } else { None };
        Ok(StoredKey { row: stored, epoch })
    })
}

fn stored_row(row: &SqlRow<'_>) -> rusqlite::Result<StoredRow> {
    Ok(StoredRow {
        owner: Owner { tenant: row.get("tenant")?, identity: row.get("identity")? },
        // A claim that is not one of ours is nobody's: no report is taken for it.
        claim: Uuid::parse_str(&row.get::<_, String>("claim")?).unwrap_or_default(),
        digest: Digest(row.get("digest")?),
        state: state(row, ["state", "answer", "task_link", "upstream_status", "upstream_reason"])?,
        replaced_by: match row.get("replaced_by")? {
            Some(key) => Some(Replacement {
                key,
                state: match row.get::<_, Option<String>>("new_state")? {
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
fn state(row: &SqlRow<'_>, [state, answer, task_link, status, reason]: [&str; 5]) -> rusqlite::Result<KeyState> {
    Ok(match row.get_ref(state)?.as_str()? {
        "free" => KeyState::Free,
        "sending" => KeyState::Sending,
        "created" => KeyState::Created(Created { answer: row.get(answer)?, task_link: row.get(task_link)? }),
        "rejected" => {
            let reason = row.get::<_, Option<String>>(reason)?.unwrap_or_default();
            KeyState::Rejected(UpstreamAnswer { status: row.get(status)?, reason })
        }
        // What a newer relay may have written: nothing can be said of it.
        _ => KeyState::Unknown,
    })
}

/// What is known of a key, for an owner.
pub(super) fn look_up(
    connection: &Connection,
    key: &Key,
    owner: &Owner,
    environment: &str,
) -> rusqlite::Result<KeyLookup> {
    Ok(stored(connection, key)?.look_up(owner, environment))
}

pub(super) fn claim(connection: &Connection, claim: &Claim, now: i64) -> rusqlite::Result<Claimed> {
    let own = stored(connection, &claim.key)?;
    let replaced = replaced_keys(connection, claim)?;
    let read: Vec<StoredKey> = replaced.iter().map(|old| stored(connection, old)).collect::<rusqlite::Result<_>>()?;
    let bars = match own.claim(&claim.key, &claim.owner, &claim.environment, &read) {
        Ok(bars) => bars,
        Err(refused) => return Ok(refused),
    };
    for (old, bar) in replaced.into_iter().zip(bars) {
        if bar == Bar::Write {
            let never_came = Claim { id: Uuid::new_v4(), key: old.clone(), ..claim.clone() };
            insert(connection, &never_came, &KeyState::Free, now)?;
        }
        if bar != Bar::Nothing {
            let mut statement = connection.prepare_cached("UPDATE keys SET replaced_by = ?1 WHERE key = ?2")?;
            statement.execute((claim.key.as_str(), old.as_str()))?;
        }
    }
    insert(connection, claim, &KeyState::Sending, now)?;
    Ok(Claimed::Yes)
}

/// The keys that this one replaces: by its request, and by an earlier one that was not sent.
fn replaced_keys(connection: &Connection, claim: &Claim) -> rusqlite::Result<Vec<Key>> {
    let mut statement = connection.prepare_cached("SELECT key FROM keys WHERE replaced_by = ?1")?;
    let earlier = statement.query_map([claim.key.as_str()], |row| row.get::<_, String>(0))?;
    let mut keys: Vec<Key> = claim.replaces.iter().cloned().collect();
    for key in earlier {
        keys.extend(Key::parse(&key?).ok().filter(|key| Some(key) != claim.replaces.as_ref()));
    }
    Ok(keys)
}

/// Writes the claim's row: a new one, or a free one anew.
fn insert(connection: &Connection, claim: &Claim, state: &KeyState, now: i64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO keys (key, epoch, state, claim, tenant, identity, digest, todo_type, title, order_id, answer, task_link,
             upstream_status, upstream_reason, claimed_at, decided_at)
         VALUES (:key, :epoch, :state, :claim, :tenant, :identity, :digest, :todo_type, :title, :order_id, :answer, :task_link,
             :upstream_status, :upstream_reason, :now, CASE WHEN :state = 'sending' THEN NULL ELSE :now END)
         ON CONFLICT (key) DO UPDATE SET state = excluded.state, claim = excluded.claim, digest = excluded.digest,
             todo_type = excluded.todo_type, title = excluded.title, order_id = excluded.order_id,
             claimed_at = excluded.claimed_at, decided_at = excluded.decided_at
         WHERE keys.state = 'free' AND keys.replaced_by IS NULL",
    )?;
    let (created, said) = outcome(state);
    let written = statement.execute(named_params! {
        ":key": claim.key.as_str(),
        ":epoch": claim.key.epoch(),
        ":state": state.name(),
        ":claim": claim.id.to_string(),
        ":tenant": claim.owner.tenant,
        ":identity": claim.owner.identity,
        ":digest": claim.digest.0,
        ":todo_type": claim.entry.todo_type,
        ":title": claim.entry.title,
        ":order_id": claim.entry.order_id,
        ":answer": created.map(|created| &created.answer),
        ":task_link": created.and_then(|created| created.task_link.as_ref()),
        ":upstream_status": said.map(|said| said.status),
        ":upstream_reason": said.map(|said| &said.reason),
        ":now": now,
    })?;
    if written == 1 { Ok(()) } else { Err(rusqlite::Error::StatementChangedRows(written)) }
}

pub(super) fn conclude(
    connection: &Connection,
    claim: &Claim,
    report: &Report,
    now: i64,
) -> rusqlite::Result<KeyState> {
    let Conclusion { state, change } = stored(connection, &claim.key)?.conclude(claim.id, report);
    match change {
        Change::Nothing => {}
        Change::Insert => {
            insert(connection, claim, &state, now)?;
            notify(connection, claim, &state, now)?;
        }
        Change::Update => {
            update(connection, claim, &state, now)?;
            notify(connection, claim, &state, now)?;
        }
        Change::UpdateErased(blank) => update(connection, claim, &blank, now)?,
    }
    Ok(state)
}

/// Writes a claim's row, which has been read in this transaction.
fn update(connection: &Connection, claim: &Claim, state: &KeyState, now: i64) -> rusqlite::Result<()> {
    let (created, said) = outcome(state);
    let mut statement = connection.prepare_cached(
        "UPDATE keys SET state = :state, answer = :answer, task_link = :task_link, upstream_status = :upstream_status,
             upstream_reason = :upstream_reason, decided_at = :now WHERE key = :key AND claim = :claim",
    )?;
    let written = statement.execute(named_params! {
        ":state": state.name(),
        ":answer": created.map(|created| &created.answer),
        ":task_link": created.and_then(|created| created.task_link.as_ref()),
        ":upstream_status": said.map(|said| said.status),
        ":upstream_reason": said.map(|said| &said.reason),
        ":now": now,
        ":key": claim.key.as_str(),
        ":claim": claim.id.to_string(),
    })?;
    if written == 1 { Ok(()) } else { Err(rusqlite::Error::StatementChangedRows(written)) }
}

/// With the result, and so as sure as it, stands that the host's system is to be told.
fn notify(connection: &Connection, claim: &Claim, state: &KeyState, now: i64) -> rusqlite::Result<()> {
    match state {
        KeyState::Created(_) if claim.notify => {
            outbox::write(connection, claim.key.as_str(), &claim.owner.tenant, claim.traceparent.as_deref(), now)
        }
        _ => Ok(()),
    }
}

/// What is kept of a state, beside its name.
pub(super) fn outcome(state: &KeyState) -> (Option<&Created>, Option<&UpstreamAnswer>) {
    match state {
        KeyState::Created(created) => (Some(created), None),
        KeyState::Rejected(said) => (None, Some(said)),
        KeyState::Free | KeyState::Sending | KeyState::Unknown => (None, None),
    }
}

/// What a relay that has ended was sending.
pub(super) fn give_up_unfinished(connection: &Connection, now: i64) -> rusqlite::Result<usize> {
    make_unknown(connection, KeyState::GIVEN_UP, now)
}

/// The rows of these states are unknown from now on. How many those are.
pub(super) fn make_unknown(connection: &Connection, states: &[KeyState], now: i64) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare("UPDATE keys SET state = 'unknown', decided_at = ?1 WHERE state = ?2")?;
    let made = states.iter().map(|state| statement.execute((now, state.name())));
    made.sum()
}

pub(super) fn of_order(
    connection: &Connection,
    tenant: &str,
    environment: &str,
    order_id: &str,
) -> rusqlite::Result<Vec<Registered>> {
    let mut statement = connection.prepare_cached(
        "SELECT todo_type, title, order_id, state = 'created', task_link, claimed_at, identity FROM keys
         WHERE tenant = ?1 AND order_id = ?2 AND state IN ('created', 'unknown') AND identity IS NOT ''
         AND NOT EXISTS (SELECT 1 FROM epochs WHERE name = keys.epoch AND environment <> ?3)
         ORDER BY claimed_at DESC, rowid DESC LIMIT 100",
    )?;
    let rows = statement.query_map([tenant, order_id, environment], |row| {
        Ok(Registered {
            entry: Entry { todo_type: row.get(0)?, title: row.get(1)?, order_id: row.get(2)? },
            created: row.get(3)?,
            task_link: row.get(4)?,
            claimed_at: row.get(5)?,
            reporter: row.get(6)?,
        })
    })?;
    rows.collect()
}

pub(super) fn use_once(
    connection: &Connection,
    digest: &[u8; 32],
    expires_at: i64,
    now: i64,
) -> rusqlite::Result<bool> {
    connection.prepare_cached("DELETE FROM used_assertions WHERE expires_at < ?1")?.execute([now])?;
    let mut statement = connection
        .prepare_cached("INSERT INTO used_assertions (digest, expires_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    Ok(statement.execute((digest, expires_at))? == 1)
}

/// Counting reads this index instead of every todo. It is no part of the schema: a relay that does not know it does not mind it.
pub(super) fn index_states(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("CREATE INDEX IF NOT EXISTS keys_by_state ON keys (state)")
}

/// How many keys are in each state.
pub(super) fn count(connection: &Connection) -> rusqlite::Result<Vec<(&'static str, i64)>> {
    let mut statement = connection.prepare("SELECT count(*) FROM keys WHERE state = ?1")?;
    let mut counts = Vec::new();
    for state in KeyState::NAMES {
        counts.push((state, statement.query_row([state], |row| row.get(0))?));
    }
    Ok(counts)
}
