//! The lock by which one relay has a database. It is on the database's own file, so that no other name of it, by a link of whatever
//! kind, leads a second relay to it. SQLite's own locks are of another sort, and do not meet it.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::witness;

/// Holds the lock until it is dropped, or the process ends in whatever way.
///
/// While it lives the file stays open, and must: when a process closes a file, the system takes SQLite's locks on it away.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
    identity: (u64, u64),
}

/// Why there is no lock.
#[derive(Debug)]
pub(super) enum NotTaken {
    /// A relay has it.
    InUse,
    /// The file cannot be used.
    Unusable(String),
}

impl NotTaken {
    /// To a relay.
    pub(super) fn says(self, database: &Path) -> String {
        match self {
            Self::InUse => {
                format!("another relay uses {}: end it, or give this one a store of its own", database.display())
            }
            Self::Unusable(says) => says,
        }
    }
}

impl Lock {
    /// Takes the lock of a database, which is made where there is none.
    pub(super) fn take(database: &Path) -> Result<Self, NotTaken> {
        let says = |error: &dyn std::fmt::Display| {
            NotTaken::Unusable(format!("the store {} cannot be opened: {error}", database.display()))
        };
        let file = private(database).map_err(|error| says(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(NotTaken::InUse),
            Err(TryLockError::Error(error)) => return Err(says(&error)),
        }
        let path = database.canonicalize().map_err(|error| says(&error))?;
        let identity = file.metadata().map(|metadata| identity(&metadata)).map_err(|error| says(&error))?;
        Ok(Self { file, path, identity })
    }

    /// The database's file, by the one name that it has without links of folders.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The database's file itself, under whatever name it is now.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// By what the file is told from its copies.
    pub(super) fn file_identity(&self) -> std::io::Result<String> {
        witness::identity(&self.file)
    }

    /// Whether the file that is found under this name is still the one that is locked. What is written to a file that was removed
    /// is gone at the next start.
    ///
    /// # Errors
    /// It is not, in a sentence.
    pub(super) fn still_of_file(&self) -> Result<(), String> {
        match std::fs::metadata(&self.path) {
            Ok(found) if identity(&found) == self.identity => Ok(()),
            Ok(_) => Err(format!("{} is another file than it was at the start", self.path.display())),
            Err(error) => Err(format!("{} is not there any more: {error}", self.path.display())),
        }
    }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Opens a file for writing; one that is made is readable by its owner alone.
fn private(path: &Path) -> std::io::Result<File> {
    // In the place of a file a pipe may stand, and nobody is waited for who might read it.
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
}
