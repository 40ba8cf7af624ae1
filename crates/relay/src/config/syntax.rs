//! What is wrong with a file that is no TOML, in the words of its reader, with the line; and which key is there twice.

use std::collections::BTreeSet;

use toml::de::Error;

use super::mistake::{Mistake, line_of};

/// What the TOML reader has found, one mistake a line: it goes on after the first one, and what it says of the rest of a line
/// is mostly a consequence.
pub(super) fn mistakes(text: &str, faults: &[Error]) -> Vec<Mistake> {
    let mut told = BTreeSet::new();
    let of = |fault: &Error| {
        let span = fault.span();
        let line = span.as_ref().map(|span| line_of(text, span.start));
        let named = span.and_then(|span| text.get(span)).map(str::trim).filter(|_| fault.message() == "duplicate key");
        let says = match named {
            Some(key) => format!("duplicate key {key}: it is set above too"),
            None => fault.message().to_owned(),
        };
        told.insert(line).then(|| Mistake { place: String::new(), line, says })
    };
    faults.iter().filter_map(of).collect()
}
