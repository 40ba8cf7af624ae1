//! Which of the project's crates may know which, and who says which wasm-bindgen it is: read from the manifests.

use anyhow::{Context, Result};

use super::Violation;

/// The project's own crates.
const OURS: [&str; 6] =
    ["bzctrl-widget", "bzctrl-contract", "bzctrl-relay", "bzctrl-sandbox", "wasm-bindgen-tools", "xtask"];

/// The package that is wasm-bindgen's tools, in a folder of its own.
pub(super) const TOOLS: &str = "tools/wasm-bindgen/Cargo.toml";

/// What a manifest may name of [`OURS`]: `contract` knows nobody; widget, relay, sandbox and model know `contract`, never each
/// other; the rest knows nobody. Tests may start what they are run against, so `dev-dependencies` are free.
fn may_know(package: &str) -> &'static [&'static str] {
    match package {
        "bzctrl-widget" | "bzctrl-relay" | "bzctrl-sandbox" | "bzctrl-model" => &["bzctrl-contract"],
        "bzctrl-example-yew-form" => &["bzctrl-widget"],
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

/// wasm-bindgen's tools have to be of the version of the crate, to the digit. The tools' own manifest sees to that; a
/// library that did would keep applications with another version from being built.
pub(super) fn wasm_bindgen(workspace: &str, tools: &str, lock: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    let exact = |line: &str| line.starts_with("wasm-bindgen") && line.contains("\"=");
    if let Some(at) = workspace.lines().position(exact) {
        violations.push(Violation {
            file: "Cargo.toml".to_owned(),
            line: at + 1,
            what: "the library asks for one version of wasm-bindgen alone".to_owned(),
            instead: "leave that to the tools' manifest and to Cargo.lock: applications bring a version of their own",
        });
    }
    let locked = lock.split("[[package]]").find(|package| package.contains("name = \"wasm-bindgen\"\n"));
    let locked = locked.and_then(|package| package.split("version = \"").nth(1)?.split('"').next());
    let pin = locked.map(|version| format!("wasm-bindgen-cli = {{ version = \"={version}\""));
    if !pin.is_some_and(|pin| tools.contains(&pin)) {
        violations.push(Violation {
            file: TOOLS.to_owned(),
            line: 1,
            what: "the tools are not of the version of wasm-bindgen that Cargo.lock names".to_owned(),
            instead: "pin wasm-bindgen-cli to that version, to the digit",
        });
    }
    violations
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
    fn the_library_takes_any_wasm_bindgen_and_the_tools_take_the_one_that_is_locked() {
        let lock = |version| {
            let package = |name, version| format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\n");
            [package("wasm-bindgen-cli", "0.2.1"), package("wasm-bindgen", version)].concat()
        };
        let tools = "[dependencies]\nwasm-bindgen-cli = { version = \"=0.2.130\", default-features = false }\n";
        let places = |workspace: &str, version| {
            let violations = wasm_bindgen(workspace, tools, &lock(version));
            violations.into_iter().map(|violation| format!("{}:{}", violation.file, violation.line)).collect::<Vec<_>>()
        };
        let (free, pinned) = ("wasm-bindgen = \"0.2\"\n", "js-sys = \"0.3\"\nwasm-bindgen = \"=0.2.130\"\n");
        assert_eq!(places(free, "0.2.130"), [""; 0]);
        assert_eq!(places(pinned, "0.2.130"), ["Cargo.toml:2"]);
        assert_eq!(places(free, "0.2.131"), [format!("{TOOLS}:1")]);
    }

    #[test]
    fn the_workspaces_own_list_and_what_tests_need_are_free() {
        assert!(whats("[workspace.dependencies]\nbzctrl-sandbox = \"1\"\n").is_empty());
        assert!(whats("[dev-dependencies]\nbzctrl-sandbox.workspace = true\n").is_empty());
        assert!(whats("[target.'cfg(unix)'.dev-dependencies.bzctrl-sandbox]\npath = \"../sandbox\"\n").is_empty());
    }
}
