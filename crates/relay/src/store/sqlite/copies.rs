//! A store's backup, beside a relay that writes, and its way back: a relay knows nothing of what was sent after a backup, so what is
//! put back vouches for no key any more of which it does not know what became.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::Migrations;
use uuid::Uuid;

use super::operator::{Operator, condition};
use super::{BUSY, MIGRATIONS, SCHEMA, doubt, now, rows};
use crate::store::lock::{Lock, NotTaken};
use crate::store::operator::{Refused, Restored, Selection};
use crate::store::witness::{self, Witness, synced};

impl Operator {
    /// Writes a copy of the store as it is at this moment into a file of its own. Nobody who writes waits for it.
    pub(crate) fn backup(&self, to: &Path) -> Result<(), Refused> {
        check_name(to)?;
        if to.symlink_metadata().is_ok() {
            return Err(Refused::There(to.display().to_string()));
        }
        check_parts(to)?;
        // A name that nobody else has: another backup may be on its way there.
        let part = beside(to, format!(".{}.part", Uuid::new_v4().simple()));
        let copied = copy(&self.connection, &part).and_then(|copy| finish(copy, &part));
        if let Err(says) = copied {
            let _ = std::fs::remove_file(&part);
            return Err(Refused::Store(format!("no backup was made: {says}")));
        }
        // Not by a rename, which would write over what has come there meanwhile.
        let named = std::fs::hard_link(&part, to);
        let _ = std::fs::remove_file(&part);
        named.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Refused::There(to.display().to_string()),
            _ => Refused::Store(format!("no backup was made: {}: {error}", to.display())),
        })?;
        synced(to).map_err(|error| Refused::Store(format!("{} is not durable: {error}", to.display())))
    }
}

/// What SQLite, or a relay, would take for its own beside a database: a backup by such a name would spoil that.
const BESIDE_A_DATABASE: [&str; 6] = ["-journal", "-wal", "-shm", "-witness", "-witness.new", "-restoring"];

/// A backup is a database by itself.
fn check_name(to: &Path) -> Result<(), Refused> {
    let name = to.as_os_str().as_encoded_bytes();
    match BESIDE_A_DATABASE.iter().find(|end| name.ends_with(end.as_bytes())) {
        Some(end) => {
            Err(Refused::Name(format!("{} ends with {end}, as what belongs to a database does", to.display())))
        }
        None => Ok(()),
    }
}

/// Nor does anything else belong to it.
fn check_parts(to: &Path) -> Result<(), Refused> {
    let left = BESIDE_A_DATABASE.iter().map(|end| beside(to, end)).find(|file| file.symlink_metadata().is_ok());
    match left {
        Some(left) => Err(Refused::Name(format!("{} is there, which would be taken for a part of it", left.display()))),
        None => Ok(()),
    }
}

/// Puts a backup in the place of a store, and keeps aside what is there.
pub(crate) fn restore(from: &Path, store: &Path) -> Result<Restored, Refused> {
    let no_backup = |says| Refused::NotABackup(format!("{} cannot be restored: {says}", from.display()));
    let backup = open_backup(from).map_err(no_backup)?;
    let lock = Lock::take(store).map_err(|taken| match taken {
        NotTaken::InUse => Refused::InUse,
        NotTaken::Unusable(says) => Refused::Store(says),
    })?;
    let store = lock.path();
    if from.canonicalize().is_ok_and(|from| from == store) {
        return Err(no_backup("it is the store itself".to_owned()));
    }
    // It is complete before anything is moved: whoever breaks this off leaves the store as it was, or none.
    let fresh = beside(store, "-restoring");
    let _ = std::fs::remove_file(&fresh);
    // What is put in its place goes on counting: else what was there would seem newer, if it came back.
    let claims = doubt::claims_of(store) + 1;
    let prepared = copy(&backup, &fresh).and_then(|mut copy| {
        let unknown = give_up(&mut copy, claims, &fresh)?;
        finish(copy, &fresh)?;
        give_to_owner(store, &fresh)?;
        Ok(unknown)
    });
    let unknown = prepared.map_err(|says| {
        let _ = std::fs::remove_file(&fresh);
        Refused::Store(format!("nothing was restored: {says}"))
    })?;
    let aside = set_aside(store, claims)?;
    moved(&fresh, store)?;
    // The next start finds it as this leaves it, and has nothing to say that the operator does not know.
    Witness::write(store, claims)
        .map_err(|error| Refused::Store(format!("it is restored, without a witness: {error}")))?;
    Ok(Restored { unknown, aside: aside.map(|aside| aside.display().to_string()) })
}

/// A file that stands beside another one, by its name.
fn beside(file: &Path, end: impl AsRef<OsStr>) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn open_backup(file: &Path) -> Result<Connection, String> {
    let says = |error: rusqlite::Error| error.to_string();
    if !file.is_file() {
        return Err("there is no such file".to_owned());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let backup = Connection::open_with_flags(file, flags).map_err(says)?;
    backup.busy_timeout(BUSY).map_err(says)?;
    match backup.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0)).map_err(says)? {
        0 => return Err("it is no store of a relay".to_owned()),
        version if version > SCHEMA => return Err("it was made by a newer release; use that one".to_owned()),
        _ => {}
    }
    doubt::look_through(&backup).map_err(|says| format!("it is damaged ({says})"))?;
    Ok(backup)
}

