//! What can be wrong with a field, and the words by which programs tell one another.

use crate::field::Field;

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
    /// The date is before the user's own day. The form alone checks this, when it is first sent.
    PastDate,
    /// The date is more than ten years from the user's own day, as of a scan that fell into it. The form alone checks
    /// this, when it is first sent.
    FarDate,
    /// It has not the shape of an e-mail address.
    NotAnEmail,
    /// It is none of the words of the choice.
    NotAChoice,
    /// On the wire: text that is not as the rule for text leaves it. It has surrounding space, characters that cannot be
    /// seen or, in a line, a line end.
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

const CODES: [(Fault, &str); 17] = [
    (Fault::Missing, "missing"),
    (Fault::TooLong, "too-long"),
    (Fault::TooMany, "too-many"),
    (Fault::NotAnAmount, "not-an-amount"),
    (Fault::Negative, "negative"),
    (Fault::TooPrecise, "too-precise"),
    (Fault::TooLarge, "too-large"),
    (Fault::NotADate, "not-a-date"),
    (Fault::PastDate, "past-date"),
    (Fault::FarDate, "far-date"),
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
