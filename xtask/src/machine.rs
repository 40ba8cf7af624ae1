//! Where things stand on this machine: the workspace, its `target` folder, programs on the path, packages.
//!
//! It only looks: installing is `setup`'s.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The workspace's root.
pub(crate) fn root() -> &'static Path {
    // The folder above this package's own: fixed when this program was built, so it holds from any working directory.
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The folder under which everything that is made here stays.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The target of browsers.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The target of what operators run: static, for every Linux on such machines.
pub(crate) const MUSL: &str = "x86_64-unknown-linux-musl";

/// Cargo's folder for WebAssembly.
pub(crate) fn wasm_folder() -> PathBuf {
    target().join("wasm")
}

/// A program of this workspace, as the debug build leaves it.
pub(crate) fn built(program: &str) -> PathBuf {
    target().join("debug").join(format!("{program}{}", env::consts::EXE_SUFFIX))
}

/// The cargo that runs us, for what runs on this machine, at the workspace's root.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.current_dir(root());
    command
}

/// A build of some packages of this workspace, for this machine.
pub(crate) fn build(packages: &[&str]) -> Command {
    let mut command = cargo();
    command.arg("build").arg("--locked");
    for package in packages {
        command.args(["--package", package]);
    }
    command
}

/// The first of these programs that the path has.
pub(crate) fn on_path(programs: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    programs
        .iter()
        .flat_map(|program| folders.iter().map(move |folder| folder.join(program)))
        .map(|file| file.with_extension(env::consts::EXE_EXTENSION))
        .find(|file| file.is_file())
}

/// What a short command prints, if it succeeds.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Whether this user may do everything.
#[cfg(unix)]
pub(crate) fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Whether this user may do everything.
#[cfg(not(unix))]
pub(crate) fn is_root() -> bool {
    false
}
