#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::*;

/// A writer on a file with a table of numbers.
async fn writer(file: &Path) -> Arc<Writer> {
    let lock = Lock::take(file).unwrap();
    let connection = Connection::open(file).unwrap();
    super::super::prepare(&connection).unwrap();
    connection.busy_timeout(PATIENCE).unwrap();
    let witness = Witness::write(file, 0).unwrap();
    let writer = Writer::start(connection, lock, witness, 0, Arc::default()).unwrap();
    writer.write(|connection| connection.execute_batch("CREATE TABLE numbers (number INTEGER UNIQUE)")).await.unwrap();
    Arc::new(writer)
}

fn insert(connection: &Connection, number: u32) -> rusqlite::Result<()> {
    connection.execute("INSERT INTO numbers VALUES (?1)", [number]).map(drop)
}

fn asked<T: Send + 'static>(
    writer: &Arc<Writer>,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
) -> JoinHandle<Result<T, StoreError>> {
    let writer = Arc::clone(writer);
    tokio::spawn(async move { writer.write(work).await })
}

/// How many commits the write-ahead log has: the last page of each says how large the database is.
fn commits(file: &Path) -> usize {
    let log = std::fs::read(file.with_extension("sqlite-wal")).unwrap();
    log[32..].chunks(24 + 4096).filter(|frame| frame[4..8] != [0; 4]).count()
}

fn numbers(file: &Path) -> Vec<u32> {
    let connection = Connection::open(file).unwrap();
    let mut statement = connection.prepare("SELECT number FROM numbers ORDER BY number").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn what_waits_together_shares_a_commit_and_one_that_fails_takes_no_other_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("relay.sqlite");
    let writer = writer(&file).await;
    let before = commits(&file);
    // The first one waits for the file, and the others come meanwhile.
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let first = asked(&writer, |connection| insert(connection, 1));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let others: Vec<_> = (2..40).map(|number| asked(&writer, move |connection| insert(connection, number))).collect();
    let twice = asked(&writer, |connection| insert(connection, 100).and_then(|()| insert(connection, 2)));
    let at_fault = asked(&writer, |connection| -> rusqlite::Result<()> {
        insert(connection, 101)?;
        panic!("a fault")
    });
    let last = asked(&writer, |connection| insert(connection, 102));
    tokio::time::sleep(Duration::from_millis(50)).await;
    other.execute_batch("ROLLBACK").unwrap();

    first.await.unwrap().unwrap();
    for write in others {
        write.await.unwrap().unwrap();
    }
    assert!(twice.await.unwrap().is_err(), "it has failed alone");
    assert!(at_fault.await.unwrap().is_err(), "it has failed alone");
    last.await.unwrap().unwrap();
    assert_eq!(numbers(&file), (1..40).chain([102]).collect::<Vec<_>>());
    assert_eq!(commits(&file) - before, 2);
}

#[tokio::test]
async fn where_sqlite_ends_a_transaction_by_itself_all_of_it_are_told_and_nothing_of_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("relay.sqlite");
    let writer = writer(&file).await;
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let first = asked(&writer, |connection| insert(connection, 1));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let before = asked(&writer, |connection| insert(connection, 2));
    let ends = asked(&writer, |connection| connection.execute_batch("INSERT OR ROLLBACK INTO numbers VALUES (1)"));
    let after = asked(&writer, |connection| insert(connection, 3));
    tokio::time::sleep(Duration::from_millis(50)).await;
    other.execute_batch("ROLLBACK").unwrap();
    first.await.unwrap().unwrap();
    for write in [before, ends, after] {
        assert!(write.await.unwrap().is_err());
    }
    assert_eq!(numbers(&file), [1]);
    writer.write(|connection| insert(connection, 4)).await.unwrap();
    assert_eq!(numbers(&file), [1, 4]);
}

#[tokio::test]
async fn a_write_that_was_given_up_is_never_done() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("relay.sqlite");
    let writer = writer(&file).await;
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let given_up = asked(&writer, |connection| insert(connection, 1));
    tokio::time::sleep(Duration::from_millis(20)).await;
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    let awaited = asked(&writer, |connection| insert(connection, 2));
    tokio::time::sleep(Duration::from_millis(20)).await;
    other.execute_batch("ROLLBACK").unwrap();
    awaited.await.unwrap().unwrap();
    assert_eq!(numbers(&file), [2]);
}
