//! What operators get: one program with the widget in it, the same as a tarball and as a Debian package, what it is made of, and
//! sums of all. The same commit gives the same bytes.

mod archive;
mod bill;
mod deb;
mod documents;
mod program;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use self::archive::{Entry, gzip, tar};
use crate::{machine, package, setup, step::Step};

const NAME: &str = "bzctrl-relay";
const SUMS: &str = "SHA256SUMS";

/// What is made, and from what.
struct Release {
    /// As Debian writes it: `0.1.0`, or what comes before it.
    version: String,
    /// The commit's time, in seconds since 1970: the only one that any file tells.
    epoch: u64,
}

/// Where it lies.
fn folder() -> PathBuf {
    machine::root().join("dist")
}

/// Makes `dist/`.
///
/// # Errors
///
/// When something that ships cannot be built here.
pub(crate) fn run() -> Result<()> {
    let release = Release::of_this_commit()?;
    let toolchain = setup::for_widget()?;
    setup::for_static_programs()?;
    let widget = package::Parts::build(&toolchain)?.shipped()?.release()?;
    if let Some(lack) = widget.lack {
        bail!("this would not be what ships: {lack}");
    }
    let laid = machine::target().join("dist-widget");
    if laid.exists() {
        fs::remove_dir_all(&laid)?;
    }
    widget.lay(&laid)?;
    let program = program::build(&laid, &release.version, release.epoch)?;
    let manual = program::manual(&program)?;

    let dist = folder();
    if dist.exists() {
        fs::remove_dir_all(&dist).with_context(|| format!("cannot empty {}", dist.display()))?;
    }
    fs::create_dir_all(&dist)?;
    let Release { version, epoch } = &release;
    let bill = bill::of_materials(version, *epoch)?;
    let parts = Parts { program: fs::read(&program)?, manual, bill };
    fs::copy(&program, dist.join(NAME))?;
    fs::write(dist.join(format!("{NAME}-{version}.cdx.json")), &parts.bill)?;
    let tarball = tar(&parts.tarball(&format!("{NAME}-{version}"))?, *epoch)?;
    fs::write(dist.join(format!("{NAME}-{version}-x86_64-linux.tar.gz")), gzip(&tarball)?)?;
    let package = deb::package(&parts.debian()?, &packaging("debian"), version, *epoch)?;
    fs::write(dist.join(format!("{NAME}_{version}_amd64.deb")), package)?;
    let sums = sums(&dist)?;
    fs::write(dist.join(SUMS), &sums)?;
    print!("{sums}");
    println!("{version} with the widget {} in {}", widget.version, dist.display());
    Ok(())
}

/// The Debian package of this commit: the one that is there, or it is made now.
///
/// # Errors
///
/// As [`run`].
pub(crate) fn package() -> Result<PathBuf> {
    let version = Release::of_this_commit()?.version;
    let package = folder().join(format!("{NAME}_{version}_amd64.deb"));
    let is_committed = machine::answer(git().args(["status", "--porcelain"])).is_some_and(|changes| changes.is_empty());
    if !package.is_file() || !is_committed {
        run()?;
    }
    Ok(package)
}

/// Makes it again in a clone elsewhere, from nothing, and compares.
///
/// # Errors
///
/// When the bytes differ, or one of the two cannot be made.
pub(crate) fn twice() -> Result<()> {
    let status = machine::answer(git().args(["status", "--porcelain"])).context("git does not answer")?;
    if !status.is_empty() {
        bail!("there are changes that are not committed: what is made again is the commit");
    }
    run()?;
    let first = fs::read_to_string(folder().join(SUMS))?;
    let again = machine::target().join("again").join("in-another-folder");
    if again.exists() {
        fs::remove_dir_all(&again)?;
    }
    let mut clone = git();
    clone.args(["clone", "--quiet", "--no-hardlinks"]).arg(machine::root()).arg(&again);
    Step::new("clone", clone).run()?;
    let mut command = machine::cargo();
    command.current_dir(&again).env_remove("CARGO_TARGET_DIR").args([
        "run",
        "--locked",
        "--package",
        "xtask",
        "--",
        "dist",
    ]);
    Step::new("make it again", command).run()?;
    let second = fs::read_to_string(again.join("dist").join(SUMS))?;
    if first != second {
        bail!("the same commit has given other bytes in {}:\n{first}\n{second}", again.display());
    }
    println!("made twice, in two folders: the same bytes");
    Ok(())
}

fn git() -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(machine::root());
    command
}

/// A file or folder of the packaging.
fn packaging(name: &str) -> PathBuf {
    machine::root().join("packaging").join(name)
}

impl Release {
    fn of_this_commit() -> Result<Self> {
        let number = env!("CARGO_PKG_VERSION");
        let told = |arguments: &[&str]| machine::answer(git().args(arguments)).context("git does not tell the commit");
        let epoch = match env::var("SOURCE_DATE_EPOCH") {
            Ok(given) => given,
            Err(_) => told(&["log", "-1", "--format=%ct"])?,
        };
        let epoch = epoch.parse().context("SOURCE_DATE_EPOCH is no number")?;
        let is_tagged = told(&["tag", "--points-at", "HEAD"])?.lines().any(|tag| tag == format!("v{number}"));
        if is_tagged {
            return Ok(Self { version: number.to_owned(), epoch });
        }
        // Before the release in Debian's order, and one after the other.
        let mut commit = git();
        commit
            .args(["log", "-1", "--abbrev=8", "--format=%cd.%h", "--date=format-local:%Y%m%d%H%M%S"])
            .env("TZ", "UTC");
        let commit = machine::answer(&mut commit).context("git does not tell the commit")?;
        Ok(Self { version: format!("{number}~{commit}"), epoch })
    }
}

