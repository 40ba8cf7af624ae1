//! What is said of a field while it is typed into: how an amount was read, and that a scanned code is one.

use bzctrl_contract::{Amount, Field, Kind, has_separators};

use crate::text::{self, Sentence};
use crate::view::parts::Parts;

pub(crate) fn hint(parts: &Parts<'_>, field: Field) -> Option<Sentence> {
    let (text, numbers) = (parts.state.draft.text(field), parts.state.numbers);
    match field.spec().kind {
        Kind::Amount => Some(match Amount::typed(text, numbers) {
            Ok(amount) => [&*parts.say(text::READ_AS), " ", &amount.to_display(numbers)].concat().into(),
            Err(_) => parts.say(text::AMOUNT_HINT),
        }),
        Kind::Line(_) | Kind::Email(_) | Kind::List(..) | Kind::Text(_) if has_separators(text) => {
            // Two of its fields must not merge unseen.
            Some(parts.say(text::SEPARATED))
        }
        _ if field == Field::Title => parts.state.alike().map(|todo| parts.words().alike(todo).into()),
        _ => None,
    }
}
