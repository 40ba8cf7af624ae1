//! What the rule for text, and the reading of amounts, promise of whatever is typed.

#![allow(clippy::unwrap_used)]

use bzctrl_contract::{Amount, Numbers, clean_line, clean_text, is_blank};
use proptest::prelude::*;
use proptest::sample::{Index, select};

const SEEN: &[&str] =
    &["a", "7", " ", "€", "é", "字", "ក", "ه", "ש", "क", "्", "ᠠ", "👩", "🏴", "❤", "🏽", "\u{20e3}", "#"];
const UNSEEN: &[&str] = &[
    "\n",
    "\r",
    "\t",
    "\u{4}",
    "\u{1d}",
    "\u{85}",
    "\u{ad}",
    "\u{34f}",
    "\u{61c}",
    "\u{17b4}",
    "\u{180b}",
    "\u{180e}",
    "\u{200b}",
    "\u{200c}",
    "\u{200d}",
    "\u{200e}",
    "\u{202e}",
    "\u{2028}",
    "\u{2800}",
    "\u{3164}",
    "\u{fe0e}",
    "\u{fe0f}",
    "\u{feff}",
    "\u{e0100}",
    "\u{ffff}",
    "\u{e0067}\u{e0062}\u{e0065}",
    "\u{e007f}",
];

/// Text with much in it that cannot be seen, beside what needs it and what does not.
fn mixed() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        1 => any::<char>().prop_map(String::from),
        3 => select(SEEN).prop_map(String::from),
        3 => select(UNSEEN).prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// What of a text anybody can see. The fillers of Korean are letters to Unicode.
fn seen(text: &str) -> String {
    let filler = |it: char| matches!(it, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
    let sign = |it: char| SEEN[3..].contains(&it.to_string().as_str());
    text.chars().filter(|it| it.is_alphanumeric() && !filler(*it) || sign(*it)).collect()
}

const ZEROS: &[char] = &['0', '٠', '۰', '०', '০', '０', '๐', '᠐', '\u{aa50}'];
const SPACES_AND_MARKS: &[&str] = &["", " ", "\u{a0}", "\u{202f}", "\u{2009}", "'", "’", "٬"];
const BEFORE: &[&str] = &["", "€ ", "EUR", "+", "€ +", " \u{202d}", "\u{feff}"];
const AFTER: &[&str] = &["", " €", " euro", "EUR", " Euros\n", "\u{202c} "];

/// An amount on the wire, and a text in which somebody may have written it where such separators are used.
#[derive(Clone, Debug)]
struct Written {
    wire: String,
    text: String,
    numbers: Numbers,
}

prop_compose! {
    fn written()(
        units in (1u32..=15).prop_flat_map(|digits| 0..10u64.pow(digits)),
        cents in 0u8..100,
        numbers in select(&[Numbers::POINT, Numbers::COMMA][..]),
        group in prop::option::of(select(SPACES_AND_MARKS)),
        zero in select(ZEROS),
        (before, after) in (select(BEFORE), select(AFTER)),
        unseen_at in any::<Index>(),
    ) -> Written {
        let units = units.to_string();
        let group = group.map_or_else(|| numbers.group.to_string(), str::to_owned);
        let mut grouped = String::new();
        for (at, digit) in units.chars().enumerate() {
            if at > 0 && (units.len() - at).is_multiple_of(3) {
                grouped.push_str(&group);
            }
            grouped.push(digit);
        }
        let plain = format!("{grouped}{}{cents:02}", numbers.decimal);
        let in_script = |it: char| it.to_digit(10).map_or(it, |digit| char::from_u32(u32::from(zero) + digit).unwrap());
        let mut characters: Vec<_> = plain.chars().map(in_script).collect();
        characters.insert(unseen_at.index(characters.len()), '\u{200b}');
        let text = [before, &String::from_iter(characters), after].concat();
        Written { wire: if cents == 0 { units } else { format!("{units}.{cents:02}") }, text, numbers }
    }
}

proptest! {
    #[test]
    fn what_was_cleaned_is_clean(raw in mixed()) {
        for clean in [clean_text, clean_line] {
            let sent = clean(&raw);
            prop_assert_eq!(clean(&sent), sent, "of {}", raw.escape_unicode());
        }
    }

    #[test]
    fn a_text_is_blank_of_which_nothing_is_left(raw in mixed(), unseen in prop::collection::vec(select(UNSEEN), 0..6)) {
        for raw in [raw, unseen.concat()] {
            prop_assert_eq!(is_blank(&raw), clean_text(&raw).is_empty(), "of {}", raw.escape_unicode());
            prop_assert_eq!(is_blank(&raw), clean_line(&raw).is_empty(), "of {}", raw.escape_unicode());
        }
    }

    #[test]
    fn what_can_be_seen_is_kept_in_its_order(raw in mixed()) {
        prop_assert_eq!(seen(&clean_text(&raw)), seen(&raw), "of {}", raw.escape_unicode());
        prop_assert_eq!(seen(&clean_line(&raw)), seen(&raw), "of {}", raw.escape_unicode());
    }

    #[test]
    fn an_amount_is_read_however_it_is_written(written in written()) {
        let read = Amount::typed(&written.text, written.numbers).map(|amount| amount.to_wire());
        prop_assert_eq!(read, Ok(written.wire), "of {}", written.text.escape_unicode());
    }

    #[test]
    fn an_amount_that_is_shown_back_is_read_as_the_same(written in written()) {
        let amount = Amount::wire(&written.wire).unwrap();
        prop_assert_eq!(Amount::typed(&amount.to_display(written.numbers), written.numbers), Ok(amount));
    }

    #[test]
    fn two_amounts_are_never_read_as_one(
        (one, other) in (1u32..999, 100u32..999),
        between in select(&["\t", "\n", "\u{1d}", "\u{85}", "\u{2028}", ";", "/", "-"][..]),
    ) {
        let text = [one.to_string().as_str(), between, other.to_string().as_str()].concat();
        prop_assert!(Amount::typed(&text, Numbers::POINT).is_err());
    }
}
