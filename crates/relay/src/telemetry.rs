//! The log, on standard error: lines for people on a terminal, JSON for machines. No secret is ever handed to it.

use std::fmt::Display;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};
use crate::output;

/// Whether lines are for people.
fn is_for_people(log: &Log) -> bool {
    match log.format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    }
}

/// Starts the log of this process.
///
/// # Errors
/// There is one already.
pub fn start(log: &Log) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let terminal = std::io::stderr().is_terminal();
    // The configuration has read the filter already.
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A line that cannot be written, on a full disk, is lost. Else it would be told there too, and that panics.
    let builder = builder.log_internal_errors(false);
    if is_for_people(log) {
        builder.with_ansi(terminal).with_target(false).try_init()?
    } else {
        builder.json().flatten_event(true).with_span_list(false).try_init()?
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a fault of the relay: {}", said(panic.payload()));
    }));
    Ok(())
}

/// Says why the relay does not start, or has not ended as it should: whatever is logged else, as a line of the log's own form.
pub fn fail(log: &Log, says: impl Display) {
    if is_for_people(log) {
        output::explain(format_args!("bzctrl-relay: {says}"));
        return;
    }
    let line = tracing_subscriber::fmt().with_writer(std::io::stderr).log_internal_errors(false);
    let line = line.json().flatten_event(true).with_span_list(false).finish();
    tracing::subscriber::with_default(line, || tracing::error!("{says}"));
}

/// What is warned of once a second at most, however often it happens.
#[derive(Debug, Default)]
pub(crate) struct Seldom(Mutex<Option<Instant>>);

const BETWEEN_WARNINGS: Duration = Duration::from_secs(1);

impl Seldom {
    /// Whether it is time again.
    pub(crate) fn may_warn(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let may = last.is_none_or(|last| last.elapsed() >= BETWEEN_WARNINGS);
        if may {
            *last = Some(Instant::now());
        }
        may
    }
}

/// What a panic says, if that is a text of the program's own. What is put together when it happens may hold what a user wrote: a
/// text that is cut in the middle of a letter is quoted whole.
fn said(panic: &dyn std::any::Any) -> &'static str {
    panic.downcast_ref::<&'static str>().copied().unwrap_or("panic")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_says_nothing_that_a_user_has_written() {
        let written = std::hint::black_box("zürich@host.example".to_owned());
        let of = |panics: &dyn Fn()| {
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics));
            said(&*caught.unwrap_err())
        };
        assert_eq!(of(&|| drop(written[..2].to_owned())), "panic");
        assert_eq!(of(&|| panic!("of {written}")), "panic");
        assert_eq!(of(&|| panic!("this cannot be")), "this cannot be");
    }
}
