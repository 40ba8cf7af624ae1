//! Every sentence that a user reads, one file a language, and the host's own in place of some. It knows the contract's fields
//! and what a form can say, and nothing of how it is shown.

use std::borrow::Cow;

mod en;
mod languages;
#[cfg(test)]
mod tests;

use bzctrl_contract::Numbers;
pub(crate) use en::*;
pub use languages::*;

use crate::config::Config;
use crate::config::language::is_number;
use crate::form::state::{Standing, State};

/// The words of one form: its language's, but for those that the host gives by their key.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    config: &'a Config,
    numbers: Numbers,
}

/// A sentence as it is said.
pub(crate) type Sentence = Cow<'static, str>;

/// A sentence that stands by itself.
#[derive(Clone, Copy)]
pub(crate) struct Word(&'static Entry);

struct Entry {
    /// Its place among [`keys`], and so in the file of each other language.
    at: usize,
    /// Its key and what it says in English, parted by a tab: pages load fewer bytes so.
    text: &'static str,
}

impl Entry {
    fn key_and_own(&self) -> (&'static str, &'static str) {
        self.text.split_once('\t').unwrap_or_default()
    }
}

impl PartialEq for Word {
    fn eq(&self, other: &Self) -> bool {
        self.0.at == other.0.at
    }
}

/// How something is said: three parts, of which the last may be left to a button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoticeText {
    /// What happened.
    pub(crate) heading: String,
    /// What that means for the todo, and what to do now.
    pub(crate) meaning: String,
    /// A no is red; what nobody knows, or not yet, is amber.
    pub(crate) is_no: bool,
}

/// The words of a notice.
#[derive(Clone, Copy)]
struct Told {
    /// Its heading's place among [`keys`]; its meaning's, if it has one, is the next.
    at: usize,
    key: &'static str,
    claim: Claim,
    heading: &'static str,
    meaning: &'static str,
}

/// What a notice says of the todo. The sentence for it depends on whether one that was sent before may exist; no heading and no
/// meaning speaks of that by itself, but for what [`Outcome`](Claim::Outcome) tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// This press sent nothing.
    NotSent,
    /// What this press sent was not taken.
    Refused,
    /// BzCtrl has not made what this press sent.
    NotMade,
    /// Nobody knows.
    MayExist,
    /// The key has an outcome of its own.
    Outcome,
}

impl Claim {
    /// What is left of it where the todo stands so: of what was sent it is not said that nothing was.
    pub(crate) fn beside(self, standing: Standing) -> Self {
        if self == Self::NotSent && standing.was_sent { Self::MayExist } else { self }
    }

    fn sentence(self, may_exist: bool) -> Option<Word> {
        let (alone, beside_an_earlier) = match self {
            Self::NotSent => (NOT_SENT, NOT_SENT_THIS_TIME),
            Self::Refused => (REFUSED, REFUSED_THIS_TIME),
            Self::NotMade => (REJECTED, REJECTED_AGAIN),
            Self::MayExist => (MAY_EXIST, MAY_EXIST),
            Self::Outcome => return None,
        };
        Some(if may_exist { beside_an_earlier } else { alone })
    }
}

impl<'a> Words<'a> {
    /// The words of a form.
    pub(crate) fn of_form(state: &'a State) -> Self {
        Self { config: &state.config, numbers: state.numbers }
    }

    #[cfg(test)]
    fn of_config(config: &'a Config) -> Self {
        Self { config, numbers: Numbers::POINT }
    }

    /// The host's sentence of a key, else the language's at that place, else our own.
    fn say(self, at: usize, key: &str, own: &'static str) -> Sentence {
        self.config.sentence(at, key).map_or(Cow::Borrowed(own), |text| Cow::Owned(text.to_owned()))
    }

    /// A sentence that stands by itself.
    pub(crate) fn of(self, Word(entry): Word) -> Sentence {
        let (key, own) = entry.key_and_own();
        self.say(entry.at, key, own)
    }

    fn heading_of(self, told: Told) -> Sentence {
        self.say(told.at, &[told.key, ".heading"].concat(), told.heading)
    }

