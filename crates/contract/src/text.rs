//! What becomes of typed text before it is sent: control characters and surrounding space go, everything else stays.

/// Text of several lines: line ends become `\n`; tabs and every printable character stay; other control characters
/// and surrounding space go.
pub(crate) fn clean_text(raw: &str) -> String {
    clean(raw, '\n')
}

/// Text of one line: as [`clean_text`], and a line end becomes a space.
pub(crate) fn clean_line(raw: &str) -> String {
    clean(raw, ' ')
}

fn clean(raw: &str, line_end: char) -> String {
    let mut kept = String::with_capacity(raw.len());
    let mut after_return = false;
    for character in raw.chars() {
        match character {
            '\n' if after_return => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => kept.push(line_end),
            '\t' => kept.push(character),
            _ if character.is_control() => {}
            _ => kept.push(character),
        }
        after_return = character == '\r';
    }
    kept.trim().to_owned()
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
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(clean_line("gate\r\n7 "), "gate 7");
    }
}
