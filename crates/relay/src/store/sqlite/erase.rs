//! `erase`, beside a relay that serves. What is meant is found by reading, which keeps nobody from writing; then it is blanked a
//! few rows at a time, so that a press waits for one such step at most.

use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, Row as SqlRow, Transaction, TransactionBehavior, named_params};

use super::BUSY;
use super::operator::{Operator, condition};
use crate::store::mentions::Found;
use crate::store::operator::{Erased, Refused, Selection};

/// A step ends after so many rows, or so long.
const ROWS: usize = 100;
const STEP: Duration = Duration::from_millis(40);
/// So long after a step the file is left to others at the least.
const REST: Duration = Duration::from_millis(5);
/// How often the write-ahead log is tried to be emptied, and how long it is left alone in between.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// The one number in the header that SQLite leaves to who uses a database. Set, in the transaction that blanks, until the log is emptied.
const MARK: &str = "application_id";
const LEFT: i32 = 0x6c65_6674;

fn mark(connection: &Connection, mark: i32) -> rusqlite::Result<()> {
    connection.pragma_update(None, MARK, mark)
}

impl Operator {
    /// Blanks what a selection's rows have of people and of contents; keys and states stay. Without `really` nothing is done, and
    /// this is what would be.
    pub(crate) fn erase(
        &mut self,
        selection: &Selection,
        tenant: Option<&str>,
        really: bool,
    ) -> Result<Erased, Refused> {
        let left_before = self.has_left_pages()?;
        let mut erased = Erased { left_before, ..Erased::default() };
        let found = {
            let reading = self.connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
            let found = find(&reading, selection, tenant)?;
            if !really {
                for one in &found {
                    count(&reading, one, &mut erased)?;
                }
            }
            found
        };
        if !really {
            return Ok(erased);
        }
        let mut left = found.as_slice();
        while !left.is_empty() {
            let began = Instant::now();
            let (done, after) =
                self.step(left, selection, tenant, &erased).map_err(|error| match erased.keys + erased.words {
                    0 => Refused::from(error),
                    keys => {
                        Refused::Store(format!("{error}; {keys} todo(s) are erased, do the same again for the others"))
                    }
                })?;
            (left, erased) = (left.get(done..).unwrap_or_default(), after);
            if !left.is_empty() {
                // Whoever waits for the file looks again only now and then.
                std::thread::sleep(began.elapsed().max(REST));
            }
        }
        erased.old_pages = !self.forget_old_pages()?;
        if !erased.old_pages && self.has_left_pages()? {
            let transaction = self.transaction()?;
            mark(&transaction, 0)?;
            transaction.commit()?;
        }
        Ok(erased)
    }

    /// One write transaction: of how many rows, and what is erased with them.
    fn step(
        &mut self,
        rows: &[Found],
        selection: &Selection,
        tenant: Option<&str>,
        before: &Erased,
    ) -> rusqlite::Result<(usize, Erased)> {
        let mut erased = *before;
        let transaction = self.transaction()?;
        let (began, mut done) = (Instant::now(), 0);
        for row in rows.iter().take(ROWS) {
            // Since it was found, the relay may have written it, or another `erase`.
            if let Some(now) = meant(&transaction, selection, tenant, &row.key)? {
                count(&transaction, &now, &mut erased)?;
                if now.word_alone {
                    blank_word(&transaction, &now.key)?;
                } else if !now.is_sending() {
                    blank_word(&transaction, &now.key)?;
                    blank(&transaction, &now.key)?;
                }
            }
            done += 1;
            if began.elapsed() >= STEP {
                break;
            }
        }
        if erased.keys + erased.words > before.keys + before.words {
            mark(&transaction, LEFT)?;
        }
        transaction.commit()?;
        Ok((done, erased))
    }

    /// Whether what was erased may still stand in the write-ahead log, since whoever erased it was not let to the end, or was broken
    /// off.
    fn has_left_pages(&self) -> rusqlite::Result<bool> {
        self.connection.pragma_query_value(None, MARK, |row| row.get::<_, i32>(0)).map(|mark| mark == LEFT)
    }

