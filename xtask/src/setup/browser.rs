//! Chromium and its driver, which the tests need; the demo is looked at in whatever browser is there.

use std::{env, fmt, path::PathBuf};

use anyhow::{Context, Result, bail};

use super::apt::{self, Apt};
use crate::machine;

const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

/// A browser that can be driven.
pub(crate) struct Browser {
    /// Chromium, or Chrome.
    pub(crate) program: PathBuf,
    /// Its driver.
    pub(crate) driver: PathBuf,
}

impl fmt::Display for Browser {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}, driven by {}", self.program.display(), self.driver.display())
    }
}

/// Finds the browser, or installs it.
///
/// # Errors
///
/// When it cannot be had here; the error says what to do.
pub(super) fn set_up() -> Result<Browser> {
    if let Some(browser) = find() {
        return Ok(browser);
    }
    if cfg!(target_os = "macos") {
        bail!(
            "Chromium and its driver are missing. Run\n\n    \
             brew install --cask chromium chromedriver\n\nand then this again."
        );
    }
    if machine::on_path(&["apt-get"]).is_none() {
        bail!(
            "Chromium and chromedriver are missing: install both with this system's package manager, then run this again."
        );
    }
    let apt = Apt::prepare("Chromium with its driver", &PACKAGES.join(" "))?;
    apt.install(&apt::missing(&PACKAGES))?;
    find().context("chromium and chromium-driver are installed, but not on the path")
}

/// `CHROMIUM` and `CHROMEDRIVER` name others than those on the path.
fn find() -> Option<Browser> {
    let named = |variable| env::var_os(variable).map(PathBuf::from).filter(|file| file.is_file());
    let program = named("CHROMIUM")
        .or_else(|| machine::on_path(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]))
        .or_else(|| {
            let applications =
                ["Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome"];
            applications.iter().map(|name| PathBuf::from("/Applications").join(name)).find(|file| file.is_file())
        })?;
    let driver = named("CHROMEDRIVER").or_else(|| machine::on_path(&["chromedriver"]))?;
    Some(Browser { program, driver })
}
