//! The witness: a file beside the database that holds how many claims there were. It is raised after each commit with a claim, durably,
//! and before anything is sent. A database that knows of fewer claims has lost rows: an old copy was put back, or its log is gone.
//!
//! It also holds when it was written, and once the relay has ended, when the database was changed last. A file's time of change is
//! the system's, and no program that copies can set it: a database that was changed at another time was changed by somebody
//! else, such as who puts back a whole folder, the witness with it. And the database's own identity stands in the database.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::OFlags;

/// Between the look at the clock and the write that is told by it, a machine that does much else may do that first.
const TOLERANCE: Duration = Duration::from_secs(2);
/// More claims than a relay makes in ten thousand years: a count that says so is damaged.
pub(super) const MOST_CLAIMS: i64 = 1_000_000_000_000_000;
/// Each number has so many digits, so that it is written over the one before.
const DIGITS: usize = 20;
/// Where the time stands.
const TIME: usize = DIGITS + 1;
/// Where it stands when the database was changed last, by a relay that has ended in order. Zero: it has not.
const END: usize = TIME + DIGITS + 1;
/// Where the database's path begins.
const NAME: usize = END + DIGITS + 1;
/// A path is far shorter.
const LARGEST: u64 = 64 * 1024;

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
        // Whatever stands there, a pipe even.
        let _ = std::fs::remove_file(&new);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        let mut text = format!("{claims:0DIGITS$} {:0DIGITS$} {:0DIGITS$} ", now(), 0).into_bytes();
        text.extend_from_slice(database.as_os_str().as_bytes());
        text.push(b'\n');
        file.write_all(&text)?;
        give_to_owner_of(database, &file)?;
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
        stamp(&self.file, 0);
    }

    /// The relay has ended, and closed this database in order. If somebody else keeps its log, it is not closed yet.
    pub(super) fn close(&self, path: &Path, database: &File) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        stamp(&self.file, settled(path, database));
    }
}

/// Whoever cannot write the time makes the next start doubt, and that does no harm.
fn stamp(file: &File, closed: u128) {
    let text = format!("{:0DIGITS$} {closed:0DIGITS$}", now());
    let _ = file.write_all_at(text.as_bytes(), TIME as u64).and_then(|()| file.sync_data());
}

/// When a database was changed last that nobody has open any more; that is on the disk then, and stays true after a power loss. Zero
/// where that cannot be said, or where something of it is still in its log.
fn settled(path: &Path, database: &File) -> u128 {
    match database.sync_all() {
        Ok(()) if !has_log(path) => database.metadata().ok().as_ref().and_then(changed).unwrap_or_default(),
        _ => 0,
    }
}

