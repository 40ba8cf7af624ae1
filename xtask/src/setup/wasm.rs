//! The compiler for WebAssembly. Three situations, tried in this order: the target is there, rustup brings it, or
//! Debian's compiler does with a standard library built from its source.
//!
//! What ships has a standard library of its own, compiled for size. Its source comes with Debian's compiler, or by rustup;
//! where it cannot be had the widget is built with the library as it comes, and is no release.
//!
//! No `rust-toolchain.toml` says any of this: rustup would try to download at every call on a machine that cannot.

use std::{env, ffi::OsString, fmt, path::PathBuf, process::Command, time::Duration};

use anyhow::Result;

use super::debian;
use crate::{
    machine::{self, WASM, wasm_folder},
    step::Step,
};

/// What compiles for WebAssembly on this machine.
pub(crate) struct Toolchain {
    compiler: Compiler,
    library: Library,
}

enum Compiler {
    /// The toolchain that runs us has the target.
    Own,
    /// rustup has just given it the target.
    Rustup,
    /// Debian's compiler, in a toolchain folder of ours.
    Debian(PathBuf),
}

/// Where the standard library of what ships comes from.
enum Library {
    /// It is compiled with the widget, for size.
    Source,
    /// It stays as it comes, and why.
    AsItComes(&'static str),
}

/// How long a download may take.
const DOWNLOAD: Duration = Duration::from_secs(180);

/// What the linker is told for what ships: it is parted in two afterwards.
const PARTED: &str = "-Clink-args=--emit-relocs";

/// What the compiler is told for what ships. A panic does nothing but trap, and no code is kept that would say where it was or
/// print values for developers (docs/decisions).
const FOR_SIZE: &str = "-Zunstable-options -Cpanic=immediate-abort -Zfmt-debug=none -Zlocation-detail=none";

impl fmt::Display for Toolchain {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.compiler {
            Compiler::Own => write!(to, "the target {WASM} is there")?,
            Compiler::Rustup => write!(to, "rustup has added the target {WASM}")?,
            Compiler::Debian(folder) => write!(to, "Debian's compiler, by {}", folder.display())?,
        }
        match self.library {
            Library::Source => write!(to, "; what ships has a standard library compiled for size"),
            Library::AsItComes(why) => write!(to, "; the standard library stays as it comes: {why}"),
        }
    }
}

impl Toolchain {
    /// A subcommand of cargo for WebAssembly, at the workspace's root.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = self.compiler.cargo();
        command.args([subcommand, "--target", WASM]).env("CARGO_TARGET_DIR", wasm_folder());
        command
    }

    /// The build of what ships. The compiler takes some of it under `RUSTC_BOOTSTRAP` alone.
    pub(crate) fn cargo_for_size(&self) -> Command {
        let mut command = self.cargo("build");
        if self.compiles_library() {
            command.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
            command.env("RUSTC_BOOTSTRAP", "1");
        }
        let flags = if self.compiles_library() { [PARTED, FOR_SIZE].join(" ") } else { PARTED.to_owned() };
        command.env("RUSTFLAGS", flags).env_remove("CARGO_ENCODED_RUSTFLAGS");
        command
    }

    /// Whether what ships can be built here: with a standard library that is compiled for size.
    pub(crate) fn compiles_library(&self) -> bool {
        matches!(self.library, Library::Source)
    }
}

impl Compiler {
    fn cargo(&self) -> Command {
        match self {
            Self::Own | Self::Rustup => machine::cargo(),
            Self::Debian(folder) => debian::cargo(folder),
        }
    }

    fn rustc(&self) -> Command {
        match self {
            Self::Own | Self::Rustup => own_rustc(),
            Self::Debian(folder) => Command::new(debian::rustc(folder)),
        }
    }

    /// Finds the standard library's source, or brings it.
    fn library(&self) -> Library {
        // They may change with every compiler.
        let mut ask = self.rustc();
        ask.args(FOR_SIZE.split(' ')).args(["--print", "cfg"]).env("RUSTC_BOOTSTRAP", "1");
        if machine::answer(&mut ask).is_none() {
            return Library::AsItComes("this compiler does not know the flags that compile it for size");
        }
        let Some(source) = self.source().or_else(|| self.add_source()) else {
            return Library::AsItComes("its source is not here");
        };
        // Cargo would fetch what it depends on in the middle of the build.
        let mut fetch = self.cargo();
        fetch.args(["fetch", "--locked", "--target", WASM, "--manifest-path"]).arg(source.join("Cargo.toml"));
        fetch.env("RUSTC_BOOTSTRAP", "1");
        match Step::new("fetch the standard library's dependencies", fetch).within(DOWNLOAD).run() {
            Ok(()) => Library::Source,
            Err(_) => Library::AsItComes("its dependencies cannot be fetched"),
        }
    }

    /// The standard library's source, where it is installed.
    fn source(&self) -> Option<PathBuf> {
        let source = sysroot(self.rustc())?.join("lib/rustlib/src/rust/library");
        source.join("Cargo.lock").is_file().then_some(source)
    }

    /// Has rustup bring the source. Debian's comes with its compiler.
    fn add_source(&self) -> Option<PathBuf> {
        if matches!(self, Self::Debian(_)) || machine::on_path(&["rustup"]).is_none() {
            return None;
        }
        let mut add = Command::new("rustup");
        add.args(["component", "add", "rust-src"]);
        Step::new("rustup component add rust-src", add).within(DOWNLOAD).run().ok()?;
        self.source()
    }
}

/// Finds the compiler, or brings it, and the source of its standard library.
///
/// # Errors
///
/// When there is no compiler to be had here; the error says what to do.
pub(crate) fn set_up() -> Result<Toolchain> {
    let compiler = compiler()?;
    let library = compiler.library();
    Ok(Toolchain { compiler, library })
}

fn compiler() -> Result<Compiler> {
    if target_is_there() {
        return Ok(Compiler::Own);
    }
    // Once made, the fallback is kept: asking rustup again could take a minute without a network.
    if let Some(folder) = debian::ready() {
        return Ok(Compiler::Debian(folder));
    }
    if machine::on_path(&["rustup"]).is_some() {
        let mut add = Command::new("rustup");
        add.args(["target", "add", WASM]);
        match Step::new(format!("rustup target add {WASM}"), add).within(DOWNLOAD).run() {
            Ok(()) if target_is_there() => return Ok(Compiler::Rustup),
            Ok(()) => println!("rustup has added the target to another toolchain than the one that runs this."),
            Err(_) => println!("rustup cannot download here. Falling back to Debian's compiler."),
        }
    }
    debian::set_up().map(Compiler::Debian)
}

/// Whether the compiler that builds this workspace has the target's standard library.
fn target_is_there() -> bool {
    let library = sysroot(own_rustc()).map(|sysroot| sysroot.join("lib/rustlib").join(WASM).join("lib"));
    library.is_some_and(|library| debian::holds_std(&library))
}

/// The compiler that builds this workspace.
fn own_rustc() -> Command {
    let mut command = Command::new(env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc")));
    command.current_dir(machine::root());
    command
}

/// Where a compiler has its libraries, and their source.
fn sysroot(mut rustc: Command) -> Option<PathBuf> {
    machine::answer(rustc.args(["--print", "sysroot"])).map(PathBuf::from)
}
