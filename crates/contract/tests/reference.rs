//! docs/FIELDS.md is read from the table, so that it cannot tell anything else.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use bzctrl_contract::{FIELDS, Fallback, Field, FilledBy, Kind, Spec, TodoType, Types};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/FIELDS.md");

const HEAD: &str = "# The fields of a todo

Read from the table in `crates/contract/src/field.rs`; a test holds this page to it. Seventeen fields go over the wire, in
this order, as JSON members of BzCtrl's add-task request. A field without a value is left out, and so are the fields of the
other todo type. Lengths are in Unicode scalar values; BzCtrl documents none, so that these are this project's choice.

| field | todo type | who fills it | holds | what the form does without a value |
| --- | --- | --- | --- | --- |
";

const FOOT: &str = r#"
The last column is the form's: what comes over the wire has it done already. What a backend has to do with a body, the relay or one of your own
([PROTOCOL.md](PROTOCOL.md)):

- **Write `reporter` and `assignee`** from your session, whatever the page says.
- **Fill nothing else in.** A body that then lacks one of these is refused by 400 `invalid-task`, code `missing`:
  @NEEDED@.
- **Refuse what is not as this page says**, each field with its code: a name that is none, or is there twice, a field of the other todo
  type, a value that is too long or of another form. `null`, `""` and `[]` are no values. A backend may leave this to BzCtrl: then the
  user reads BzCtrl's reason, and no word at the field.
- **Send on the rest as it is**, no value changed. The order of the members says nothing.

## Text

One rule says what is sent of a text (`crates/contract/src/text.rs`). The form applies it to what is typed, pasted or scanned, and to
what the page gives. The relay and the sandbox refuse a text that is not as the rule leaves it (`untidy`).

- **Kept** is what can be seen, as it was typed: every script, emoji, quotes, tabs, and line ends as `\n`. In a line, a line end
  becomes a space. Surrounding space goes.
- **Dropped** is what cannot be seen: control characters, noncharacters, and what Unicode calls Default_Ignorable_Code_Point, such as
  zero-width spaces, soft hyphens, byte order marks, direction controls, fillers, variation selectors and tags. An empty cell of
  Braille becomes a space.
- **Kept where it is needed**: joiners, zero-width spaces and Mongolian's selectors after a letter of a script that shapes its letters
  by their neighbours, such as Arabic, Persian, Hindi, Thai, Khmer or Mongolian; marks of direction (U+200E, U+200F, U+061C) in a text
  with such letters; joiners between the pictures of an emoji; one variation selector after a symbol, an emoji or an ideograph, and
  in the picture of a key; the tags of a flag.
- **Shown by a sign** are the separators of a scanned code: U+001C to U+001F and U+0004 become `␜`, `␝`, `␞`, `␟` and `␄`, so that no two
  parts of the code run together. The form says so at the field, and shows them when it is left.

A field in which nothing can be seen is empty. A lone surrogate comes out of a browser as U+FFFD, which can be seen.

## Amounts

On the wire, an amount is plain digits without decimals or with exactly two, zero or more and below 10^15, as a string: `"123577"`,
`"1234567.80"`. The form also reads what people write: `1.234.567,80`, `1,234,567.80`, `1 234 567,80`, `1'234.50`, `+1,250.00`,
`€ 1250`, `1 250 euro`, `1.250,-`, with the digits of any script and without what cannot be seen. Where a text can be read in two
ways, such as `1.500`, the first of the browser's languages decides; the form shows how it was read.

## Dates

A date is a day of the calendar, from year 1 to 9999. The form takes a reminder from today (the user's own day) up to ten years from
it, since a later one is mostly a scan that fell into the date. What was sent once may be sent again after midnight. The relay and
the sandbox take any day.

## From a host page

A host page gives its own fields under the attribute of the same name (`order-id` for `orderID`), and first values of the
user's fields under `prefill-…`, in the form that the wire has. A word that the form does not offer, such as `TO DO`, cannot be a
first value.
"#;

fn words(all: &[&str]) -> String {
    all.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

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
        Kind::Choice(choices) if choices.offered == choices.known.len() => words(choices.known),
        Kind::Choice(choices) => format!("{}; the form offers {}", words(choices.known), words(choices.offered())),
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
    let needed: Vec<_> = FIELDS.iter().filter(|spec| spec.required).map(|spec| spec.wire).collect();
    page.push_str(&FOOT.replace("@NEEDED@", &words(&needed)));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(written == page, "docs/FIELDS.md differs from the table: BLESS=1 cargo test -p bzctrl-contract writes it");
    assert!(page.contains(Field::OrderId.wire()));
}
