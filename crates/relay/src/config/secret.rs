//! A secret and where it came from. A file is read again when the relay asks whether the secret has changed.

use std::io;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::reader::SecretPlace;

/// A secret that may be read again.
#[derive(Clone, Debug)]
pub struct Secret {
    file: Option<PathBuf>,
    value: SecretString,
}

impl Secret {
    /// A secret that does not change while the relay runs.
    pub fn fixed(value: impl Into<SecretString>) -> Self {
        Self { file: None, value: value.into() }
    }

    /// What stands at the place.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn read(place: SecretPlace) -> Result<Self, String> {
        match place {
            SecretPlace::Value(value) => Ok(Self::fixed(value)),
            SecretPlace::File(file) => match read(&file) {
                Ok(value) if value.expose_secret().is_empty() => Err(format!("{} is empty", file.display())),
                Ok(value) => Ok(Self { file: Some(file), value }),
                Err(error) => Err(format!("{} cannot be read: {error}", file.display())),
            },
        }
    }

    /// The secret.
    pub fn expose(&self) -> &str {
        self.value.expose_secret()
    }

    /// The secret as its file has it now; as it is if it has no file, none that can be read, or an empty one: a file that is
    /// being written anew is empty for a moment.
    pub fn now(&self) -> Self {
        let value = self.file.as_ref().and_then(|file| read(file).ok());
        let value = value.filter(|value| !value.expose_secret().is_empty()).unwrap_or_else(|| self.value.clone());
        Self { file: self.file.clone(), value }
    }
}

/// A file's text without the line end that editors add.
fn read(file: &PathBuf) -> io::Result<SecretString> {
    std::fs::read_to_string(file).map(|text| text.trim_end_matches(['\r', '\n']).into())
}
