//! The relay with the widget in it, as operators run it: static, stripped, and the same wherever it was built.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    machine::{self, MUSL},
    step::Step,
};

/// By what tests let the relay end or stop at a named place: a build for developers has it, what ships does not.
const FAIL_POINT: &str = "BZCTRL_FAIL_POINT";

/// Builds it; where it lies.
///
/// # Errors
///
/// When the build fails.
pub(super) fn build(widget: &Path, version: &str, epoch: u64) -> Result<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo"))).context("cargo's folder is not known")?;
    let (root, target) = (machine::root().display(), machine::target());
    let (target, home, library) = (target.display(), home.display(), library()?);
    let mut command = machine::build(&["bzctrl-relay"]);
    command.args(["--profile", "dist", "--target", MUSL]);
    // No path of this machine is left in it: neither in what panics say, nor in what C says.
    command.env(
        "RUSTFLAGS",
        format!(
            "--remap-path-prefix={root}=/bzctrl --remap-path-prefix={target}=/bzctrl/target \
             --remap-path-prefix={home}=/cargo {library}"
        ),
    );
    command.env_remove("CARGO_ENCODED_RUSTFLAGS");
    let maps = format!("-ffile-prefix-map={target}=/bzctrl/target -ffile-prefix-map={home}=/cargo");
    command.env("CFLAGS_x86_64_unknown_linux_musl", maps);
    command.env("BZCTRL_WIDGET", widget).env("BZCTRL_RELEASE", version).env("SOURCE_DATE_EPOCH", epoch.to_string());
    Step::new("build the relay, static", command).run()?;
    let program = machine::target().join(MUSL).join("dist").join("bzctrl-relay");
    let bytes = std::fs::read(&program)?;
    for path in [env::home_dir().unwrap_or_default(), machine::root().to_owned()] {
        let path = format!("{}/", path.display());
        anyhow::ensure!(
            path == "/" || !contains(&bytes, path.as_bytes()),
            "a path of this machine is left in it: {path}"
        );
    }
    anyhow::ensure!(!contains(&bytes, FAIL_POINT.as_bytes()), "its fail points can be reached: by {FAIL_POINT}");
    Ok(program)
}

/// Gives the standard library's source the name that it has where it is not installed: where it is, the compiler names its real place.
fn library() -> Result<String> {
    let ask = |what: &[&str]| machine::answer(Command::new("rustc").current_dir(machine::root()).args(what));
    let (sysroot, version) = (ask(&["--print", "sysroot"]), ask(&["-vV"]).unwrap_or_default());
    let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: "));
    let (sysroot, commit) = (sysroot.context("rustc has no sysroot")?, commit.context("rustc is of no commit")?);
    Ok(format!("--remap-path-prefix={sysroot}/lib/rustlib/src/rust=/rustc/{commit}"))
}

/// Its manual, as it prints it.
///
/// # Errors
///
/// When it does not run here.
pub(super) fn manual(program: &Path) -> Result<Vec<u8>> {
    let output =
        Command::new(program).arg("man").output().with_context(|| format!("cannot run {}", program.display()))?;
    anyhow::ensure!(output.status.success() && !output.stdout.is_empty(), "the program prints no manual");
    Ok(output.stdout)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The program that ships is looked through when it is made. A gate makes none: it compiles the places alone, as what ships does.
    #[test]
    fn what_ships_has_no_fail_points() {
        let source = machine::root().join("crates/relay/src/fail_point.rs");
        assert!(std::fs::read_to_string(&source).unwrap().contains(FAIL_POINT), "it is called so");
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("places.rlib");
        let mut rustc = Command::new("rustc");
        rustc.current_dir(machine::root()).args([
            "--crate-type",
            "lib",
            "--edition",
            "2024",
            "-C",
            "debug-assertions=off",
        ]);
        assert!(rustc.arg(&source).arg("-o").arg(&library).output().unwrap().status.success());
        assert!(!contains(&std::fs::read(library).unwrap(), FAIL_POINT.as_bytes()));
        // No profile has debug assertions but a developer's.
        let manifest = std::fs::read_to_string(machine::root().join("Cargo.toml")).unwrap();
        assert!(
            !manifest.contains("debug-assertions") && manifest.contains("[profile.dist]\ninherits = \"release\"\n")
        );
    }
}
