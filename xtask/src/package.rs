//! Lays the widget's folder: files at exactly the addresses under which a relay serves them. docs/ARCHITECTURE.md
//! ("The widget's folder") says which.
//!
//! What is there already and the same is not written again.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    build, glue, languages, later_glue, machine,
    npm::Tools,
    release_file::File,
    setup::Toolchain,
    shorten,
    step::{Step, once},
};

const LOADER: &str = "bzctrl.js";
const GLUE: &str = "bzctrl_widget.js";
const WASM: &str = "bzctrl_widget_bg.wasm";
const LATER: &str = "bzctrl_widget_later.wasm";
const LATER_GLUE: &str = "bzctrl_widget_later.js";

/// The loader's types, for who writes in TypeScript. No page fetches them.
const TYPES: &str = "bzctrl.d.ts";
const TYPES_AS_WRITTEN: &str = include_str!("../../www/bzctrl.d.ts");

/// The form's style sheet, which the glue brings.
const STYLE: &str = "bzctrl.css";

/// The line of the loader that a release fills.
const RELEASE_LINE: &str = "const RELEASE =";

/// The folder that relays serve.
pub(crate) fn folder() -> PathBuf {
    machine::target().join("widget")
}

/// The folder that the demo's relay serves: a developer's builds, which are not as they ship.
pub(crate) fn demo_folder() -> PathBuf {
    machine::target().join("demo").join("widget")
}

/// What a release is made of: the loader as it is written, the glue, and the WebAssembly.
pub(crate) struct Parts {
    loader: String,
    /// wasm-bindgen's glue, with a start of our own.
    pub(crate) glue: File,
    /// The style sheet, which the glue brings.
    style: File,
    /// The WebAssembly.
    pub(crate) wasm: File,
    /// What of it a form needs only once it stands. A developer's build is in one piece.
    pub(crate) later: Option<File>,
    /// What of the glue that part alone calls. Where node is missing it stays in the glue.
    later_glue: Option<File>,
    /// The languages besides English.
    languages: Vec<File>,
    /// What has made them small, and makes the loader small once it is filled.
    small_by: Option<Tools>,
    /// Whether the standard library in them is compiled for size.
    library_for_size: bool,
}

impl Parts {
    /// Builds the widget and takes what wasm-bindgen makes of it.
    ///
    /// # Errors
    ///
    /// When a build fails.
    pub(crate) fn build(toolchain: &Toolchain) -> Result<Self> {
        let mut parts = Self::take(&bindgen(&build::widget(toolchain)?)?)?;
        parts.library_for_size = toolchain.compiles_library();
        parts.fill_glue()?;
        Ok(parts)
    }

