//! The key that seals the relay's tokens, as text and in a file. It knows nothing of tokens.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use pasetors::keys::{Generate, SymmetricKey};
use pasetors::paserk::FormatAsPaserk;
use pasetors::version4::V4;

use super::named_file;

/// Reads a key: PASERK `k4.local.…`.
///
/// # Errors
/// What is expected.
pub(crate) fn read(text: &str) -> Result<SymmetricKey<V4>, String> {
    SymmetricKey::try_from(text.trim()).map_err(|_| "expected a key of the form k4.local.… (PASERK)".to_owned())
}

/// The key that stands in a file; a new one, readable by its owner alone, if there is no such file, or nothing in it: a crash
/// may have left it so before anything was sealed.
///
/// # Errors
/// The file cannot be read or made, or holds something else.
pub(crate) fn beside_store(file: &Path) -> Result<SymmetricKey<V4>, String> {
    let says = |error: std::io::Error| format!("the sealing key {} cannot be read or made: {error}", file.display());
    let text = match named_file::text(file) {
        Ok(text) if !text.trim().is_empty() => text,
        Ok(_) => make(file).map_err(says)?,
        Err(error) if error.kind() == ErrorKind::NotFound => make(file).map_err(says)?,
        Err(error) => return Err(says(error)),
    };
    read(&text).map_err(|expected| format!("{}: {expected}", file.display()))
}

/// Writes a new key beside the file and moves it there whole, so that no crash leaves half of it.
fn make(file: &Path) -> std::io::Result<String> {
    let key =
        SymmetricKey::<V4>::generate().map_err(|_| std::io::Error::other("the system gives no random numbers"))?;
    let mut text = String::new();
    key.fmt(&mut text).map_err(|_| std::io::Error::other("a key cannot be written"))?;
    let unfinished = file.with_extension("seal-key-unfinished");
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut made = options.open(&unfinished)?;
    made.write_all(text.as_bytes()).and_then(|()| made.sync_all())?;
    std::fs::rename(&unfinished, file)?;
    tracing::info!(file = %file.display(), "made a new sealing key");
    Ok(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept_from_others() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("relay.seal-key");
        let made = beside_store(&file).unwrap();
        assert_eq!(beside_store(&file).unwrap(), made);
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions()) & 0o777,
            0o600
        );
        std::fs::write(&file, "k4.local.short").unwrap();
        assert!(beside_store(&file).unwrap_err().contains("k4.local"));
    }

    #[test]
    fn what_a_crash_has_left_is_no_key_and_stops_no_start() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("relay.seal-key");
        for left in ["", "\n"] {
            std::fs::write(&file, left).unwrap();
            std::fs::write(folder.path().join("relay.seal-key-unfinished"), "k4.lo").unwrap();
            let made = beside_store(&file).unwrap();
            assert_eq!(beside_store(&file).unwrap(), made);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
