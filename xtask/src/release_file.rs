//! One file of a release, the hash that browsers check it by, and what it is on the wire.

use std::io::Write;

use anyhow::Result;
use base64::prelude::{BASE64_STANDARD, Engine};
use flate2::{Compression, GzBuilder};
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

    /// As a browser gets it that takes brotli: nearly every one.
    ///
    /// # Errors
    ///
    /// When the compressor fails.
    pub(crate) fn brotli(&self) -> Result<Vec<u8>> {
        brotli(&self.bytes)
    }

    /// As a browser gets it that takes gzip alone, which is over plain http. No time stands in it, so the same file is the same
    /// bytes.
    ///
    /// # Errors
    ///
    /// When the compressor fails.
    pub(crate) fn gzip(&self) -> Result<Vec<u8>> {
        let mut packed = GzBuilder::new().write(Vec::new(), Compression::best());
        packed.write_all(&self.bytes)?;
        Ok(packed.finish()?)
    }
}

/// As relays send it, at brotli's slowest and smallest.
///
/// # Errors
///
/// When the compressor fails.
pub(crate) fn brotli(mut bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut bytes, &mut packed, &parameters)?;
    Ok(packed)
}
