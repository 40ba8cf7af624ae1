//! Reads BzCtrl's answers leniently for what they say: a todo that was created is not called unknown for its JSON. What is told on is
//! JSON that every browser reads.

use std::cmp::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use bzctrl_contract::{Json, TaskLink};
use jiff::fmt::rfc2822;
use url::Url;

/// The text of an answer, if it is JSON in some way: as it came, where that is read by everybody, the widget too.
pub(super) fn json(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}');
    if serde_json::from_str::<serde_json::Value>(text).is_ok() && Json::parse(text).is_some() {
        return Some(text.to_owned());
    }
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '\u{feff}');
    Some(Json::parse(&tidied(text))?.write())
}

/// As deep as everybody reads, and deeper than anything that is looked for.
const DEEPEST: u32 = 60;

/// A text that is JSON almost: what is nested deeper is nothing, a word or a number that no browser reads is a text, and no comma
/// stands before an end.
fn tidied(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let (mut depth, mut rest) = (0_u32, text);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => length_of_text(rest),
            _ if is_of_word(first) => rest.find(|letter| !is_of_word(letter)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (part, after) = rest.split_at(length);
        rest = after;
        match first {
            '{' | '[' => {
                depth = depth.saturating_add(1);
                match depth.cmp(&(DEEPEST + 1)) {
                    Ordering::Less => tidied.push(first),
                    Ordering::Equal => tidied.push_str("null"),
                    Ordering::Greater => {}
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if depth < DEEPEST {
                    let before = tidied.trim_end();
                    tidied.truncate(before.strip_suffix(',').unwrap_or(before).len());
                    tidied.push(first);
                }
            }
            _ if depth > DEEPEST => {}
            _ if is_of_word(first) && serde_json::from_str::<serde_json::Value>(part).is_err() => {
                tidied.extend(["\"", part, "\""]);
            }
            _ => tidied.push_str(part),
        }
    }
    tidied
}

fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.')
}

/// How long the text is that stands here in quotes.
fn length_of_text(rest: &str) -> usize {
    let mut is_escaped = true;
    let ends = |letter: char| {
        let is_end = letter == '"' && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        is_end
    };
    rest.find(ends).map_or(rest.len(), |end| end + 1)
}

/// The link as a browser opens it: one with spaces or line ends around it or in it too. None where no browser opens it, or nobody
/// believes it.
pub(super) fn link(text: &str) -> Option<TaskLink> {
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    let opened = Url::parse(text).ok()?;
    TaskLink::parse(text).or_else(|| TaskLink::parse(opened.as_str()))
}

/// The answer with this link in place of its own, or with none.
pub(super) fn with_link(answer: &str, link: Option<&TaskLink>) -> Option<String> {
    let mut json = Json::parse(answer)?;
    if let Json::Object(members) = &mut json {
        for (_, value) in members.iter_mut().filter(|(name, _)| name == "taskLink") {
            *value = link.map_or(Json::Null, |link| link.as_str().into());
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
#[allow(clippy::unwrap_used, clippy::panic)]
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
            ("{\"a\":1}\n", "{\"a\":1}\n"),
            ("{\"a\":1}\n\0", "{\"a\":1}"),
            ("\0 {\"a\":1}\0\0\0", "{\"a\":1}"),
            ("{\"a\":1}\u{a0}\u{feff}", "{\"a\":1}"),
            (r#"{"a":NaN,"b":-Infinity,"c":[True,None],}"#, r#"{"a":"NaN","b":"-Infinity","c":["True","None"]}"#),
            (r#"{"a":[1,2, ],"b":",]","c":"\",}"}"#, r#"{"a":[1,2],"b":",]","c":"\",}"}"#),
        ] {
            assert_eq!(json(came.as_bytes()).as_deref(), Some(told), "{came}");
        }
        assert_eq!(json(b"{\"a\":\"\xff\"}").as_deref(), Some("{\"a\":\"\u{fffd}\"}"));
        for none in
            ["", "<html>", "{", "{\"a\":}", "{\"a\":1}}", "{\"a\":1}{\"a\":2}", "{\"a\":\"1}", "{\"a\":1", "{,}{"]
        {
            assert_eq!(json(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn what_is_nested_deeper_than_anybody_reads_is_left_out_and_the_rest_is_told() {
        for deep in [1, 59, 60, 61, 63, 64, 127, 128, 200, 100_000] {
            for [open, close] in [["[", "]"], ["{\"b\":", "}"]] {
                let came = format!("{{\"a\":{}1{},\"c\":\"]}}\"}}", open.repeat(deep), close.repeat(deep));
                let told = json(came.as_bytes()).unwrap_or_else(|| panic!("{deep} {open}"));
                let read = Json::parse(&told).unwrap();
                assert_eq!(read.text("c").as_deref(), Some("]}"), "{deep} {open}");
                assert!(serde_json::from_str::<serde_json::Value>(&told).is_ok(), "{deep} {open}");
                assert_eq!(told == came, deep <= 62, "{deep} {open}");
            }
        }
    }

    #[test]
    fn a_link_with_spaces_is_the_one_that_a_browser_opens() {
        for (came, opened) in [
            (" https://x.example/app/#/todo/A-1\n", "https://x.example/app/#/todo/A-1"),
            ("https://x.example/app/#/todo/A 1", "https://x.example/app/#/todo/A%201"),
            ("https://x.exam\nple/a\tb?c d", "https://x.example/ab?c%20d"),
            ("\u{feff}https://x.example/\u{a0}", "https://x.example/"),
            ("HTTPS://X.EXAMPLE/a%zz", "HTTPS://X.EXAMPLE/a%zz"),
            ("https:\\\\x.example\\a", "https://x.example/a"),
        ] {
            assert_eq!(link(came).unwrap().as_str(), opened, "{came}");
        }
        for none in [
            "https://x .example/",
            "java script:alert(1)",
            " /app",
            "https://bzctrl.com @evil.example/",
            "",
            "https://x.example:99999/",
            "https://x.example:http/",
            "https://[::1/",
            "https://xn--/",
            "https://999.1.1.1/",
            "https://%00/",
        ] {
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
