//! What builds static programs for Linux: the target of the compiler, and musl's C compiler.

use std::process::Command;

use anyhow::{Context, Result, bail};

use super::apt::{self, Apt};
use crate::{
    machine::{self, MUSL},
    step::Step,
};

/// Sets up what a static build of the relay needs.
///
/// # Errors
///
/// When it cannot be had here; the error says what to do.
pub(crate) fn for_static_programs() -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!("what operators get is built on Linux on x86-64 alone");
    }
    if !target_is_there() {
        if machine::on_path(&["rustup"]).is_none() {
            bail!("the compiler has no target {MUSL}, and without rustup it cannot be added");
        }
        let mut add = Command::new("rustup");
        add.current_dir(machine::root()).args(["target", "add", MUSL]);
        Step::new(format!("rustup target add {MUSL}"), add).or_try("rustup downloads it: is there a network?").run()?;
    }
    if machine::on_path(&["musl-gcc"]).is_none() {
        if !apt::may_install() {
            bail!("musl-gcc is missing: install the package musl-tools");
        }
        Apt::prepare("musl's C compiler", "musl-tools")?.install(&["musl-tools"])?;
    }
    Ok(())
}

fn target_is_there() -> bool {
    let library = || -> Result<bool> {
        let sysroot = machine::answer(Command::new("rustc").current_dir(machine::root()).args(["--print", "sysroot"]));
        let sysroot = sysroot.context("there is no rustc")?;
        Ok(std::path::Path::new(&sysroot).join("lib/rustlib").join(MUSL).join("lib").is_dir())
    };
    library().unwrap_or(false)
}
