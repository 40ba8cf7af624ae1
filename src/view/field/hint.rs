//! What is said of a field while it is typed into: how an amount was read, that a scanned code is one, and how long a text is once
//! little more fits.

use bzctrl_contract::{Amount, Date, Field, Kind, has_separators};

use crate::text::{self, Sentence};
use crate::view::parts::Parts;

pub(crate) fn hint(parts: &Parts<'_>, field: Field) -> Option<Sentence> {
    let (text, numbers) = (parts.state.draft.text(field), parts.state.numbers);
    if let Some(todo) = parts.state.alike().filter(|_| field == Field::Title) {
        return Some(parts.words().alike(todo).into());
    }
    match field.spec().kind {
        Kind::Amount => Some(match Amount::typed(text, numbers) {
            Ok(amount) => [&*parts.say(text::READ_AS), " ", &amount.to_display(numbers)].concat().into(),
            Err(_) => parts.say(text::AMOUNT_HINT),
        }),
        Kind::Line(_) | Kind::Email(_) | Kind::List(..) | Kind::Text(_) if has_separators(text) => {
            // Two of its fields must not merge unseen.
            Some(parts.say(text::SEPARATED))
        }
        // Day and month are written in either order: in words they are not.
        Kind::Date => {
            let calendar = Date::parse(text).and(parts.world.calendar());
            calendar.map(|calendar| (calendar.day)(text, parts.state.config.tag()).into())
        }
        Kind::Line(most) | Kind::Text(most) => {
            // Bytes are at least as many: only a text that may be long is counted.
            let count = if text.len() * 10 < most * 9 { 0 } else { text.chars().count() };
            (count * 10 >= most * 9).then(|| parts.words().counter(count, most).into())
        }
        _ => None,
    }
}
