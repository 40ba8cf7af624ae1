//! How files are named, begin, and how long they are.

use std::path::Path;

use super::{Violation, source::is_for_tests};

/// Longer, a file says more than one thing.
const LONGEST: usize = 500;

/// Names that say nothing of what a module is for.
const EMPTY_NAMES: [&str; 8] = ["util", "utils", "helper", "helpers", "manager", "common", "misc", "shared"];

/// What must not lie in the workspace's root.
pub(super) fn forbidden(root: &Path) -> Vec<Violation> {
    let names = ["rust-toolchain.toml", "rust-toolchain"].into_iter().filter(|name| root.join(name).exists());
    names
        .map(|name| Violation {
            file: name.to_owned(),
            line: 1,
            what: "names a toolchain that a machine may lack".to_owned(),
            instead: "let `cargo xtask setup` find one: rustup would try to download at every call",
        })
        .collect()
}

pub(super) fn check(file: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut tell =
        |line, what: String, instead| violations.push(Violation { file: file.to_owned(), line, what, instead });

    let lines = text.lines().count();
    if lines > LONGEST {
        tell(LONGEST + 1, format!("{lines} lines, more than {LONGEST}"), "split it by what its parts are for");
    }
    let parts = file.split('/').map(|part| part.split('.').next().unwrap_or(part));
    for name in parts.filter(|name| EMPTY_NAMES.contains(name)) {
        tell(1, format!("the name `{name}` says nothing"), "name it in the field's terms");
    }
    // A test's file is a list of promises, each named by a sentence.
    if file.ends_with(".rs") && !is_for_tests(file) && !opens_with_its_purpose(text) {
        tell(1, "the module does not say what it is for".to_owned(), "open it with `//!`");
    }
    violations
}

/// Attributes of the whole file, such as `#![cfg(…)]`, may stand before.
fn opens_with_its_purpose(text: &str) -> bool {
    let mut in_attribute = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with("//!") {
            return true;
        }
        if !in_attribute && !line.starts_with("#![") {
            return false;
        }
        in_attribute = !line.ends_with(']');
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn whats(file: &str, text: &str) -> Vec<String> {
        check(file, text).into_iter().map(|violation| violation.what).collect()
    }

    #[test]
    fn a_module_opens_with_what_it_is_for() {
        assert!(whats("src/a.rs", "//! For this.\n").is_empty());
        assert!(whats("src/a.rs", "#![cfg_attr(\n    test,\n    allow(x)\n)]\n\n//! For this.\n").is_empty());
        assert_eq!(whats("src/a.rs", "use b;\n//! Late.\n"), ["the module does not say what it is for"]);
        assert_eq!(whats("src/a.rs", ""), ["the module does not say what it is for"]);
        assert!(whats("www/a.js", "let a;\n").is_empty());
        assert!(whats("crates/relay/tests/a.rs", "use b;\n").is_empty());
    }

    #[test]
    fn a_name_says_something() {
        assert_eq!(whats("src/utils.rs", "//! x"), ["the name `utils` says nothing"]);
        assert_eq!(whats("src/helpers/a.rs", "//! x"), ["the name `helpers` says nothing"]);
        assert!(whats("src/utilities_of_a_port.rs", "//! x").is_empty());
    }

    #[test]
    fn a_file_can_be_read_in_one_sitting() {
        let text = |lines: usize| "//! x\n".repeat(lines);
        assert!(whats("src/a.rs", &text(500)).is_empty());
        assert_eq!(whats("src/a.rs", &text(501)), ["501 lines, more than 500"]);
    }

    #[test]
    fn no_file_names_a_toolchain() {
        let folder = tempfile::tempdir().unwrap();
        assert!(forbidden(folder.path()).is_empty());
        std::fs::write(folder.path().join("rust-toolchain.toml"), "").unwrap();
        assert_eq!(forbidden(folder.path()).len(), 1);
    }
}
