//! The statements, each function within its caller's transaction.

use bzctrl_contract::{Key, UpstreamAnswer};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, named_params};
use uuid::Uuid;

use super::{SCHEMA, dropping, outbox};
use crate::owner::Owner;
use crate::store::{Claim, Claimed, Digest, Entry, KeyLookup, KeyState, Registered, Report, Row};
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
        Some(key) => stored(connection, &key).map(|_| ()),
        None => Ok(()),
    }
}

/// A row as it is stored.
struct Stored {
    owner: Owner,
    claim: Uuid,
    digest: Digest,
    state: KeyState,
    replaced_by: Option<String>,
}

fn stored(connection: &Connection, key: &str) -> rusqlite::Result<Option<Stored>> {
    let mut statement = connection.prepare_cached("SELECT * FROM keys WHERE key = ?1")?;
    statement
        .query_row([key], |row| {
            Ok(Stored {
                owner: Owner { tenant: row.get("tenant")?, identity: row.get("identity")? },
                // A claim that is not one of ours is nobody's: no report is taken for it.
                claim: Uuid::parse_str(&row.get::<_, String>("claim")?).unwrap_or_default(),
                digest: Digest(row.get("digest")?),
                state: state(row)?,
                replaced_by: row.get("replaced_by")?,
            })
        })
        .optional()
}

