//! The witness: a file beside the database that holds how many claims there were. It is raised after each commit with a claim, durably,
//! and before anything is sent. A database that knows of fewer claims has lost rows: an old copy was put back, or its log is gone.
//!
//! It also holds when it was written. A file's time of change is the system's, and no program that copies can set it: a database or
//! a witness that was changed later than the witness says was changed by somebody else, such as who puts back a whole folder,
//! the witness with it. And the database's own identity stands in the database.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Between the look at the clock and the write that is told by it, a machine that does much else may do that first.
const TOLERANCE: Duration = Duration::from_secs(2);
/// Each number has so many digits, so that it is written over the one before.
const DIGITS: usize = 20;
/// Where the time stands.
const TIME: usize = DIGITS + 1;
/// Where it stands whether the relay has ended in order.
const END: usize = TIME + DIGITS + 1;
const OPEN: &str = "open  ";
const CLOSED: &str = "closed";
/// Where the database's path begins.
const NAME: usize = END + OPEN.len() + 1;

/// The file, while the relay has it.
#[derive(Debug)]
pub(super) struct Witness {
    file: File,
    /// Held while it is written: what was raised is not put back by who is late.
    writing: Mutex<()>,
}

impl Witness {
    /// Writes it anew: so many claims, of the database of this name. Whoever ends meanwhile leaves the one before, whole.
    pub(super) fn write(database: &Path, claims: i64) -> std::io::Result<Self> {
        let path = beside(database);
        let mut new = path.clone().into_os_string();
        new.push(".new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        let mut text = format!("{claims:0DIGITS$} {:0DIGITS$} {OPEN} ", now()).into_bytes();
        text.extend_from_slice(database.as_os_str().as_bytes());
        text.push(b'\n');
        file.write_all(&text)?;
        file.sync_all()?;
        std::fs::rename(new, &path)?;
        synced(&path)?;
        let witness = Self { file, writing: Mutex::default() };
        // Its new name is a change too, and the disk may have taken its time.
        witness.stamp();
        Ok(witness)
    }

    /// So many claims there are now. It is on the disk when this returns.
    pub(super) fn raise(&self, claims: i64) -> std::io::Result<()> {
        {
            let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
            self.file.write_all_at(format!("{claims:0DIGITS$} {:0DIGITS$}", now()).as_bytes(), 0)?;
        }
        self.file.sync_data()
    }

    /// The relay has written the database, or is about to. It is on the disk when this returns, if it can be: after a power loss the
    /// time that the system has of the file must not be later than what stands in it.
    pub(super) fn stamp(&self) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        stamp(&self.file);
    }

    /// The relay has ended, and closed the database in order.
    pub(super) fn close(&self) {
        self.stamp();
        let _ = self.file.write_all_at(CLOSED.as_bytes(), END as u64).and_then(|()| self.file.sync_data());
    }
}

/// Whoever cannot write the time makes the next start doubt, and that does no harm.
fn stamp(file: &File) {
    let _ = file.write_all_at(format!("{:0DIGITS$}", now()).as_bytes(), TIME as u64).and_then(|()| file.sync_data());
}

/// What stands in a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Testimony {
    /// How many claims there were.
    pub(super) claims: i64,
    /// When it was written, in nanoseconds since 1970.
    written: u128,
    /// Whether the relay has ended in order.
    is_closed: bool,
    /// The database, by the name that the relay knew it by.
    database: PathBuf,
}

impl Testimony {
    /// What the witness beside a database says; none where there is none.
    ///
    /// # Errors
    /// It cannot be read, in a sentence.
    pub(super) fn beside(database: &Path) -> Result<Option<Self>, String> {
        let path = beside(database);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("its witness {} cannot be read: {error}", path.display())),
        };
        Self::read(&bytes).map(Some).ok_or_else(|| format!("its witness {} is damaged", path.display()))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let number = |from: usize| {
            let digits = bytes.get(from..from + DIGITS).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
            std::str::from_utf8(digits).ok()?.parse::<u64>().ok()
        };
        let path = bytes.get(NAME..)?.strip_suffix(b"\n")?;
        let database = PathBuf::from(std::ffi::OsString::from_vec(path.to_vec()));
        let end = bytes.get(END..NAME - 1)?;
        let is_closed = end == CLOSED.as_bytes();
        if !is_closed && end != OPEN.as_bytes() {
            return None;
        }
        Some(Self { is_closed, claims: i64::try_from(number(0)?).ok()?, written: number(TIME)?.into(), database })
    }

    /// Whether the relay has ended in order, and closed the database.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Whether database and witness are as the relay, or a command, has left them. One that was written later than now, by a clock
    /// that was ahead, tells nothing: no change would be later.
    pub(super) fn is_last_word_on(&self, database: &Path) -> bool {
        let last = self.written + TOLERANCE.as_nanos();
        let is_told_by_time = self.written <= now() + TOLERANCE.as_nanos();
        is_told_by_time
            && [database, &beside(database)]
                .into_iter()
                .all(|path| changed(path).is_some_and(|changed| changed <= last))
    }
}

/// A command has written a database that was as the relay has left it.
pub(super) fn stamp_beside(database: &Path) {
    if let Ok(file) = OpenOptions::new().write(true).open(beside(database)) {
        stamp(&file);
    }
}

/// The witness of a database.
pub(super) fn beside(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push("-witness");
    path.into()
}

