//! The names of settings: what a page may have meant by one.

use bzctrl_contract::{Field, FilledBy};

use super::{INLINE, LOCKED, OMIT, PREFILL, TEXTS};

/// The settings that are no field's.
const OWN: [&str; 16] = [
    INLINE,
    "relay",
    "token-endpoint",
    "task-endpoint",
    "credentials",
    "assertion-endpoint",
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

/// An attribute's name as a property's: `order-id` is `orderId`.
pub(super) fn in_camel_case(attribute: &str) -> String {
    let mut words = attribute.split('-');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn known() -> impl Iterator<Item = String> {
    OWN.into_iter().map(str::to_owned).chain(Field::all().map(attribute))
}

/// The setting that a name plainly means, by its letters.
pub(super) fn named(name: &str) -> Option<String> {
    let letters = letters(name);
    known().find(|known| self::letters(known) == letters)
}

/// The setting that a name probably means.
pub(super) fn near_setting(name: &str) -> Option<String> {
    let letters = letters(name);
    // `title`, of which the page gives the first value alone; `prefill-order-id`, which it gives itself.
    let field = letters.strip_prefix("prefill").unwrap_or(&letters);
    let of_field = Field::all().find(|known| known.wire().eq_ignore_ascii_case(field)).map(attribute);
    of_field.or_else(|| nearest(&letters, known()))
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

/// Whether an attribute of the element is a setting.
pub(crate) fn is_setting(attribute: &str) -> bool {
    is_plain(attribute) && named(attribute).is_some()
}

/// Whether an attribute has no marks of a framework's: `:order-id`, `[orderId]`, `_ngcontent`.
pub(super) fn is_plain(attribute: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || character == '-' || character == '_';
    attribute.chars().all(plain) && !attribute.starts_with('_')
}
