//! The names of settings: what a page may have meant by one.

use bzctrl_contract::{Field, FilledBy};

use super::{INLINE, LOCKED, OMIT, PREFILL, TEXTS};

/// The settings that are no field's.
const OWN: [&str; 15] = [
    INLINE,
    "relay",
    "token-endpoint",
    "task-endpoint",
    "credentials",
    "environment",
    "domain",
    "workspace",
    LOCKED,
    OMIT,
    "open-link",
    "theme",
    TEXTS,
    "lang",
    "preload",
];

/// The attribute of a field: its own, or the first value's of one that the user fills.
pub(crate) fn attribute(field: Field) -> String {
    let by_host = field.spec().filled_by == FilledBy::Host || field == Field::TodoType;
    [if by_host { "" } else { PREFILL }, &in_kebab_case(field.wire())].concat()
}

/// A camelCase or a wire name as an attribute's: `orderId` and `orderID` are `order-id`.
pub(super) fn in_kebab_case(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 4);
    let mut in_capitals = false;
    for character in name.chars() {
        if character.is_ascii_uppercase() && !in_capitals {
            kebab.push('-');
        }
        in_capitals = character.is_ascii_uppercase();
        kebab.push(character.to_ascii_lowercase());
    }
    kebab
}

/// Which setting a name means.
pub(super) enum Named {
    /// This one, by its letters.
    Plainly(String),
    /// This one, probably.
    Nearly(String),
    /// None.
    Otherwise,
}

pub(super) fn named(name: &str) -> Named {
    let letters = letters(name);
    let known = || OWN.into_iter().map(str::to_owned).chain(Field::all().map(attribute));
    if let Some(attribute) = known().find(|known| self::letters(known) == letters) {
        return Named::Plainly(attribute);
    }
    // `title`, of which the page gives the first value alone.
    let of_user = Field::all().find(|field| field.wire().eq_ignore_ascii_case(&letters)).map(attribute);
    match of_user.or_else(|| nearest(&letters, known())) {
        Some(near) => Named::Nearly(near),
        None => Named::Otherwise,
    }
}

/// What tells names apart: `order-id`, `orderId`, `order_id` and `orderid` are one.
pub(super) fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Of some names the one that letters are nearest to: misspelt in one of three, or its beginning.
pub(super) fn nearest(letters: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let near = names.filter_map(|name| {
        let its = self::letters(&name);
        let apart = if letters.len() > 3 && its.starts_with(letters) { 0 } else { distance(letters, &its) };
        (apart * 3 <= letters.len()).then_some((apart, name))
    });
    near.min_by_key(|(apart, _)| *apart).map(|(_, name)| name)
}

/// How many letters have to be changed, put in or left out to make one name of the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.bytes().enumerate() {
        let (mut before, mut last) = (at, at + 1);
        for (cell, its) in row.iter_mut().skip(1).zip(other.bytes()) {
            let changed = before + usize::from(letter != its);
            before = *cell;
            last = changed.min(before.min(last) + 1);
            *cell = last;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Whether an attribute of the element is a setting, or a misspelt one. The page's own, a framework's and what resembles no
/// setting are not ours to judge.
pub(crate) fn is_setting(attribute: &str) -> bool {
    let words = |character: char| character.is_ascii_alphanumeric() || character == '-' || character == '_';
    // `v-`, `x-`, `hx-`, `ng-`.
    let marked = attribute.find('-').is_some_and(|at| at < 3);
    let may_be =
        attribute.chars().all(words) && !marked && !attribute.starts_with('_') && attribute != Field::Title.wire();
    may_be && !matches!(named(attribute), Named::Otherwise)
}
