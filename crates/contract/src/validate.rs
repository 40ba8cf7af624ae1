//! From a draft to a todo: the only way there is one. Each field is read by its kind in the table.

use crate::amount::{Amount, Numbers};
use crate::date::Date;
use crate::draft::{Draft, Value};
use crate::email;
use crate::field::{FIELDS, Fallback, Field, Kind, Spec};
use crate::text::{clean_line, clean_text, length};
use crate::todo::Todo;

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is needed and holds nothing.
    Missing,
    /// It is longer than the table allows.
    TooLong,
    /// The list has more texts than the table allows.
    TooMany,
    /// It is no amount.
    NotAnAmount,
    /// The amount is below zero.
    Negative,
    /// The amount has more than two decimals.
    TooPrecise,
    /// The amount is 10^15 or more.
    TooLarge,
    /// It is no date of the calendar, or half typed.
    NotADate,
    /// The date is before the user's own day. The form alone checks this, at the first Submit.
    PastDate,
    /// It has not the shape of an e-mail address.
    NotAnEmail,
    /// It is none of the words of the choice.
    NotAChoice,
    /// On the wire: text with control characters, surrounding space or, in a line, a line end.
    Untidy,
    /// On the wire: another JSON type than the field's.
    WrongType,
    /// On the wire: a field of the other todo type.
    OtherTodoType,
    /// On the wire: a name that is no field's.
    UnknownField,
    /// On the wire: the same name twice.
    Repeated,
}

const CODES: [(Fault, &str); 16] = [
    (Fault::Missing, "missing"),
    (Fault::TooLong, "too-long"),
    (Fault::TooMany, "too-many"),
    (Fault::NotAnAmount, "not-an-amount"),
    (Fault::Negative, "negative"),
    (Fault::TooPrecise, "too-precise"),
    (Fault::TooLarge, "too-large"),
    (Fault::NotADate, "not-a-date"),
    (Fault::PastDate, "past-date"),
    (Fault::NotAnEmail, "not-an-email"),
    (Fault::NotAChoice, "not-a-choice"),
    (Fault::Untidy, "untidy"),
    (Fault::WrongType, "wrong-type"),
    (Fault::OtherTodoType, "other-todo-type"),
    (Fault::UnknownField, "unknown-field"),
    (Fault::Repeated, "repeated"),
];

impl Fault {
    /// The word that a problem's `errors` carry.
    #[must_use]
    pub fn code(self) -> &'static str {
        CODES.iter().find(|(fault, _)| *fault == self).map_or("", |(_, code)| code)
    }

    /// Reads that word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        CODES.iter().find(|(_, word)| *word == code).map(|(fault, _)| *fault)
    }
}

/// A field and what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Which field.
    pub field: Field,
    /// What is wrong.
    pub fault: Fault,
}

/// Makes a todo of what was typed: only the fields of its type, only those that hold something, in the documented order.
///
/// # Errors
/// Every field that hinders it, in the order of the table.
pub fn validate(draft: &Draft, numbers: Numbers) -> Result<Todo, Vec<FieldError>> {
    let todo_type = draft.todo_type();
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for spec in FIELDS.iter().filter(|spec| spec.types.include(todo_type)) {
        let held = match spec.fallback {
            Fallback::Same(other) if draft.is_empty(spec.field) => draft.value(other),
            _ => draft.value(spec.field),
        };
        match typed(spec, held, numbers) {
            Ok(Some(value)) => values.push((spec.field, value)),
            Ok(None) if spec.required => errors.push(FieldError { field: spec.field, fault: Fault::Missing }),
            Ok(None) => {}
            Err(fault) => errors.push(FieldError { field: spec.field, fault }),
        }
    }
    if errors.is_empty() { Ok(Todo::of(values)) } else { Err(errors) }
}

/// Reads one field as it was typed. `None` if it holds nothing.
fn typed(spec: &Spec, held: &Value, numbers: Numbers) -> Result<Option<Value>, Fault> {
    let text = match held {
        Value::List(texts) => {
            let texts: Vec<_> = texts.iter().map(|text| clean_line(text)).filter(|text| !text.is_empty()).collect();
            if texts.is_empty() {
                return Ok(None);
            }
            return wire(spec, &Value::List(texts)).map(Some);
        }
        Value::Text(text) => text,
    };
    let tidy = match spec.kind {
        Kind::Text(_) => clean_text(text),
        _ => clean_line(text),
    };
    if tidy.is_empty() {
        return Ok(match spec.fallback {
            Fallback::Word(word) => Some(Value::Text(word.to_owned())),
            Fallback::Empty | Fallback::Same(_) => None,
        });
    }
    match spec.kind {
        Kind::Amount => Ok(Some(Value::Text(Amount::typed(&tidy, numbers)?.to_wire()))),
        _ => wire(spec, &Value::Text(tidy)).map(Some),
    }
}

/// Reads one field in the wire's form, to the letter.
pub(crate) fn wire(spec: &Spec, value: &Value) -> Result<Value, Fault> {
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
