//! A todo: only what is sent, in the documented order. And what BzCtrl answers.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde::{Deserialize, Serialize as DeriveSerialize};

use crate::check::check;
use crate::draft::Value;
use crate::fault::Fault;
use crate::field::{FIELDS, Field, TodoType};
use crate::link::TaskLink;
use crate::members::{Member, Members};

/// A valid todo. It is made by [`validate`](crate::validate) or read by [`Todo::read`], and in no other way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Todo(Vec<(Field, Value)>);

/// What is wrong with a member of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError {
    /// The member's name as it came, or the wire name of a field that is missing.
    pub name: String,
    /// What is wrong.
    pub fault: Fault,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.fault.code())
    }
}

impl Todo {
    /// Of values that were checked one by one.
    pub(crate) fn of(values: Vec<(Field, Value)>) -> Self {
        Self(values)
    }

    /// Reads an add-task body, to the letter: known names, each once, of the todo's type, each valid in the wire's form.
    /// The order of the members is free.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the body, then what is missing.
    pub fn read(members: &Members) -> Result<Self, Vec<WireError>> {
        let mut values: Vec<(Field, Value)> = Vec::new();
        let mut errors = Vec::new();
        let mut seen: Vec<Field> = Vec::new();
        for (name, member) in &members.0 {
            let read = match (Field::by_wire(name), member) {
                (None, _) => Err(Fault::UnknownField),
                (Some(field), _) if seen.contains(&field) => Err(Fault::Repeated),
                (Some(field), member) => {
                    seen.push(field);
                    match member {
                        Member::Other => Err(Fault::WrongType),
                        Member::Value(value) => check(field.spec(), value).map(|value| (field, value)),
                    }
                }
            };
            match read {
                Ok(value) => values.push(value),
                Err(fault) => errors.push(WireError { name: name.clone(), fault }),
            }
        }
        let todo_type = values.iter().find_map(|(field, value)| match (field, value) {
            (Field::TodoType, Value::Text(word)) => TodoType::parse(word),
            _ => None,
        });
        for spec in &FIELDS {
            let belongs = todo_type.is_none_or(|todo_type| spec.types.include(todo_type));
            if !belongs && seen.contains(&spec.field) {
                errors.push(WireError { name: spec.wire.to_owned(), fault: Fault::OtherTodoType });
            } else if belongs && spec.required && !seen.contains(&spec.field) {
                errors.push(WireError { name: spec.wire.to_owned(), fault: Fault::Missing });
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self::in_order(values))
    }

    fn in_order(mut values: Vec<(Field, Value)>) -> Self {
        values.sort_by_key(|(field, _)| *field);
        Self(values)
    }

    /// Incident or task.
    #[must_use]
    pub fn todo_type(&self) -> TodoType {
        TodoType::parse(self.text(Field::TodoType)).unwrap_or_default()
    }

    /// What a field holds, if the todo has it.
    #[must_use]
    pub fn value(&self, field: Field) -> Option<&Value> {
        self.0.iter().find(|(held, _)| *held == field).map(|(_, value)| value)
    }

    /// A field's text, or nothing.
    #[must_use]
    pub fn text(&self, field: Field) -> &str {
        match self.value(field) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// Every field that it has, in the documented order.
    pub fn values(&self) -> impl Iterator<Item = (Field, &Value)> {
        self.0.iter().map(|(field, value)| (*field, value))
    }

    /// The same todo with another value of a field.
    ///
    /// # Errors
    /// The value is not of the wire's form, or the field is the todo type or not of this todo's type.
    pub fn with(mut self, field: Field, value: Value) -> Result<Self, Fault> {
        if field == Field::TodoType || !field.spec().types.include(self.todo_type()) {
            return Err(Fault::OtherTodoType);
        }
        let value = check(field.spec(), &value)?;
        self.0.retain(|(held, _)| *held != field);
        self.0.push((field, value));
        Ok(Self::in_order(self.0))
    }

    /// The members without some fields, in the documented order: what a digest of the content is made of.
    #[must_use]
    pub fn without<'a>(&'a self, left_out: &'a [Field]) -> impl Serialize + 'a {
        struct Rest<'a>(&'a Todo, &'a [Field]);
        impl Serialize for Rest<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serialize(self.0.values().filter(|(field, _)| !self.1.contains(field)), serializer)
            }
        }
        Rest(self, left_out)
    }
}

impl Serialize for Todo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self.values(), serializer)
    }
}

fn serialize<'a, S: Serializer>(
    values: impl Iterator<Item = (Field, &'a Value)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for (field, value) in values {
        match value {
            Value::Text(text) => map.serialize_entry(field.wire(), text)?,
            Value::List(texts) => map.serialize_entry(field.wire(), texts)?,
        }
    }
    map.end()
}

/// BzCtrl's answer to add-task. Only `taskLink` is relied on; the rest is shown where it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, DeriveSerialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CreatedTodo {
    /// The todo's title.
    pub title: Option<String>,
    /// Its type, as BzCtrl names it.
    pub task_type: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Where it is found. See [`CreatedTodo::link`].
    pub task_link: Option<String>,
    /// Its tags.
    pub tags: Option<Vec<String>>,
}

impl CreatedTodo {
    /// The link, if it is one that may be opened.
    #[must_use]
    pub fn link(&self) -> Option<TaskLink> {
        self.task_link.as_deref().and_then(TaskLink::parse)
    }
}
