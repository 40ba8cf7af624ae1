//! What stands in a relay's store, and what only time or another's hand would change there, whichever store it is.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rusqlite::Connection;

use crate::postgres::cluster;

/// Whether these tests run on PostgreSQL: `RELAY_STORE=postgres`.
pub(crate) fn is_postgres() -> bool {
    std::env::var_os("RELAY_STORE").is_some_and(|store| store == "postgres")
}

/// The database of a folder's relay.
pub(crate) fn database_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap().as_encoded_bytes();
    let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("of_{name}")
}

/// Does this in the store, which may be a relay's that runs.
pub(crate) fn change(folder: &Path, sql: &str) {
    if is_postgres() {
        drop(asked(folder, sql));
        return;
    }
    let store = Connection::open(folder.join("relay.sqlite")).unwrap();
    store.busy_timeout(Duration::from_secs(5)).unwrap();
    // As the relay and its commands write: what a row held before is overwritten.
    store.pragma_update(None, "secure_delete", "ON").unwrap();
    store.execute_batch(sql).unwrap();
}

/// The rows of a question, each with its columns as texts; an absent one is empty.
pub(crate) fn rows(folder: &Path, sql: &str) -> Vec<Vec<String>> {
    if is_postgres() {
        let split = |line: &str| line.split('\u{1f}').map(str::to_owned).collect();
        return asked(folder, sql).lines().map(split).collect();
    }
    let store = Connection::open(folder.join("relay.sqlite")).unwrap();
    store.busy_timeout(Duration::from_secs(5)).unwrap();
    let mut statement = store.prepare(sql).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let text = |at| {
            Ok(match row.get_ref(at)? {
                rusqlite::types::ValueRef::Null => String::new(),
                rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                other => other.as_str()?.to_owned(),
            })
        };
        (0..columns).map(text).collect::<rusqlite::Result<Vec<_>>>()
    };
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}

/// The one column of a question.
pub(crate) fn texts(folder: &Path, sql: &str) -> Vec<String> {
    rows(folder, sql).into_iter().map(|mut row| row.remove(0)).collect()
}

fn asked(folder: &Path, sql: &str) -> String {
    let mut psql: Command = cluster::shared().program("psql");
    psql.args(["-X", "-A", "-t", "-q", "-F", "\u{1f}", "-v", "ON_ERROR_STOP=1", "-d", &database_of(folder), "-c", sql]);
    let output = psql.env("PGOPTIONS", "-c search_path=bzctrl_relay").output().unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
