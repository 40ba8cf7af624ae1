//! Puts the widget into the program, if there is one: `BZCTRL_WIDGET` names a folder as `cargo xtask package` lays it.
//! Without it the program has no widget, and serves that of its configuration. And tells the program the names of its own parts.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=BZCTRL_WIDGET");
    println!("cargo::rustc-check-cfg=cfg(embedded_widget)");
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo::rerun-if-env-changed=BZCTRL_RELEASE");
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rustc-env=BZCTRL_RELAY_MODULES={}", modules(Path::new("src"), "bzctrl_relay")?.join(","));
    let mut table = String::from("pub(super) const FILES: &[File] = &[\n");
    if let Some(widget) = env::var_os("BZCTRL_WIDGET").filter(|folder| !folder.is_empty()).map(PathBuf::from) {
        println!("cargo::rustc-cfg=embedded_widget");
        println!("cargo::rerun-if-changed={}", widget.display());
        for folder in sorted(&widget)?.iter().filter(|path| path.is_dir()) {
            for file in sorted(folder)? {
                let mut hash = DefaultHasher::new();
                fs::read(&file)?.hash(&mut hash);
                let address = file.strip_prefix(&widget).map_err(io::Error::other)?;
                // As in a folder, the time tells contents apart: by its nanoseconds, since a release has but one second.
                let nanos = hash.finish() % 1_000_000_000;
                let _ = writeln!(
                    table,
                    "    File {{ path: {address:?}, nanos: {nanos}, bytes: include_bytes!({file:?}) }},"
                );
            }
        }
    }
    table.push_str("];\n");
    let seconds = env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let _ = writeln!(table, "const RELEASED: u64 = {seconds};");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no OUT_DIR"))?;
    fs::write(Path::new(&out).join("widget.rs"), table)
}

/// The modules of a folder, as lines of the log have them.
fn modules(folder: &Path, parent: &str) -> io::Result<Vec<String>> {
    let mut modules = vec![parent.to_owned()];
    for path in sorted(folder)? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            modules.extend(self::modules(&path, &format!("{parent}::{name}"))?);
        } else if !["main", "lib", "mod", "tests"].contains(&&*name) {
            modules.push(format!("{parent}::{name}"));
        }
    }
    Ok(modules)
}

/// What is in a folder, in an order that is the same everywhere.
fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    Ok(entries)
}
