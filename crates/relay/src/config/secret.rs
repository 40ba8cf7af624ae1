//! A secret and where it came from. A file is read again when the relay asks whether the secret has changed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use secrecy::{ExposeSecret, SecretString};

use super::named_file;
use super::odd_text::oddity;
use super::reader::SecretPlace;

/// A secret that may be read again.
#[derive(Clone, Debug)]
pub struct Secret {
    file: Option<PathBuf>,
    value: SecretString,
    /// When its file was written.
    written: Option<SystemTime>,
    /// When the file was written that was last told to hold no secret: it is told once, however often it is looked at.
    passed_over: Arc<Mutex<Option<SystemTime>>>,
}

/// The same text at the same place.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file && self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl Secret {
    /// A secret that does not change while the relay runs.
    pub fn fixed(value: impl Into<SecretString>) -> Self {
        Self { file: None, value: value.into(), written: None, passed_over: Arc::default() }
    }

    /// What stands at the place.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn read(place: SecretPlace) -> Result<Self, String> {
        match place {
            SecretPlace::Value(value) => match flaw(&value) {
                Some(flaw) => Err(format!("its value {flaw}: {TAKEN}")),
                None => Ok(Self::fixed(value)),
            },
            SecretPlace::File(file) => match read(&file) {
                Ok((value, _)) if value.expose_secret().is_empty() => Err(format!("{} is empty", file.display())),
                Ok((value, written)) => match flaw(value.expose_secret()) {
                    Some(flaw) => Err(format!("{} {flaw}: {TAKEN}", file.display())),
                    None => Ok(Self { file: Some(file), value, written, passed_over: Arc::default() }),
                },
                Err(error) => Err(format!("{} cannot be read: {error}", file.display())),
            },
        }
    }

    /// The secret.
    pub fn expose(&self) -> &str {
        self.value.expose_secret()
    }

    /// The secret as its file has it now; as it is if it has no file, none that can be read, one that no secret stands in, or an
    /// empty one: a file that is being written anew is empty for a moment.
    pub fn now(&self) -> Self {
        let Some(file) = &self.file else { return self.clone() };
        let (value, written) = match read(file) {
            Ok((value, _)) if value.expose_secret().is_empty() => return self.clone(),
            Ok(read) => read,
            Err(_) => return self.clone(),
        };
        if let Some(flaw) = flaw(value.expose_secret()) {
            let mut told = self.passed_over.lock().unwrap_or_else(PoisonError::into_inner);
            if *told != written {
                *told = written;
                tracing::warn!(file = %file.display(), flaw, "a secret's file is passed over");
            }
            return self.clone();
        }
        Self { value, written, ..self.clone() }
    }

    /// Whether nobody has given another one, or said of this one that it is to be tried again, by touching its file.
    pub(crate) fn is_untouched_since(&self, earlier: &Self) -> bool {
        self.expose() == earlier.expose() && self.written == earlier.written
    }
}

/// What a secret is.
const TAKEN: &str = "a secret is one line, taken to the letter";

/// What of a secret nobody has meant: it would be sent to the letter, and refused for what nobody sees.
fn flaw(secret: &str) -> Option<String> {
    if secret.contains(['\n', '\r']) { Some("has more than one line".to_owned()) } else { oddity(secret) }
}

/// A file's text without the line end that editors add, and when it was written.
fn read(file: &Path) -> io::Result<(SecretString, Option<SystemTime>)> {
    // Before it is read: what is written meanwhile is told as written later.
    let written = std::fs::metadata(file).ok().and_then(|about| about.modified().ok());
    named_file::text(file).map(|text| (text.trim_end_matches(['\r', '\n']).into(), written))
}