/// Whether this is the name by which a relay uses this file. SQLite keeps what was written last in another file, which has its name
/// after this one: who comes by another name does not see it, and damages both.
///
/// # Errors
/// It is not, in a sentence.
pub(super) fn check_name(database: &Path) -> Result<(), String> {
    let names = std::fs::metadata(database).map_or(1, |metadata| metadata.nlink());
    if names < 2 || Testimony::beside(database).is_ok_and(|said| said.is_some_and(|said| said.database == database)) {
        return Ok(());
    }
    Err(format!(
        "{} is one of {names} names of the same file (hard links), and not the one that the relay has used: name that one, or \
         remove it if it is not used any more",
        database.display()
    ))
}

/// By what a file is told from its copies: no copy has its number and its time of birth. Where the file system keeps no such time
/// it is the device: that has another number after some starts of a machine, so it is not asked for otherwise.
#[cfg(target_os = "linux")]
pub(super) fn identity(file: &File) -> std::io::Result<String> {
    use rustix::fs::{AtFlags, StatxFlags, statx};
    let found = statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::INO | StatxFlags::BTIME)?;
    let born = found.stx_btime;
    Ok(match found.stx_mask & StatxFlags::BTIME.bits() {
        0 => format!("{} on {}:{}", found.stx_ino, found.stx_dev_major, found.stx_dev_minor),
        _ => format!("{} born {}.{:09}", found.stx_ino, born.tv_sec, born.tv_nsec),
    })
}

/// By what a file is told from its copies.
#[cfg(not(target_os = "linux"))]
pub(super) fn identity(file: &File) -> std::io::Result<String> {
    let found = file.metadata()?;
    let born = found.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    Ok(format!("{} born {}", found.ino(), born.as_nanos()))
}

/// When somebody last changed anything of a file, in nanoseconds since 1970.
fn changed(path: &Path) -> Option<u128> {
    let of = |it: Metadata| {
        Some(u128::from(it.ctime().unsigned_abs()) * 1_000_000_000 + u128::from(it.ctime_nsec().unsigned_abs()))
    };
    std::fs::metadata(path).ok().and_then(of)
}

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()
}

/// The name of a file is durable.
pub(super) fn synced(file: &Path) -> std::io::Result<()> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("relay.sqlite");
        std::fs::write(&database, "").unwrap();
        assert_eq!(Testimony::beside(&database), Ok(None));
        let witness = Witness::write(&database, 7).unwrap();
        witness.raise(12).unwrap();
        witness.stamp();
        let said = Testimony::beside(&database).unwrap().unwrap();
        assert_eq!((said.claims, &said.database), (12, &database));
        assert!(said.is_last_word_on(&database) && !said.is_closed());
        witness.close();
        assert!(Testimony::beside(&database).unwrap().unwrap().is_closed());

        let whole = std::fs::read(beside(&database)).unwrap();
        for length in 0..whole.len() {
            std::fs::write(beside(&database), &whole[..length]).unwrap();
            assert!(Testimony::beside(&database).is_err(), "cut off at {length}");
        }
        for at in 0..DIGITS {
            let mut wrong = whole.clone();
            wrong[at] = b' ';
            std::fs::write(beside(&database), &wrong).unwrap();
            assert!(Testimony::beside(&database).is_err(), "{at}");
        }
    }

    #[test]
    fn one_that_is_written_anew_leaves_the_one_before_whole_until_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("relay.sqlite");
        std::fs::write(&database, "").unwrap();
        drop(Witness::write(&database, 7).unwrap());
        let kept = folder.path().join("kept");
        std::fs::hard_link(beside(&database), &kept).unwrap();
        let before = std::fs::read(&kept).unwrap();
        let witness = Witness::write(&database, 8).unwrap();
        assert_eq!(std::fs::read(&kept).unwrap(), before, "it was not written over");
        witness.raise(9).unwrap();
        assert_eq!(Testimony::beside(&database).unwrap().unwrap().claims, 9);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "nothing is left over");
    }

    #[test]
    fn a_time_that_is_still_to_come_vouches_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("relay.sqlite");
        std::fs::write(&database, "").unwrap();
        let witness = Witness::write(&database, 7).unwrap();
        let ahead = format!("{:0DIGITS$}", now() + Duration::from_secs(3600).as_nanos());
        witness.file.write_all_at(ahead.as_bytes(), TIME as u64).unwrap();
        assert!(!Testimony::beside(&database).unwrap().unwrap().is_last_word_on(&database));
    }

    #[test]
    fn what_somebody_else_has_written_since_is_seen_though_inode_and_content_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("relay.sqlite");
        std::fs::write(&database, "").unwrap();
        Witness::write(&database, 7).unwrap();
        let said = Testimony::beside(&database).unwrap().unwrap();
        std::thread::sleep(TOLERANCE + Duration::from_millis(100));
        assert!(said.is_last_word_on(&database));
        for touched in [database.clone(), beside(&database)] {
            let whole = std::fs::read(&touched).unwrap();
            std::fs::write(&touched, whole).unwrap();
            assert!(!said.is_last_word_on(&database), "{}", touched.display());
            stamp_beside(&database);
            let said = Testimony::beside(&database).unwrap().unwrap();
            assert!(said.is_last_word_on(&database));
            std::thread::sleep(TOLERANCE + Duration::from_millis(100));
        }
    }
}