/// What archives are filled with.
struct Parts {
    program: Vec<u8>,
    manual: Vec<u8>,
    bill: Vec<u8>,
}

impl Parts {
    fn tarball(&self, root: &str) -> Result<Vec<Entry>> {
        let at = |name: &str| format!("{root}/{name}");
        let mut entries = vec![
            Entry::program(at(NAME), self.program.clone()),
            Entry::file(at("bzctrl-relay.1"), self.manual.clone()),
            Entry::file(at("bzctrl-relay.cdx.json"), self.bill.clone()),
            Entry::file(at("relay.toml"), read(&packaging("relay.toml"))?),
            Entry::file(at("bzctrl-relay.service"), read(&packaging("bzctrl-relay.service"))?),
            Entry::file(at("sysusers.conf"), read(&packaging("sysusers.conf"))?),
            Entry::file(at("prometheus/alerts.yml"), read(&packaging("prometheus/alerts.yml"))?),
            Entry::file(at("prometheus/alerts.test.yml"), read(&packaging("prometheus/alerts.test.yml"))?),
            Entry::file(at("prometheus/dashboard.json"), read(&packaging("prometheus/dashboard.json"))?),
        ];
        entries.extend(documents::entries(root)?);
        Ok(entries)
    }

    fn debian(&self) -> Result<Vec<Entry>> {
        let doc = |name: &str| format!("usr/share/doc/{NAME}/{name}");
        let mut entries = vec![
            Entry::program(format!("usr/bin/{NAME}"), self.program.clone()),
            Entry::file(deb::CONFIGURATION.to_owned(), read(&packaging("relay.toml"))?),
            Entry::file(format!("usr/lib/systemd/system/{NAME}.service"), read(&packaging("bzctrl-relay.service"))?),
            Entry::file(format!("usr/lib/sysusers.d/{NAME}.conf"), read(&packaging("sysusers.conf"))?),
            Entry::file(format!("usr/share/man/man1/{NAME}.1.gz"), gzip(&self.manual)?),
            Entry::file(doc("bzctrl-relay.cdx.json"), self.bill.clone()),
            Entry::file(doc("prometheus/alerts.yml"), read(&packaging("prometheus/alerts.yml"))?),
            Entry::file(doc("prometheus/alerts.test.yml"), read(&packaging("prometheus/alerts.test.yml"))?),
            Entry::file(doc("prometheus/dashboard.json"), read(&packaging("prometheus/dashboard.json"))?),
            Entry::file(doc("changelog.gz"), gzip(&read(&machine::root().join("CHANGELOG.md"))?)?),
            Entry::file(doc("copyright"), read(&packaging("debian/copyright"))?),
        ];
        entries.extend(documents::entries(&format!("usr/share/doc/{NAME}"))?);
        Ok(entries)
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// As `sha256sum --check` reads them.
fn sums(folder: &Path) -> Result<String> {
    let mut names: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    let mut sums = String::new();
    for name in names {
        let hash: String =
            Sha256::digest(read(&folder.join(&name))?).iter().map(|byte| format!("{byte:02x}")).collect();
        sums.push_str(&format!("{hash}  {}\n", name.display()));
    }
    Ok(sums)
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn parts() -> Parts {
        Parts { program: b"program".to_vec(), manual: b"manual".to_vec(), bill: b"{}".to_vec() }
    }

    #[test]
    fn the_tarball_is_the_same_each_time_and_tar_reads_it() {
        let make = || gzip(&tar(&parts().tarball("bzctrl-relay-1").unwrap(), 1_700_000_000).unwrap()).unwrap();
        assert_eq!(make(), make());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("it.tar.gz");
        fs::write(&file, make()).unwrap();
        let list =
            machine::answer(Command::new("tar").env("TZ", "UTC").args(["--full-time", "-tvzf"]).arg(file)).unwrap();
        let first = list.lines().next().unwrap();
        assert!(first.starts_with("-rwxr-xr-x root/root") && first.contains("2023-11-14 22:13:20"), "{list}");
        assert!(list.contains(" bzctrl-relay-1/OPERATING.md"), "{list}");
        assert!(list.contains(" bzctrl-relay-1/prometheus/alerts.yml"), "{list}");
    }

    #[test]
    fn the_package_is_the_same_each_time_and_dpkg_reads_it() {
        let make = || deb::package(&parts().debian().unwrap(), &packaging("debian"), "1.0~a", 1_700_000_000).unwrap();
        assert_eq!(make(), make());
        if machine::on_path(&["dpkg-deb"]).is_none() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("it.deb");
        fs::write(&file, make()).unwrap();
        let told = |what: &str| machine::answer(Command::new("dpkg-deb").arg(what).arg(&file)).unwrap();
        assert!(told("--field").contains("Version: 1.0~a\n"));
        let contents = told("--contents");
        assert!(contents.lines().all(|line| line.contains(" root/root ")), "{contents}");
        for there in
            ["drwxr-xr-x", "./usr/bin/bzctrl-relay", "./etc/bzctrl-relay/relay.toml", "./usr/lib/systemd/system/"]
        {
            assert!(contents.contains(there), "{there} is not in\n{contents}");
        }
        let control = folder.path().join("control");
        Command::new("dpkg-deb").arg("--control").arg(&file).arg(&control).status().unwrap();
        assert_eq!(fs::read_to_string(control.join("conffiles")).unwrap(), "/etc/bzctrl-relay/relay.toml\n");
        assert!(fs::read_to_string(control.join("md5sums")).is_err(), "dpkg makes them where they are missing");
        let runs =
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(control.join("postinst")).unwrap().permissions());
        assert_eq!(runs & 0o777, 0o755);
    }
}
