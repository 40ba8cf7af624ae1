//! JSON, read and written here: what goes over the wire depends on no page that has given arrays a `toJSON` or has
//! replaced `JSON`, and an answer is read the same in a browser, in the relay and in a test.

use std::iter::Peekable;
use std::str::Chars;

use crate::draft::Value;
use crate::members::{Member, Members};
use crate::todo::Todo;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written: nothing is lost of one that no machine's number holds.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object: its members in their order, repeated ones too.
    Object(Vec<(String, Json)>),
}

/// Deeper than any answer is nested, and not deep enough to exhaust a browser's stack.
const DEEPEST: u32 = 64;

impl Json {
    /// Reads a JSON text. `None` if it is none, or is cut off. It is lenient in what harms nobody: a byte order mark before
    /// it, half of a surrogate pair, a control character in a text, a number of another grammar.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader(text.trim_start_matches('\u{feff}').chars().peekable());
        let value = reader.value(DEEPEST)?;
        reader.token().is_none().then_some(value)
    }

    /// A member of an object; of several the last, as `JSON.parse` has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().rfind(|(its, _)| its == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// A member that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        match self.get(name) {
            Some(Self::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    /// A member that is a whole number from zero on, or a text of one; of a fraction the whole part.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u32> {
        match self.get(name)? {
            Self::Number(number) | Self::Text(number) => number.split('.').next()?.trim().parse().ok(),
            _ => None,
        }
    }

    /// The items of a list; of anything else, none.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The members of an object that hold something, as far as they are texts or lists of texts.
    #[must_use]
    pub fn members(&self) -> Members {
        let Self::Object(members) = self else { return Members::default() };
        let there = members.iter().filter(|(_, value)| *value != Self::Null);
        let member = |value: &Self| value.value().map_or(Member::Other, Member::Value);
        Members(there.map(|(name, value)| (name.clone(), member(value))).collect())
    }

    /// A text, or a list of texts.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        let text = |json: &Self| match json {
            Self::Text(text) => Some(text.clone()),
            _ => None,
        };
        match self {
            Self::List(items) => items.iter().map(text).collect::<Option<_>>().map(Value::List),
            _ => text(self).map(Value::Text),
        }
    }

    /// The value as JSON text, as `JSON.stringify` writes it in a page that has changed nothing.
    #[must_use]
    pub fn write(&self) -> String {
        let mut written = String::new();
        self.write_to(&mut written);
        written
    }

    fn write_to(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Number(number) => out.push_str(number),
            Self::Text(text) => write_text(text, out),
            Self::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    item.write_to(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write_text(name, out);
                    out.push(':');
                    value.write_to(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        let escape = match character {
            '"' | '\\' => character,
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\0'..='\u{1f}' => {
                out.push_str("\\u00");
                out.extend([character as u32 >> 4, character as u32 & 15].map(|digit| HEX[digit as usize]));
                continue;
            }
            _ => {
                out.push(character);
                continue;
            }
        };
        out.extend(['\\', escape]);
    }
    out.push('"');
}

const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        match value {
            Value::Text(text) => text.as_str().into(),
            Value::List(texts) => Self::List(texts.iter().map(|text| text.as_str().into()).collect()),
        }
    }
}

/// The body of add-task.
impl From<&Todo> for Json {
    fn from(todo: &Todo) -> Self {
        Self::Object(todo.values().map(|(field, value)| (field.wire().to_owned(), value.into())).collect())
    }
}

impl From<&Members> for Json {
    fn from(members: &Members) -> Self {
        let value = |member: &Member| match member {
            Member::Value(value) => value.into(),
            Member::Other => Self::Null,
        };
        Self::Object(members.0.iter().map(|(name, member)| (name.clone(), value(member))).collect())
    }
}

struct Reader<'a>(Peekable<Chars<'a>>);

