//! What a language says of itself. Its sentences stand among the host's own: see [`Config::texts`].

use super::Config;

/// The languages that there are, by the first part of their tags. Each but English has a file in `src/text`.
pub(crate) const LANGUAGES: [&str; 5] = ["en", "nl", "de", "fr", "ar"];

/// What a language says of itself, before its sentences: its tag, and where its lines begin.
pub(crate) const LANGUAGE_ITSELF: [(&str, &str); 2] = [("lang", "en"), ("dir", "ltr")];

impl Config {
    /// What is said in the place of an English sentence: by the host under its key, else by the language at its place. A
    /// release's file has no keys: its sentences stand first in the texts, by their numbers.
    pub(crate) fn sentence(&self, at: usize, key: &str) -> Option<&str> {
        let theirs = self.texts.iter().find(|(name, _)| name == key);
        let said = theirs.or_else(|| self.texts.get(at).filter(|(name, _)| is_number(name)));
        said.map(|(_, text)| text.as_str())
    }

    /// The language that the form speaks, as BCP 47 has it.
    pub(crate) fn tag(&self) -> &str {
        self.sentence(0, "lang").unwrap_or("en")
    }

    /// Where its lines begin: `ltr` or `rtl`.
    pub(crate) fn direction(&self) -> &str {
        self.sentence(1, "dir").unwrap_or("ltr")
    }
}

/// Whether a sentence is one of a release's file. No key begins with a digit.
pub(crate) fn is_number(name: &str) -> bool {
    name.as_bytes().first().is_some_and(u8::is_ascii_digit)
}

/// The language that a tag means: `nl` of `nl-BE`.
pub(super) fn primary(tag: &str) -> String {
    let letters = tag.trim().split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
    letters.to_ascii_lowercase()
}
