//! What is wrong with a file that is no TOML, in the words of its reader, with the line; and which key is there twice.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, Error};

use super::mistake::{Lines, Mistake};

/// The file without the sections whose names cannot be read, byte for byte as long, and what is wrong with those names: the TOML reader
/// would take their keys for keys of the section before.
pub(super) fn without_nameless(text: &str) -> (String, Vec<Mistake>) {
    let (_, faults) = DeTable::parse_recoverable(text);
    let (mut nameless, mut is_nameless) = (Vec::new(), false);
    let faults: BTreeMap<_, _> =
        mistakes(text, &faults).into_iter().filter_map(|fault| Some((fault.line?, fault))).collect();
    let kept = |(at, line): (usize, &str)| {
        if names_a_section(line) {
            let fault = faults.get(&(at + 1));
            nameless.extend(fault.cloned());
            is_nameless = fault.is_some();
        }
        if is_nameless { line.chars().flat_map(blank).collect() } else { line.to_owned() }
    };
    let whole = text.split_inclusive('\n').enumerate().map(kept).collect();
    (whole, nameless)
}

/// As many spaces as a letter has bytes; a line end stays.
fn blank(letter: char) -> impl Iterator<Item = char> {
    let (shown, times) = if letter == '\n' { ('\n', 1) } else { (' ', letter.len_utf8()) };
    std::iter::repeat_n(shown, times)
}

/// Whether a line is meant for the name of a section, with its brackets or one of them.
fn names_a_section(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default().trim();
    let is_name = |name: &str| name.chars().all(|letter| letter.is_alphanumeric() || "._-".contains(letter));
    line.starts_with('[') || line.strip_suffix(']').is_some_and(|name| !name.is_empty() && is_name(name))
}

/// What the TOML reader has found, one mistake a line: it goes on after the first one, and what it says of the rest of a line
/// is mostly a consequence.
pub(super) fn mistakes(text: &str, faults: &[Error]) -> Vec<Mistake> {
    let (mut told, lines) = (BTreeSet::new(), Lines::of(text));
    let of = |fault: &Error| {
        let span = fault.span();
        let line = span.as_ref().map(|span| lines.at(span.start));
        let named = span.and_then(|span| text.get(span)).map(str::trim).filter(|_| fault.message() == "duplicate key");
        let says = match named {
            Some(key) => format!("duplicate key {key}: it is set above too"),
            None => fault.message().to_owned(),
        };
        told.insert(line).then(|| Mistake { place: String::new(), line, says })
    };
    faults.iter().filter_map(of).collect()
}
