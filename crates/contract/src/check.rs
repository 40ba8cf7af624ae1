//! One field in the wire's form, checked to the letter by its kind in the table.

use crate::amount::Amount;
use crate::date::Date;
use crate::draft::Value;
use crate::email;
use crate::fault::Fault;
use crate::field::{Kind, Spec};
use crate::text::{clean_line, clean_text, length};

/// Reads one field in the wire's form, to the letter.
///
/// # Errors
/// What is wrong with it.
pub fn check(spec: &Spec, value: &Value) -> Result<Value, Fault> {
    match (spec.kind, value) {
        (Kind::List(most, longest), Value::List(texts)) => {
            if texts.is_empty() {
                return Err(Fault::Missing);
            }
            if texts.len() > most {
                return Err(Fault::TooMany);
            }
            for text in texts {
                tidy_text(text, longest, clean_line)?;
            }
        }
        (Kind::List(..), Value::Text(_)) | (_, Value::List(_)) => return Err(Fault::WrongType),
        (_, Value::Text(text)) if text.is_empty() => return Err(Fault::Missing),
        (Kind::Line(longest), Value::Text(text)) => tidy_text(text, longest, clean_line)?,
        (Kind::Text(longest), Value::Text(text)) => tidy_text(text, longest, clean_text)?,
        (Kind::Email(longest), Value::Text(text)) => {
            tidy_text(text, longest, clean_line)?;
            if !email::has_shape(text) {
                return Err(Fault::NotAnEmail);
            }
        }
        (Kind::Choice(choices), Value::Text(text)) => {
            if !choices.known.contains(&text.as_str()) {
                return Err(Fault::NotAChoice);
            }
        }
        (Kind::Amount, Value::Text(text)) => drop(Amount::wire(text)?),
        (Kind::Date, Value::Text(text)) => drop(Date::parse(text).ok_or(Fault::NotADate)?),
    }
    Ok(value.clone())
}

fn tidy_text(text: &str, longest: usize, clean: fn(&str) -> String) -> Result<(), Fault> {
    if text.is_empty() {
        Err(Fault::Missing)
    } else if clean(text) != text {
        Err(Fault::Untidy)
    } else if length(text) > longest {
        Err(Fault::TooLong)
    } else {
        Ok(())
    }
}