/// Whether there is something in the log beside a database.
pub(super) fn has_log(database: &Path) -> bool {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// What stands in a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Testimony {
    /// How many claims there were.
    pub(super) claims: i64,
    /// When it was written, in nanoseconds since 1970.
    written: u128,
    /// When the database was changed last, if the relay has ended in order.
    closed: Option<u128>,
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
        // Who opens a pipe waits for its other end otherwise.
        match OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(&path) {
            Ok(file) => Self::of(&file).map(Some).map_err(|says| format!("its witness {} {says}", path.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("its witness {} cannot be read: {error}", path.display())),
        }
    }

    fn of(file: &File) -> Result<Self, String> {
        let cannot = |error: std::io::Error| format!("cannot be read: {error}");
        if !file.metadata().map_err(cannot)?.is_file() {
            return Err("is no file".to_owned());
        }
        let mut bytes = Vec::new();
        let mut from_its_start = file;
        std::io::Seek::rewind(&mut from_its_start).map_err(cannot)?;
        file.take(LARGEST).read_to_end(&mut bytes).map_err(cannot)?;
        Self::read(&bytes).ok_or_else(|| "is damaged".to_owned())
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let number = |from: usize| {
            let digits = bytes.get(from..from + DIGITS).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
            std::str::from_utf8(digits).ok()?.parse::<u64>().ok()
        };
        let path = bytes.get(NAME..)?.strip_suffix(b"\n")?;
        let database = PathBuf::from(std::ffi::OsString::from_vec(path.to_vec()));
        let claims = i64::try_from(number(0)?).ok().filter(|claims| *claims <= MOST_CLAIMS)?;
        let closed = Some(u128::from(number(END)?)).filter(|closed| *closed > 0);
        Some(Self { claims, written: number(TIME)?.into(), closed, database })
    }

    /// Whether the relay has ended in order, and closed the database.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// Whether database and witness are as the relay, or a command, has left them. After an end in order it is told by the very time
    /// at which the database was changed last. Else a little time is left; and a witness that was written later than now, by a clock
    /// that was ahead, tells nothing: no change would be later.
    pub(super) fn is_last_word_on(&self, database: &Path) -> bool {
        let changed = |path: &Path| std::fs::metadata(path).ok().as_ref().and_then(changed);
        if let Some(closed) = self.closed {
            return changed(database) == Some(closed) && !has_log(database);
        }
        let last = self.written + TOLERANCE.as_nanos();
        let is_told_by_time = self.written <= now() + TOLERANCE.as_nanos();
        is_told_by_time
            && [database, &beside(database)]
                .into_iter()
                .all(|path| changed(path).is_some_and(|changed| changed <= last))
    }
}

/// A command's work on a database, which the next start does not take for another's.
#[derive(Debug)]
pub(super) struct Visit {
    database: PathBuf,
    file: File,
    was_closed: bool,
    left: Testimony,
}

impl Visit {
    /// Before the first write, or before the connection is closed. None where the files are not as they were left: they are the next
    /// start's to doubt, so this has to be asked as late as can be.
    pub(super) fn begin(database: &Path) -> Option<Self> {
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(beside(database)).ok()?;
        let said = Testimony::of(&file).ok().filter(|said| said.is_last_word_on(database))?;
        stamp(&file, 0);
        let left = Testimony::of(&file).ok()?;
        Some(Self { database: database.to_owned(), file, was_closed: said.is_closed(), left })
    }

    /// After the connection is closed. If somebody has written the witness meanwhile it may be a relay, or another command; or
    /// files were put back, and these are left as they are.
    pub(super) fn end(self) {
        let Ok(Some(said)) = Testimony::beside(&self.database) else { return };
        if said == self.left {
            let database = File::open(&self.database);
            let closed = database.map_or(0, |database| settled(&self.database, &database));
            stamp(&self.file, if self.was_closed { closed } else { 0 });
        } else if !said.is_closed() && said.is_last_word_on(&self.database) {
            stamp(&self.file, 0);
        }
    }
}

/// What is set aside by a restore vouches for nothing any more, if somebody moves it back by hand: claims were made without it. What
/// is no witness vouches for nothing as it is.
pub(super) fn outdate(database: &Path, claims: i64) -> std::io::Result<()> {
    match Testimony::beside(database) {
        Ok(Some(_)) => {
            let file = OpenOptions::new().write(true).open(beside(database))?;
            Witness { file, writing: Mutex::default() }.raise(claims)
        }
        Ok(None) | Err(_) => Ok(()),
    }
}

/// Whoever restores may be root; the relay is not.
pub(super) fn give_to_owner_of(database: &Path, file: &File) -> std::io::Result<()> {
    let (Ok(owner), found) = (database.metadata(), file.metadata()?) else { return Ok(()) };
    if (owner.uid(), owner.gid()) == (found.uid(), found.gid()) {
        return Ok(());
    }
    std::os::unix::fs::fchown(file, Some(owner.uid()), Some(owner.gid()))
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
fn changed(it: &Metadata) -> Option<u128> {
    let (seconds, more) = (u128::try_from(it.ctime()).ok()?, u128::try_from(it.ctime_nsec()).ok()?);
    Some(seconds * 1_000_000_000 + more)
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
mod tests;