    /// What was blanked stands in the write-ahead log until that is emptied. False: others read it. Who waited for them here would
    /// keep the relay from writing, so each try is one that does not wait.
    fn forget_old_pages(&self) -> rusqlite::Result<bool> {
        self.connection.busy_timeout(Duration::ZERO)?;
        let tried = empty_log(&self.connection);
        self.connection.busy_timeout(BUSY)?;
        tried
    }
}

fn empty_log(connection: &Connection) -> rusqlite::Result<bool> {
    for _ in 0..TRIES {
        // The long part first, beside whoever writes.
        for mode in ["PASSIVE", "TRUNCATE"] {
            match connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get::<_, i64>(0)) {
                Ok(0) if mode == "TRUNCATE" => return Ok(true),
                Ok(_) => {}
                Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {}
                Err(error) => return Err(error),
            }
        }
        std::thread::sleep(PAUSE);
    }
    Ok(false)
}

const CONTENT: &str = "SELECT key, state, identity, title, order_id, upstream_reason, answer, resolved_by, why
     FROM keys LEFT JOIN resolutions USING (key)";

fn find(reading: &Connection, selection: &Selection, tenant: Option<&str>) -> rusqlite::Result<Vec<Found>> {
    let (condition, value) = condition(selection);
    let sql = format!("{CONTENT} WHERE {condition} AND (:tenant IS NULL OR keys.tenant = :tenant)");
    let mut statement = reading.prepare(&sql)?;
    let rows =
        statement.query_and_then(named_params! { ":value": value, ":tenant": tenant }, |row| found(row, selection))?;
    rows.filter_map(Result::transpose).collect()
}

/// The row of a key, if it is still meant.
fn meant(
    transaction: &Transaction<'_>,
    selection: &Selection,
    tenant: Option<&str>,
    key: &str,
) -> rusqlite::Result<Option<Found>> {
    let (condition, value) = condition(selection);
    let sql = format!("{CONTENT} WHERE keys.key = :key AND {condition} AND (:tenant IS NULL OR keys.tenant = :tenant)");
    let mut statement = transaction.prepare_cached(&sql)?;
    let parameters = named_params! { ":key": key, ":value": value, ":tenant": tenant };
    Ok(statement.query_row(parameters, |row| found(row, selection)).optional()?.flatten())
}

fn found(row: &SqlRow<'_>, selection: &Selection) -> rusqlite::Result<Option<Found>> {
    Found::of(selection, row.get("key")?, row.get("state")?, |column| row.get(column))
}

fn count(connection: &Connection, row: &Found, erased: &mut Erased) -> rusqlite::Result<()> {
    if row.count(erased) {
        let mut statement =
            connection.prepare_cached("SELECT count(*) FROM outbox WHERE key = ?1 AND state <> 'told'")?;
        erased.messages += statement.query_row([&row.key], |row| row.get::<_, u32>(0))?;
    }
    Ok(())
}

/// What an operator has written.
fn blank_word(transaction: &Transaction<'_>, key: &str) -> rusqlite::Result<()> {
    let sql = "UPDATE resolutions SET resolved_by = '', why = '' WHERE key = ?1";
    transaction.prepare_cached(sql)?.execute([key])?;
    Ok(())
}

/// An owner of no name is nobody: the key is not told of to anyone any more.
fn blank(transaction: &Transaction<'_>, key: &str) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM outbox WHERE state <> 'told' AND key = ?1",
        "UPDATE keys SET identity = '', digest = zeroblob(32), title = '', order_id = '', task_link = NULL,
             answer = CASE state WHEN 'created' THEN '{}' END, upstream_reason = CASE state WHEN 'rejected' THEN '' END
         WHERE key = ?1",
    ] {
        transaction.prepare_cached(sql)?.execute([key])?;
    }
    Ok(())
}
