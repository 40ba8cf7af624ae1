//! Debian's packages: installs what is missing where that is allowed, else says the exact commands.

use std::{collections::BTreeSet, process::Command};

use anyhow::{Result, bail};

use crate::{machine, step::Step};

/// Those of the packages that are not installed.
pub(super) fn missing<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    let ask =
        Command::new("dpkg-query").args(["-W", "-f", "${Package} ${db:Status-Status}\\n"]).args(packages).output();
    // It fails when one is unknown, and still tells of the others.
    let told = ask.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let installed: BTreeSet<&str> = told.lines().filter_map(|line| line.strip_suffix(" installed")).collect();
    packages.iter().copied().filter(|package| !installed.contains(package)).collect()
}

/// Whether this user may install packages here.
pub(super) fn may_install() -> bool {
    machine::on_path(&["apt-get"]).is_some() && as_root().is_some()
}

/// The right to install packages, with fresh lists of them.
pub(super) struct Apt {
    as_root: &'static [&'static str],
}

impl Apt {
    /// Asks for the right to install, and brings the lists up to date.
    ///
    /// # Errors
    ///
    /// When there is no such right: the error has the commands that someone who has it can run.
    pub(super) fn prepare(purpose: &str, packages: &str) -> Result<Self> {
        let Some(as_root) = as_root() else {
            bail!(
                "{purpose} is missing, and installing it needs rights that this user has not (neither root, nor sudo \
                 without a password). Run\n\n    sudo apt-get update\n    sudo apt-get install --yes \
                 --no-install-recommends {packages}\n\nand then this again."
            );
        };
        let apt = Self { as_root };
        if Step::new("apt-get update", apt.get(&["update"])).run().is_err() {
            println!("Going on with the lists of packages that are here.");
        }
        Ok(apt)
    }

    /// Installs packages, and removes none for it.
    ///
    /// # Errors
    ///
    /// When apt-get fails.
    pub(super) fn install(&self, packages: &[&str]) -> Result<()> {
        let title = format!("apt-get install {}", packages.join(" "));
        let mut command = self.get(&["install", "--yes", "--no-install-recommends", "--no-remove"]);
        command.args(packages);
        Step::new(title, command)
            .or_try("another apt-get may be running, or a package that is installed stands in the way: the lines above say which")
            .run()
    }

    fn get(&self, arguments: &[&str]) -> Command {
        let mut words = self.as_root.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        let mut command = Command::new(words.next().unwrap_or("env"));
        command.args(words).args(arguments);
        command
    }
}

/// What makes a command root's, if anything does.
fn as_root() -> Option<&'static [&'static str]> {
    if machine::is_root() {
        return Some(&[]);
    }
    machine::answer(Command::new("sudo").args(["-n", "true"])).map(|_| &["sudo", "-n"][..])
}
