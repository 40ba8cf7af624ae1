//! What operators watch the relay with, tried by the tools themselves: Prometheus's rules by promtool, the way out by a real proxy.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{machine, step::Step};

/// The rules are right, and each is silent and speaks when it is to.
///
/// # Errors
///
/// When promtool finds fault with them.
pub(crate) fn rules(promtool: &Path) -> Result<()> {
    for arguments in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]] {
        let mut command = Command::new(promtool);
        command.current_dir(machine::root().join("packaging/prometheus")).args(arguments);
        Step::new(format!("promtool {}", arguments.join(" ")), command).run()?;
    }
    Ok(())
}

/// The relay's tests that want a proxy of others' making.
pub(crate) fn behind_a_proxy(tinyproxy: &Path) -> Command {
    let mut command = machine::cargo();
    command
        .args(["test", "--locked", "--package", "bzctrl-relay", "--test", "relay", "--", "--ignored", "with_tinyproxy"])
        .env("TINYPROXY", tinyproxy);
    command
}
