//! What was typed, both todo types side by side: a look at the task loses nothing of the incident.

use crate::field::{FIELDS, Field, Kind, TodoType};
use crate::text::is_blank;

/// What one field holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// Text, a choice's word, an amount, a date.
    Text(String),
    /// The texts of a list.
    List(Vec<String>),
}

/// What was typed or set for every field, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft([Value; FIELDS.len()]);

impl Default for Draft {
    fn default() -> Self {
        Self(FIELDS.each_ref().map(|spec| match spec.kind {
            Kind::List(..) => Value::List(Vec::new()),
            _ => Value::Text(String::new()),
        }))
    }
}

impl Draft {
    /// What a field holds.
    #[must_use]
    pub fn value(&self, field: Field) -> &Value {
        &self.0[field as usize]
    }

    /// The text of a field; of a list, nothing.
    #[must_use]
    pub fn text(&self, field: Field) -> &str {
        match self.value(field) {
            Value::Text(text) => text,
            Value::List(_) => "",
        }
    }

    /// The texts of a list; of any other field, nothing.
    #[must_use]
    pub fn list(&self, field: Field) -> &[String] {
        match self.value(field) {
            Value::Text(_) => &[],
            Value::List(texts) => texts,
        }
    }

    /// Whether a field holds nothing that can be seen.
    #[must_use]
    pub fn is_empty(&self, field: Field) -> bool {
        is_blank(self.text(field)) && self.list(field).iter().all(|text| is_blank(text))
    }

    /// Sets a field's text. For a list it stands for a list of one.
    pub fn set(&mut self, field: Field, text: impl Into<String>) {
        let value = &mut self.0[field as usize];
        match value {
            Value::Text(held) => *held = text.into(),
            Value::List(held) => *held = vec![text.into()],
        }
    }

    /// Sets a list's texts. Any other field takes the first.
    pub fn set_list(&mut self, field: Field, texts: Vec<String>) {
        let value = &mut self.0[field as usize];
        match value {
            Value::Text(held) => *held = texts.into_iter().next().unwrap_or_default(),
            Value::List(held) => *held = texts,
        }
    }

    /// Empties a field.
    pub fn clear(&mut self, field: Field) {
        match &mut self.0[field as usize] {
            Value::Text(held) => held.clear(),
            Value::List(held) => held.clear(),
        }
    }

    /// The todo type that is chosen; incident if none is.
    #[must_use]
    pub fn todo_type(&self) -> TodoType {
        TodoType::parse(self.text(Field::TodoType)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switching_the_type_keeps_what_was_typed_for_the_other() {
        let mut draft = Draft::default();
        draft.set(Field::FinancialImpact, "1.250,00");
        draft.set(Field::TodoType, "TASK");
        assert_eq!(draft.todo_type(), TodoType::Task);
        assert_eq!(draft.text(Field::FinancialImpact), "1.250,00");
    }

    #[test]
    fn what_holds_nothing_that_can_be_seen_is_empty() {
        let mut draft = Draft::default();
        draft.set(Field::Title, " \u{200b}\u{2800}");
        assert!(draft.is_empty(Field::Title));
        draft.set_list(Field::Category, vec![" ".to_owned()]);
        assert!(draft.is_empty(Field::Category));
        draft.set(Field::Category, "Customs");
        assert_eq!(draft.list(Field::Category), ["Customs"]);
    }
}
