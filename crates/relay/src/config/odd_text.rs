//! What cannot be seen in a setting: the space before a name that was pasted, a mark of another program. It would be compared to
//! the letter, and nobody would find it.

use bzctrl_contract::clean_line;

/// What of a text a reader does not see, in words; nothing, if all of it can be seen.
pub(super) fn oddity(text: &str) -> Option<String> {
    let (first, last) = (text.chars().next()?, text.chars().next_back()?);
    if first.is_whitespace() {
        return Some(format!("begins with {}", named(first)));
    }
    if last.is_whitespace() {
        return Some(format!("ends with {}", named(last)));
    }
    if clean_line(text) == text {
        return None;
    }
    let is_unseen = |character: &char| clean_line(&format!("a{character}a")) != format!("a{character}a");
    text.chars().find(is_unseen).map(|unseen| format!("has {} in it, which cannot be seen", named(unseen)))
}

fn named(character: char) -> String {
    match character {
        ' ' => "a space".to_owned(),
        '\t' => "a tab".to_owned(),
        '\n' | '\r' => "a line end".to_owned(),
        other => format!("U+{:04X}", u32::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_named() {
        for (text, told) in [
            (" EXA", "begins with a space"),
            ("EXA\u{a0}", "ends with U+00A0"),
            ("\tEXA", "begins with a tab"),
            ("EXA\n", "ends with a line end"),
            ("E\u{200b}XA", "has U+200B in it, which cannot be seen"),
            ("\u{feff}EXA", "has U+FEFF in it, which cannot be seen"),
            ("E\u{7}XA", "has U+0007 in it, which cannot be seen"),
        ] {
            assert_eq!(oddity(text).as_deref(), Some(told), "{text:?}");
        }
        for plain in ["", "EXA-CON BUS", "Zürich", "/var/lib/👩\u{200d}🚒"] {
            assert_eq!(oddity(plain), None, "{plain:?}");
        }
    }
}
