//! Programs out of Debian's packages that are not installed but unpacked under `target/`: that needs no rights, starts no server of
//! theirs, and removes nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};

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
    let unpacked = machine::target().join("debian").join(name);
    if let Some(program) = machine::on_path(&[name]).or_else(|| unpacked.is_file().then(|| unpacked.clone())) {
        return Ok(program);
    }
    if machine::on_path(&["apt-get"]).is_none() || machine::on_path(&["dpkg-deb"]).is_none() {
        let reason = anyhow!("{name} is not on the path, and this is no Debian that has the package {package}");
        return Err(Lack { reason, is_failure: false });
    }
    // Where Debian's lists are not, the package is not to be had.
    let is_listed = machine::answer(Command::new("apt-cache").args(["show", package])).is_some();
    unpack(name, package, &unpacked).map(|()| unpacked).map_err(|reason| Lack { reason, is_failure: is_listed })
}

/// Takes one program out of a package.
fn unpack(name: &str, package: &str, to: &Path) -> Result<()> {
    println!("Unpacking {name} out of Debian's package {package}.");
    let folder = to.with_extension("unpacking");
    fs::create_dir_all(&folder)?;
    let output = Command::new("apt-get").current_dir(&folder).args(["download", "--quiet", package]).output()?;
    if !output.status.success() {
        bail!("`apt-get download {package}`: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let mut files = fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
    let file = files.find(|file| file.extension().is_some_and(|extension| extension == "deb"));
    let file = file.with_context(|| format!("apt-get has left no package in {}", folder.display()))?;
    if !Command::new("dpkg-deb").arg("-x").arg(&file).arg(&folder).status()?.success() {
        bail!("dpkg-deb cannot unpack {}", file.display());
    }
    fs::rename(folder.join("usr/bin").join(name), to).with_context(|| format!("{package} has no {name}"))?;
    Ok(fs::remove_dir_all(&folder)?)
}
