//! npm's packages, each pinned by a lock file under `xtask`; and wasm-opt, esbuild and terser, which make small what ships.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::{
    machine,
    release_file::File,
    step::{Step, once},
};

/// The oldest browsers that the embedding API names.
pub(crate) const BROWSERS: &str = "--target=chrome109,firefox115,safari16.4";

/// Whether packages can be installed here, and run.
pub(crate) fn is_here() -> bool {
    ["node", "npm"].iter().all(|program| machine::on_path(&[program]).is_some())
}

/// Installs what a folder of `xtask` pins, in the folder of this name under `target/`, and runs nothing of it; answers where the
/// modules are, or nothing where node is missing.
///
/// # Errors
///
/// When npm fails.
pub(crate) fn install(pinned: &str, what: &str) -> Result<Option<PathBuf>> {
    if !is_here() {
        return Ok(None);
    }
    let folder = machine::target().join(pinned);
    let modules = folder.join("node_modules");
    fs::create_dir_all(&folder)?;
    let pinned = machine::root().join("xtask").join(pinned);
    let lock = fs::read(pinned.join("package-lock.json"))?;
    once(&folder.join("installed"), &lock, || {
        for name in ["package.json", "package-lock.json"] {
            let file = pinned.join(name);
            fs::copy(&file, folder.join(name)).with_context(|| format!("cannot copy {}", file.display()))?;
        }
        let mut command = Command::new("npm");
        command.current_dir(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        Step::new(format!("install {what}"), command).or_try("npm needs its registry for it").run()
    })?;
    Ok(Some(modules))
}

/// The tools, installed.
pub(crate) struct Tools {
    modules: PathBuf,
    scratch: PathBuf,
}

impl Tools {
    /// Installs them under `target/`; nothing where node is missing.
    ///
    /// # Errors
    ///
    /// When npm fails.
    pub(crate) fn install() -> Result<Option<Self>> {
        let Some(modules) = install("npm", "wasm-opt, esbuild and terser")? else { return Ok(None) };
        let scratch = modules.with_file_name("scratch");
        fs::create_dir_all(&scratch)?;
        Ok(Some(Self { modules, scratch }))
    }

    /// The same WebAssembly, smaller; with the functions' names, for who asks what is in it, or as it ships.
    ///
    /// # Errors
    ///
    /// When wasm-opt fails.
    pub(crate) fn optimise(&self, wasm: &File, has_names: bool) -> Result<Vec<u8>> {
        self.run("wasm-opt", wasm, |file, out| {
            let mut command = Command::new("node");
            command.arg(self.modules.join("binaryen/bin/wasm-opt")).arg(file).arg("-o").arg(out);
            // Rust's stack lies lowest, so that nobody has the address of anything below 1 KiB. A panic traps, so nothing may
            // be left out in the belief that traps never happen.
            command.arg("--low-memory-unused");
            // What is called once stays a function of its own where it is long, and what is said twice is not kept in a
            // variable: brotli finds more that is alike.
            command.arg("--one-caller-inline-max-function-size=30");
            command.args(["--flatten", "--rereloop", "-Oz", "-Oz", "--converge", "--skip-pass=local-cse"]);
            // By name, what one generic function was made into stands side by side: brotli again.
            command.arg("--reorder-functions-by-name");
            command.args(["--strip-producers", "--strip-target-features"]);
            if has_names {
                command.arg("--debuginfo");
            }
            command
        })
    }

    /// The glue without what it does not use, minified.
    ///
    /// # Errors
    ///
    /// When esbuild or terser fails.
    pub(crate) fn shake(&self, glue: &File) -> Result<Vec<u8>> {
        let bytes = self.run(&format!("esbuild {}", glue.name), glue, |file, out| {
            let mut command = Command::new("node");
            command.arg(self.modules.join("esbuild/bin/esbuild")).arg(file);
            command.args(["--tree-shaking=true", "--format=esm", BROWSERS]);
            command.arg(format!("--outfile={}", out.display()));
            command
        })?;
        self.minify(&File { name: glue.name, bytes })
    }

    /// The same style sheet, minified.
    ///
    /// # Errors
    ///
    /// When esbuild fails.
    pub(crate) fn minify_style(&self, style: &File) -> Result<Vec<u8>> {
        self.run(&format!("esbuild {}", style.name), style, |file, out| {
            let mut command = Command::new("node");
            command.arg(self.modules.join("esbuild/bin/esbuild")).arg(file);
            command.args(["--minify", BROWSERS]).arg(format!("--outfile={}", out.display()));
            command
        })
    }

    /// The same script, minified.
    ///
    /// # Errors
    ///
    /// When terser fails.
    pub(crate) fn minify(&self, script: &File) -> Result<Vec<u8>> {
        self.run(&format!("terser {}", script.name), script, |file, out| {
            let mut command = Command::new("node");
            command.arg(self.modules.join("terser/bin/terser")).arg(file).arg("--module");
            // A statement stays a statement: brotli finds more that is alike than in expressions joined by commas.
            command.args(["--compress", "passes=4,unsafe_arrows=true,sequences=false,unsafe_methods=true,ecma=2022"]);
            command.args(["--mangle", "--format", "ecma=2022", "--output"]).arg(out);
            command
        })
    }

    fn run(&self, title: &str, file: &File, command: impl FnOnce(&Path, &Path) -> Command) -> Result<Vec<u8>> {
        let input = self.scratch.join(file.name);
        let output = self.scratch.join(format!("small-{}", file.name));
        fs::write(&input, &file.bytes)?;
        let command = command(&input, &output);
        // wasm-opt takes half a minute, and is mostly given what it was given before.
        let installed = fs::read(self.modules.with_file_name("installed"))?;
        let by = Sha256::digest([&installed, format!("{command:?}").as_bytes(), &file.bytes].concat());
        let kept = self.scratch.join(format!("made-{}", file.name));
        once(&kept, &by, || {
            if kept.exists() {
                fs::remove_file(&kept)?;
            }
            Step::new(title, command).run()
        })?;
        fs::read(&output).with_context(|| format!("{title} has left nothing in {}", output.display()))
    }
}
