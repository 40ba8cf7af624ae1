//! The log, on standard error: lines for people on a terminal, JSON for machines. No secret is ever handed to it.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts the log of this process.
///
/// # Errors
/// There is one already.
pub fn start(log: &Log) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let terminal = std::io::stderr().is_terminal();
    let people = match log.format {
        LogFormat::Auto => terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    // The configuration has read the filter already.
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A line that cannot be written, on a full disk, is lost. Else it would be told there too, and that panics.
    let builder = builder.log_internal_errors(false);
    if people {
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
