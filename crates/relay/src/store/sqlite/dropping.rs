//! Epochs whose time is over are dropped with their keys. A key of such an epoch is one that the store cannot vouch for, whatever it
//! was: it is never sent again. Whoever gives out a new epoch drops old ones, so no claim can come in between.

use rusqlite::{Connection, named_params};

/// So long the store knows what became of a key.
const KEPT: i64 = 400 * 24 * 60 * 60;
/// So many at a time at the most: who waits for the new epoch waits for this too. One is given out a day, so none is left over.
const MOST: usize = 2;

/// Epochs that began more than [`KEPT`] ago, but for those of which a key was sent or decided since, is being sent, or is unknown
/// and not resolved; and those of which a host is still to be told.
const OVER: &str = "SELECT name FROM epochs WHERE began_at < :over
     AND NOT EXISTS (SELECT 1 FROM keys WHERE epoch = epochs.name AND (claimed_at >= :over OR decided_at >= :over
         OR state = 'sending' OR (state = 'unknown' AND identity IS NOT '')))
     AND NOT EXISTS (SELECT 1 FROM keys JOIN outbox USING (key) WHERE epoch = epochs.name AND outbox.state = 'waiting')
     ORDER BY began_at LIMIT :most";

/// Within the transaction that gives out a new epoch.
pub(super) fn drop_old_epochs(connection: &Connection, now: i64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(OVER)?;
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let over =
        statement.query_map(named_params! { ":over": now.saturating_sub(KEPT), ":most": most }, |row| row.get(0))?;
    for epoch in over.collect::<rusqlite::Result<Vec<String>>>()? {
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
