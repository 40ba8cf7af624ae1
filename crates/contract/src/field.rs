//! The one table of fields. Form, validation, relay, sandbox and the reference page read it; nothing else in the
//! project writes a field's wire name.
//!
//! A field more is a variant of [`Field`] and a row of [`FIELDS`], at the same place in both.

/// Incident or task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TodoType {
    /// Something went wrong: it has an impact, a likelihood, an amount.
    #[default]
    Incident,
    /// Something is to be done: it has a result.
    Task,
}

impl TodoType {
    /// The word on the wire.
    #[must_use]
    pub fn wire(self) -> &'static str {
        match self {
            Self::Incident => "INCIDENT",
            Self::Task => "TASK",
        }
    }

    /// Reads the word of the wire, in any case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Incident, Self::Task].into_iter().find(|it| word.trim().eq_ignore_ascii_case(it.wire()))
    }
}

/// Which todo types have a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Types {
    /// Incidents and tasks.
    Both,
    /// One of them only.
    Only(TodoType),
}

impl Types {
    /// Whether a todo of this type has the field.
    #[must_use]
    pub fn include(self, todo_type: TodoType) -> bool {
        match self {
            Self::Both => true,
            Self::Only(only) => only == todo_type,
        }
    }
}

/// Who fills a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilledBy {
    /// The user types or chooses it; the host may prefill it.
    User,
    /// The host, by its settings or by what its screen shows. Read in the form, not typed.
    Host,
}

/// The words that a choice knows, and those of them that the form offers.
#[derive(Debug, PartialEq, Eq)]
pub struct Choices {
    /// Every word that BzCtrl knows.
    pub known: &'static [&'static str],
    /// How many of them, from the first on, a user may choose.
    pub offered: usize,
}

impl Choices {
    /// The words that a user may choose.
    #[must_use]
    pub fn offered(&self) -> &'static [&'static str] {
        &self.known[..self.offered]
    }

    /// The word that is meant by a text in another case.
    #[must_use]
    pub fn word(&self, text: &str) -> Option<&'static str> {
        self.known.iter().find(|word| word.eq_ignore_ascii_case(text.trim())).copied()
    }
}

/// What a field holds. Lengths are in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of a few words.
    Choice(&'static Choices),
    /// Text of one line.
    Line(usize),
    /// Text of several lines.
    Text(usize),
    /// An amount in EUR, see [`Amount`](crate::Amount).
    Amount,
    /// A calendar date, see [`Date`](crate::Date).
    Date,
    /// An e-mail address.
    Email(usize),
    /// A list of one-line texts: how many at most, and how long each.
    List(usize, usize),
}

/// What a field holds when nobody filled it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Nothing.
    Empty,
    /// This word.
    Word(&'static str),
    /// What another field holds.
    Same(Field),
}

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Spec {
    /// The field that the row tells of.
    pub field: Field,
    /// Its name on the wire.
    pub wire: &'static str,
    /// Which todo types have it.
    pub types: Types,
    /// Who fills it.
    pub filled_by: FilledBy,
    /// Whether a todo is refused without it.
    pub required: bool,
    /// What it holds, with its limits.
    pub kind: Kind,
    /// What it holds when nobody filled it.
    pub fallback: Fallback,
}

/// The fields of a todo, in the order of the documented request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs, reason = "the table below tells what each is")]
pub enum Field {
    TodoType,
    DomainWorkSpace,
    Title,
    Description,
    Result,
    FinancialImpact,
    Impact,
    Likelihood,
    Status,
    Priority,
    Assignee,
    Reporter,
    Category,
    SubCategory,
    Lrn,
    OrderId,
    ReminderDate,
}

const TYPES: Choices = Choices { known: &["INCIDENT", "TASK"], offered: 2 };
const LEVELS: Choices = Choices { known: &["HIGH", "MEDIUM", "LOW"], offered: 3 };
const STATUSES: Choices = Choices { known: &["IN PROGRESS", "DONE", "TO DO", "EXPIRED"], offered: 2 };

use Fallback::{Empty, Same, Word};
use FilledBy::{Host, User};
use Types::{Both, Only};

const INCIDENT: Types = Only(TodoType::Incident);
const TASK: Types = Only(TodoType::Task);

