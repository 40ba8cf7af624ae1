//! Epochs whose time is over are dropped with their keys. A key of such an epoch is one that the store cannot vouch for, whatever it
//! was: it is never sent again. Whoever gives out a new epoch drops old ones, so no claim can come in between.

use rusqlite::{Connection, named_params};

use crate::store::KeyState;
use crate::store::transitions::EpochUse;

/// So many at a time at the most: who waits for the new epoch waits for this too. One is given out a day, so none is left over.
const MOST: usize = 2;

/// Within the transaction that gives out a new epoch.
pub(super) fn drop_old_epochs(connection: &Connection, now: i64) -> rusqlite::Result<()> {
    let mut old = connection.prepare_cached("SELECT name FROM epochs WHERE began_at < ?1 ORDER BY began_at")?;
    let old = old.query_map([EpochUse::began_before(now)], |row| row.get(0))?;
    let mut over = Vec::new();
    for epoch in old.collect::<rusqlite::Result<Vec<String>>>()? {
        if over.len() < MOST && use_of(connection, &epoch)?.is_over(now) {
            over.push(epoch);
        }
    }
    for epoch in over {
        for sql in [
            "DELETE FROM outbox WHERE key IN (SELECT key FROM keys WHERE epoch = ?1)",
            "DELETE FROM resolutions WHERE key IN (SELECT key FROM keys WHERE epoch = ?1)",
            "DELETE FROM keys WHERE epoch = ?1",
            "DELETE FROM epochs WHERE name = ?1",
        ] {
            connection.execute(sql, [&epoch])?;
        }
        tracing::info!(epoch, "an epoch of more than 400 days ago is dropped with its keys");
    }
    Ok(())
}

fn use_of(connection: &Connection, epoch: &str) -> rusqlite::Result<EpochUse> {
    let mut statement = connection.prepare_cached(
        "SELECT max(began_at, coalesce(max(claimed_at), 0), coalesce(max(decided_at), 0)),
             EXISTS (SELECT 1 FROM outbox JOIN keys USING (key) WHERE epoch = :epoch AND outbox.state = 'waiting')
         FROM epochs LEFT JOIN keys ON keys.epoch = epochs.name WHERE name = :epoch",
    )?;
    let (last_used_at, has_untold) =
        statement.query_row(named_params! { ":epoch": epoch }, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut undecided = connection
        .prepare_cached("SELECT 1 FROM keys WHERE epoch = ?1 AND state = ?2 AND identity IS NOT '' LIMIT 1")?;
    let mut has_undecided = false;
    for state in KeyState::UNDECIDED {
        has_undecided |= undecided.exists((epoch, state.name()))?;
    }
    Ok(EpochUse { last_used_at, has_undecided, has_untold })
}
