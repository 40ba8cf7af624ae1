//! The fallback: Debian's compiler, with a standard library for WebAssembly that is built once from Debian's source.
//!
//! It makes a sysroot and a toolchain folder under `target/toolchain`. With that folder's `bin` first on the path, cargo
//! (and trunk) need no further flags.

use std::{
    env,
    ffi::OsString,
    fs, iter,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::apt::{self, Apt};
use crate::{
    machine::{self, WASM, wasm_folder},
    step::Step,
};

/// Raised when the recipe below changes, so that what an older one made is made anew.
const RECIPE: &str = "1";

const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const RUSTLIB: &str = "/usr/lib/rustlib";
const PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "rust-web-clippy"];

fn folder() -> PathBuf {
    machine::target().join("toolchain")
}

/// The toolchain folder, if it is whole and of the compiler that is installed.
pub(super) fn ready() -> Option<PathBuf> {
    let folder = folder();
    let made_by = fs::read_to_string(folder.join("made-by")).ok()?;
    (made_by == signature()?).then_some(folder)
}

/// What a toolchain folder is made by: this recipe, and that compiler.
fn signature() -> Option<String> {
    let compiler = machine::answer(Command::new(RUSTC).arg("-vV"))?;
    Some(format!("recipe {RECIPE}\n{compiler}\n"))
}

/// Whether a library folder of a sysroot has std.
pub(super) fn holds_std(library: &Path) -> bool {
    let names = fs::read_dir(library).into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.filter_map(|name| name.into_string().ok()).any(|name| name.starts_with("libstd-") && name.ends_with(".rlib"))
}

/// Debian's cargo, with the toolchain folder's programs around it.
pub(super) fn cargo(folder: &Path) -> Command {
    let bin = folder.join("bin");
    let mut command = Command::new(bin.join("cargo"));
    command.current_dir(machine::root()).env("PATH", path_with(&bin)).env("RUSTC", rustc(folder));
    // What the rustup toolchain that runs us has told its children.
    for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTDOC", "LD_LIBRARY_PATH"] {
        command.env_remove(name);
    }
    command
}

/// The toolchain folder's compiler.
pub(super) fn rustc(folder: &Path) -> PathBuf {
    folder.join("bin/rustc")
}

/// The path with this folder first. Cargo's own folder is named at its end, or cargo would put it first and find
/// rustup's clippy there.
fn path_with(first: &Path) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let folders = iter::once(first.to_owned()).chain(env::split_paths(&path)).chain(home.map(|home| home.join("bin")));
    env::join_paths(folders).unwrap_or(path)
}

/// Installs the packages and makes the toolchain folder.
///
/// # Errors
///
/// When this is no Debian, rights are missing, or the build fails.
pub(super) fn set_up() -> Result<PathBuf> {
    if machine::on_path(&["apt-get"]).is_none() {
        bail!(
            "there is no compiler for WebAssembly here. With rustup and a network, run\n\n    rustup target add {WASM}\n\n\
             and then this again. (Without them, a Debian machine can build one from its own packages.)"
        );
    }
    let mut packages = apt::missing(&PACKAGES);
    let has_linker = Path::new("/usr/bin/rust-lld").exists();
    if !packages.is_empty() || !has_linker {
        let apt = Apt::prepare(
            "a compiler for WebAssembly",
            &format!("{} \"lld-$(apt-cache depends rust-web-llvm | sed -n 's/.*llvm-//p')\"", PACKAGES.join(" ")),
        )?;
        let linker = linker()?;
        packages.push(&linker);
        apt.install(&packages)?;
    }
    make().context("cannot make a toolchain of Debian's compiler")
}

/// The package of the linker: its number is that of the LLVM which Debian's compiler is built with.
fn linker() -> Result<String> {
    let depends = machine::answer(Command::new("apt-cache").args(["depends", "rust-web-llvm"])).unwrap_or_default();
    let number = depends.lines().find_map(|line| line.trim().strip_prefix("Depends: llvm-"));
    let number =
        number.context("Debian's package rust-web-llvm is not to be had here: is `apt-get update` possible?")?;
    Ok(format!("lld-{number}"))
}

