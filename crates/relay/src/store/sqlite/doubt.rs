//! Whether this database has lost rows. What it has lost may have been sent, and would be sent again: on any doubt it vouches for no
//! key any more of which it does not know what became.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::rows;
use crate::store::KeyState;
use crate::store::lock::Lock;
use crate::store::witness::{MOST_CLAIMS, Testimony};

/// The longest that a start waits for the look through all pages. A million keys take some seconds.
const LONGEST_LOOK: Duration = Duration::from_secs(60);

/// Why the store may have lost rows: what this relay has found, since it was started.
#[derive(Debug, Default)]
pub(super) struct Doubt(Mutex<Option<String>>);

impl Doubt {
    /// Says it, in the log too.
    pub(super) fn note(&self, why: String, given_up: usize) {
        tracing::error!(
            why,
            given_up,
            "the store may have lost rows: nothing is sent again of what it does not know, and pages are told that it may exist"
        );
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    /// It, if there is one.
    pub(super) fn why(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How the files stood before the database was opened: opening it may change them.
#[derive(Debug)]
pub(super) struct Found {
    testimony: Result<Option<Testimony>, String>,
    is_touched: bool,
    identity: String,
}

impl Found {
    /// Looks at a database that nobody has open.
    pub(super) fn look(lock: &Lock) -> std::io::Result<Self> {
        let testimony = Testimony::beside(lock.path());
        let said = testimony.as_ref().ok().and_then(Option::as_ref);
        let is_touched = said.is_some_and(|said| !said.is_last_word_on(lock.path()));
        Ok(Self { is_touched, testimony, identity: lock.file_identity()? })
    }

    /// Whether the last relay has closed the database in order, and nobody has written it since: its pages are as they were.
    fn is_as_closed(&self) -> bool {
        matches!(&self.testimony, Ok(Some(said)) if said.is_closed()) && !self.is_touched
    }

    /// How many claims there were, by the witness.
    fn claims(&self) -> i64 {
        self.testimony.as_ref().ok().and_then(Option::as_ref).map_or(0, |said| said.claims)
    }

    /// Whether there were none, as far as anybody could say.
    fn has_no_claims(&self) -> bool {
        self.testimony.is_ok() && self.claims() == 0
    }

    /// What speaks against the database.
    fn against(&self, stands: Option<&(i64, String)>) -> Option<String> {
        let said = match &self.testimony {
            Ok(said) => said.as_ref(),
            Err(says) => return Some(says.clone()),
        };
        match (stands, said) {
            // It may be an old copy of what has had a witness since.
            (None, None) => Some("no relay has kept a witness of it so far".to_owned()),
            (None, Some(_)) => {
                Some("it is older than its witness, or stands in the place of one that is gone".to_owned())
            }
            (Some((claims, _)), _) if !(0..=MOST_CLAIMS).contains(claims) => {
                Some(format!("its count of claims is damaged ({claims})"))
            }
            (Some(_), None) => Some("its witness is gone, or was left behind".to_owned()),
            (Some((claims, _)), Some(said)) if *claims < said.claims => Some(format!(
                "it knows of {claims} claims, and there were {}: an old copy, or one without its log",
                said.claims
            )),
            (Some((_, file)), _) if *file != self.identity => Some("it is a copy of the file that it was".to_owned()),
            _ if self.is_touched => {
                Some("somebody else has written it, or its witness, since the relay ended".to_owned())
            }
            _ => None,
        }
    }
}

/// What came of the look at the start.
#[derive(Debug)]
pub(super) struct Looked {
    /// How many claims there were, by whoever says the highest number.
    pub(super) claims: i64,
    /// Why rows may be lost, and how many keys were given up for it.
    pub(super) doubt: Option<(String, usize)>,
}

/// Within the transaction of a start: doubts, if there is reason to, and writes down which file this is from now on.
pub(super) fn look(
    connection: &Connection,
    found: &Found,
    known: Option<String>,
    now: i64,
) -> rusqlite::Result<Looked> {
    let stands = connection
        .query_row("SELECT claims, file FROM witness", [], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))
        .optional()?;
    let why = known.or_else(|| found.against(stands.as_ref()));
    // A store that has given out no key yet has lost none, if no witness speaks of claims.
    let is_new = found.has_no_claims() && !connection.prepare("SELECT 1 FROM epochs")?.exists([])?;
    let doubt = match why {
        Some(why) if !is_new => Some((why, break_epochs(connection, now)?)),
        _ => None,
    };
    // A doubt counts as a claim: a log that is lost with it is missed at the next start.
    let claims = found.claims().max(stands.map_or(0, |(claims, _)| whole(claims))) + i64::from(doubt.is_some());
    write_down(connection, claims, &found.identity)?;
    Ok(Looked { claims, doubt })
}

/// A count of claims, unless it is damaged.
fn whole(claims: i64) -> i64 {
    if (0..=MOST_CLAIMS).contains(&claims) { claims } else { 0 }
}

/// How many claims there were, and which file this is from now on.
pub(super) fn write_down(connection: &Connection, claims: i64, file: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO witness (one, claims, file) VALUES (1, ?1, ?2)
         ON CONFLICT (one) DO UPDATE SET claims = excluded.claims, file = excluded.file";
    connection.execute(sql, (claims, file)).map(|_| ())
}

/// How many claims there were, by the witness of a database that nobody has open, and by itself, if it can be read.
pub(super) fn claims_of(database: &Path) -> i64 {
    let of_witness = Testimony::beside(database).ok().flatten().map_or(0, |said| said.claims);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let of_itself = Connection::open_with_flags(database, flags)
        .and_then(|connection| connection.query_row("SELECT claims FROM witness", [], |row| row.get(0)));
    of_witness.max(of_itself.map_or(0, whole))
}

/// Within the transaction of claims: there is one claim more than the writer knows of. If the database knows of fewer it was put back
/// meanwhile, and then this many keys are given up.
pub(super) fn raise(connection: &Connection, claims: &mut i64, now: i64) -> rusqlite::Result<Option<usize>> {
    let stands: Option<i64> =
        connection.prepare_cached("SELECT claims FROM witness")?.query_row([], |row| row.get(0)).optional()?;
    let given_up = match stands {
        Some(stands) if (*claims..=MOST_CLAIMS).contains(&stands) => None,
        _ => Some(break_epochs(connection, now)?),
    };
    *claims = stands.map_or(0, whole).max(*claims) + 1;
    let raised = connection.prepare_cached("UPDATE witness SET claims = ?1")?.execute([*claims])?;
    if raised == 1 { Ok(given_up) } else { Err(rusqlite::Error::StatementChangedRows(raised)) }
}

/// An absent key is not vouched for any more, and one of which the database says that it was not sent, or is being sent, is unknown:
/// see [`KeyState::DOUBTED`]. How many those are.
pub(super) fn break_epochs(connection: &Connection, now: i64) -> rusqlite::Result<usize> {
    connection.execute("UPDATE epochs SET broken = 1", [])?;
    rows::make_unknown(connection, KeyState::DOUBTED, now)
}

/// Looks through all pages, and finds each key by its index as claims do.
///
/// # Errors
/// A sentence on what is damaged.
pub(super) fn look_through(connection: &Connection) -> Result<(), String> {
    let damaged = |error: rusqlite::Error| error.to_string();
    let says = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)).map_err(damaged)?;
    if says != "ok" {
        return Err(says);
    }
    let tables = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'keys'";
    if !connection.prepare(tables).and_then(|mut tables| tables.exists([])).map_err(damaged)? {
        return Ok(());
    }
    // A key that its index does not lead to is one that was never sent, for a claim.
    let lost = "SELECT count(*) FROM keys AS of_table NOT INDEXED WHERE NOT EXISTS
         (SELECT 1 FROM keys AS of_index INDEXED BY sqlite_autoindex_keys_1 WHERE of_index.key = of_table.key)";
    match connection.query_row(lost, [], |row| row.get::<_, i64>(0)).map_err(damaged)? {
        0 => Ok(()),
        lost => Err(format!("{lost} keys are missing from their index")),
    }
}

