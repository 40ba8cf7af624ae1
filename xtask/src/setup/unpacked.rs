//! Programs out of Debian's packages that are not installed but unpacked under `target/`: that needs no rights, starts no server of
//! theirs, and removes nothing.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::browser::Lack;
use crate::machine;

/// Prometheus's tool for rules.
pub(crate) fn promtool() -> Result<PathBuf, Lack> {
    program("promtool", "prometheus")
}

/// A forward proxy.
pub(crate) fn tinyproxy() -> Result<PathBuf, Lack> {
    program("tinyproxy", "tinyproxy-bin")
}

/// The program: from the path, from an earlier run, or out of its package.
fn program(name: &str, package: &str) -> Result<PathBuf, Lack> {
    let folder = machine::target().join("debian").join(package);
    let unpacked = folder.join("usr/bin").join(name);
    if let Some(program) = machine::on_path(&[name]).or_else(|| unpacked.is_file().then(|| unpacked.clone())) {
        return Ok(program);
    }
    if machine::on_path(&["apt-get"]).is_none() || machine::on_path(&["dpkg-deb"]).is_none() {
        let reason = anyhow::anyhow!("{name} is not on the path, and this is no Debian that has the package {package}");
        return Err(Lack { reason, is_failure: false });
    }
    // Where Debian's servers are out of reach, its lists too: then it is not to be had here, and that is told.
    let lists = machine::answer(Command::new("apt-cache").args(["show", package]));
    unpack(package, &folder)
        .and_then(|()| if unpacked.is_file() { Ok(()) } else { bail!("the package {package} has no {name}") })
        .map(|()| unpacked)
        .map_err(|reason| Lack { reason, is_failure: lists.is_some() })
}

fn unpack(package: &str, folder: &PathBuf) -> Result<()> {
    fs::create_dir_all(folder)?;
    println!("Unpacking Debian's package {package} into {}.", folder.display());
    let mut download = Command::new("apt-get");
    download.current_dir(folder).args(["download", "--quiet", package]).stdin(Stdio::null());
    let output = download.output().context("apt-get does not run")?;
    if !output.status.success() {
        bail!("`apt-get download {package}`: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let files = fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    let file = files.into_iter().find(|file| file.extension().is_some_and(|extension| extension == "deb"));
    let file = file.with_context(|| format!("apt-get has left no package in {}", folder.display()))?;
    let unpacked = Command::new("dpkg-deb").arg("-x").arg(&file).arg(folder).status()?;
    fs::remove_file(&file)?;
    if unpacked.success() { Ok(()) } else { bail!("dpkg-deb cannot unpack {}", file.display()) }
}