fn make() -> Result<PathBuf> {
    let folder = folder();
    let signature = signature().context("/usr/bin/rustc does not run")?;
    // What was compiled against another std cannot be used with this one.
    for stale in [&folder, &wasm_folder()] {
        if stale.exists() {
            fs::remove_dir_all(stale)?;
        }
    }
    let libraries = build_std(&folder.join("std"))?;
    lay_sysroot(&folder.join("sysroot"), &libraries)?;
    lay_programs(&folder)?;
    fs::remove_dir_all(folder.join("std"))?;
    fs::write(folder.join("made-by"), signature)?;
    Ok(folder)
}

/// Builds std for an empty crate; answers the folder of its libraries.
fn build_std(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), "[package]\nname = \"empty\"\nedition = \"2024\"\n\n[workspace]\n")?;
    fs::write(folder.join("src/lib.rs"), "")?;
    let mut command = Command::new(CARGO);
    command
        .current_dir(folder)
        .args(["build", "--release", "--target", WASM, "-Zbuild-std=std,panic_abort,test"])
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("RUSTC", RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        // Link-time optimisation of what ships reads it.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes");
    for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTDOC", "LD_LIBRARY_PATH", "CARGO_ENCODED_RUSTFLAGS"] {
        command.env_remove(name);
    }
    Step::new("build the standard library for WebAssembly", command)
        .or_try("cargo needs crates.io for it; if Debian's compiler was just upgraded, `cargo xtask setup` once more")
        .run()?;
    Ok(folder.join("target").join(WASM).join("release/deps"))
}

/// A sysroot: Debian's, and the standard library for WebAssembly beside it.
fn lay_sysroot(sysroot: &Path, libraries: &Path) -> Result<()> {
    let rustlib = sysroot.join("lib/rustlib");
    let library = rustlib.join(WASM).join("lib");
    fs::create_dir_all(&library)?;
    for entry in fs::read_dir(RUSTLIB).context("Debian's rustlib is missing")? {
        let name = entry?.file_name();
        if name != WASM {
            link(&Path::new(RUSTLIB).join(&name), &rustlib.join(&name))?;
        }
    }
    for entry in fs::read_dir(libraries)? {
        let file = entry?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The empty crate's own library is no part of std.
        if name.ends_with(".rlib") && !name.starts_with("libempty") {
            fs::rename(&file, library.join(name))?;
        }
    }
    if !holds_std(&library) {
        bail!("the build has left no standard library in {}", libraries.display());
    }
    Ok(())
}

/// The programs that know that sysroot.
fn lay_programs(folder: &Path) -> Result<()> {
    let bin = folder.join("bin");
    let sysroot = folder.join("sysroot");
    let sysroot = sysroot.display();
    fs::create_dir_all(&bin)?;
    link(Path::new(CARGO), &bin.join("cargo"))?;
    script(&bin.join("rustc"), &format!("exec {RUSTC} --sysroot '{sysroot}' \"$@\""))?;
    script(&bin.join("rustdoc"), &format!("exec /usr/bin/rustdoc --sysroot '{sysroot}' \"$@\""))?;
    script(&bin.join("clippy-driver"), &format!("SYSROOT='{sysroot}' exec /usr/bin/clippy-driver \"$@\""))?;
    // Copied: as a link it finds its real neighbour and misses the script.
    fs::copy("/usr/bin/cargo-clippy", bin.join("cargo-clippy")).context("Debian's clippy is missing")?;
    Ok(())
}

#[cfg(unix)]
fn link(original: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(original, link)
}

#[cfg(unix)]
fn script(file: &Path, line: &str) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    fs::write(file, format!("#!/bin/sh\n{line}\n"))?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn script(_: &Path, _: &str) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
