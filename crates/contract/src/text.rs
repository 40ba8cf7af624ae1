//! The one rule for text: what is sent of what was typed, pasted or scanned. Widget, relay and sandbox share it, and
//! `docs/FIELDS.md` tells it in plain words.
//!
//! What can be seen is kept. What cannot be seen is dropped, except where a script or an emoji needs it. The separators of
//! a scanner become signs that can be seen. The widget has no room for Unicode's tables, so the ranges here are written by
//! hand; `tests/unicode.rs` holds them to Unicode's own classes.

/// Ranges of characters, both ends included.
type Ranges = [(char, char)];

/// What cannot be seen: Unicode's control characters, its Default_Ignorable_Code_Point, the marks of an interlinear
/// annotation, and the noncharacters of the first plane (the others are told by their last four digits).
const INVISIBLE: &Ranges = &[
    ('\0', '\u{1f}'),
    ('\u{7f}', '\u{9f}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fdd0}', '\u{fdef}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Scripts whose letters take another shape, stack, run from right to left or stand without spaces: from Hebrew and Arabic
/// over those of India and South-East Asia to Mongolian.
const SHAPED: &Ranges = &[
    ('\u{591}', '\u{109f}'),
    ('\u{1700}', '\u{1c7f}'),
    ('\u{1cc0}', '\u{1cff}'),
    ('\u{a800}', '\u{a95f}'),
    ('\u{a980}', '\u{aaff}'),
    ('\u{abc0}', '\u{abff}'),
    ('\u{fb1d}', '\u{fdff}'),
    ('\u{fe70}', '\u{fefc}'),
    ('\u{10800}', '\u{11fff}'),
    ('\u{1e800}', '\u{1efff}'),
];

/// The pictures of which emoji are joined.
const PICTURES: &Ranges = &[('\u{2190}', '\u{27bf}'), ('\u{2900}', '\u{2bff}'), ('\u{1f000}', '\u{1fffd}')];

fn within(character: char, ranges: &Ranges) -> bool {
    ranges.iter().any(|(first, last)| (*first..=*last).contains(&character))
}

/// Whether a character cannot be seen, by itself.
pub(crate) fn is_invisible(character: char) -> bool {
    within(character, INVISIBLE) || character as u32 & 0xfffe == 0xfffe
}

/// The sign that stands for a separator of a scanned code, ␝ for the group separator and so on; any other character is its
/// own.
fn sign_of(character: char) -> char {
    match character {
        '\u{4}' => '␄',
        '\u{1c}' => '␜',
        '\u{1d}' => '␝',
        '\u{1e}' => '␞',
        '\u{1f}' => '␟',
        _ => character,
    }
}

/// Whether a text has separators of a scanned code, as they came or as signs.
#[must_use]
pub fn has_separators(text: &str) -> bool {
    text.chars().any(|character| matches!(sign_of(character), '\u{2404}' | '\u{241c}'..='\u{241f}'))
}

/// The text with a sign for each separator of a scanned code, and nothing else changed.
#[must_use]
pub fn show_separators(text: &str) -> String {
    text.chars().map(sign_of).collect()
}

/// Whether nothing is left of a text once it is clean. A long one is told by its beginning.
#[must_use]
pub fn is_blank(raw: &str) -> bool {
    // What cannot be seen is kept only beside what can: so what begins with something ends with it, too.
    clean_line(&raw[..raw.floor_char_boundary(64)]).is_empty() && clean_line(raw).is_empty()
}

/// Text of several lines: line ends become `\n`, tabs stay, surrounding space goes.
#[must_use]
pub fn clean_text(raw: &str) -> String {
    clean(raw, '\n')
}

/// Text of one line: as [`clean_text`], and a line end becomes a space.
#[must_use]
pub fn clean_line(raw: &str) -> String {
    clean(raw, ' ')
}

fn clean(raw: &str, line_end: char) -> String {
    let is_shaped = raw.chars().any(|character| within(character, SHAPED) && !is_invisible(character));
    let mut kept = String::with_capacity(raw.len());
    // The tags of a black flag say whose it is: six letters or digits at most, and an end.
    let (mut rest, mut before, mut tags) = (raw.chars(), ' ', 0);
    while let Some(character) = rest.next() {
        let after = rest.clone().next().unwrap_or(' ');
        let shown = match sign_of(character) {
            '\r' if after == '\n' => continue,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => line_end,
            // An empty cell of Braille.
            '\u{2800}' => ' ',
            '\u{e0020}'..='\u{e007f}' if tags > 0 => character,
            shown if shown == '\t' || !is_invisible(shown) || is_needed(shown, before, after, is_shaped) => shown,
            _ => continue,
        };
        tags = if shown == '\u{1f3f4}' {
            7
        } else if tags > 0 && is_invisible(shown) {
            tags - 1
        } else {
            0
        };
        kept.push(shown);
        before = shown;
    }
    kept.trim().to_owned()
}

/// Whether what cannot be seen changes how its neighbours are seen.
fn is_needed(character: char, before: char, after: char, is_shaped: bool) -> bool {
    match character {
        // Marks of direction.
        '\u{61c}' | '\u{200e}' | '\u{200f}' => is_shaped,
        // Joiners, zero-width spaces, Mongolian's selectors.
        '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}' if within(before, SHAPED) => before != character,
        '\u{200d}' => within(after, PICTURES) && (before == '\u{fe0f}' || within(before, PICTURES)),
        // A key of an emoji keyboard.
        '\u{fe0f}' if after == '\u{20e3}' && matches!(before, '#' | '*' | '0'..='9') => true,
        // Variants of emoji, symbols and ideographs.
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            (before >= '\u{1000}' || matches!(before, '©' | '®')) && !is_invisible(before) && !before.is_whitespace()
        }
        _ => false,
    }
}

/// Length as limits count it: Unicode scalar values.
pub(crate) fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_what_was_typed() {
        let typed = "Zoll \"T1\" <b>offen</b>\n\tΛάθος · 誤り · خطأ 👩‍🔧";
        assert_eq!(clean_text(typed), typed);
    }

    #[test]
    fn line_ends_are_newlines_and_control_characters_go() {
        assert_eq!(clean_text("  a\r\nb\rc\u{0}\u{1b}[31m\u{7f}d\u{2028}e \n"), "a\nb\nc[31md\ne");
        assert_eq!(clean_text("a\r\r\nb\n\rc"), "a\n\nb\n\nc");
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(clean_line("gate\r\n7 "), "gate 7");
    }

    #[test]
    fn what_cannot_be_seen_goes() {
        for (raw, sent) in [
            ("\u{feff}Seal\u{200b} broken\u{2060}", "Seal broken"),
            ("Zoll\u{ad}amt", "Zollamt"),
            ("\u{202d}1250\u{202c}", "1250"),
            ("\u{200e}ORDER 777\u{200f}", "ORDER 777"),
            ("\u{2066}user@example.com\u{2069}", "user@example.com"),
            ("a\u{200d}b\u{200c}c\u{fe0f}d\u{34f}", "abcd"),
            ("a\u{e0041}\u{e0042}\u{e007f}b", "ab"),
            ("x\u{fdd0}\u{ffff}\u{10fffe}y", "xy"),
            ("\u{fff9}base\u{fffa}gloss\u{fffb}", "basegloss"),
            ("7\u{fe0f}77", "777"),
        ] {
            assert_eq!(clean_line(raw), sent, "{raw:?}");
            assert_eq!(clean_text(raw), sent, "{raw:?}");
        }
    }

    #[test]
    fn what_is_dropped_between_two_characters_does_not_change_what_is_kept_of_them() {
        for (raw, sent) in [
            ("\u{1000}\u{fe0f}\u{ad}\u{20e3}", "\u{1000}\u{fe0f}\u{20e3}"),
            ("\u{1000}\u{fe0f}\u{20e3}", "\u{1000}\u{fe0f}\u{20e3}"),
            ("#\u{fe0f}\u{20e3}", "#\u{fe0f}\u{20e3}"),
            ("#\u{fe0f}\u{ad}\u{20e3}", "#\u{20e3}"),
        ] {
            assert_eq!(clean_line(raw), sent, "{raw:?}");
            assert_eq!(clean_line(sent), sent, "{raw:?}");
        }
    }

    #[test]
    fn a_text_in_which_nothing_can_be_seen_is_empty() {
        for raw in [
            "\u{200b}",
            "\u{115f}",
            "\u{1160}",
            "\u{3164}",
            "\u{ffa0}",
            "\u{2800}",
            "\u{ad}",
            "\u{feff}",
            "\u{200d}",
            "\u{200e}",
            "\u{61c}",
            "\u{180e}",
            "\u{fe0f}",
            "\u{e0041}\u{e007f}",
            "\u{34f}",
            "\u{17b4}",
            "\u{3000}",
            "\u{2800} \u{200b}\u{2800}",
            "\u{200c}\u{200d}",
            "\u{7f}",
            "\u{fffe}",
        ] {
            assert_eq!(clean_line(raw), "", "{raw:?}");
            assert!(is_blank(raw), "{raw:?}");
        }
    }

    #[test]
    fn a_scanners_separators_become_signs() {
        let scanned = "[)>\u{1e}06\u{1d}P1250\u{1d}Q7\u{1c}\u{1f}\u{1e}\u{4}";
        let signs = "[)>␞06␝P1250␝Q7␜␟␞␄";
        assert_eq!(clean_line(scanned), signs);
        assert_eq!(clean_text(scanned), signs);
        assert_eq!(clean_line(signs), signs);
        assert_eq!(show_separators(&[" \u{200b}", scanned].concat()), [" \u{200b}", signs].concat());
        assert!(has_separators(scanned) && has_separators(signs) && !has_separators("P1250\tQ7\n"));
    }

    #[test]
    fn scripts_and_emoji_keep_what_they_need() {
        for whole in [
            // Persian: half-spaces; the abbreviation of the Hijri year, with a joiner at its end.
            "می\u{200c}خواهم کتاب\u{200c}ها",
            "۱۴۰۳ ه\u{200d}.ش",
            // Arabic and Hebrew, with marks of direction.
            "الطلب 777\u{200f} (ORDER)\u{200e}",
            "\u{61c}1250 يورو",
            "הזמנה 777\u{200f}!",
            "ל\u{34f}\u{5b7}",
            // Devanagari, Bengali, Malayalam and Sinhala: half forms, reph, chillu letters.
            "क्\u{200d}ष र्\u{200d}य क्\u{200c}ष",
            "র\u{200d}্য",
            "അവന്\u{200d}",
            "ශ්\u{200d}රී ලංකා",
            // Khmer: zero-width spaces between words.
            "កំពង់ផែ\u{200b}ភ្នំពេញ",
            // Mongolian: free variation selectors, the vowel separator, a narrow space.
            "ᠮᠣᠩᠭᠣᠯ\u{202f}ᠤᠨ ᠬ\u{180b}\u{180e}ᠠ ᠠ\u{180f}",
            // Ideographs of names.
            "葛\u{e0100}飾区 辻\u{e0101}",
            // Emoji: families, professions, hearts, flags, keycaps, both presentations.
            "👨\u{200d}👩\u{200d}👧\u{200d}👦 👷🏽\u{200d}♀\u{fe0f} ❤\u{fe0f}\u{200d}🔥 🏳\u{fe0f}\u{200d}🌈 🐈\u{200d}⬛",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} 🇧🇪 1\u{fe0f}\u{20e3} #\u{fe0f}\u{20e3} ©\u{fe0f} ☎\u{fe0e}",
            "👁\u{fe0f}\u{200d}🗨\u{fe0f} ⚠\u{fe0f} 🙂\u{200d}↔\u{fe0f}",
        ] {
            assert_eq!(clean_line(whole), whole, "{}", whole.escape_unicode());
        }
    }

    #[test]
    fn no_flag_hides_a_text() {
        let hidden: String = ('a'..='z').filter_map(|letter| char::from_u32(0xe0000 + letter as u32)).collect();
        assert_eq!(clean_line(&["🏴", &hidden].concat()).chars().count(), 8, "a flag's tags are seven");
        assert_eq!(clean_line(&["🏴x", &hidden].concat()), "🏴x");
        assert_eq!(clean_line("😀\u{fe0f}\u{fe01}\u{e0100}"), "😀\u{fe0f}", "one variant each");
    }
}
