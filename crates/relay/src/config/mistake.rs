//! What is wrong with a configuration, and where.

use std::fmt;

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
        match (&*self.place, self.line) {
            ("", Some(line)) => write!(f, "line {line}: {}", self.says),
            ("", None) => f.write_str(&self.says),
            (place, Some(line)) => write!(f, "{place} (line {line}): {}", self.says),
            (place, None) => write!(f, "{place}: {}", self.says),
        }
    }
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

/// The line of a place in a text.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
