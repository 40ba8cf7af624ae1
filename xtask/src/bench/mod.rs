//! Measures what users wait for, beside what they would have instead: `docs/PERFORMANCE.md` is made of it.

mod chart;
mod document;
mod relay;
mod widget;

use anyhow::Result;

/// What is measured.
#[derive(clap::Subcommand)]
pub(crate) enum Bench {
    /// The relay beside nginx, before the same sandbox: what each adds, todos a second, memory, many keys. Ten minutes on a machine
    /// that does nothing else.
    Relay(relay::Arguments),
    /// The widget beside forms of the same fields: bytes, openings, keys, memory. Twenty minutes on a machine that does nothing else.
    Widget(widget::Arguments),
}

/// Measures it.
///
/// # Errors
///
/// When something is missing, or does not do what is measured.
pub(crate) fn run(what: &Bench) -> Result<()> {
    match what {
        Bench::Relay(arguments) => relay::run(arguments),
        Bench::Widget(arguments) => widget::run(arguments),
    }
}

pub(crate) use self::widget::try_once as try_widget;
