//! The compiler for WebAssembly. Three situations, tried in this order: the target is there, rustup brings it, or
//! Debian's compiler does with a standard library built from its source.
//!
//! No `rust-toolchain.toml` says any of this: rustup would try to download at every call on a machine that cannot.

use std::{env, ffi::OsString, fmt, path::PathBuf, process::Command, time::Duration};

use anyhow::Result;

use super::debian;
use crate::{
    machine::{self, WASM, wasm_folder},
    step::Step,
};

/// Who compiles for WebAssembly on this machine.
pub(crate) enum Toolchain {
    /// The toolchain that runs us has the target.
    Own,
    /// rustup has just given it the target.
    Rustup,
    /// Debian's compiler, in a toolchain folder of ours.
    Debian(PathBuf),
}

impl fmt::Display for Toolchain {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => write!(to, "the target {WASM} is there"),
            Self::Rustup => write!(to, "rustup has added the target {WASM}"),
            Self::Debian(folder) => write!(to, "Debian's compiler, by {}", folder.display()),
        }
    }
}

impl Toolchain {
    /// A subcommand of cargo for WebAssembly, at the workspace's root.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = match self {
            Self::Own | Self::Rustup => machine::cargo(),
            Self::Debian(folder) => debian::cargo(folder),
        };
        command.args([subcommand, "--target", WASM]).env("CARGO_TARGET_DIR", wasm_folder());
        command
    }
}

/// Finds the compiler, or brings it.
///
/// # Errors
///
/// When it cannot be had here; the error says what to do.
pub(crate) fn set_up() -> Result<Toolchain> {
    if target_is_there() {
        return Ok(Toolchain::Own);
    }
    // Once made, the fallback is kept: asking rustup again could take a minute without a network.
    if let Some(folder) = debian::ready() {
        return Ok(Toolchain::Debian(folder));
    }
    if machine::on_path(&["rustup"]).is_some() {
        let mut add = Command::new("rustup");
        add.args(["target", "add", WASM]);
        match Step::new(format!("rustup target add {WASM}"), add).within(Duration::from_secs(180)).run() {
            Ok(_) if target_is_there() => return Ok(Toolchain::Rustup),
            Ok(_) => println!("rustup has added the target to another toolchain than the one that runs this."),
            Err(_) => println!("rustup cannot download here. Falling back to Debian's compiler."),
        }
    }
    debian::set_up().map(Toolchain::Debian)
}

/// Whether the compiler that builds this workspace has the target's standard library.
fn target_is_there() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let sysroot = machine::answer(Command::new(rustc).current_dir(machine::root()).args(["--print", "sysroot"]));
    sysroot.is_some_and(|sysroot| {
        let library = PathBuf::from(sysroot).join("lib/rustlib").join(WASM).join("lib");
        debian::holds_std(&library)
    })
}