impl Reader<'_> {
    /// The next character that is no space, left where it is.
    fn ahead(&mut self) -> Option<char> {
        while self.0.next_if(|character| matches!(character, ' ' | '\t' | '\n' | '\r')).is_some() {}
        self.0.peek().copied()
    }

    /// The next character that is no space.
    fn token(&mut self) -> Option<char> {
        self.ahead()?;
        self.0.next()
    }

    fn value(&mut self, deepest: u32) -> Option<Json> {
        let deepest = deepest.checked_sub(1)?;
        match self.token()? {
            '"' => self.text().map(Json::Text),
            '[' => {
                let mut items = Vec::new();
                while self.goes_on(items.is_empty(), ']')? {
                    items.push(self.value(deepest)?);
                }
                Some(Json::List(items))
            }
            '{' => {
                let mut members = Vec::new();
                while self.goes_on(members.is_empty(), '}')? {
                    let name = if self.token()? == '"' { self.text()? } else { return None };
                    if self.token()? != ':' {
                        return None;
                    }
                    members.push((name, self.value(deepest)?));
                }
                Some(Json::Object(members))
            }
            first => {
                let mut word = String::from(first);
                let of_word = |next: &char| next.is_ascii_alphanumeric() || matches!(next, '+' | '-' | '.');
                while let Some(next) = self.0.next_if(of_word) {
                    word.push(next);
                }
                match word.as_str() {
                    "null" => Some(Json::Null),
                    "true" => Some(Json::Bool(true)),
                    "false" => Some(Json::Bool(false)),
                    _ if first == '-' || first.is_ascii_digit() => Some(Json::Number(word)),
                    _ => None,
                }
            }
        }
    }

    /// Whether a list or an object has one more, after its comma. `None` if it breaks off.
    fn goes_on(&mut self, first: bool, end: char) -> Option<bool> {
        let next = self.ahead()?;
        if next == end {
            self.0.next();
            return Some(false);
        }
        if !first && self.token()? != ',' {
            return None;
        }
        Some(true)
    }

    /// The rest of a text, after its quote. In UTF-16, since that is what its escapes are.
    fn text(&mut self) -> Option<String> {
        let mut units = Vec::new();
        loop {
            let character = match self.0.next()? {
                '"' => return Some(String::from_utf16_lossy(&units)),
                '\\' => match self.0.next()? {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'u' => {
                        let mut unit = 0;
                        for _ in 0..4 {
                            unit = unit * 16 + self.0.next()?.to_digit(16)? as u16;
                        }
                        units.push(unit);
                        continue;
                    }
                    other @ ('"' | '\\' | '/') => other,
                    _ => return None,
                },
                other => other,
            };
            units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value as Serde;

    use super::*;

    fn as_serde(json: &Json) -> Serde {
        match json {
            Json::Null => Serde::Null,
            Json::Bool(bool) => Serde::Bool(*bool),
            Json::Number(number) => serde_json::from_str(number).unwrap(),
            Json::Text(text) => Serde::String(text.clone()),
            Json::List(items) => Serde::Array(items.iter().map(as_serde).collect()),
            Json::Object(members) => {
                Serde::Object(members.iter().map(|(name, value)| (name.clone(), as_serde(value))).collect())
            }
        }
    }

    /// Texts with what JSON has to escape in them.
    fn texts() -> impl Strategy<Value = String> {
        proptest::collection::vec(prop_oneof![any::<char>(), (0u8..0x24).prop_map(char::from), Just('\\')], 0..12)
            .prop_map(String::from_iter)
    }

    fn values() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            any::<i64>().prop_map(|number| Json::Number(number.to_string())),
            texts().prop_map(Json::Text),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Json::List),
                proptest::collection::vec((texts(), inner), 0..6).prop_map(Json::Object),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_serde_json_reads_and_writes(value in values()) {
            let written = value.write();
            prop_assert_eq!(serde_json::from_str::<Serde>(&written).unwrap(), as_serde(&value));
            prop_assert_eq!(Json::parse(&written), Some(value));
        }

        #[test]
        fn a_text_is_written_as_serde_json_writes_it(text in texts()) {
            prop_assert_eq!(Json::from(text.as_str()).write(), serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn whatever_serde_json_writes_is_read(value in values()) {
            let pretty = serde_json::to_string_pretty(&as_serde(&value)).unwrap();
            prop_assert_eq!(as_serde(&Json::parse(&pretty).unwrap()), as_serde(&value));
        }

        #[test]
        fn an_answer_that_is_cut_off_is_no_answer(members in proptest::collection::vec((texts(), values()), 1..4)) {
            let whole: Vec<char> = Json::Object(members).write().chars().collect();
            for end in 0..whole.len() {
                prop_assert_eq!(Json::parse(&String::from_iter(&whole[..end])), None);
            }
        }

        #[test]
        fn no_text_is_too_odd_to_be_read_or_refused(text in "[\\[\\]{}\",:\\\\ntrue0-9eE.+ \u{0}-\u{ff}]{0,40}") {
            drop(Json::parse(&text));
        }
    }

    #[test]
    fn what_is_no_json_is_not_read() {
        for text in [
            "",
            " ",
            "<html>",
            "{",
            "[1,]",
            "{,}",
            "[,1]",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" 1}",
            "{} {}",
            "nul",
            "\"\\x\"",
            "\"\\u12g4\"",
            "'a'",
            "NaN",
        ] {
            assert_eq!(Json::parse(text), None, "{text}");
        }
        assert_eq!(Json::parse(&"[".repeat(100_000)), None);
        assert_eq!(Json::parse(&["[".repeat(65), "]".repeat(65)].concat()), None);
    }

    #[test]
    fn what_was_said_is_not_lost_for_how_it_was_written() {
        let odd = "\u{feff} {\"a\":\"\\ud83d\\ude00 \\ud83d\", \"big\": 123456789012345678901234567890.5e400, \"a\\u0062\":\"x\ny\"} ";
        let json = Json::parse(odd).unwrap();
        assert_eq!(json.text("a").as_deref(), Some("😀 \u{fffd}"));
        assert_eq!(json.get("big"), Some(&Json::Number("123456789012345678901234567890.5e400".to_owned())));
        assert_eq!(json.text("ab").as_deref(), Some("x\ny"));
    }

    #[test]
    fn of_a_member_that_is_there_twice_the_last_counts() {
        assert_eq!(Json::parse(r#"{"a":"1","a":"2"}"#).unwrap().text("a").as_deref(), Some("2"));
    }

    #[test]
    fn whole_numbers_are_read_as_answers_write_them() {
        for (written, number) in [
            ("300", Some(300)),
            ("300.0", Some(300)),
            ("\"3600\"", Some(3600)),
            ("-1", None),
            ("1e9", None),
            ("true", None),
            ("99999999999", None),
        ] {
            let json = Json::parse(&["{\"n\":", written, "}"].concat()).unwrap();
            assert_eq!(json.number("n"), number, "{written}");
        }
    }
}
