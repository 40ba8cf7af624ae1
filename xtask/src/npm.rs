//! wasm-opt and esbuild, which make small what ships. Both are npm's, pinned by the lock file in `xtask/npm`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{machine, release_file::File, step::Step};

/// The oldest browsers that the embedding API names.
const BROWSERS: &str = "--target=chrome109,firefox115,safari16.4";

/// What the loader uses of the glue, and what that uses of it without its being exported.
const START: &str = include_str!("../npm/start.js");
const USED: &str = "\nexport { __wbg_finalize_init, __wbg_get_imports };\n";

/// The two tools, installed.
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
        if machine::on_path(&["node"]).is_none() || machine::on_path(&["npm"]).is_none() {
            return Ok(None);
        }
        let folder = machine::target().join("npm");
        let modules = folder.join("node_modules");
        let scratch = folder.join("scratch");
        fs::create_dir_all(&scratch)?;
        let pinned = machine::root().join("xtask/npm");
        let lock = fs::read(pinned.join("package-lock.json"))?;
        let installed = folder.join("installed");
        if fs::read(&installed).is_ok_and(|old| old == lock) {
            return Ok(Some(Self { modules, scratch }));
        }
        for name in ["package.json", "package-lock.json"] {
            fs::copy(pinned.join(name), folder.join(name)).with_context(|| format!("cannot copy xtask/npm/{name}"))?;
        }
        let mut command = Command::new("npm");
        command.current_dir(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        Step::new("install wasm-opt and esbuild", command).or_try("npm needs its registry for it").run()?;
        fs::write(installed, lock)?;
        Ok(Some(Self { modules, scratch }))
    }

    /// The same WebAssembly, smaller.
    ///
    /// # Errors
    ///
    /// When wasm-opt fails.
    pub(crate) fn optimise(&self, wasm: &File) -> Result<Vec<u8>> {
        self.run("wasm-opt", wasm, |file, out| {
            let mut command = Command::new("node");
            command.arg(self.modules.join("binaryen/bin/wasm-opt")).arg(file).arg("-o").arg(out);
            // Rust traps on purpose alone, after a panic has been told; and its stack lies lowest, so that nobody has the
            // address of anything below 1 KiB.
            command.args(["--traps-never-happen", "--low-memory-unused"]);
            // What is called once stays a function of its own where it is long, and what is said twice is not kept in a
            // variable: brotli finds more that is alike.
            command.arg("--one-caller-inline-max-function-size=30");
            command.args(["--flatten", "--rereloop", "-Oz", "-Oz", "--converge", "--skip-pass=local-cse"]);
            // By name, what one generic function was made into stands side by side: brotli again.
            command.arg("--reorder-functions-by-name");
            command.args(["--strip-producers", "--strip-target-features"]);
            command
        })
    }

    /// The same script, minified.
    ///
    /// # Errors
    ///
    /// When esbuild fails.
    pub(crate) fn minify(&self, script: &File) -> Result<Vec<u8>> {
        self.run(&format!("esbuild {}", script.name), script, |file, out| self.esbuild(file, out))
    }

    /// The glue without what the loader does not use, minified.
    ///
    /// # Errors
    ///
    /// When esbuild fails.
    pub(crate) fn bundle(&self, glue: &File) -> Result<Vec<u8>> {
        let start = self.scratch.join("start.js");
        fs::write(&start, START)?;
        let glue = File { name: glue.name, bytes: [&glue.bytes, USED.as_bytes()].concat() };
        self.run(&format!("esbuild {}", glue.name), &glue, |_, out| {
            let mut command = self.esbuild(&start, out);
            command.arg("--bundle");
            command
        })
    }

    fn esbuild(&self, file: &Path, out: &Path) -> Command {
        let mut command = Command::new("node");
        command.arg(self.modules.join("esbuild/bin/esbuild")).arg(file).args(["--minify", "--format=esm", BROWSERS]);
        command.arg(format!("--outfile={}", out.display()));
        command
    }

    fn run(&self, title: &str, file: &File, command: impl FnOnce(&Path, &Path) -> Command) -> Result<Vec<u8>> {
        let input = self.scratch.join(file.name);
        let output = self.scratch.join(format!("small-{}", file.name));
        fs::write(&input, &file.bytes)?;
        Step::new(title, command(&input, &output)).run()?;
        fs::read(&output).with_context(|| format!("{title} has left nothing in {}", output.display()))
    }
}
