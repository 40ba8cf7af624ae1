//! The examples: what a host page looks like in the frameworks that hosts are built with. Laid into `target/examples`, each
//! page with its scripts beside it, from where the tests serve them.
//!
//! Node builds those in JavaScript, from the packages that `examples/package-lock.json` pins; cargo those in Yew.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::{
    machine::{self, WASM, wasm_folder},
    setup::Toolchain,
    step::{Step, once},
};

/// The examples in Yew.
const YEW: [&str; 2] = ["yew-element", "yew-form"];

/// The folder that tests serve.
pub(crate) fn folder() -> PathBuf {
    machine::target().join("examples")
}

/// Builds all examples, and checks those in JavaScript and the widget's own scripts by their types. What has not changed
/// is not done again.
///
/// # Errors
///
/// When node is missing, a package cannot be had, or an example does not build or breaks the types.
pub(crate) fn build(toolchain: &Toolchain) -> Result<()> {
    in_javascript()?;
    in_yew(toolchain)
}

/// Installs the packages that the examples are made of.
///
/// # Errors
///
/// When node is missing, or a package cannot be had.
pub(crate) fn packages() -> Result<()> {
    let examples = machine::root().join("examples");
    if machine::on_path(&["node"]).is_none() || machine::on_path(&["npm"]).is_none() {
        bail!("the examples need Node 20.19 or newer, and npm");
    }
    let lock = fs::read(examples.join("package-lock.json"))?;
    once(&examples.join("node_modules/.installed"), &lock, || {
        let command = npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        Step::new("install the examples' packages", command).or_try("npm needs its registry for it").run()
    })
}

fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(machine::root().join("examples")).args(arguments);
    command
}

fn in_javascript() -> Result<()> {
    packages()?;
    let examples = machine::root().join("examples");
    let mut written = Sha256::new();
    for folder in [&examples, &machine::root().join("www")] {
        add(folder, &mut written)?;
    }
    once(&folder().join("made-of"), &written.finalize(), || {
        Step::new("types of the examples", npm(&["run", "check"])).run()?;
        let mut command = npm(&["run", "build", "--", "--outDir"]);
        command.arg(folder());
        Step::new("build the examples", command).run()
    })
}

/// Adds everything that people have written in a folder, with its name.
fn add(folder: &Path, hash: &mut Sha256) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths.iter().filter(|path| !path.ends_with("node_modules")) {
        if path.is_dir() {
            add(path, hash)?;
        } else {
            let bytes = fs::read(path)?;
            hash.update(path.to_string_lossy().as_bytes());
            hash.update(bytes.len().to_le_bytes());
            hash.update(bytes);
        }
    }
    Ok(())
}

fn in_yew(toolchain: &Toolchain) -> Result<()> {
    let mut command = toolchain.cargo("build");
    command.arg("--locked");
    for name in YEW {
        command.args(["--package", &format!("bzctrl-example-{name}")]);
    }
    Step::new("build the examples in Yew", command).run()?;
    for name in YEW {
        let out = folder().join(name);
        let compiled = wasm_folder().join(WASM).join("debug").join(format!("{name}.wasm"));
        once(&out.join("made-of"), &Sha256::digest(fs::read(&compiled)?), || {
            let mut command = Command::new(machine::built("wasm-bindgen"));
            command.args(["--target", "web", "--no-typescript", "--out-name", "main", "--out-dir"]);
            command.arg(&out).arg(&compiled);
            Step::new(format!("wasm-bindgen {name}"), command).run()
        })?;
        for file in ["index.html", "start.js"] {
            fs::copy(machine::root().join("examples").join(name).join(file), out.join(file))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_done_is_done_again_only_when_it_comes_of_something_else() {
        let folder = tempfile::tempdir().unwrap();
        let (kept, written) = (folder.path().join("kept"), folder.path().join("written"));
        let mut done = 0;
        for (text, times) in [("a", 1), ("a", 1), ("b", 2)] {
            fs::create_dir_all(&written).unwrap();
            fs::write(written.join("main.js"), text).unwrap();
            let mut hash = Sha256::new();
            add(&written, &mut hash).unwrap();
            once(&kept, &hash.finalize(), || {
                done += 1;
                Ok(())
            })
            .unwrap();
            assert_eq!(done, times);
        }
        assert!(once(&kept, b"c", || bail!("it fails")).is_err());
        let mut again = false;
        once(&kept, b"c", || {
            again = true;
            Ok(())
        })
        .unwrap();
        assert!(again, "what has failed is not done");
    }
}