    /// Takes what wasm-bindgen has left in a folder: one WebAssembly, and the glue that is named for it.
    ///
    /// # Errors
    ///
    /// When the folder has no such pair, or the loader cannot be read.
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        let mut parts = Self::read(folder, &machine::root().join("www").join(LOADER))?;
        parts.speak(&machine::root().join(languages::FOLDER))?;
        Ok(parts)
    }

    fn read(folder: &Path, loader: &Path) -> Result<Self> {
        let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let mut names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let stem = names.find_map(|name| name.strip_suffix("_bg.wasm").map(str::to_owned));
        let stem = stem.with_context(|| format!("{} has no *_bg.wasm of wasm-bindgen's", folder.display()))?;
        let wasm = read(&folder.join(format!("{stem}_bg.wasm")))?;
        let later = folder.join(LATER);
        let later = if later.exists() { Some(File { name: LATER, bytes: read(&later)? }) } else { None };
        let glue = glue::with_start(&read_text(&folder.join(format!("{stem}.js")))?)?;
        let mut parts = Self {
            loader: read_text(loader)?,
            glue: File { name: GLUE, bytes: glue.into_bytes() },
            style: File { name: STYLE, bytes: read(&machine::root().join("www").join(STYLE))? },
            wasm: File { name: WASM, bytes: wasm },
            later,
            later_glue: None,
            languages: Vec::new(),
            small_by: None,
            library_for_size: false,
        };
        parts.fill_glue()?;
        Ok(parts)
    }

    /// Takes the languages of a folder, and fills into the glue what it has to know of them.
    fn speak(&mut self, folder: &Path) -> Result<()> {
        let languages = languages::read(folder)?;
        let (hashes, places) = (languages::hashes(&languages), languages::places(folder)?);
        self.glue.bytes = glue::speaking(text(&self.glue)?, &hashes, &places)?.into_bytes();
        self.languages = languages;
        Ok(())
    }

    /// The parts as they ship: smaller, and what they do is the same. Where node is missing they stay as they are.
    ///
    /// # Errors
    ///
    /// When a tool fails.
    pub(crate) fn shipped(mut self) -> Result<Self> {
        self.small_by = Tools::install()?;
        self.optimise(false)?;
        if let Some(tools) = &self.small_by {
            self.style.bytes = tools.minify_style(&self.style)?;
        }
        self.fill_glue()?;
        if let Some(tools) = &self.small_by {
            self.glue.bytes = tools.shake(&self.glue)?;
        }
        Ok(self)
    }

    /// The WebAssembly as it ships, but with its functions' names.
    ///
    /// # Errors
    ///
    /// When node is missing, or a tool fails.
    pub(crate) fn named(mut self) -> Result<impl Iterator<Item = File>> {
        self.small_by = Tools::install()?;
        self.optimise(true)?;
        self.small_by.context(
            "what ships is optimised by wasm-opt, which comes by npm: install node and npm, then run this again",
        )?;
        Ok([self.wasm].into_iter().chain(self.later))
    }

    fn optimise(&mut self, has_names: bool) -> Result<()> {
        let Some(tools) = &self.small_by else { return Ok(()) };
        let later = self.later.as_ref().map(|later| later.bytes.as_slice());
        let names = shorten::names(&self.wasm.bytes, later, text(&self.glue)?)?;
        self.glue.bytes = names.glue.into_bytes();
        if self.later.is_some() {
            let parted = later_glue::part(text(&self.glue)?, &names.wasm)?;
            self.glue.bytes = parted.glue.into_bytes();
            let later = File { name: LATER_GLUE, bytes: parted.later.into_bytes() };
            self.later_glue = Some(File { bytes: tools.shake(&later)?, ..later });
        }
        self.wasm.bytes = tools.optimise(&File { name: WASM, bytes: names.wasm }, has_names)?;
        if let (Some(file), Some(bytes)) = (&mut self.later, names.later) {
            file.bytes = tools.optimise(&File { name: LATER, bytes }, has_names)?;
        }
        Ok(())
    }

    /// Fills into the glue by which hashes it fetches the second part, and the style sheet.
    fn fill_glue(&mut self) -> Result<()> {
        let later = [&self.later, &self.later_glue].map(|file| file.as_ref().map(File::integrity).unwrap_or_default());
        self.glue.bytes = glue::filled(text(&self.glue)?, &later, text(&self.style)?)?.into_bytes();
        Ok(())
    }

    /// What they lack to be as they ship.
    pub(crate) fn lack(&self) -> Option<&'static str> {
        if self.small_by.is_none() {
            Some("without node (with npm) they are neither optimised nor minified")
        } else if !self.library_for_size {
            Some("the standard library in them is not compiled for size")
        } else {
            None
        }
    }

    /// The version of what is no release: what lies at a version's address never changes, so its content names it.
    fn version(&self) -> String {
        let mut hash = Sha256::new();
        // Those of the second part and of the languages are in the glue, by their hashes.
        for bytes in [self.loader.as_bytes(), &self.glue.bytes, &self.wasm.bytes, TYPES_AS_WRITTEN.as_bytes()] {
            hash.update(bytes.len().to_le_bytes());
            hash.update(bytes);
        }
        let name: String = hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{name}", env!("CARGO_PKG_VERSION"))
    }

    /// The loader that knows its release: the version, and what it fetches by which hash.
    ///
    /// # Errors
    ///
    /// When the loader has not exactly one line to fill, or a tool fails.
    pub(crate) fn loader(&self, version: &str) -> Result<File> {
        let filled = format!(
            "{RELEASE_LINE} {{ version: '{version}', glue: '{}', wasm: '{}' }};",
            self.glue.integrity(),
            self.wasm.integrity()
        );
        let filled = glue::fill(&self.loader, LOADER, RELEASE_LINE, &filled)?;
        let mut loader = File { name: LOADER, bytes: filled.into_bytes() };
        if let Some(tools) = &self.small_by {
            loader.bytes = tools.minify(&loader)?;
        }
        Ok(loader)
    }

    /// The release that they make: every file of it, as it is and as it goes over the wire.
    ///
    /// # Errors
    ///
    /// When the loader cannot be filled, or a tool fails.
    pub(crate) fn release(self) -> Result<Release> {
        let version = self.version();
        let (loader, lack) = (self.loader(&version)?, self.lack());
        let types = File { name: TYPES, bytes: TYPES_AS_WRITTEN.into() };
        let is_shipped = self.small_by.is_some();
        let later = self.later.into_iter().chain(self.later_glue);
        let files = [loader, self.glue, self.wasm].into_iter().chain(later).chain(self.languages).chain([types]);
        let files = files.map(|file| Packed::new(file, is_shipped)).collect::<Result<_>>()?;
        Ok(Release { version, files, lack })
    }
}

