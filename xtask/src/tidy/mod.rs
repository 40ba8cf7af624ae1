//! The architecture's invariants, read from the sources: who may know whom, where the browser may be named, where a
//! field's wire name may be written, how a module begins. docs/ARCHITECTURE.md says why.

mod circles;
mod crates;
mod files;
mod rooms;
mod source;
mod wire;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use self::source::Source;
use crate::machine;

/// One breach, with its place and the way out.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    file: String,
    line: usize,
    what: String,
    instead: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, what, instead } = self;
        write!(to, "{file}:{line}: {what}; {instead}")
    }
}

/// Checks the whole workspace and prints each breach on a line of its own.
///
/// # Errors
///
/// When there is a breach, or a file cannot be read.
pub(crate) fn check() -> Result<()> {
    let violations = find(machine::root())?;
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => Ok(()),
        1 => bail!("one breach of the architecture's invariants"),
        count => bail!("{count} breaches of the architecture's invariants"),
    }
}

fn find(root: &Path) -> Result<Vec<Violation>> {
    let mut paths = Vec::new();
    for room in ["src", "crates", "xtask", "tools", "tests", "www", "examples"] {
        collect(&root.join(room), &mut paths)?;
    }
    paths.sort();
    let texts = paths
        .iter()
        .map(|path| {
            let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
            Ok((name, text))
        })
        .collect::<Result<Vec<_>>>()?;

    let mut violations = files::forbidden(root);
    let table = texts.iter().find(|(name, _)| name == wire::TABLE).map(|(_, text)| text.as_str());
    let names = wire::names(&Source::read(wire::TABLE, table.with_context(|| format!("{} is missing", wire::TABLE))?)?);
    let mut sources = Vec::new();
    for (name, text) in &texts {
        violations.extend(files::check(name, text));
        if name.ends_with("Cargo.toml") {
            violations.extend(crates::check(name, text)?);
        }
        if name.ends_with(".rs") {
            let source = Source::read(name, text)?;
            violations.extend(rooms::check(&source));
            violations.extend(wire::check(&source, &names));
            sources.push(source);
        }
    }
    violations.extend(circles::check(&sources));
    let [workspace, lock] = ["Cargo.toml", "Cargo.lock"].map(|name| fs::read_to_string(root.join(name)));
    let (workspace, lock) = (workspace?, lock?);
    violations.extend(crates::check("Cargo.toml", &workspace)?);
    let tools = texts.iter().find(|(name, _)| name == crates::TOOLS).map_or("", |(_, text)| text.as_str());
    violations.extend(crates::wasm_bindgen(&workspace, tools, &lock));
    Ok(violations)
}

/// The files that people write: Rust, JavaScript, manifests.
fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "node_modules" && name != "target" {
                collect(&path, paths)?;
            }
        } else if name == "Cargo.toml" || name.ends_with(".rs") || name.ends_with(".js") {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_workspace_is_read_to_its_last_corner() {
        let root = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let file = root.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write("Cargo.toml", "[package]\nname = \"bzctrl-widget\"\n\n[dependencies]\nbzctrl-relay = \"1\"\n");
        write(wire::TABLE, "//! The table.\nconst A: &str = \"orderID\";\n");
        write("src/form/state.rs", "//! The form.\nuse crate::platform::tab;\nconst A: &str = \"orderID\";\n");
        write("crates/relay/src/routes/utils.rs", "//! x\n");
        write("crates/relay/tests/story.rs", "const A: &str = \"orderID\";\n");
        write("www/node_modules/common.js", "");
        write("Cargo.lock", "[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.1\"\n");
        let places: Vec<String> =
            find(root.path()).unwrap().into_iter().map(|breach| format!("{}:{}", breach.file, breach.line)).collect();
        assert_eq!(
            places,
            [
                "crates/relay/src/routes/utils.rs:1",
                "src/form/state.rs:2",
                "src/form/state.rs:3",
                "Cargo.toml:5",
                "tools/wasm-bindgen/Cargo.toml:1"
            ]
        );
    }

    #[test]
    fn a_breach_is_told_with_its_place_and_the_way_out() {
        let violation =
            Violation { file: "src/a.rs".to_owned(), line: 7, what: "it does".to_owned(), instead: "do not" };
        assert_eq!(violation.to_string(), "src/a.rs:7: it does; do not");
    }
}
