//! From nothing to a page, as docs/OPERATING.md goes: the package on a clean Debian, its settings edited, and a user in Chromium.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{build, dist, machine, setup, step::Step, test};

/// The Debian that docs/OPERATING.md names.
const DEBIAN: &str = "bookworm";
/// What the package depends on, and what a machine of an operator's has besides.
const WITH: &str = "--include=ca-certificates,systemd,systemd-sysv,postgresql";
/// What another version of the settings says otherwise.
const CHANGED: &str = "STORES.md";

/// Makes the package unless this commit's is there, lays it on a clean root, and lets the journey use it.
///
/// # Errors
///
/// When this user may not change roots, a part of Debian is missing, or a step does not do what the document says.
pub(super) fn run() -> Result<()> {
    if !machine::is_root() {
        bail!("a root of its own takes root's rights: run this as root");
    }
    for (program, package) in [("debootstrap", "debootstrap"), ("systemd-nspawn", "systemd-container")] {
        if machine::on_path(&[program]).is_none() {
            bail!("{program} is missing, which makes the clean machine: `apt-get install {package}`");
        }
    }
    let package = dist::package()?;
    let chromium = setup::chromium()?;
    build::servers()?;
    let root = clean_root()?;
    fs::copy(&package, root.join("newer.deb"))?;
    make_older(&package, &root)?;
    // It starts nothing yet, as on a machine whose relay is not set.
    Step::new("dpkg -i", within(&root, &["dpkg", "-i", "/older.deb"])).run()?;
    test::journey_of_the_package(&chromium, &root)?;
    Step::new("dpkg --purge", within(&root, &["dpkg", "--purge", "bzctrl-relay"])).run()?;
    for (path, is_there) in [
        ("usr/bin/bzctrl-relay", false),
        ("etc/bzctrl-relay", false),
        // It says which todos exist, and goes by hand alone.
        ("var/lib/bzctrl-relay/relay.sqlite", true),
    ] {
        if root.join(path).exists() != is_there {
            bail!("after the purge /{path} {}", if is_there { "is gone" } else { "is still there" });
        }
    }
    println!("{} was installed over an older one, used and purged on a clean {DEBIAN}", package.display());
    Ok(fs::remove_dir_all(&root)?)
}

/// A Debian that nobody has used. It is made once, and copied each time.
fn clean_root() -> Result<PathBuf> {
    let folder = machine::target().join("clean-root");
    let (debian, root) = (folder.join(format!("{DEBIAN}-with-postgresql")), folder.join("now"));
    if !debian.is_dir() {
        let unfinished = folder.join("unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        fs::create_dir_all(&folder)?;
        let mut command = Command::new("debootstrap");
        command.args(["--variant=minbase", WITH, DEBIAN]).arg(&unfinished);
        Step::new("debootstrap", command).or_try("the network, and Debian's archive").run()?;
        fs::rename(&unfinished, &debian)?;
    }
    if root.exists() {
        fs::remove_dir_all(&root).with_context(|| format!("cannot remove {}", root.display()))?;
    }
    let mut copy = Command::new("cp");
    copy.args(["--archive", "--reflink=auto"]).arg(&debian).arg(&root);
    Step::new("copy the clean root", copy).run()?;
    // It shares this machine's network, where another PostgreSQL may be: this one is reached by its socket alone.
    let cluster = fs::read_dir(root.join("etc/postgresql"))?.next().context("the root has no PostgreSQL")??.path();
    fs::write(cluster.join("main/conf.d/socket.conf"), "listen_addresses = ''\n")?;
    Ok(root)
}

/// The same package as an older release would have been: its number is below, and its settings are others.
fn make_older(package: &Path, root: &Path) -> Result<()> {
    let folder = root.join("older");
    let dpkg_deb = |arguments: &[&str], path: &Path, to: &Path| {
        let mut command = Command::new("dpkg-deb");
        command.args(arguments).arg(path).arg(to);
        machine::answer(&mut command).with_context(|| format!("dpkg-deb {} failed", arguments.join(" ")))
    };
    dpkg_deb(&["--raw-extract"], package, &folder)?;
    let edit = |name: &str, line: &dyn Fn(&str) -> Option<String>| -> Result<()> {
        let file = folder.join(name);
        let text: Vec<String> = fs::read_to_string(&file)?.lines().filter_map(line).collect();
        Ok(fs::write(&file, text.join("\n") + "\n")?)
    };
    let older = |line: &str| Some(if line.starts_with("Version: ") { "Version: 0.0.1".into() } else { line.into() });
    edit("DEBIAN/control", &older)?;
    edit("etc/bzctrl-relay/relay.toml", &|line| (!line.contains(CHANGED)).then(|| line.to_owned()))?;
    dpkg_deb(&["--root-owner-group", "--build"], &folder, &root.join("older.deb"))?;
    Ok(fs::remove_dir_all(&folder)?)
}

fn within(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("chroot");
    command.arg(root).args(arguments).env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C.UTF-8");
    command
}