/// Looks through all pages, unless they are as they were left in order: that takes seconds for a million keys. And mends what can be
/// mended: indexes are made anew of their tables. What was mended, if anything was.
///
/// # Errors
/// It cannot be mended, in a sentence.
pub(super) fn mend(connection: &Connection, found: &Found) -> Result<Option<String>, String> {
    if found.is_as_closed() {
        return Ok(None);
    }
    let Err(says) = within(LONGEST_LOOK, connection, look_through)? else { return Ok(None) };
    let mended =
        connection.execute_batch("REINDEX").map_err(|error| error.to_string()).and_then(|()| look_through(connection));
    match mended {
        Ok(()) => Ok(Some(format!("an index of it was damaged, and is made anew ({says})"))),
        Err(_) => Err(format!(
            "it is damaged ({says}). Put a backup in its place (bzctrl-relay restore FILE), or move it away and start without: \
             either way nothing is sent a second time"
        )),
    }
}

/// A look that is broken off after a while: a start that takes minutes is worse than pages that nobody has looked at.
fn within(
    longest: Duration,
    connection: &Connection,
    look: impl FnOnce(&Connection) -> Result<(), String>,
) -> Result<Result<(), String>, String> {
    let interrupt = connection.get_interrupt_handle();
    let (done, waits) = channel::<()>();
    let watching = std::thread::Builder::new().name("look".to_owned()).spawn(move || {
        let late = waits.recv_timeout(longest) == Err(RecvTimeoutError::Timeout);
        if late {
            interrupt.interrupt();
        }
        late
    });
    let watching = watching.map_err(|error| error.to_string())?;
    let found = look(connection);
    drop(done);
    if watching.join().unwrap_or_default() && found.is_err() {
        tracing::warn!("the store was not looked through to its end: it is large, or its disk is slow");
        return Ok(Ok(()));
    }
    Ok(found)
}