    fn meaning(self, told: Told) -> Sentence {
        let at = if told.meaning.is_empty() { usize::MAX } else { told.at + 1 };
        self.say(at, &[told.key, ".meaning"].concat(), told.meaning)
    }

    fn fill(self, sentence: &str, values: &[(&str, &str)]) -> String {
        fill(sentence, values, if self.config.direction() == "rtl" { ISOLATES } else { [""; 2] })
    }

    /// What of the host's sentences is none, or has a name in braces that is not filled in: a line for each.
    pub(crate) fn mistakes(self) -> Vec<String> {
        let mut lines = Vec::new();
        for (given, text) in self.config.texts.iter().filter(|(name, _)| !is_number(name)) {
            let Some((_, own)) = keys().find(|(key, _)| key == given) else {
                lines.push(["texts has \"", given, "\", which is the key of no sentence; it is left out"].concat());
                continue;
            };
            for name in names(text).filter(|name| !names(own).any(|known| known == *name) && !is_filled(given, name)) {
                let has = ["texts has {", name, "} in \"", given, "\", which stays as it is; "].concat();
                let known: Vec<_> = names(own).map(|known| ["{", known, "}"].concat()).collect();
                let fills = if known.is_empty() { "nothing is filled in there".to_owned() } else { known.join(", ") };
                let but = if known.is_empty() { "" } else { "filled in is " };
                lines.push([&has, but, &fills].concat());
            }
        }
        lines
    }
}

/// What is filled in although our own sentence may not have it: a fault's field, and in a notice the todo.
fn is_filled(key: &str, name: &str) -> bool {
    let of_notice = key.ends_with(".heading")
        || key.ends_with(".meaning")
        || ["refused", "not-sent", "may-exist", "asking-is-safe"].iter().any(|claim| key.starts_with(claim));
    name == "field" && key.starts_with("fault.") || name == "todo" && (of_notice || key.starts_with("key-replaced."))
}

/// The names in braces. Braces around anything else are the sentence's own.
fn names(sentence: &str) -> impl Iterator<Item = &str> {
    let names = sentence.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0));
    names.filter(|name| !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphabetic()))
}

/// Around what is filled in where lines begin on the right: a name in Latin letters keeps its own direction, and leaves the
/// sentence's alone.
const ISOLATES: [&str; 2] = ["\u{2068}", "\u{2069}"];

/// A sentence with values in the place of their names in braces. What is no name's stays.
fn fill(sentence: &str, values: &[(&str, &str)], [before, after]: [&str; 2]) -> String {
    let mut parts = sentence.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let value = part.split_once('}').and_then(|(name, rest)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, rest))
        });
        match value {
            Some((value, rest)) => filled.extend([before, value, after, rest]),
            None => filled.extend(["{", part]),
        }
    }
    filled
}

/// Sentences that stand by themselves: `NAME = "key", "what is said";`.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $key:literal, $own:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum WordPlace { $($name),* }
        $($(#[$doc])* pub(crate) const $name: Word =
            Word(&Entry { at: BEFORE_WORDS + WordPlace::$name as usize, text: concat!($key, "\t", $own) });)*
        pub(super) const WORDS: &[Word] = &[$($name),*];
    };
}

/// Notices: `NAME = "key", claim, "heading", "meaning";`.
macro_rules! told {
    ($($name:ident = $key:literal, $claim:ident, $heading:literal, $meaning:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[derive(Clone, Copy)]
        enum ToldPlace { $($name),* }
        /// A heading's place: behind the words, and behind the notices that come before it.
        #[allow(clippy::indexing_slicing)]
        const fn told_at(place: ToldPlace) -> usize {
            let meanings = [$($meaning),*];
            let (mut at, mut before) = (BEFORE_WORDS + WORDS.len(), 0);
            while before < place as usize {
                at += if meanings[before].is_empty() { 1 } else { 2 };
                before += 1;
            }
            at
        }
        $(const $name: Told = Told {
            at: told_at(ToldPlace::$name), key: $key, claim: Claim::$claim, heading: $heading, meaning: $meaning,
        };)*
        pub(super) const TOLD: &[Told] = &[$($name),*];
    };
}

use {told, words};
