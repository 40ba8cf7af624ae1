//! Sets up what is missing on this machine, and says what it does. Packages apart, what it makes stays under `target/`.

mod apt;
mod browser;
mod debian;
mod wasm;

use anyhow::{Result, bail};

pub(crate) use self::{browser::Browser, wasm::Toolchain};
use crate::{machine, step::Step};

/// What a build of the widget needs.
///
/// # Errors
///
/// When something is missing that cannot be had here; the error says what to do.
pub(crate) fn for_widget() -> Result<Toolchain> {
    if cfg!(windows) {
        bail!(
            "this does not run on Windows itself. What is needed: WSL with Debian (`wsl --install Debian`), rustup in it, \
             and there the same command"
        );
    }
    if cfg!(target_os = "macos") {
        println!("Written for macOS, but untried there.");
    }
    let toolchain = wasm::set_up()?;
    println!("WebAssembly: {toolchain}.");
    Step::new("build wasm-bindgen", machine::build(&["wasm-bindgen-tools"])).run()?;
    Ok(toolchain)
}

/// What the tests need.
///
/// # Errors
///
/// As [`for_widget`].
pub(crate) fn everything() -> Result<(Toolchain, Browser)> {
    let toolchain = for_widget()?;
    let browser = browser::set_up()?;
    println!("Browser: {browser}.");
    Ok((toolchain, browser))
}
