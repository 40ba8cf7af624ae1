//! The languages besides English, as a release has them: each a file of its sentences alone, which the glue fetches by its hash.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::release_file::File;

/// Where they are written: `key = sentence`, one a line, in English's order; `#` before a comment. A test of the widget holds them
/// to English's keys.
pub(crate) const FOLDER: &str = "src/text";

/// The files of a release, by the languages' names.
///
/// # Errors
///
/// When one cannot be read.
pub(crate) fn read(folder: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "txt") {
            let written = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            // It lives as long as this program, as the names of the other files do.
            let name = entry.file_name().to_string_lossy().into_owned().leak();
            files.push(File { name, bytes: sentences(&written).into_bytes() });
        }
    }
    files.sort_by_key(|file| file.name);
    Ok(files)
}

/// The sentences, parted by tabs: a sentence may have several lines.
fn sentences(written: &str) -> String {
    let lines = written.lines().filter(|line| !line.starts_with('#'));
    let sentences = lines.filter_map(|line| Some(line.split_once(" = ")?.1.replace("\\n", "\n")));
    sentences.collect::<Vec<_>>().join("\t")
}

/// What the glue knows of them: the hash of each.
pub(crate) fn hashes(files: &[File]) -> String {
    let mut hashes = String::from("{ __proto__: null, en: 0");
    for file in files {
        let tag = file.name.trim_end_matches(".txt");
        let _ = write!(hashes, ", {tag}: '{}'", file.integrity());
    }
    hashes + " }"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_release_has_the_sentences_alone_and_the_glue_their_hashes() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("xx.txt"),
            "# A comment = none.\nlang = xx\n\nsubmit = Go = on\nmeaning = One.\\nTwo.\n",
        )
        .unwrap();
        fs::write(folder.path().join("en.rs"), "no = language").unwrap();
        let files = read(folder.path()).unwrap();
        let [file] = &files[..] else { unreachable!("one language") };
        assert_eq!((file.name, std::str::from_utf8(&file.bytes).unwrap()), ("xx.txt", "xx\tGo = on\tOne.\nTwo."));
        assert_eq!(hashes(&files), format!("{{ __proto__: null, en: 0, xx: '{}' }}", file.integrity()));
    }
}
