//! How the program's commands write: results to standard output, why something was not done to standard error. Whoever reads may have
//! closed its end, and is told nothing; a disk may be full, and then the command says so and ends with [`UNWRITTEN`].

use std::fmt;
use std::io::{ErrorKind, Result, Write};
use std::process::ExitCode;

/// What a command ends with whose result nobody could be told.
pub const UNWRITTEN: u8 = 4;

/// Writes to standard output.
///
/// # Errors
/// It cannot be written, though somebody reads it.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Writes to standard error. Where that cannot be written there is nobody left to tell.
pub fn explain(says: impl fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{says}");
}

/// Whether a letter of somebody else's text speaks to the terminal, or turns the order in which the letters around it are read.
#[must_use]
pub fn is_order(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What to end with where a result could not be written.
pub fn unwritten(error: &std::io::Error) -> ExitCode {
    if error.kind() != ErrorKind::BrokenPipe {
        explain(format_args!("bzctrl-relay: what came of it cannot be written to standard output: {error}"));
    }
    ExitCode::from(UNWRITTEN)
}
