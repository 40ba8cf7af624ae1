//! The browsers that the tests drive, one of each engine, and the oldest Chromium that is promised; the demo is looked at in whatever browser is there.
//!
//! Without Chromium there are no tests. Where another one cannot be had, its tests are not run, and the run says so; but
//! where this user may install packages, a failure to install one is a failure.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use super::apt::{self, Apt};
use crate::{machine, npm, step::Step};

const GECKODRIVER: &str = "0.37.1";

/// The languages that tests give to WebKit, which has them from the system.
const LOCALES: [&str; 3] = ["nl_NL", "de_DE", "en_US"];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Engine {
    Chromium,
    Chromium109,
    Firefox,
    WebKit,
}

impl Engine {
    /// As the tests know it, by the variable `ENGINE`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Chromium109 => "chromium-109",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium", "chromium-driver"],
            // It is npm's, and driven by the driver of the other.
            Self::Chromium109 => &[],
            Self::Firefox => &["firefox-esr"],
            // It draws on a screen alone, and takes its language from the system's locale.
            Self::WebKit => &["webkit2gtk-driver", "xvfb", "locales"],
        }
    }

    /// Whether this user may install it here: then a failure to do so is one of the tests.
    pub(super) fn is_ours_to_install(self) -> bool {
        match self {
            Self::Chromium109 => RUNS_CHROMIUM_109 && npm::is_here(),
            Self::Chromium | Self::Firefox | Self::WebKit => apt::may_install(),
        }
    }

    fn find(self) -> Option<Browser> {
        let path = machine::on_path;
        let programs = match self {
            Self::Chromium => vec![("CHROMIUM", chromium()), ("CHROMEDRIVER", path(&["chromedriver"]))],
            Self::Chromium109 => vec![
                ("CHROMIUM_109", Some(chromium_109()).filter(|file| file.is_file())),
                ("CHROMEDRIVER", path(&["chromedriver"])),
            ],
            Self::Firefox => vec![
                ("FIREFOX", path(&["firefox-esr", "firefox"])),
                ("GECKODRIVER", path(&["geckodriver"]).or_else(|| Some(geckodriver()).filter(|file| file.is_file()))),
            ],
            Self::WebKit => vec![
                ("MINIBROWSER", mini_browser()),
                ("WEBKITDRIVER", path(&["WebKitWebDriver"])),
                ("XVFB", path(&["Xvfb"])),
                ("LOCPATH", locales()),
            ],
        };
        let found = programs.into_iter().map(|(variable, found)| Some((variable, named(variable).or(found)?)));
        Some(Browser { engine: self, programs: found.collect::<Option<_>>()? })
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Chromium => "Chromium",
            Self::Chromium109 => "Chromium 109",
            Self::Firefox => "Firefox",
            Self::WebKit => "WebKit",
        })
    }
}

/// Why a browser is not here.
pub(crate) struct Lack {
    pub(crate) reason: anyhow::Error,
    /// This user may install it, and it went wrong.
    pub(crate) is_failure: bool,
}

/// A browser that can be driven.
pub(crate) struct Browser {
    pub(crate) engine: Engine,
    /// The browser itself, its driver and what else it needs, by the variables that name them to the tests.
    programs: Vec<(&'static str, PathBuf)>,
}

impl Browser {
    /// Tells tests where it is.
    pub(crate) fn tell(&self, command: &mut Command) {
        command.env("ENGINE", self.engine.name());
        for (variable, file) in &self.programs {
            command.env(variable, file);
        }
    }
}

impl fmt::Display for Browser {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: Vec<_> = self.programs.iter().map(|(_, file)| file.display().to_string()).collect();
        write!(to, "{}", files.join(", "))
    }
}