/// A release of the widget.
pub(crate) struct Release {
    /// What names its folder.
    pub(crate) version: String,
    files: Vec<Packed>,
    /// What it lacks to be as it ships.
    pub(crate) lack: Option<&'static str>,
}

/// A file, and the same compressed, as it lies beside it.
pub(crate) struct Packed {
    pub(crate) file: File,
    /// None in a developer's build: nobody waits for it to come over a slow line, but for it to be made.
    pub(crate) brotli: Option<Vec<u8>>,
    gzip: Option<Vec<u8>>,
}

impl Packed {
    fn new(file: File, is_shipped: bool) -> Result<Self> {
        let (brotli, gzip) = if is_shipped { (Some(file.brotli()?), Some(file.gzip()?)) } else { (None, None) };
        Ok(Self { file, brotli, gzip })
    }

    /// Writes it, and what is beside it. What was compressed of another content goes: it would be served in its place.
    fn lay(&self, folder: &Path) -> Result<()> {
        let file = folder.join(self.file.name);
        for (encoding, packed) in [("br", &self.brotli), ("gz", &self.gzip)] {
            let beside = folder.join(format!("{}.{encoding}", self.file.name));
            match packed {
                Some(bytes) => write(&beside, bytes)?,
                None if beside.exists() => {
                    fs::remove_file(&beside).with_context(|| format!("cannot remove {}", beside.display()))?;
                }
                None => {}
            }
        }
        write(&file, &self.file.bytes)
    }
}

impl Release {
    /// What browsers fetch until the form stands: the loader, the glue, and the first part of the WebAssembly.
    pub(crate) fn until_the_form(&self) -> impl Iterator<Item = &Packed> {
        self.files.iter().filter(|packed| [LOADER, GLUE, WASM].contains(&packed.file.name))
    }

    /// What they fetch while it stands.
    pub(crate) fn later(&self) -> impl Iterator<Item = &Packed> {
        self.files.iter().filter(|packed| [LATER, LATER_GLUE].contains(&packed.file.name))
    }

    /// What they fetch besides where the form speaks another language than English: one of these.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &Packed> {
        self.files.iter().filter(|packed| packed.file.name.ends_with(".txt"))
    }

    /// Writes the release into the widget's folder.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub(crate) fn lay(&self, folder: &Path) -> Result<()> {
        let row = |Packed { file, brotli, .. }: &Packed| {
            let wire = brotli.as_ref().map(Vec::len);
            json!({ "name": file.name, "size": file.bytes.len(), "brotli": wire, "integrity": file.integrity() })
        };
        let rows: Vec<_> = self.files.iter().map(row).collect();
        let manifest = format!("{:#}\n", json!({ "version": self.version, "files": rows })).into_bytes();

        let release = folder.join(&self.version);
        for packed in &self.files {
            packed.lay(&release)?;
        }
        write(&release.join("manifest.json"), &manifest)?;
        // The newest release's address comes last: whoever follows it finds everything there.
        let newest = folder.join("v1");
        for packed in self.files.iter().filter(|packed| [LOADER, TYPES].contains(&packed.file.name)) {
            packed.lay(&newest)?;
        }
        write(&newest.join("manifest.json"), &manifest)
    }
}

/// Parts the compiled widget in two, and has wasm-bindgen make what browsers load of it, unless that has been done.
fn bindgen(compiled: &Path) -> Result<PathBuf> {
    let folder = machine::target().join("bindgen");
    once(&folder.join("made-of"), &Sha256::digest(read(compiled)?), || {
        let parted = machine::target().join("parted");
        let mut command = Command::new(machine::built("wasm-split"));
        command.arg(compiled).arg(&parted);
        Step::new("part the widget in two", command).run()?;
        let mut command = Command::new(machine::built("wasm-bindgen"));
        command.args([
            "--target",
            "web",
            "--no-typescript",
            "--omit-default-module-path",
            "--out-name",
            "bzctrl_widget",
        ]);
        // The second part takes memory and table from the first.
        command.arg("--keep-lld-exports").arg("--out-dir").arg(&folder).arg(parted.join("main.wasm"));
        Step::new("wasm-bindgen", command).run()?;
        fs::copy(parted.join("split_later.wasm"), folder.join(LATER)).context("wasm-split has left no second part")?;
        Ok(())
    })?;
    Ok(folder)
}

fn text(script: &File) -> Result<&str> {
    std::str::from_utf8(&script.bytes).with_context(|| format!("{} is no text", script.name))
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

fn read_text(file: &Path) -> Result<String> {
    String::from_utf8(read(file)?).with_context(|| format!("{} is no text", file.display()))
}

/// Writes a file whole or not at all, and only if it changes.
fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let put = || {
        fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
        let new = file.with_extension("new");
        fs::write(&new, bytes)?;
        fs::rename(new, file)
    };
    put().with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests;
