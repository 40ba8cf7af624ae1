//! What is wrong with a configuration, and where.

use std::fmt;

use bzctrl_contract::clean_line;

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where: `section.key`, or the name of an environment variable.
    pub place: String,
    /// The line in the file, where there is one.
    pub line: Option<usize>,
    /// What is wrong, and what is expected.
    pub says: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, says) = (harmless(&self.place), harmless(&self.says));
        match (&*place, self.line) {
            ("", Some(line)) => write!(f, "line {line}: {says}"),
            ("", None) => f.write_str(&says),
            (place, Some(line)) => write!(f, "{place} (line {line}): {says}"),
            (place, None) => write!(f, "{place}: {says}"),
        }
    }
}

/// A text as a terminal and a log may have it: names in a file can hold anything, and are shown, so what steers a terminal or is not seen
/// is written as an escape.
fn harmless(text: &str) -> String {
    let is_seen = |letter: char| letter == ' ' || clean_line(&format!("a{letter}a")) == format!("a{letter}a");
    let written = |letter: char| if is_seen(letter) { letter.to_string() } else { letter.escape_unicode().to_string() };
    text.chars().map(written).collect()
}

/// Everything that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, mistake) in self.0.iter().enumerate() {
            write!(f, "{}{mistake}", if at == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// Where the lines of a text begin.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(end, _)| end + 1).collect())
    }

    /// The line of a place in the text.
    pub(super) fn at(&self, place: usize) -> usize {
        self.0.partition_point(|begin| *begin <= place) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_in_the_line_that_begins_last_before_it() {
        let lines = Lines::of("a\nbc\n\nd");
        let at: Vec<_> = (0..8).map(|place| lines.at(place)).collect();
        assert_eq!(at, [1, 1, 2, 2, 2, 3, 4, 4]);
    }

    #[test]
    fn no_name_speaks_to_a_terminal() {
        let says = "tenant \u{1b}[2J\u{202e}x\ny is \u{9b}31m".to_owned();
        let told = Mistake { place: "tenants.a\u{7}\r".to_owned(), line: Some(3), says }.to_string();
        assert_eq!(told, "tenants.a\\u{7}\\u{d} (line 3): tenant \\u{1b}[2J\\u{202e}x\\u{a}y is \\u{9b}31m");
        let plain = Mistake { place: String::new(), line: None, says: "Z\u{fc}rich  \u{2026} 'a'".to_owned() };
        assert_eq!(plain.to_string(), "Z\u{fc}rich  \u{2026} 'a'");
    }
}
