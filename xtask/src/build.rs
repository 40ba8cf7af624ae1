//! What is built, and by which compiler: programs of this machine by the one that runs us, the widget for WebAssembly
//! by the one that set-up found, in a `target` folder of its own so that neither throws the other's work away.

use std::path::PathBuf;

use anyhow::Result;

use crate::{
    machine::{self, WASM, wasm_folder},
    setup::Toolchain,
    step::Step,
};

/// The relay and the sandbox.
///
/// # Errors
///
/// When the build fails.
pub(crate) fn servers() -> Result<()> {
    Step::new("build relay and sandbox", machine::build(&["bzctrl-relay", "bzctrl-sandbox"])).run()
}

/// The widget as it ships, before wasm-bindgen; where it lies.
///
/// # Errors
///
/// When the build fails.
pub(crate) fn widget(toolchain: &Toolchain) -> Result<PathBuf> {
    let mut command = toolchain.cargo_for_size();
    command.args(["--locked", "--profile", "widget", "--package", "bzctrl-widget", "--bin", "bzctrl-widget"]);
    command.args(["--features", "split"]);
    Step::new("build the widget", command).run()?;
    Ok(wasm_folder().join(WASM).join("widget").join("bzctrl-widget.wasm"))
}