/// All of a database in a new file of its own, readable by its owner alone.
fn copy(from: &Connection, to: &Path) -> Result<Connection, String> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    made.map_err(|error| format!("{}: {error}", to.display()))?;
    let says = |error: rusqlite::Error| error.to_string();
    let mut copy = Connection::open(to).map_err(says)?;
    // In one step: it is of one moment, and who writes meanwhile does not make it begin anew.
    let step = Backup::new(from, &mut copy).and_then(|backup| backup.step(-1)).map_err(says)?;
    if step != StepResult::Done {
        return Err("the store is busy".to_owned());
    }
    Ok(copy)
}

/// Closes a copy, with nothing of it in another file, once it is on the disk.
fn finish(copy: Connection, file: &Path) -> Result<(), String> {
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).map_err(|error| error.to_string())?;
    copy.close().map_err(|(_, error)| error.to_string())?;
    File::open(file).and_then(|file| file.sync_all()).map_err(|error| error.to_string())
}

/// What a relay would do at its start on a store that has lost rows. How many keys are unknown then.
fn give_up(copy: &mut Connection, claims: i64, file: &Path) -> Result<u32, String> {
    let identity = File::open(file).and_then(|file| witness::identity(&file)).map_err(|error| error.to_string())?;
    Migrations::from_slice(MIGRATIONS).to_latest(copy).map_err(|error| error.to_string())?;
    let done = copy.transaction().and_then(|transaction| {
        doubt::break_epochs(&transaction, now())?;
        rows::give_up_unfinished(&transaction, now())?;
        doubt::write_down(&transaction, claims, &identity)?;
        let (condition, state) = condition(&Selection::Unknown);
        let sql = format!("SELECT count(*) FROM keys WHERE {condition}");
        let unknown = transaction.query_row(&sql, &[(":value", state)], |row| row.get(0))?;
        transaction.commit()?;
        Ok(unknown)
    });
    done.map_err(|error| error.to_string())
}

/// Whoever restores may be root; the relay is not.
fn give_to_owner(store: &Path, fresh: &Path) -> Result<(), String> {
    let was = store.metadata().ok().filter(|metadata| metadata.len() > 0);
    let owner = was.or_else(|| store.parent()?.metadata().ok());
    let Some(owner) = owner else { return Ok(()) };
    let is_already = fresh.metadata().is_ok_and(|fresh| (fresh.uid(), fresh.gid()) == (owner.uid(), owner.gid()));
    match std::os::unix::fs::chown(fresh, Some(owner.uid()), Some(owner.gid())) {
        Err(error) if !is_already => Err(format!("{} cannot be given to its owner: {error}", fresh.display())),
        _ => Ok(()),
    }
}

/// Moves what is there out of the way, with its log and its witness. Where it was, if there was anything.
fn set_aside(store: &Path, claims: i64) -> Result<Option<PathBuf>, Refused> {
    let is_empty = store.metadata().is_ok_and(|metadata| metadata.len() == 0);
    let aside = free_name(store, &format!(".before-restore-{}", Timestamp::now().strftime("%Y%m%dT%H%M%SZ")));
    let (log, its_witness) = (beside(store, "-wal"), witness::beside(store));
    // It can be made anew, and would be wrong beside another file.
    let _ = std::fs::remove_file(beside(store, "-shm"));
    if !is_empty {
        moved(store, &aside)?;
    }
    for (file, end) in [(log, "-wal"), (its_witness, "-witness")] {
        if file.exists() {
            moved(&file, &beside(&aside, end))?;
        }
    }
    // Whoever moves it back by hand, and all of it, moves back what knows of too few claims.
    witness::outdate(&aside, claims)
        .map_err(|error| Refused::Store(format!("the witness of {}: {error}", aside.display())))?;
    Ok((!is_empty).then_some(aside))
}

/// A name with this end beside a store that nothing has, nor its log or witness: two restores may fall into one second.
fn free_name(store: &Path, end: &str) -> PathBuf {
    let names = (1..).map(|time| beside(store, if time == 1 { end.to_owned() } else { format!("{end}-{time}") }));
    let is_free =
        |name: &PathBuf| ["", "-wal", "-witness"].iter().all(|part| beside(name, part).symlink_metadata().is_err());
    names.into_iter().find(is_free).unwrap_or_else(|| beside(store, end))
}

/// Gives a file another name, durably.
fn moved(from: &Path, to: &Path) -> Result<(), Refused> {
    let renamed = std::fs::rename(from, to).and_then(|()| synced(to));
    renamed.map_err(|error| Refused::Store(format!("{} cannot become {}: {error}", from.display(), to.display())))
}
