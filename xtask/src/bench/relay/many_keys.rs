//! A store with the keys of some years: one that a relay has made, filled by SQL.

use std::path::Path;

use anyhow::Result;
use rusqlite::Connection;

/// Fills it with keys in a random order, of many days and orders, as they come.
///
/// # Errors
///
/// When the store is not as the relay makes it.
pub(super) fn fill(store: &Path, keys: u32) -> Result<()> {
    let connection = Connection::open(store)?;
    connection.execute_batch(&format!(
        "PRAGMA synchronous = OFF;
         PRAGMA cache_size = -400000;
         BEGIN;
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 365)
             INSERT INTO epochs (name, began_at) SELECT lower(hex(randomblob(16))), 1600000000 + 86400 * i FROM n;
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {keys}),
             days (name, day) AS (SELECT name, row_number() OVER () - 1 FROM epochs WHERE began_at < 1700000000)
         INSERT INTO keys (key, epoch, state, claim, tenant, digest, todo_type, title, order_id, answer, task_link, claimed_at,
             decided_at)
         SELECT name || '.' || lower(hex(randomblob(16))), name, 'created', '7f4b2f0a-5d1e-4b68-9b0c-9c3f3a0d4e11', 'demo',
             randomblob(32), 'INCIDENT', 'Seal broken ' || i, 'ORDER ' || lower(hex(randomblob(4))),
             '{{\"title\":\"Seal broken ' || i || '\",\"taskType\":\"INCIDENT\",\"description\":\"The seal of the container was found '
                 || 'broken at gate 4.\",\"taskLink\":\"https://www.bzctrl.com/app/#/todo/EXA-CON-BUS-WOR-' || i || '\",\"tags\":[]}}',
             'https://www.bzctrl.com/app/#/todo/EXA-CON-BUS-WOR-' || i, 1600000000 + i, 1600000001 + i
         FROM n JOIN days ON day = i * 365 / ({keys} + 1) WHERE i <= {keys};
         COMMIT;
         PRAGMA wal_checkpoint(TRUNCATE);"
    ))?;
    Ok(())
}
