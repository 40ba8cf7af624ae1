//! Records as commands write them: for people, and for programs. What users and others have written is shown without its control
//! characters: a title does not speak to the operator's terminal.

use std::io::Result;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::output::{is_order, print};

/// Writes records as JSON.
pub(super) fn print_json(records: impl IntoIterator<Item = Members>) -> Result<()> {
    let records: Vec<Value> = records.into_iter().map(Members::json).collect();
    print(&format!("{:#}\n", Value::Array(records)))
}

/// Writes records for people: a line a member, an empty line between.
pub(super) fn print_records(records: impl IntoIterator<Item = Members>) -> Result<()> {
    let mut text = String::new();
    for record in records {
        if !text.is_empty() {
            text.push('\n');
        }
        for (name, value) in record.0 {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let value: String = value.chars().map(|c| if is_order(c) { '\u{fffd}' } else { c }).collect();
            text += &format!("{name:<12} {value}\n");
        }
    }
    print(&text)
}

/// Members in order; those without a value are left out.
#[derive(Debug, Default)]
pub(super) struct Members(Vec<(&'static str, Value)>);

impl Members {
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Option<Value>>) -> Self {
        self.0.extend(value.into().map(|value| (name, value)));
        self
    }

    fn json(self) -> Value {
        let members: Map<String, Value> = self.0.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Value::Object(members)
    }
}

/// An instant, in seconds since 1970.
pub(super) fn instant(seconds: i64) -> Value {
    Timestamp::from_second(seconds).map_or(Value::Null, |at| at.to_string().into())
}