fn state(row: &SqlRow<'_>) -> rusqlite::Result<KeyState> {
    Ok(match row.get_ref("state")?.as_str()? {
        "free" => KeyState::Free,
        "sending" => KeyState::Sending,
        "created" => KeyState::Created(Created { answer: row.get("answer")?, task_link: row.get("task_link")? }),
        "rejected" => {
            let reason = row.get::<_, Option<String>>("upstream_reason")?.unwrap_or_default();
            KeyState::Rejected(UpstreamAnswer { status: row.get("upstream_status")?, reason })
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
    let Some(stored) = stored(connection, key.as_str())? else {
        let claimable = is_vouched(connection, key)? && is_for(connection, key, environment)?;
        return Ok(if claimable { KeyLookup::Claimable } else { KeyLookup::Unverifiable });
    };
    if stored.owner != *owner {
        return Ok(KeyLookup::Unverifiable);
    }
    let replaced_by = match &stored.replaced_by {
        // The new key's row may be gone, or not yet there after a restore.
        Some(new) => {
            let new = self::stored(connection, new)?.map_or(KeyState::Unknown, |new| new.state);
            // Nothing was sent under the new key, and nothing will be, for the old one's outcome is known now: it says all.
            let decided = matches!(stored.state, KeyState::Created(_) | KeyState::Rejected(_));
            (!decided || new != KeyState::Free).then_some(new)
        }
        // Its user was told of another environment, and does not know of this one.
        None if stored.state == KeyState::Free => {
            let claimable = is_for(connection, key, environment)?;
            return Ok(if claimable { KeyLookup::Claimable } else { KeyLookup::Unverifiable });
        }
        None => None,
    };
    Ok(KeyLookup::Found(Row { digest: stored.digest, state: stored.state, replaced_by }))
}

/// Whether an absent key was surely never sent.
fn is_vouched(connection: &Connection, key: &Key) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM epochs WHERE name = ?1 AND broken = 0")?;
    statement.exists([key.epoch()])
}

/// Whether a key may be sent to an environment: its epoch was not given out for another one.
fn is_for(connection: &Connection, key: &Key, environment: &str) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM epochs WHERE name = ?1 AND environment <> ?2")?;
    Ok(!statement.exists((key.epoch(), environment))?)
}

pub(super) fn claim(connection: &Connection, claim: &Claim, now: i64) -> rusqlite::Result<Claimed> {
    match look_up(connection, &claim.key, &claim.owner, &claim.environment)? {
        KeyLookup::Claimable => {}
        other => return Ok(Claimed::No(other)),
    }
    // All of them are asked before one is marked: what is refused bars nothing.
    let replaced = replaced_keys(connection, claim)?;
    for old in &replaced {
        if let Some(found) = replace_conflict(connection, old, claim)? {
            return Ok(Claimed::NotReplaced(found));
        }
    }
    for old in &replaced {
        bar(connection, old, claim, now)?;
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

/// What is known of the old key, if it is not to be replaced by this claim.
fn replace_conflict(connection: &Connection, old: &Key, claim: &Claim) -> rusqlite::Result<Option<KeyLookup>> {
    let found = look_up(connection, old, &claim.owner, &claim.environment)?;
    let replaceable = match &found {
        // Another's, or none that can be vouched for: nothing will be marked.
        KeyLookup::Unverifiable => true,
        // Nothing was sent under it: it is barred, so that this stays so.
        KeyLookup::Claimable => true,
        KeyLookup::Found(Row { state: KeyState::Unknown | KeyState::Free, .. }) => {
            let mut statement = connection
                .prepare_cached("SELECT 1 FROM keys WHERE key = ?1 AND (replaced_by IS NULL OR replaced_by = ?2)")?;
            statement.exists((old.as_str(), claim.key.as_str()))?
        }
        KeyLookup::Found(_) => false,
    };
    Ok((!replaceable).then_some(found))
}

/// Bars the old key, if it is the claim's owner's. One that never came is written down, so that it finds that when it comes late.
fn bar(connection: &Connection, old: &Key, claim: &Claim, now: i64) -> rusqlite::Result<()> {
    if stored(connection, old.as_str())?.is_none() {
        if !is_vouched(connection, old)? || !is_for(connection, old, &claim.environment)? {
            return Ok(());
        }
        let never_came = Claim { id: Uuid::new_v4(), key: old.clone(), ..claim.clone() };
        insert(connection, &never_came, &KeyState::Free, now)?;
    }
    let mut statement = connection
        .prepare_cached("UPDATE keys SET replaced_by = ?1 WHERE key = ?2 AND tenant = ?3 AND identity IS ?4")?;
    let Owner { tenant, identity } = &claim.owner;
    statement.execute((claim.key.as_str(), old.as_str(), tenant, identity))?;
    Ok(())
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
    let Some(stored) = stored(connection, claim.key.as_str())? else {
        // The row is gone: a result is not lost with it.
        let state = KeyState::from(report);
        if *report != Report::NotSent {
            insert(connection, claim, &state, now)?;
            notify(connection, claim, &state, now)?;
        }
        return Ok(state);
    };
    let changed = (stored.claim == claim.id).then(|| stored.state.after(report)).flatten();
    let Some(state) = changed else { return Ok(stored.state) };
    // A word that comes after `erase` says what became of the key, and fills nothing again.
    let erased = stored.owner.identity.as_deref() == Some("");
    let kept = if erased { blank(&state) } else { state.clone() };
    let (created, said) = outcome(&kept);
    let mut statement = connection.prepare_cached(
        "UPDATE keys SET state = :state, answer = :answer, task_link = :task_link, upstream_status = :upstream_status,
             upstream_reason = :upstream_reason, decided_at = :now
         WHERE key = :key AND claim = :claim AND state = :before",
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
        ":before": stored.state.name(),
    })?;
    if written != 1 {
        return Err(rusqlite::Error::StatementChangedRows(written));
    }
    if !erased {
        notify(connection, claim, &state, now)?;
    }
    Ok(state)
}

/// A state as `erase` leaves it.
fn blank(state: &KeyState) -> KeyState {
    match state {
        KeyState::Created(_) => KeyState::Created(Created { answer: "{}".to_owned(), task_link: None }),
        KeyState::Rejected(said) => KeyState::Rejected(UpstreamAnswer { status: said.status, reason: String::new() }),
        KeyState::Free | KeyState::Sending | KeyState::Unknown => state.clone(),
    }
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
    connection.execute("UPDATE keys SET state = 'unknown', decided_at = ?1 WHERE state = 'sending'", [now])
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
