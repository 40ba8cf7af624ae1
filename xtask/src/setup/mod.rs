//! Sets up what is missing on this machine, and says what it does. Packages apart, what it makes stays under `target/`.

mod apt;
mod browser;
mod csharp;
mod debian;
mod load;
mod musl;
mod postgres;
mod unpacked;
mod wasm;

use anyhow::{Result, bail};

pub(crate) use self::{
    browser::{Browser, Engine, Lack},
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

pub(crate) use self::csharp::csharp;
pub(crate) use self::load::load_tools;
pub(crate) use self::musl::for_static_programs;
pub(crate) use self::postgres::postgres;
pub(crate) use self::unpacked::{promtool, tinyproxy};

/// The browsers that the tests run in.
pub(crate) struct Browsers {
    pub(crate) chromium: Browser,
    /// The other engines, or why there is none of it here.
    pub(crate) others: Vec<(Engine, Result<Browser, Lack>)>,
}

impl Browsers {
    /// # Errors
    ///
    /// When one is missing that this user may install.
    pub(crate) fn complete(self) -> Result<()> {
        let lacks = self.others.into_iter().filter_map(|(_, browser)| browser.err());
        lacks.filter(|lack| lack.is_failure).try_for_each(|lack| Err(lack.reason))
    }
}

/// Chromium alone, in which the journeys run.
///
/// # Errors
///
/// When it cannot be had here; the error says what to do.
pub(crate) fn chromium() -> Result<Browser> {
    browser::set_up(Engine::Chromium)
}

/// What the tests need.
///
/// # Errors
///
/// As [`for_widget`].
pub(crate) fn everything() -> Result<(Toolchain, Browsers)> {
    let toolchain = for_widget()?;
    let chromium = chromium()?;
    println!("Chromium: {chromium}.");
    let mut others = Vec::new();
    for engine in [Engine::Chromium109, Engine::Firefox, Engine::WebKit] {
        let browser =
            browser::set_up(engine).map_err(|reason| Lack { reason, is_failure: engine.is_ours_to_install() });
        match &browser {
            Ok(browser) => println!("{engine}: {browser}."),
            Err(lack) => println!("{engine}: none, and its tests are not run. {:#}", lack.reason),
        }
        others.push((engine, browser));
    }
    for (name, tool) in [("promtool", promtool()), ("tinyproxy", tinyproxy())] {
        match tool {
            Ok(program) => println!("{name}: {}.", program.display()),
            Err(lack) => println!("{name}: none, and what wants it is not run. {:#}", lack.reason),
        }
    }
    Ok((toolchain, Browsers { chromium, others }))
}
