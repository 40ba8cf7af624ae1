//! The languages besides English. A page fetches the one that it speaks, as a file of the release; a Yew application takes it
//! from here, and what it does not name is not in its program.

use crate::config::Language;

macro_rules! languages {
    ($($(#[$doc:meta])* $tag:ident $file:literal;)*) => {
        $($(#[$doc])* #[must_use] pub fn $tag() -> Language {
            read(include_str!($file))
        })*
        #[cfg(test)]
        pub(crate) const FILES: &[(&str, &str)] = &[$((stringify!($tag), include_str!($file))),*];
    };
}

languages! {
    /// Dutch.
    nl "nl.txt";
    /// German.
    de "de.txt";
    /// French.
    fr "fr.txt";
    /// Arabic.
    ar "ar.txt";
}

/// Reads a language as it is written: `key = sentence`, one a line, in English's order; `#` before a comment.
fn read(file: &str) -> Language {
    sentences(file).map(|(_, sentence)| sentence.replace("\\n", "\n")).collect()
}

/// The keys, and what they say.
pub(super) fn sentences(file: &str) -> impl Iterator<Item = (&str, &str)> {
    file.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "))
}
