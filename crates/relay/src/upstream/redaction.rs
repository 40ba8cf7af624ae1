//! What BzCtrl says, without the token that it was asked with: some frameworks repeat a request in what they say of it. What is told on and
//! kept is searched as a reader would read it, so that no escape, no member that is there twice and no line end hides it.

use bzctrl_contract::Json;

/// A body without the token. One that does not hold it stays as it is, to the byte; JSON that does is written anew.
pub(super) fn redacted(body: Vec<u8>, token: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(&body);
    if !holds(&text, token) {
        return body;
    }
    let json = serde_json::from_str::<serde_json::Value>(&text).map(|json| json.to_string()).ok();
    // What is read leniently is redacted so, too.
    let json = json.or_else(|| Json::parse(&text).map(|json| json.write()));
    let without = json.unwrap_or_else(|| text.into_owned()).replace(token, REDACTED);
    if holds(&without, token) { unbroken(&without).replace(token, REDACTED).into_bytes() } else { without.into_bytes() }
}

const REDACTED: &str = "…";

/// Whether a reader could make the token of it, who heeds escapes and, as in an address, no line ends.
fn holds(text: &str, token: &str) -> bool {
    text.contains(token) || plain(text).contains(token)
}

/// Without escapes, line ends and tabs.
fn plain(text: &str) -> String {
    let is_break = |letter: char| matches!(letter, '\n' | '\r' | '\t');
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        let read = match letter {
            '\\' => match rest.next() {
                Some('n' | 'r' | 't') | None => None,
                Some('u') => {
                    let digits: String = rest.by_ref().take(4).collect();
                    u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
                }
                escaped => escaped,
            },
            letter => Some(letter),
        };
        plain.extend(read.filter(|letter| !is_break(*letter)));
    }
    plain
}

/// JSON without the line ends and tabs in its texts.
fn unbroken(json: &str) -> String {
    let mut unbroken = String::with_capacity(json.len());
    let mut rest = json.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '\n' | '\r' | '\t' => {}
            '\\' => match rest.next() {
                Some('n' | 'r' | 't') | None => {}
                Some(escaped) => unbroken.extend(['\\', escaped]),
            },
            letter => unbroken.push(letter),
        }
    }
    unbroken
}
