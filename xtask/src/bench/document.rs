//! `docs/PERFORMANCE.md`: what is measured stands between two lines of its own, and is written anew at each measuring.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::machine;

/// The document.
pub(crate) fn path() -> PathBuf {
    machine::root().join("docs/PERFORMANCE.md")
}

/// The document with this text as its part of that name.
///
/// # Errors
///
/// When it has no such part.
pub(crate) fn with_part(document: &str, name: &str, text: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
    let parts = document.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let (before, after) = parts.with_context(|| format!("docs/PERFORMANCE.md has no part {name}"))?;
    Ok(format!("{before}{begin}{text}{end}{after}"))
}

/// Writes a part.
///
/// # Errors
///
/// When it has no such part, or cannot be written.
pub(crate) fn write(name: &str, text: &str) -> Result<()> {
    let document = fs::read_to_string(path())?;
    Ok(fs::write(path(), with_part(&document, name, text)?)?)
}