/// Finds a browser, or installs it.
///
/// # Errors
///
/// When it cannot be had here; the error says what to do.
pub(super) fn set_up(engine: Engine) -> Result<Browser> {
    if let Some(browser) = engine.find() {
        return Ok(browser);
    }
    if machine::on_path(&["apt-get"]).is_some() {
        let missing = apt::missing(engine.packages());
        if !missing.is_empty() {
            Apt::prepare(&format!("{engine} with its driver"), &missing.join(" "))?.install(&missing)?;
        }
    }
    match engine {
        Engine::Chromium => {}
        Engine::Chromium109 => install_chromium_109()?,
        Engine::Firefox => install_geckodriver()?,
        Engine::WebKit => make_locales()?,
    }
    engine.find().with_context(|| {
        let how = match engine {
            Engine::Chromium if cfg!(target_os = "macos") => "run `brew install --cask chromium chromedriver`",
            Engine::WebKit if !cfg!(target_os = "linux") => {
                "its driver for other systems than Linux is not written yet"
            }
            _ => "install both with this system's package manager",
        };
        format!("{engine} or its driver is missing: {how}, then run this again")
    })
}

/// npm has it for these alone.
const RUNS_CHROMIUM_109: bool = cfg!(all(target_os = "linux", target_arch = "x86_64"));

/// Takes it out of its package, of which nothing is run.
fn install_chromium_109() -> Result<()> {
    const UNPACK: &str = "
        const [packed, file] = process.argv.slice(1);
        const { createReadStream: read, createWriteStream: write } = require('fs');
        const unpack = require('zlib').createBrotliDecompress();
        require('stream/promises').pipeline(read(packed), unpack, write(file, { mode: 0o755 }));
    ";
    if !RUNS_CHROMIUM_109 {
        bail!("Chromium 109 is to be had for Linux on x86-64 alone");
    }
    let modules = npm::install("oldest/chromium", "Chromium 109")?
        .context("Chromium 109 comes by npm and is driven through node: install both, then run this again")?;
    let file = chromium_109();
    let new = file.with_extension("new");
    let mut command = Command::new("node");
    command.args(["-e", UNPACK]).arg(modules.join("@sparticuz/chromium/bin/chromium.br")).arg(&new);
    Step::new("unpack Chromium 109", command).run()?;
    let mut command = Command::new(&new);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "about:blank"]);
    Step::new("start Chromium 109", command)
        .within(Duration::from_secs(60))
        .or_try("it needs the libraries that this system's Chromium has")
        .run()?;
    fs::rename(new, file).context("cannot put Chromium 109 in its place")
}

fn chromium_109() -> PathBuf {
    machine::target().join("oldest/chromium/chromium-109")
}

/// No package of Debian's has it.
fn install_geckodriver() -> Result<()> {
    let mut command = machine::cargo();
    // In a debug build it is ready sooner, and drives as fast.
    command.args(["install", "geckodriver", "--version", GECKODRIVER, "--locked", "--debug", "--root"]);
    command
        .arg(machine::target().join("geckodriver"))
        .arg("--target-dir")
        .arg(machine::target().join("geckodriver/build"));
    Step::new("install geckodriver", command).or_try("cargo needs crates.io for it").run()
}

fn geckodriver() -> PathBuf {
    machine::target().join("geckodriver/bin/geckodriver")
}

/// The locales that the tests use: a container often has none.
fn make_locales() -> Result<()> {
    let folder = machine::target().join("locales");
    fs::create_dir_all(&folder)?;
    for name in LOCALES {
        let mut command = Command::new("localedef");
        command.args(["--inputfile", name, "--charmap", "UTF-8"]).arg(folder.join(format!("{name}.UTF-8")));
        Step::new(format!("make the locale {name}"), command).run()?;
    }
    Ok(())
}

/// The folder with all of them.
fn locales() -> Option<PathBuf> {
    let folder = machine::target().join("locales");
    LOCALES.iter().all(|name| folder.join(format!("{name}.UTF-8")).is_dir()).then_some(folder)
}

fn chromium() -> Option<PathBuf> {
    machine::on_path(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]).or_else(|| {
        let applications = ["Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome"];
        applications.iter().map(|name| Path::new("/Applications").join(name)).find(|file| file.is_file())
    })
}

/// WebKitGTK's own small browser, in a folder named for its version, in one named for the processor.
fn mini_browser() -> Option<PathBuf> {
    let within = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let libraries = within("/usr/lib".into()).filter(|folder| folder.is_dir());
    let mut found = libraries.map(|folder| folder.join("webkit2gtk-4.1/MiniBrowser")).filter(|file| file.is_file());
    found.next()
}

/// A program that the user has named by a variable.
fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|file| file.exists())
}
