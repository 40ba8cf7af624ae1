//! What is in the program, as a bill of materials in the form of CycloneDX: every crate of the relay and of the widget, by cargo's
//! own word, and what is no crate.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::machine::{self, MUSL, WASM};

/// What ships, and for which machine.
const ROOTS: [(&str, &str, &[&str]); 2] =
    [("bzctrl-relay", MUSL, &[]), ("bzctrl-widget", WASM, &["--features", "bzctrl-widget/split"])];

/// The bill.
///
/// # Errors
///
/// When cargo does not tell.
pub(super) fn of_materials(version: &str, epoch: u64) -> Result<Vec<u8>> {
    let mut crates = BTreeMap::new();
    let mut roots = Vec::new();
    for (package, target, features) in ROOTS {
        let metadata = metadata(target, features)?;
        roots.push(gather(&metadata, package, &mut crates)?);
    }
    let mut components: Vec<Value> = crates.values().map(|found: &Found| found.component.clone()).collect();
    components.extend(not_crates(crates.values())?);
    let dependencies = crates.iter().map(|(id, found)| json!({ "ref": id, "dependsOn": found.needs }));
    let product = format!("bzctrl-relay@{version}");
    let dependencies: Vec<Value> =
        std::iter::once(json!({ "ref": product, "dependsOn": roots })).chain(dependencies).collect();
    let seconds = machine::answer(std::process::Command::new("date").args([
        "-u",
        "-d",
        &format!("@{epoch}"),
        "+%Y-%m-%dT%H:%M:%SZ",
    ]));
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": seconds.context("the commit has no date")?,
            "component": { "type": "application", "bom-ref": product, "name": "bzctrl-relay", "version": version },
        },
        "components": components,
        "dependencies": dependencies,
    });
    Ok(format!("{bill:#}\n").into_bytes())
}

struct Found {
    component: Value,
    needs: Vec<String>,
    manifest: String,
}

fn metadata(target: &str, features: &[&str]) -> Result<Value> {
    let mut command = machine::cargo();
    command.args(["metadata", "--locked", "--format-version", "1", "--filter-platform", target]).args(features);
    let told = machine::answer(&mut command).context("cargo tells no metadata")?;
    Ok(serde_json::from_str(&told)?)
}

/// Adds a package and all that is linked into it; its name in the bill.
fn gather(metadata: &Value, root: &str, crates: &mut BTreeMap<String, Found>) -> Result<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages: BTreeMap<String, Value> =
        list(&metadata["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
    let nodes: BTreeMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let name = |id: &str| packages.get(id).map_or_else(String::new, reference);
    let (first, _) =
        packages.iter().find(|(_, package)| package["name"] == root).context("the package is not there")?;
    let (mut open, mut seen) = (vec![first.clone()], BTreeSet::new());
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let is_linked = |dependency: &Value| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        let needed = list(&nodes[&id]["deps"]).into_iter().filter(is_linked).map(|dependency| text(&dependency["pkg"]));
        // What a macro of a crate is made of has run where it was compiled, and is not in what ships.
        let is_macro = |id: &String| {
            let targets = packages.get(id).map(|package| list(&package["targets"])).unwrap_or_default();
            targets.iter().any(|target| list(&target["kind"]).contains(&json!("proc-macro")))
        };
        let needed: Vec<String> = needed.filter(|id| !is_macro(id)).collect();
        let package = &packages[&id];
        let found = Found {
            component: component(package),
            needs: needed.iter().map(|id| name(id)).collect::<BTreeSet<_>>().into_iter().collect(),
            manifest: text(&package["manifest_path"]),
        };
        // The relay and the widget may ask the same crate for different features.
        let known = crates.entry(name(&id)).or_insert(Found { needs: Vec::new(), ..found_of(&found) });
        let needs: BTreeSet<String> = known.needs.iter().chain(&found.needs).cloned().collect();
        known.needs = needs.into_iter().collect();
        open.extend(needed);
    }
    Ok(name(first))
}

fn found_of(found: &Found) -> Found {
    Found { component: found.component.clone(), needs: found.needs.clone(), manifest: found.manifest.clone() }
}

fn reference(package: &Value) -> String {
    format!(
        "pkg:cargo/{}@{}",
        package["name"].as_str().unwrap_or_default(),
        package["version"].as_str().unwrap_or_default()
    )
}

fn component(package: &Value) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "purl": reference(package),
    });
    if let Some(license) = package["license"].as_str() {
        // Some still write a slash where the list of licenses has OR.
        component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
    }
    component
}

/// What is linked into the program and comes with no manifest of its own.
fn not_crates<'a>(mut crates: impl Iterator<Item = &'a Found>) -> Result<Vec<Value>> {
    let sqlite = crates.find(|found| found.component["name"] == "libsqlite3-sys").context("SQLite is not there")?;
    let header = Path::new(&sqlite.manifest).with_file_name("sqlite3").join("sqlite3.h");
    let header = fs::read_to_string(&header).with_context(|| format!("cannot read {}", header.display()))?;
    let version = header.lines().find_map(|line| line.strip_prefix("#define SQLITE_VERSION ")).unwrap_or_default();
    let rustc =
        machine::answer(std::process::Command::new("rustc").arg("--version")).context("rustc tells no version")?;
    let rustc = rustc.split(' ').nth(1).unwrap_or_default().to_owned();
    let component = |name: &str, version: &str, license: &str| json!({ "type": "library", "name": name, "version": version, "licenses": [{ "license": { "name": license } }] });
    Ok(vec![
        component("sqlite", version.trim().trim_matches('"'), "Public domain"),
        component("rust standard library, with musl", &rustc, "MIT OR Apache-2.0"),
    ])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_bill_names_what_is_linked_and_no_more() {
        let bill = of_materials("1.0.0", 1_700_000_000).unwrap();
        assert_eq!(bill, of_materials("1.0.0", 1_700_000_000).unwrap());
        let bill: Value = serde_json::from_slice(&bill).unwrap();
        let components = bill["components"].as_array().unwrap();
        let names: Vec<&str> = components.iter().map(|it| it["name"].as_str().unwrap()).collect();
        for there in ["bzctrl-relay", "bzctrl-widget", "bzctrl-contract", "hyper", "ring", "yew", "sqlite"] {
            assert!(names.contains(&there), "{there} is not among {names:?}");
        }
        for not in ["xtask", "bzctrl-sandbox", "tempfile", "clap_derive", "windows-sys", "wasm-bindgen-cli"] {
            assert!(!names.contains(&not), "{not} is in it");
        }
        assert!(components.iter().all(|it| it["version"].as_str().is_some_and(|it| !it.is_empty())));
        assert_eq!(bill["metadata"]["timestamp"], "2023-11-14T22:13:20Z");
        let known: BTreeSet<&str> = components.iter().filter_map(|it| it["bom-ref"].as_str()).collect();
        let dependencies = bill["dependencies"].as_array().unwrap();
        let all = dependencies.iter().flat_map(|it| it["dependsOn"].as_array().unwrap());
        assert!(all.into_iter().all(|it| known.contains(it.as_str().unwrap())));
    }
}
