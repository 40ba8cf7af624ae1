//! A file that one relay holds while it uses a database, so that no second one does.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// Holds the lock until it is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock beside a database.
    pub(super) fn take(database: &Path) -> Result<Self, String> {
        let mut path = database.as_os_str().to_owned();
        path.push(".lock");
        let path = Path::new(&path);
        let says = |error: &dyn std::fmt::Display| format!("the lock {} cannot be taken: {error}", path.display());
        let file = private(path).map_err(|error| says(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(format!("another relay uses {}: end it, or give this one a store of its own", database.display()))
            }
            Err(TryLockError::Error(error)) => Err(says(&error)),
        }
    }
}

/// Opens a file for writing; one that is made is readable by its owner alone.
pub(super) fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
