//! How many bytes a page and its user wait for, brotli 11, as the widget would ship: WebAssembly after wasm-opt, scripts
//! minified. The two tools are npm's, pinned by the lock file in `xtask/npm`.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    machine,
    package::{File, Parts},
    setup::Toolchain,
    step::Step,
};

/// What a page loads: the loader alone.
const AT_PAGE_LOAD: usize = 1_300;
/// What has been fetched when the form stands: the loader, the glue, the WebAssembly.
const UNTIL_THE_FORM: usize = 85_000;

/// The sizes of one release.
pub(crate) struct Sizes {
    rows: Vec<Row>,
    as_shipped: bool,
}

struct Row {
    name: &'static str,
    bytes: usize,
    brotli: usize,
}

/// Measures the widget as it would ship.
///
/// # Errors
///
/// When a build or a tool fails.
pub(crate) fn measure(toolchain: &Toolchain) -> Result<Sizes> {
    let mut parts = Parts::build(toolchain)?;
    let tools = Tools::install()?;
    if let Some(tools) = &tools {
        parts.wasm.bytes = tools.optimise(&parts.wasm)?;
        parts.glue.bytes = tools.minify(&parts.glue)?;
    }
    // The hashes in it are those of what it fetches, and they do not shrink: so it comes last.
    let mut loader = parts.loader(env!("CARGO_PKG_VERSION"))?;
    if let Some(tools) = &tools {
        loader.bytes = tools.minify(&loader)?;
    }
    let rows = [loader, parts.glue, parts.wasm].iter().map(Row::of).collect::<Result<_>>()?;
    Ok(Sizes { rows, as_shipped: tools.is_some() })
}

impl Sizes {
    /// Holds the sizes against what integrators may rely on.
    ///
    /// # Errors
    ///
    /// When there is more than that.
    pub(crate) fn hold(&self) -> Result<()> {
        let over: Vec<String> = self
            .limits()
            .into_iter()
            .filter(|(_, brotli, limit)| brotli > limit)
            .map(|(what, brotli, limit)| format!("{what}: {} bytes, {} more than may be", brotli, brotli - limit))
            .collect();
        if self.as_shipped && !over.is_empty() {
            bail!("too large. {}", over.join("; "));
        }
        Ok(())
    }

    fn limits(&self) -> [(&'static str, usize, usize); 2] {
        let at_page_load = self.rows.first().map_or(0, |loader| loader.brotli);
        let until_the_form = self.rows.iter().map(|row| row.brotli).sum();
        [("at page load", at_page_load, AT_PAGE_LOAD), ("until the form stands", until_the_form, UNTIL_THE_FORM)]
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(to, "{:<24}{:>10}{:>11}{:>10}", "", "bytes", "brotli 11", "at most")?;
        for Row { name, bytes, brotli } in &self.rows {
            writeln!(to, "{name:<24}{bytes:>10}{brotli:>11}")?;
        }
        for (what, brotli, limit) in self.limits() {
            writeln!(to, "{what:<24}{:>10}{brotli:>11}{limit:>10}", "")?;
        }
        if !self.as_shipped {
            write!(to, "Without node (with npm): neither optimised nor minified, so not held against the limits.")?;
        }
        Ok(())
    }
}

impl Row {
    fn of(file: &File) -> Result<Self> {
        let mut packed = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
        brotli::BrotliCompress(&mut file.bytes.as_slice(), &mut packed, &parameters)?;
        Ok(Self { name: file.name, bytes: file.bytes.len(), brotli: packed.len() })
    }
}

/// wasm-opt and esbuild.
struct Tools {
    modules: PathBuf,
    scratch: PathBuf,
}

impl Tools {
    /// Installs them under `target/`; nothing where node is missing.
    fn install() -> Result<Option<Self>> {
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

    fn optimise(&self, wasm: &File) -> Result<Vec<u8>> {
        self.run("wasm-opt -Oz", wasm, |file, out| {
            let mut command = Command::new("node");
            command.arg(self.modules.join("binaryen/bin/wasm-opt")).arg("-Oz").arg(file).arg("-o").arg(out);
            command
        })
    }

    fn minify(&self, script: &File) -> Result<Vec<u8>> {
        self.run(&format!("esbuild --minify {}", script.name), script, |file, out| {
            let mut command = Command::new("node");
            command.arg(self.modules.join("esbuild/bin/esbuild")).arg(file).args(["--minify", "--format=esm"]);
            // The browsers that the embedding API names as its oldest.
            command.arg("--target=chrome109,firefox115,safari16.4").arg(format!("--outfile={}", out.display()));
            command
        })
    }

    fn run(&self, title: &str, file: &File, command: impl FnOnce(&Path, &Path) -> Command) -> Result<Vec<u8>> {
        let input = self.scratch.join(file.name);
        let output = self.scratch.join(format!("small-{}", file.name));
        fs::write(&input, &file.bytes)?;
        Step::new(title, command(&input, &output)).run()?;
        fs::read(&output).with_context(|| format!("{title} has left nothing in {}", output.display()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn sizes(loader: usize, wasm: usize, as_shipped: bool) -> Sizes {
        let row = |name, brotli| Row { name, bytes: 2 * brotli, brotli };
        Sizes { rows: vec![row("bzctrl.js", loader), row("bzctrl_widget_bg.wasm", wasm)], as_shipped }
    }

    #[test]
    fn a_byte_more_than_integrators_may_rely_on_is_refused() {
        sizes(AT_PAGE_LOAD, UNTIL_THE_FORM - AT_PAGE_LOAD, true).hold().unwrap();
        let loader = sizes(AT_PAGE_LOAD + 1, 1, true).hold().unwrap_err().to_string();
        assert_eq!(loader, "too large. at page load: 1301 bytes, 1 more than may be");
        assert!(sizes(1, UNTIL_THE_FORM, true).hold().is_err());
    }

    #[test]
    fn what_is_not_as_it_ships_is_not_held_against_the_limits() {
        let sizes = sizes(AT_PAGE_LOAD + 1, UNTIL_THE_FORM, false);
        sizes.hold().unwrap();
        assert!(sizes.to_string().contains("Without node"));
    }
}
