//! Whether a row names a person, by an e-mail address.

use bzctrl_contract::Json;
use rusqlite::Row as SqlRow;

/// By who reported it, by what people and BzCtrl have written: BzCtrl's answer may name who reported it, and people name one
/// another.
pub(super) fn person(row: &SqlRow<'_>, email: &str) -> rusqlite::Result<bool> {
    let email = email.to_lowercase();
    for (column, by_bzctrl) in
        [("identity", false), ("title", false), ("order_id", false), ("upstream_reason", true), ("answer", true)]
    {
        let Some(text) = row.get::<_, Option<String>>(column)? else { continue };
        let named = if by_bzctrl { said(&text, &email) } else { names(&text, &email) };
        if named {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an operator's word on the row names the person, who may be that operator.
pub(super) fn person_in_word(row: &SqlRow<'_>, email: &str) -> rusqlite::Result<bool> {
    let email = email.to_lowercase();
    for column in ["resolved_by", "why"] {
        if row.get::<_, Option<String>>(column)?.is_some_and(|text| names(&text, &email)) {
            return Ok(true);
        }
    }
    Ok(false)
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
