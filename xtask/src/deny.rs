//! What the project is made of: licences, forbidden crates and sources, by cargo-deny.

use std::process::Command;

use anyhow::{Result, bail};

use crate::machine;

/// Asks cargo-deny, if it is there. It takes minutes to build, so nobody gets it unasked.
///
/// # Errors
///
/// When it is missing, or says no.
pub(crate) fn check() -> Result<()> {
    let Some(program) = machine::on_path(&["cargo-deny"]) else {
        bail!("cargo-deny is missing: `cargo install --locked cargo-deny` builds it in some minutes");
    };
    let mut command = Command::new(program);
    command.args(["--locked", "--workspace", "check", "licenses", "bans", "sources"]).current_dir(machine::root());
    if command.status()?.success() { Ok(()) } else { bail!("the lines above say what of deny.toml does not hold") }
}
