//! A file that a setting names, read whole: a secret, keys, certificates. A pipe would keep its reader waiting for ever, and
//! a device never ends.

use std::io::{Error, Result};
use std::path::Path;

use crate::access::{Wanted, explained};

/// More than any of them is.
const LARGEST: u64 = 1 << 20;

pub(super) fn bytes(path: &Path) -> Result<Vec<u8>> {
    read(path).map_err(|error| explained(error, path, Wanted::Read))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() {
        return Err(Error::other("it is no file"));
    }
    if about.len() > LARGEST {
        return Err(Error::other("it is larger than 1 MiB"));
    }
    std::fs::read(path)
}

pub(super) fn text(path: &Path) -> Result<String> {
    String::from_utf8(bytes(path)?).map_err(|_| Error::other("it is not UTF-8"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_never_ends_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        for (path, says) in [(Path::new("/dev/zero"), "it is no file"), (folder.path(), "it is no file")] {
            assert_eq!(bytes(path).unwrap_err().to_string(), says);
        }
        let large = folder.path().join("large");
        std::fs::File::create(&large).unwrap().set_len(LARGEST + 1).unwrap();
        assert_eq!(bytes(&large).unwrap_err().to_string(), "it is larger than 1 MiB");
        std::fs::write(&large, [0xff]).unwrap();
        assert_eq!(text(&large).unwrap_err().to_string(), "it is not UTF-8");
        std::fs::write(&large, "ü\n").unwrap();
        assert_eq!(text(&large).unwrap(), "ü\n");
    }
}
