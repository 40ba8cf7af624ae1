//! From a draft to a todo: the only way there is one. Each field is read by its kind in the table.

use crate::amount::{Amount, Numbers};
use crate::check::check;
use crate::draft::{Draft, Value};
use crate::fault::{Fault, FieldError};
use crate::field::{FIELDS, Fallback, Field, Kind, Spec};
use crate::text::{clean_line, clean_text};
use crate::todo::Todo;

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

/// Whether a text, in the wire's form, is what a field can hold.
#[must_use]
pub fn holds(field: Field, text: &str) -> bool {
    let spec = field.spec();
    let text = match spec.kind {
        Kind::Amount => text.to_owned(),
        kind => tidied(kind, text),
    };
    !text.is_empty() && check(spec, &Value::Text(text)).is_ok()
}

/// Reads one field as it was typed. `None` if it holds nothing.
fn typed(spec: &Spec, held: &Value, numbers: Numbers) -> Result<Option<Value>, Fault> {
    let text = match held {
        Value::List(texts) => {
            let texts: Vec<_> = texts.iter().map(|text| clean_line(text)).filter(|text| !text.is_empty()).collect();
            if texts.is_empty() {
                return Ok(None);
            }
            return check(spec, &Value::List(texts)).map(Some);
        }
        Value::Text(text) => text,
    };
    let tidy = tidied(spec.kind, text);
    if tidy.is_empty() {
        return Ok(match spec.fallback {
            Fallback::Word(word) => Some(Value::Text(word.to_owned())),
            Fallback::Empty | Fallback::Same(_) => None,
        });
    }
    match spec.kind {
        Kind::Amount => Ok(Some(Value::Text(Amount::typed(text, numbers)?.to_wire()))),
        _ => check(spec, &Value::Text(tidy)).map(Some),
    }
}

fn tidied(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Text(_) => clean_text(text),
        _ => clean_line(text),
    }
}
