//! Lists and texts that begin and never end. To a reader of TOML everything behind them is wrong; to an operator one line is. So they
//! are found first, line by line, and the rest is read without them.

use super::mistake::Mistake;

/// The file without what never ends, byte for byte as long, and where that is.
pub(super) fn take_out(text: &str) -> (String, Vec<Mistake>) {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut whole = String::with_capacity(text.len());
    let mut mistakes = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        let (long, fault) = statement(rest);
        if let Some(says) = fault {
            mistakes.push(Mistake { place: String::new(), line: Some(at + 1), says: says.to_owned() });
            whole.extend(line.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' }));
            at += 1;
        } else {
            whole.extend(rest.iter().take(long).copied());
            at += long;
        }
    }
    (whole, mistakes)
}

const NO_BRACKET: &str = "the list that begins here has no end: a ] is missing";
const NO_QUOTE: &str = "the text that begins here has no end: a quote is missing";
const LONG_QUOTES: [&str; 2] = ["\"\"\"", "'''"];

/// How many lines the statement has that begins with the first one, and what of it has no end.
fn statement(lines: &[&str]) -> (usize, Option<&'static str>) {
    // A section's name is in brackets too: only what follows a = is looked at.
    let Some(first) = lines.first().filter(|line| begins_a_key(line)) else { return (1, None) };
    let value = first.split_once('=').map_or("", |(_, value)| value);
    let (mut depth, mut within) = (0_usize, None);
    for (number, line) in std::iter::once(value).chain(lines.iter().skip(1).copied()).enumerate() {
        if number > 0 && within.is_none() && begins_another(line) {
            return (number, Some(NO_BRACKET));
        }
        match read(line, &mut depth, within) {
            Some(now) => within = now,
            None => return (number + 1, Some(NO_QUOTE)),
        }
        if depth == 0 && within.is_none() {
            return (number + 1, None);
        }
    }
    (lines.len(), Some(if within.is_some() { NO_QUOTE } else { NO_BRACKET }))
}

/// Reads a line, which may begin within a text of several lines. The quotes of the one that it ends in, if it does; none at all if a
/// text of one line has no end.
fn read(line: &str, depth: &mut usize, within: Option<&'static str>) -> Option<Option<&'static str>> {
    let (mut rest, mut within) = (line, within);
    loop {
        if let Some(quotes) = within {
            let Some((_, after)) = rest.split_once(quotes) else { return Some(within) };
            (rest, within) = (after, None);
        }
        if let Some(quotes) = LONG_QUOTES.into_iter().find(|quotes| rest.starts_with(quotes)) {
            (rest, within) = (rest.strip_prefix(quotes).unwrap_or_default(), Some(quotes));
            continue;
        }
        let mut letters = rest.chars();
        let letter = letters.next();
        rest = letters.as_str();
        match letter {
            None | Some('#') => return Some(None),
            Some('[') => *depth += 1,
            Some(']') => *depth = depth.saturating_sub(1),
            Some(quote @ ('"' | '\'')) => rest = after_text(rest, quote)?,
            Some(_) => {}
        }
    }
}

/// What stands behind a text, if it ends on its line.
fn after_text(rest: &str, quote: char) -> Option<&str> {
    let mut escaped = false;
    for (at, letter) in rest.char_indices() {
        match letter {
            '\n' => return None,
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            _ if letter == quote => return rest.get(at + 1..),
            _ => {}
        }
    }
    None
}

/// Whether a line is `key = …`.
fn begins_a_key(line: &str) -> bool {
    line.split_once('=').is_some_and(|(key, _)| {
        let key = key.trim();
        !key.is_empty() && key.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-. ".contains(letter))
    })
}

/// Whether a line begins something else: a key, or a section. What a list holds looks like neither.
fn begins_another(line: &str) -> bool {
    let name = line.trim_start().strip_prefix('[');
    name.is_some_and(|name| name.starts_with(char::is_alphanumeric)) || begins_a_key(line)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_is_left_as_it_is() {
        let right = "a = [\"x\", # ]\n 'y=[',\n]\n[s]\nb = \"\"\"\nc = [\n\"\"\" # \"\nd = '''\n[\n'''\ne = \"\\\"[\"\r\nf = {}\n[[t]]\n";
        assert_eq!(take_out(right), (right.to_owned(), Vec::new()));
        assert!(toml::de::DeTable::parse(right).is_ok());
    }

    #[test]
    fn what_has_no_end_is_one_line_and_the_lines_behind_it_are_kept() {
        for (first, says) in [
            ("a = [\"x\",", NO_BRACKET),
            ("a = [", NO_BRACKET),
            ("a = \"x", NO_QUOTE),
            ("a = ['x", NO_QUOTE),
            ("a = [\"x]", NO_QUOTE),
            ("a = \"x\\\"", NO_QUOTE),
        ] {
            for rest in ["b = ['y']\n[s]\nc = 'z'\n", "[s]\nc = 'z'\n", ""] {
                let (whole, mistakes) = take_out(&format!("{first}\n{rest}"));
                assert_eq!(whole, format!("{}\n{rest}", " ".repeat(first.len())), "{first}");
                assert!(mistakes.len() == 1 && mistakes[0].line == Some(1) && mistakes[0].says == says, "{mistakes:?}");
            }
        }
        let (whole, mistakes) = take_out("a = \"\"\"x\nb = 'y'\n");
        assert_eq!((&*whole, mistakes.len()), ("        \nb = 'y'\n", 1));
    }

    #[test]
    fn every_beginning_of_a_file_is_read_to_its_end() {
        let text = include_str!("../../relay.example.toml");
        for (at, _) in text.char_indices() {
            let (whole, mistakes) = take_out(&text[..at]);
            assert!(whole.len() == at && mistakes.len() <= 1, "{mistakes:?}");
        }
    }
}
