//! docs/FIELDS.md is read from the table, so that it cannot tell anything else.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use bzctrl_contract::{FIELDS, Fallback, Field, FilledBy, Kind, Spec, TodoType, Types};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/FIELDS.md");

const HEAD: &str = "# The fields of a todo

Read from the table in `crates/contract/src/field.rs`; a test holds this page to it. Seventeen fields go over the wire, in
this order, as JSON members of BzCtrl's add-task request. A field without a value is left out, and so are the fields of the
other todo type. Lengths are in Unicode scalar values; BzCtrl documents none, so that these are this project's choice.

| field | todo type | who fills it | holds | without a value |
| --- | --- | --- | --- | --- |
";

const FOOT: &str = "
Text keeps what was typed: Unicode, quotes, tabs, and line ends as `\\n`. Other control characters and surrounding space go; in
a line, a line end becomes a space. An amount is plain digits without decimals or with exactly two, zero or more and below 10^15,
as a string: `\"123577\"`, `\"1234567.80\"`.

A host page gives its own fields under the attribute of the same name (`order-id` for `orderID`), and first values of the
user's fields under `prefill-…`, in the form that the wire has.
";

fn row(spec: &Spec) -> String {
    let types = match spec.types {
        Types::Both => "both",
        Types::Only(TodoType::Incident) => "incident",
        Types::Only(TodoType::Task) => "task",
    };
    let by = match spec.filled_by {
        FilledBy::User => "user",
        FilledBy::Host => "host",
    };
    let holds = match spec.kind {
        Kind::Choice(choices) => choices.known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Kind::Line(most) => format!("one line, at most {most}"),
        Kind::Text(most) => format!("text, at most {most}"),
        Kind::Amount => "an amount in EUR".to_owned(),
        Kind::Date => "a date, `YYYY-MM-DD`".to_owned(),
        Kind::Email(most) => format!("an e-mail address, at most {most}"),
        Kind::List(most, longest) => format!("a list of at most {most} lines, each at most {longest}"),
    };
    let without = match (spec.fallback, spec.required) {
        (Fallback::Word(word), _) => format!("`{word}`"),
        (Fallback::Same(other), _) => format!("that of `{}`", other.wire()),
        (Fallback::Empty, true) => "refused".to_owned(),
        (Fallback::Empty, false) => "left out".to_owned(),
    };
    format!("| `{}` | {types} | {by} | {holds} | {without} |\n", spec.wire)
}

#[test]
fn the_reference_page_tells_what_the_table_says() {
    let mut page = HEAD.to_owned();
    FIELDS.iter().for_each(|spec| write!(page, "{}", row(spec)).unwrap());
    page.push_str(FOOT);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(written == page, "docs/FIELDS.md differs from the table: BLESS=1 cargo test -p bzctrl-contract writes it");
    assert!(page.contains(Field::OrderId.wire()));
}
