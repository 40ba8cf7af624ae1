//! The sentences of a language, in the order of their keys, as a release's file has them. `src/text` knows the keys.

use std::rc::Rc;

use super::Config;

/// The languages that there are, by the first part of their tags. Each but English has a file in `src/text`.
pub(crate) const LANGUAGES: [&str; 5] = ["en", "nl", "de", "fr", "ar"];

/// What a language says of itself, before its sentences: its tag, and where its lines begin.
pub(crate) const LANGUAGE_ITSELF: [(&str, &str); 2] = [("lang", "en"), ("dir", "ltr")];

/// A language's sentences. None are English.
///
/// For Yew applications: [`nl`](crate::nl) and its like. Which words a form says makes no other form of it, so that all are equal.
#[derive(Clone, Debug, Default, Eq)]
pub struct Language(Rc<Vec<String>>);

impl PartialEq for Language {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl FromIterator<String> for Language {
    fn from_iter<T: IntoIterator<Item = String>>(sentences: T) -> Self {
        Self(Rc::new(sentences.into_iter().collect()))
    }
}

impl Language {
    /// Reads a release's file: the sentences alone, parted by tabs. Of nothing it makes English.
    pub(crate) fn read(file: &str) -> Self {
        file.split('\t').map(str::to_owned).collect()
    }

    pub(crate) fn is_english(&self) -> bool {
        self.0.len() <= 1
    }
}

impl Config {
    /// What the host says in the place of a sentence, or the language.
    pub(crate) fn sentence(&self, at: usize, key: &str) -> Option<&String> {
        let theirs = self.texts.iter().find(|(name, _)| name == key).map(|(_, text)| text);
        theirs.or_else(|| self.language.0.get(at).filter(|text| !text.is_empty()))
    }

    /// The language that the form speaks, as BCP 47 has it.
    pub(crate) fn tag(&self) -> &str {
        self.itself(0)
    }

    /// Where its lines begin: `ltr` or `rtl`.
    pub(crate) fn direction(&self) -> &str {
        self.itself(1)
    }

    fn itself(&self, at: usize) -> &str {
        let (key, own) = LANGUAGE_ITSELF.get(at).copied().unwrap_or_default();
        self.sentence(at, key).map_or(own, String::as_str)
    }
}

/// The language that a tag means: `nl` of `nl-BE`.
pub(crate) fn primary(tag: &str) -> String {
    let letters = tag.trim().split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
    letters.to_ascii_lowercase()
}
