//! What is built, and by which compiler: programs of this machine by the one that runs us, the widget for WebAssembly
//! by the one that set-up found, in a `target` folder of its own so that neither throws the other's work away.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{machine, setup::Toolchain, step::Step};

/// The target of browsers.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Cargo's folder for WebAssembly.
pub(crate) fn wasm_folder() -> PathBuf {
    machine::target().join("wasm")
}

fn cargo_build(packages: &[&str]) -> Command {
    let mut command = machine::cargo();
    command.arg("build").arg("--locked");
    for package in packages {
        command.args(["--package", package]);
    }
    command
}

/// wasm-bindgen and its test runner.
///
/// # Errors
///
/// When the build fails.
pub(crate) fn wasm_bindgen() -> Result<()> {
    Step::new("build wasm-bindgen", cargo_build(&["wasm-bindgen-tools"])).run()
}

/// The relay and the sandbox.
///
/// # Errors
///
/// When the build fails.
pub(crate) fn servers() -> Result<()> {
    Step::new("build relay and sandbox", cargo_build(&["bzctrl-relay", "bzctrl-sandbox"])).run()
}

/// The widget as it ships, before wasm-bindgen; where it lies.
///
/// # Errors
///
/// When the build fails.
pub(crate) fn widget(toolchain: &Toolchain) -> Result<PathBuf> {
    let mut command = toolchain.cargo("build");
    command.args(["--locked", "--profile", "widget", "--package", "bzctrl-widget", "--bin", "bzctrl-widget"]);
    // What ships does without the places of its panics and the printing of values for developers (docs/decisions). The
    // compiler takes both flags under this word alone; the standard library stays as it comes.
    command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zlocation-detail=none -Zfmt-debug=none");
    Step::new("build the widget", command).run()?;
    Ok(wasm_folder().join(WASM).join("widget").join("bzctrl-widget.wasm"))
}
