//! Which rows `erase` means: whether one names a person, by an e-mail address, and what is counted of it.

use bzctrl_contract::Json;

use super::operator::{Erased, Selection};

/// What people have written: BzCtrl's answer may name who reported it, and people name one another.
const BY_PEOPLE: [&str; 3] = ["identity", "title", "order_id"];
/// What BzCtrl has.
const BY_BZCTRL: [&str; 2] = ["upstream_reason", "answer"];
/// What operators have: the person may be one.
const BY_OPERATORS: [&str; 2] = ["resolved_by", "why"];

/// A row that is meant.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) key: String,
    state: String,
    /// Whether an operator's word on it names the person, and nothing of the todo does: that word alone is meant.
    pub(super) word_alone: bool,
}

impl Found {
    /// A row, if it is meant, by what `text` reads in its columns.
    pub(super) fn of<E>(
        selection: &Selection,
        key: String,
        state: String,
        text: impl Fn(&str) -> Result<Option<String>, E>,
    ) -> Result<Option<Self>, E> {
        let Selection::Person(email) = selection else { return Ok(Some(Self { key, state, word_alone: false })) };
        let email = email.to_lowercase();
        let any = |columns: &[&str], has: fn(&str, &str) -> bool| {
            for column in columns {
                if text(column)?.is_some_and(|written| has(&written, &email)) {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let todo = any(&BY_PEOPLE, names)? || any(&BY_BZCTRL, said)?;
        let is_meant = todo || any(&BY_OPERATORS, names)?;
        Ok(is_meant.then_some(Self { key, state, word_alone: !todo }))
    }

    /// Whether it is left as it is, because it is being sent.
    pub(super) fn is_sending(&self) -> bool {
        self.state == "sending" && !self.word_alone
    }

    /// Counts it. True: its messages go with it, and are to be counted too.
    pub(super) fn count(&self, erased: &mut Erased) -> bool {
        let is_erased = !self.word_alone && !self.is_sending();
        erased.words += u32::from(self.word_alone);
        erased.sending += u32::from(self.is_sending());
        erased.keys += u32::from(is_erased);
        erased.unknown += u32::from(is_erased && self.state == "unknown");
        is_erased
    }
}

fn names(text: &str, email: &str) -> bool {
    text.to_lowercase().contains(email)
}

/// Whether BzCtrl's words have it, however they are escaped.
fn said(text: &str, email: &str) -> bool {
    match Json::parse(text) {
        Some(json) => any(&json, email),
        // Of what is JSON no more, such as a reason that was cut off, the escapes stand there still.
        None => names(text, email) || names(&unescaped(text), email),
    }
}

fn any(json: &Json, email: &str) -> bool {
    match json {
        Json::Text(text) => names(text, email),
        Json::List(items) => items.iter().any(|item| any(item, email)),
        Json::Object(members) => members.iter().any(|(name, value)| names(name, email) || any(value, email)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let read = part
            .split_at_checked(4)
            .and_then(|(code, rest)| Some((char::from_u32(u32::from_str_radix(code, 16).ok()?)?, rest)));
        match read {
            Some((character, rest)) => {
                whole.push(character);
                whole += rest;
            }
            None => whole += part,
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_however_bzctrl_has_escaped_it() {
        for (text, email) in [
            (r#"{"reporter":"anna\u002Bbz@example.com"}"#, "anna+bz@example.com"),
            (r#"{"a":[{"b":["O\u0027Neil@example.com"]}]}"#, "o'neil@example.com"),
            (r#"{"a\u0040example.com":1}"#, "a@example.com"),
            (r#"{"reporter":"a\u0040example.com","reporter":"b"}"#, "a@example.com"),
            ("not JSON: a@example.com", "a@example.com"),
            (r#"{"cut off":"a\u0040example.com, "#, "a@example.com"),
        ] {
            assert!(said(text, email), "{text}");
        }
        for text in [r#"{"reporter":"b@example.com"}"#, r#"{"a":1,"b":null}"#, r"no \u00zz JSON \u", "{}"] {
            assert!(!said(text, "a@example.com"), "{text}");
        }
    }
}
