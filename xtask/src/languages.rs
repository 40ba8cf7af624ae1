//! The languages besides English, as a release has them: each a file of its sentences alone, which the glue fetches by its hash.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

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
    let file = |(name, written): (String, String)| {
        // A sentence may have several lines.
        let sentences: Vec<String> = lines(&written).map(|(_, sentence)| sentence.replace("\\n", "\n")).collect();
        // It lives as long as this program, as the names of the other files do.
        File { name: name.leak(), bytes: sentences.join("\t").into_bytes() }
    };
    Ok(written(folder)?.into_iter().map(file).collect())
}

/// Name and text of each, by name.
fn written(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "txt") {
            let written = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            files.push((entry.file_name().to_string_lossy().into_owned(), written));
        }
    }
    files.sort();
    Ok(files)
}

/// The keys, and what they say.
fn lines(written: &str) -> impl Iterator<Item = (&str, &str)> {
    written.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "))
}

/// What the form's frame says before the form is here (`www/frame.js`).
const IN_THE_FRAME: [&str; 5] = ["heading.incident", "heading.task", "cancel", "not-loaded", "try-now"];

/// Where these stand among the sentences of each language.
///
/// # Errors
///
/// When a language lacks one, or has it elsewhere than the others.
pub(crate) fn places(folder: &Path) -> Result<Vec<usize>> {
    let mut known = None;
    for (name, written) in written(folder)? {
        let keys: Vec<&str> = lines(&written).map(|(key, _)| key).collect();
        let places: Option<Vec<usize>> = IN_THE_FRAME.iter().map(|key| keys.iter().position(|it| it == key)).collect();
        let places = places.with_context(|| format!("{name} lacks one of {}", IN_THE_FRAME.join(", ")))?;
        ensure!(
            *known.get_or_insert_with(|| places.clone()) == places,
            "{name} has its sentences in another order than the other languages"
        );
    }
    Ok(known.unwrap_or_default())
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
    #[test]
    fn the_glue_knows_where_the_frames_sentences_stand_in_every_language() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write(
            "xx.txt",
            "# cancel = x\nlang = xx\ncancel = C\nheading.incident = I\nheading.task = T\nnot-loaded = N\ntry-now = A\n",
        );
        assert_eq!(places(folder.path()).unwrap(), [2, 3, 1, 4, 5]);
        write("yy.txt", "lang = yy\nheading.incident = I\nheading.task = T\ncancel = C\nnot-loaded = N\ntry-now = A\n");
        assert!(places(folder.path()).unwrap_err().to_string().contains("yy.txt has its sentences in another order"));
        write("yy.txt", "lang = yy\nheading.incident = I\nheading.task = T\n");
        assert!(places(folder.path()).unwrap_err().to_string().contains("yy.txt lacks one of"));
    }
}
