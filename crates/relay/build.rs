//! Puts the widget into the program, if there is one: `BZCTRL_WIDGET` names a folder as `cargo xtask package` lays it.
//! Without it the program has no widget, and serves that of its configuration.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=BZCTRL_WIDGET");
    println!("cargo::rustc-check-cfg=cfg(embedded_widget)");
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo::rerun-if-env-changed=BZCTRL_RELEASE");
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

/// What is in a folder, in an order that is the same everywhere.
fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    Ok(entries)
}
