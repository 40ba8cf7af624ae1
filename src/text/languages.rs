//! The languages besides English. A page fetches the one that it speaks, as a file of the release; a Yew application takes it
//! from here, into [`Config::texts`](crate::config::Config::texts), and what it does not name is not in its program.

macro_rules! languages {
    ($($(#[$doc:meta])* $tag:ident $file:literal;)*) => {
        $($(#[$doc])* #[must_use] pub fn $tag() -> Vec<(String, String)> {
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
fn read(file: &str) -> Vec<(String, String)> {
    sentences(file).map(|(key, sentence)| (key.to_owned(), sentence.replace("\\n", "\n"))).collect()
}

/// The keys, and what they say.
pub(super) fn sentences(file: &str) -> impl Iterator<Item = (&str, &str)> {
    file.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "))
}
