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
    if holds(&without, token) {
        unbroken(&without, Escapes::Kept).replace(token, REDACTED).into_bytes()
    } else {
        without.into_bytes()
    }
}

const REDACTED: &str = "…";

/// Whether a reader could make the token of it, who heeds escapes and, as in an address, no line ends.
fn holds(text: &str, token: &str) -> bool {
    text.contains(token) || unbroken(text, Escapes::Read).contains(token)
}

/// What becomes of escapes, but for those of line ends and tabs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Read,
    Kept,
}

/// A text without line ends and tabs.
fn unbroken(text: &str, escapes: Escapes) -> String {
    let mut unbroken = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        let is_escape = letter == '\\';
        let read = match if is_escape { rest.next() } else { Some(letter) } {
            Some('n' | 'r' | 't') if is_escape => None,
            Some('u') if is_escape && escapes == Escapes::Read => {
                let digits: String = rest.by_ref().take(4).collect();
                u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
            }
            read => read,
        };
        let Some(read) = read.filter(|letter| !matches!(letter, '\n' | '\r' | '\t')) else { continue };
        if is_escape && escapes == Escapes::Kept {
            unbroken.push('\\');
        }
        unbroken.push(read);
    }
    unbroken
}
