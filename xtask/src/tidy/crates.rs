//! Which of the project's crates may know which: read from the manifests.

use anyhow::{Context, Result};

use super::Violation;

/// The project's own crates.
const OURS: [&str; 6] =
    ["bzctrl-widget", "bzctrl-contract", "bzctrl-relay", "bzctrl-sandbox", "wasm-bindgen-tools", "xtask"];

/// What a manifest may name of [`OURS`]: `contract` knows nobody; widget, relay and sandbox know `contract`, never each
/// other; the rest knows nobody. Tests may start what they are run against, so `dev-dependencies` are free.
fn may_know(package: &str) -> &'static [&'static str] {
    match package {
        "bzctrl-widget" | "bzctrl-relay" | "bzctrl-sandbox" => &["bzctrl-contract"],
        _ => &[],
    }
}

/// Whether a table of dependencies is no knowledge of the shipped crate: the workspace's list, or what tests need.
fn is_free(kind: &str) -> bool {
    kind.starts_with("workspace.") || kind.ends_with("dev-")
}

pub(super) fn check(file: &str, text: &str) -> Result<Vec<Violation>> {
    let mut section = "";
    let mut package = None;
    let mut known = Vec::new();
    for (line, number) in text.lines().map(str::trim).zip(1..) {
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']');
            if let Some((kind, name)) = section.split_once("dependencies.")
                && !is_free(kind)
            {
                known.push((name, number));
            }
        } else if section == "package" && line.starts_with("name") {
            package = line.split('"').nth(1);
        } else if let Some(kind) = section.strip_suffix("dependencies")
            && !is_free(kind)
        {
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            known.push((name.trim_matches('"'), number));
        }
    }
    let package = package.with_context(|| format!("{file} names no package"))?;
    let breaches = known.into_iter().filter(|(name, _)| OURS.contains(name) && !may_know(package).contains(name));
    Ok(breaches
        .map(|(name, line)| Violation {
            file: file.to_owned(),
            line,
            what: format!("{package} knows {name}"),
            instead: "widget, relay and sandbox know the contract alone, and meet over HTTP; nothing else knows any of them",
        })
        .collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn whats(dependencies: &str) -> Vec<String> {
        let text = format!("[package]\nname = \"bzctrl-relay\"\nversion = \"1.0.0\"\n\n{dependencies}");
        check("Cargo.toml", &text)
            .unwrap()
            .into_iter()
            .map(|violation| format!("{}: {}", violation.line, violation.what))
            .collect()
    }

    #[test]
    fn the_relay_knows_the_contract_and_never_the_sandbox() {
        assert!(whats("[dependencies]\nbzctrl-contract.workspace = true\nserde = \"1\"\n").is_empty());
        let breach = ["6: bzctrl-relay knows bzctrl-sandbox"];
        assert_eq!(whats("[dependencies]\nbzctrl-sandbox = { path = \"../sandbox\" }\n"), breach);
        assert_eq!(whats("[target.'cfg(unix)'.dependencies]\nbzctrl-sandbox.workspace = true\n"), breach);
        assert_eq!(
            whats("[dependencies.bzctrl-sandbox]\npath = \"../sandbox\"\n"),
            ["5: bzctrl-relay knows bzctrl-sandbox"]
        );
    }

    #[test]
    fn the_workspaces_own_list_and_what_tests_need_are_free() {
        assert!(whats("[workspace.dependencies]\nbzctrl-sandbox = \"1\"\n").is_empty());
        assert!(whats("[dev-dependencies]\nbzctrl-sandbox.workspace = true\n").is_empty());
        assert!(whats("[target.'cfg(unix)'.dev-dependencies.bzctrl-sandbox]\npath = \"../sandbox\"\n").is_empty());
    }
}
