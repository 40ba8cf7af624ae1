//! The configuration, and the files that its settings name, read whole: secrets, keys, certificates. Nothing that is read keeps the
//! relay waiting: a pipe that nobody writes would for ever, and a device never ends.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read as _, Result};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use crate::access::{Wanted, explained};

/// More than any of them is: what never ends would be read for ever.
const LARGEST: u64 = 1 << 20;
/// Whoever writes the configuration into a pipe does so at once.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(10);

/// Opens a file without waiting for whoever might write it.
fn open(path: &Path) -> Result<File> {
    OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)
}

pub(super) fn bytes(path: &Path) -> Result<Vec<u8>> {
    read(path).map_err(|error| explained(error, path, Wanted::Read))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let file = open(path)?;
    if !file.metadata()?.is_file() {
        return Err(Error::other("it is no file"));
    }
    piped(file, Duration::ZERO)
}

pub(crate) fn text(path: &Path) -> Result<String> {
    String::from_utf8(bytes(path)?).map_err(|_| Error::other("it is not UTF-8"))
}

/// What comes of a file or, for a while, through a pipe.
pub(super) fn file_or_pipe(path: &Path) -> Result<Vec<u8>> {
    open(path).and_then(|file| piped(file, LONGEST_WAIT)).map_err(|error| explained(error, path, Wanted::Read))
}

fn piped(file: File, longest: Duration) -> Result<Vec<u8>> {
    let is_pipe = file.metadata()?.file_type().is_fifo();
    let (mut file, mut bytes, began) = (file.take(LARGEST + 1), Vec::new(), Instant::now());
    loop {
        match file.read_to_end(&mut bytes) {
            _ if bytes.len() as u64 > LARGEST => return Err(Error::other("it is larger than 1 MiB")),
            // A pipe that has no writer yet seems to be at its end.
            Ok(_) if !is_pipe || !bytes.is_empty() => return Ok(bytes),
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            _ if began.elapsed() >= longest => {
                return Err(Error::other("it is a pipe, and nobody has written it to its end within 5 s"));
            }
            _ => std::thread::sleep(PAUSE),
        }
    }
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
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
        assert_eq!(bytes(&pipe).unwrap_err().to_string(), "it is no file");
        assert!(piped(open(&pipe).unwrap(), Duration::from_millis(50)).unwrap_err().to_string().contains("is a pipe"));
        File::create(&large).unwrap().set_len(LARGEST + 1).unwrap();
        assert_eq!(bytes(&large).unwrap_err().to_string(), "it is larger than 1 MiB");
        std::fs::write(&large, [0xff]).unwrap();
        assert_eq!(text(&large).unwrap_err().to_string(), "it is not UTF-8");
        std::fs::write(&large, "ü\n").unwrap();
        assert_eq!(text(&large).unwrap(), "ü\n");
    }
}
