//! Whether a row names a person, by an e-mail address.

use bzctrl_contract::Json;

/// What people have written: BzCtrl's answer may name who reported it, and people name one another.
pub(super) const BY_PEOPLE: [&str; 3] = ["identity", "title", "order_id"];
/// What BzCtrl has.
pub(super) const BY_BZCTRL: [&str; 2] = ["upstream_reason", "answer"];
/// What operators have: the person may be one.
pub(super) const BY_OPERATORS: [&str; 2] = ["resolved_by", "why"];

/// What stands in a column.
pub(super) enum Text {
    /// As it was typed.
    ByPeople(String),
    /// As BzCtrl has sent it.
    ByBzctrl(String),
}

impl Text {
    /// Whether it has this e-mail address.
    pub(super) fn names(&self, email: &str) -> bool {
        let email = email.to_lowercase();
        match self {
            Self::ByPeople(text) => names(text, &email),
            Self::ByBzctrl(text) => said(text, &email),
        }
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
