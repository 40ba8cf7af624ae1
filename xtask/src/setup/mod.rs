//! Sets up what is missing on this machine, and says what it does. Packages apart, what it makes stays under `target/`.

mod apt;
mod browser;
mod debian;
mod wasm;

use anyhow::{Result, bail};

pub(crate) use self::{
    browser::{Browser, Engine},
    wasm::Toolchain,
};
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

/// The browsers that the tests run in.
pub(crate) struct Browsers {
    pub(crate) chromium: Browser,
    /// The other engines, or why there is none of it here.
    pub(crate) others: Vec<(Engine, Result<Browser>)>,
}

/// What the tests need.
///
/// # Errors
///
/// As [`for_widget`].
pub(crate) fn everything() -> Result<(Toolchain, Browsers)> {
    let toolchain = for_widget()?;
    let chromium = browser::set_up(Engine::Chromium)?;
    println!("Chromium: {chromium}.");
    let mut others = Vec::new();
    for engine in [Engine::Firefox, Engine::WebKit] {
        let browser = match browser::set_up(engine) {
            // Who may install it has to know that it failed.
            Err(reason) if apt::may_install() => return Err(reason),
            browser => browser,
        };
        match &browser {
            Ok(browser) => println!("{engine}: {browser}."),
            Err(reason) => println!("{engine}: none, and its tests are not run. {reason:#}"),
        }
        others.push((engine, browser));
    }
    Ok((toolchain, Browsers { chromium, others }))
}