/// The table. BzCtrl documents no limits: those here are this project's choice, and each stands here alone.
#[rustfmt::skip]
pub const FIELDS: [Spec; 17] = [
    //  field                   wire               types     by    required kind                     fallback
    row(Field::TodoType,        "todoType",        Both,     User, true,  Kind::Choice(&TYPES),    Word("INCIDENT")),
    row(Field::DomainWorkSpace, "domainWorkSpace", Both,     Host, true,  Kind::Line(100),         Empty),
    row(Field::Title,           "title",           Both,     User, true,  Kind::Line(255),         Empty),
    row(Field::Description,     "description",     Both,     User, true,  Kind::Text(20_000),      Empty),
    row(Field::Result,          "result",          TASK,     User, false, Kind::Text(20_000),      Empty),
    row(Field::FinancialImpact, "financialImpact", INCIDENT, User, false, Kind::Amount,            Empty),
    row(Field::Impact,          "impact",          INCIDENT, User, false, Kind::Choice(&LEVELS),   Empty),
    row(Field::Likelihood,      "likelihood",      INCIDENT, User, false, Kind::Choice(&LEVELS),   Empty),
    row(Field::Status,          "status",          Both,     User, true,  Kind::Choice(&STATUSES), Word("IN PROGRESS")),
    row(Field::Priority,        "priority",        Both,     User, false, Kind::Choice(&LEVELS),   Empty),
    row(Field::Assignee,        "assignee",        Both,     Host, true,  Kind::Email(254),        Same(Field::Reporter)),
    row(Field::Reporter,        "reporter",        Both,     Host, true,  Kind::Email(254),        Empty),
    row(Field::Category,        "category",        Both,     Host, false, Kind::List(20, 100),     Empty),
    row(Field::SubCategory,     "subCategory",     Both,     Host, false, Kind::List(20, 100),     Empty),
    row(Field::Lrn,             "lrn",             Both,     Host, false, Kind::Line(100),         Empty),
    row(Field::OrderId,         "orderID",         Both,     Host, true,  Kind::Line(100),         Empty),
    row(Field::ReminderDate,    "reminderDate",    Both,     User, false, Kind::Date,              Empty),
];

const fn row(
    field: Field,
    wire: &'static str,
    types: Types,
    filled_by: FilledBy,
    required: bool,
    kind: Kind,
    fallback: Fallback,
) -> Spec {
    Spec { field, wire, types, filled_by, required, kind, fallback }
}

// A variant of `Field` is the place of its row.
const _: () = {
    let mut at = 0;
    while at < FIELDS.len() {
        assert!(FIELDS[at].field as usize == at, "Field and FIELDS are in different orders");
        at += 1;
    }
};

impl Field {
    /// The field's row.
    #[must_use]
    pub fn spec(self) -> &'static Spec {
        const TABLE: &[Spec] = &FIELDS;
        &TABLE[self as usize]
    }

    /// Its name on the wire.
    #[must_use]
    pub fn wire(self) -> &'static str {
        self.spec().wire
    }

    /// Reads a wire name, to the letter.
    #[must_use]
    pub fn by_wire(name: &str) -> Option<Self> {
        Self::all().find(|field| field.wire() == name)
    }

    /// Reads a wire name in any case, as host pages write it (`orderId` for `orderID`).
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().find(|field| field.wire().eq_ignore_ascii_case(name))
    }

    /// Every field, in the order of the documented request.
    pub fn all() -> impl Iterator<Item = Self> {
        FIELDS.iter().map(|spec| spec.field)
    }

    /// Whether a user fills it in a todo of this type.
    #[must_use]
    pub fn asked_of_user(self, todo_type: TodoType) -> bool {
        self.spec().filled_by == FilledBy::User && self.spec().types.include(todo_type)
    }
}

/// A set of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldSet(u32);

const _: () = assert!(FIELDS.len() <= u32::BITS as usize, "FieldSet has a bit for each field");

impl FieldSet {
    /// Whether the field is in it.
    #[must_use]
    pub fn has(self, field: Field) -> bool {
        self.0 & (1 << field as u32) != 0
    }

    /// Puts the field in.
    pub fn insert(&mut self, field: Field) {
        self.0 |= 1 << field as u32;
    }

    /// Takes the field out.
    pub fn remove(&mut self, field: Field) {
        self.0 &= !(1 << field as u32);
    }

    /// Whether no field is in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seventeen_fields_go_over_the_wire_each_under_one_name() {
        let mut names: Vec<_> = Field::all().map(|field| field.wire().to_ascii_lowercase()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 17);
    }

    #[test]
    fn a_name_is_found_as_the_wire_and_as_host_pages_write_it() {
        assert_eq!(Field::by_wire("orderID"), Some(Field::OrderId));
        assert_eq!(Field::by_wire("orderId"), None);
        assert_eq!(Field::by_name("orderId"), Some(Field::OrderId));
        assert_eq!(Field::by_name("order"), None);
    }

    #[test]
    fn a_task_has_a_result_and_no_amount() {
        assert!(Field::Result.asked_of_user(TodoType::Task));
        assert!(!Field::FinancialImpact.asked_of_user(TodoType::Task));
        assert!(!Field::Reporter.asked_of_user(TodoType::Task));
    }
}
