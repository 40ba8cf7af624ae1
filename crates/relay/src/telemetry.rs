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
    if people {
        builder.with_ansi(terminal).with_target(false).try_init()?
    } else {
        builder.json().flatten_event(true).with_span_list(false).try_init()?
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a fault of the relay: {}", panic.payload_as_str().unwrap_or("panic"));
    }));
    Ok(())
}
