//! A field's wire name is written in the one table of fields, and nowhere else in Rust. Tests may write it: they hold
//! the table against the document.

use std::collections::BTreeSet;

use super::{Violation, source::Source};

/// The one table.
pub(super) const TABLE: &str = "crates/contract/src/field.rs";

/// The table's names that no other word is: those with a capital inside. `title` and `status` are words of HTTP too.
pub(super) fn names(table: &Source) -> BTreeSet<String> {
    let strings = table.tokens.iter().filter_map(|token| unquoted(&token.text));
    strings.filter(|text| is_camel_case(text)).map(str::to_owned).collect()
}

fn unquoted(token: &str) -> Option<&str> {
    let inner = token.strip_prefix('b').unwrap_or(token);
    let inner = inner.strip_prefix('r').unwrap_or(inner).trim_matches('#');
    inner.strip_prefix('"')?.strip_suffix('"')
}

fn is_camel_case(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.chars().all(|letter| letter.is_ascii_alphabetic())
        && text.contains(|letter: char| letter.is_ascii_uppercase())
}

pub(super) fn check(source: &Source, names: &BTreeSet<String>) -> Vec<Violation> {
    if source.file == TABLE || source.is_for_tests() {
        return Vec::new();
    }
    let strings = source.tokens.iter().filter_map(|token| Some((unquoted(&token.text)?, token.line)));
    strings
        .filter(|(text, _)| names.contains(*text))
        .map(|(text, line)| Violation {
            file: source.file.clone(),
            line,
            what: format!("writes a field's wire name, \"{text}\""),
            instead: "take it from the table: `Field::….wire()`",
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn violations(file: &str, text: &str) -> Vec<String> {
        let table =
            Source::read(TABLE, r#"row("orderID"); row("title"); row("subCategory"); word("IN PROGRESS");"#).unwrap();
        let names = names(&table);
        assert_eq!(names.iter().collect::<Vec<_>>(), ["orderID", "subCategory"]);
        check(&Source::read(file, text).unwrap(), &names).into_iter().map(|violation| violation.to_string()).collect()
    }

    #[test]
    fn a_wire_name_outside_the_table_is_a_breach() {
        assert_eq!(
            violations("crates/relay/src/a.rs", "fn a() {\n    body[\"orderID\"]\n}"),
            [
                "crates/relay/src/a.rs:2: writes a field's wire name, \"orderID\"; take it from the table: `Field::….wire()`"
            ]
        );
        assert_eq!(violations("src/a.rs", r##"r#"subCategory"#"##).len(), 1);
        assert_eq!(violations("src/a.rs", "#[serde(rename = \"orderID\")] struct A;").len(), 1);
    }

    #[test]
    fn the_table_tests_comments_and_other_words_are_free() {
        assert!(violations(TABLE, "\"orderID\"").is_empty());
        assert!(violations("crates/relay/tests/a.rs", "\"orderID\"").is_empty());
        assert!(violations("src/a.rs", "#[cfg(test)] mod tests { \"orderID\" } // orderID").is_empty());
        assert!(
            violations("src/a.rs", "\"title\"; \"the orderID of a todo\"; let orderID = 1; /// orderID").is_empty()
        );
    }
}
