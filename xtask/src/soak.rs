//! The long proofs: what `cargo xtask test` runs for a short while, as long as one likes.

use anyhow::{Result, bail};
use clap::Subcommand;

use crate::machine;

/// What goes on.
#[derive(Subcommand)]
pub(crate) enum Soak {
    /// Random lives of a form, in a world that knows the truth (src/form/tests).
    Form {
        /// How many steps are taken.
        #[arg(long, value_name = "N", default_value_t = 100_000_000)]
        steps: u32,
        /// Where chance begins: the FORM_SEED that a failure has printed.
        #[arg(long)]
        seed: Option<u64>,
    },
}

/// Runs it, and tells what it says.
///
/// # Errors
///
/// When a promise is broken.
pub(crate) fn run(what: &Soak) -> Result<()> {
    let Soak::Form { steps, seed } = what;
    let mut command = machine::cargo();
    command.env("FORM_STEPS", steps.to_string()).env("RUST_BACKTRACE", "0");
    if let Some(seed) = seed {
        command.env("FORM_SEED", seed.to_string());
    }
    command.args([
        "test",
        "--locked",
        "--release",
        "-p",
        "bzctrl-widget",
        "--lib",
        "form::tests::no_life",
        "--",
        "--nocapture",
    ]);
    if command.status()?.success() { Ok(()) } else { bail!("a promise was broken: see above") }
}
