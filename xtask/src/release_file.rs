//! One file of a release, and the hash that browsers check it by.

use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

/// One file of a release.
pub(crate) struct File {
    /// Its name in the release's folder.
    pub(crate) name: &'static str,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
}

impl File {
    /// As `integrity` wants it.
    pub(crate) fn integrity(&self) -> String {
        format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(&self.bytes)))
    }
}
