//! Reads BzCtrl's answers leniently for what they say: a todo that was created is not called unknown for its JSON. What is told on is
//! JSON that every browser reads.

use std::time::{SystemTime, UNIX_EPOCH};

use bzctrl_contract::{Json, TaskLink};
use jiff::fmt::rfc2822;

/// The text of an answer, if it is JSON in some way: as it came, where that is read by everybody.
pub(super) fn json(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}');
    if serde_json::from_str::<serde_json::Value>(text).is_ok() {
        return Some(text.to_owned());
    }
    let mut json = Json::parse(text)?;
    numbers_that_are_none(&mut json);
    Some(json.write())
}

/// A number that no browser or no relay holds is told as a text.
fn numbers_that_are_none(json: &mut Json) {
    match json {
        Json::Number(number) if serde_json::from_str::<serde_json::Number>(number).is_err() => {
            *json = Json::Text(std::mem::take(number));
        }
        Json::List(items) => items.iter_mut().for_each(numbers_that_are_none),
        Json::Object(members) => members.iter_mut().for_each(|(_, value)| numbers_that_are_none(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {}
    }
}

/// A link with spaces or line ends around it or in it, as a browser would open it. None where it is no link in that way either.
pub(super) fn link(text: &str) -> Option<TaskLink> {
    let text = text.trim_matches(|c: char| c <= ' ').replace(['\t', '\n', '\r'], "");
    let (scheme, rest) = text.split_once("://")?;
    let path = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(path);
    // In a host a space is none of a link's.
    TaskLink::parse(&format!("{scheme}://{host}{}", path.replace(' ', "%20")))
}

/// The answer with this link in place of its own.
pub(super) fn with_link(answer: &str, link: &TaskLink) -> Option<String> {
    let mut json = Json::parse(answer)?;
    if let Json::Object(members) = &mut json {
        for (_, value) in members.iter_mut().filter(|(name, _)| name == "taskLink") {
            *value = link.as_str().into();
        }
    }
    Some(json.write())
}

/// How many seconds to wait, by a number, a fraction of which counts as a whole one, or by a date.
pub(super) fn retry_after(value: &str) -> Option<u64> {
    let value = value.trim();
    if let Some(seconds) = seconds(value) {
        return Some(seconds);
    }
    let until = rfc2822::parse(value).ok()?.timestamp().as_second();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Some(u64::try_from(until).unwrap_or_default().saturating_sub(now))
}

/// A whole number of seconds, of a number from zero on as it is written.
pub(super) fn seconds(number: &str) -> Option<u64> {
    let number: f64 = number.trim().parse().ok()?;
    // What is too large is the largest.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (number >= 0.0).then(|| number.ceil() as u64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_is_told_as_json_that_everybody_reads() {
        for (came, told) in [
            ("{\"a\":1 }", "{\"a\":1 }"),
            ("\u{feff}{\"a\":1}", "{\"a\":1}"),
            (r#"{"a":"\ud800"}"#, "{\"a\":\"\u{fffd}\"}"),
            (r#"{"a":[1e999],"b":-1E400,"c":01}"#, r#"{"a":["1e999"],"b":"-1E400","c":"01"}"#),
            ("{\"a\":\"\u{1}\"}", r#"{"a":"\u0001"}"#),
        ] {
            assert_eq!(json(came.as_bytes()).as_deref(), Some(told), "{came}");
        }
        assert_eq!(json(b"{\"a\":\"\xff\"}").as_deref(), Some("{\"a\":\"\u{fffd}\"}"));
        for none in ["", "<html>", "{", "{\"a\":}", "{\"a\":1}}"] {
            assert_eq!(json(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn a_link_with_spaces_is_the_one_that_a_browser_opens() {
        for (came, opened) in [
            (" https://x.example/app/#/todo/A-1\n", "https://x.example/app/#/todo/A-1"),
            ("https://x.example/app/#/todo/A 1", "https://x.example/app/#/todo/A%201"),
            ("https://x.exam\nple/a\tb?c d", "https://x.example/ab?c%20d"),
        ] {
            assert_eq!(link(came).unwrap().as_str(), opened, "{came}");
        }
        for none in ["https://x .example/", "java script:alert(1)", " /app", "https://bzctrl.com @evil.example/", ""] {
            assert_eq!(link(none), None, "{none}");
        }
    }

    #[test]
    fn a_pause_is_a_number_a_fraction_or_a_date() {
        for (written, seconds) in [("7", Some(7)), (" 1.2 ", Some(2)), ("0", Some(0)), ("-1", None), ("soon", None)] {
            assert_eq!(retry_after(written), seconds, "{written}");
        }
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(0));
        let later = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(30);
        let read = retry_after(&later.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).unwrap();
        assert!((28..=30).contains(&read), "{read}");
    }
}
