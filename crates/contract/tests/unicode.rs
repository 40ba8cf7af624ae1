//! The hand-written ranges of the rule for text, and the digits of amounts, held to Unicode's own classes. A new version of
//! Unicode that says otherwise fails here.

use bzctrl_contract::{Amount, Numbers, clean_line, clean_text};
use icu_properties::props::{
    BidiClass, DefaultIgnorableCodePoint, Emoji, ExtendedPictographic, GeneralCategory, JoiningType, LineBreak,
    NoncharacterCodePoint, Script,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Every character that Unicode has given a meaning.
fn assigned() -> impl Iterator<Item = char> {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let nothing = [GeneralCategory::Unassigned, GeneralCategory::PrivateUse];
    ('\0'..=char::MAX).filter(move |it| !nothing.contains(&categories.get(*it)))
}

/// Whether a line of these parts is sent as it is.
#[track_caller]
fn stays(parts: &[&str]) {
    let line = parts.concat();
    assert_eq!(clean_line(&line), line, "{}", line.escape_unicode());
}

/// Whether a line of these parts is sent without the one in the middle.
#[track_caller]
fn goes([before, middle, after]: [&str; 3]) {
    let line = [before, middle, after].concat();
    assert_eq!(clean_line(&line), [before, after].concat(), "{}", line.escape_unicode());
}

#[test]
fn what_unicode_calls_invisible_goes_and_everything_else_stays() {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let noncharacters = CodePointSetData::new::<NoncharacterCodePoint>();
    // Of the planes that hold nothing, or what is private, the ends are enough.
    let empty = |it: char| matches!(it, '\u{40000}'..='\u{dffff}' | '\u{f0000}'..) && u32::from(it) & 0xffff < 0xfff0;
    for character in ('\0'..=char::MAX).filter(|it| !empty(*it)) {
        let own = character.to_string();
        let becomes = match character {
            '\t' => "\t",
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => "\n",
            '\u{4}' => "␄",
            '\u{1c}' => "␜",
            '\u{1d}' => "␝",
            '\u{1e}' => "␞",
            '\u{1f}' => "␟",
            // What is drawn as a space, and what frames the notes of an interlinear annotation.
            '\u{2800}' => " ",
            '\u{fff9}'..='\u{fffb}' => "",
            _ if categories.get(character) == GeneralCategory::Control => "",
            _ if ignorable.contains(character) || noncharacters.contains(character) => "",
            _ => &own,
        };
        let sent = clean_text(&["x", &own, "x"].concat());
        assert_eq!(sent, ["x", becomes, "x"].concat(), "{}", character.escape_unicode());
    }
}

/// Scripts of which letters stack or take another shape, beside those that join and those from right to left.
const STACKING: [Script; 18] = [
    Script::Devanagari,
    Script::Bengali,
    Script::Gurmukhi,
    Script::Gujarati,
    Script::Oriya,
    Script::Tamil,
    Script::Telugu,
    Script::Kannada,
    Script::Malayalam,
    Script::Sinhala,
    Script::Thai,
    Script::Tibetan,
    Script::Myanmar,
    Script::Khmer,
    Script::Mongolian,
    Script::Balinese,
    Script::Javanese,
    Script::MeeteiMayek,
];

/// Scripts of which each letter stands by itself.
const PLAIN: [Script; 10] = [
    Script::Latin,
    Script::Greek,
    Script::Cyrillic,
    Script::Armenian,
    Script::Georgian,
    Script::Hangul,
    Script::Hiragana,
    Script::Katakana,
    Script::Han,
    Script::Cherokee,
];

#[test]
fn what_shapes_letters_stays_where_they_are_shaped_and_goes_elsewhere() {
    let (joining, scripts) = (CodePointMapData::<JoiningType>::new(), CodePointMapData::<Script>::new());
    let (directions, breaks) = (CodePointMapData::<BidiClass>::new(), CodePointMapData::<LineBreak>::new());
    let joins = [JoiningType::DualJoining, JoiningType::RightJoining, JoiningType::LeftJoining];
    let from_the_right = [BidiClass::RightToLeft, BidiClass::ArabicLetter];
    let seen = |it: &char| clean_line(&it.to_string()) == it.to_string();
    for letter in assigned().filter(seen) {
        let (own, script) = (letter.to_string(), scripts.get(letter));
        // Above are letters in squares and circles, which are pictures.
        let is_plain = (PLAIN.contains(&script) || letter.is_ascii_graphic()) && letter < '\u{1f000}';
        let is_from_the_right = from_the_right.contains(&directions.get(letter));
        let is_shaped = is_from_the_right
            || joins.contains(&joining.get(letter))
            || STACKING.contains(&script)
            || breaks.get(letter) == LineBreak::ComplexContext && letter < '\u{10000}';
        // Joiners, a zero-width space, the grapheme joiner, a selector and the vowel separator of Mongolian.
        for shaper in ["\u{200c}", "\u{200d}", "\u{200b}", "\u{34f}", "\u{180b}", "\u{180e}"] {
            if is_shaped {
                stays(&[&own, shaper, &own]);
                stays(&[&own, shaper]);
            } else if is_plain {
                goes([&own, shaper, &own]);
            }
        }
        for mark in ["\u{200e}", "\u{200f}", "\u{61c}"] {
            if is_from_the_right {
                stays(&["(", mark, &own]);
            } else if is_plain {
                goes(["(", mark, &own]);
            }
        }
    }
}

#[test]
fn emoji_keep_their_presentation_and_their_joiners() {
    let (emoji, pictographs) = (CodePointSetData::new::<Emoji>(), CodePointSetData::new::<ExtendedPictographic>());
    for character in assigned().filter(|it| !it.is_ascii()) {
        let own = character.to_string();
        if emoji.contains(character) {
            stays(&[&own, "\u{fe0f}"]);
        }
        // Emoji of other areas than these are joined with nothing.
        if pictographs.contains(character)
            && !matches!(character, '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '〰' | '〽' | '㊗' | '㊙')
        {
            stays(&["👩\u{200d}", &own]);
            stays(&[&own, "\u{fe0f}\u{200d}👩"]);
        }
    }
    for key in ('0'..='9').chain(['#', '*']) {
        stays(&[&key.to_string(), "\u{fe0f}\u{20e3}"]);
        goes([&key.to_string(), "\u{fe0f}", "x"]);
    }
}

#[test]
fn a_digit_of_any_script_is_a_digit_of_an_amount() {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let digits = assigned().filter(|it| categories.get(*it) == GeneralCategory::DecimalNumber);
    // Unicode promises that the ten digits of a script stand in a row.
    let digits: Vec<_> = digits.filter(|it| *it < '\u{10000}').collect();
    for (at, digit) in digits.iter().enumerate() {
        let read = Amount::typed(&["1", &digit.to_string()].concat(), Numbers::POINT).map(|amount| amount.to_wire());
        assert_eq!(read.ok(), Some(["1", &(at % 10).to_string()].concat()), "{}", digit.escape_unicode());
    }
    for character in ('\0'..=char::MAX).filter(|it| it.is_numeric() && !digits.contains(it)) {
        assert!(Amount::typed(&character.to_string(), Numbers::POINT).is_err(), "{}", character.escape_unicode());
    }
}
