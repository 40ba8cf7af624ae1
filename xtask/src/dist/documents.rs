//! The documents that go into a package. They stand in one folder there, so their links are set anew, and what is not in the package is
//! named without a link.

use std::fs;

use anyhow::{Context, Result};

use super::archive::Entry;
use crate::machine;

/// What is taken, from where in the repository, to where in the package's folder.
const TAKEN: [(&str, &str); 26] = [
    ("docs/EMBEDDING.md", "EMBEDDING.md"),
    ("docs/FIELDS.md", "FIELDS.md"),
    ("docs/IDENTITY.md", "IDENTITY.md"),
    ("docs/NETWORK.md", "NETWORK.md"),
    ("docs/OPERATING.md", "OPERATING.md"),
    ("docs/PROTOCOL.md", "PROTOCOL.md"),
    ("docs/SECURITY.md", "SECURITY.md"),
    ("docs/SETTINGS.md", "SETTINGS.md"),
    ("docs/STORES.md", "STORES.md"),
    ("docs/TEXTS.md", "TEXTS.md"),
    ("docs/WEBHOOKS.md", "WEBHOOKS.md"),
    ("docs/openapi.json", "openapi.json"),
    ("examples/backends/Assertion.cs", "backends/Assertion.cs"),
    ("examples/backends/Assertion.java", "backends/Assertion.java"),
    ("examples/backends/assertion.php", "backends/assertion.php"),
    ("examples/backends/assertion.py", "backends/assertion.py"),
    ("examples/backends/assertion.ts", "backends/assertion.ts"),
    ("examples/backends/Backend.cs", "backends/Backend.cs"),
    ("examples/backends/server.mjs", "backends/server.mjs"),
    ("examples/backends/Webhook.cs", "backends/Webhook.cs"),
    ("examples/backends/Webhook.java", "backends/Webhook.java"),
    ("examples/backends/webhook.php", "backends/webhook.php"),
    ("examples/backends/webhook.py", "backends/webhook.py"),
    ("examples/backends/webhook.ts", "backends/webhook.ts"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
];

/// All of them, under a folder.
///
/// # Errors
///
/// When one is missing.
pub(super) fn entries(folder: &str) -> Result<Vec<Entry>> {
    let entry = |(from, to): &(&str, &str)| {
        let file = machine::root().join(from);
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let bytes = match from.ends_with(".md") {
            true => with_links(std::str::from_utf8(&bytes)?, from).into_bytes(),
            false => bytes,
        };
        Ok(Entry::file(format!("{folder}/{to}"), bytes))
    };
    TAKEN.iter().map(entry).collect()
}

/// A document with the links that lead somewhere in the package; of the others the words are left.
fn with_links(text: &str, from: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, label, target, after)) = next_link(rest) {
        written.push_str(before);
        let is_kept = target.starts_with('#') || target.contains("://");
        match if is_kept { Some(target.to_owned()) } else { in_package(target, from) } {
            Some(target) => written.push_str(&format!("[{label}]({target})")),
            None => written.push_str(label),
        }
        rest = after;
    }
    written + rest
}

/// The text before the first link, its words, its target, and the text behind it.
fn next_link(text: &str) -> Option<(&str, &str, &str, &str)> {
    text.match_indices("](").find_map(|(at, _)| {
        let (head, tail) = text.split_at(at);
        let (before, label) = head.rsplit_once('[')?;
        let (target, after) = tail.strip_prefix("](")?.split_once(')')?;
        Some((before, label, target, after))
    })
}

/// Where a link of a document leads in the package, if it does.
fn in_package(target: &str, from: &str) -> Option<String> {
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    let file = TAKEN.iter().find(|(from, _)| *from == path).map(|(_, to)| (*to).to_owned());
    let folder = || {
        let within = |(from, to): &(&str, &str)| {
            let rest = from.strip_prefix(&path)?.strip_prefix('/')?;
            Some(to.strip_suffix(rest)?.to_owned())
        };
        TAKEN.iter().find_map(within)
    };
    let found = file.or_else(folder)?;
    Some(anchor.map_or_else(|| found.clone(), |anchor| format!("{found}#{anchor}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    /// The anchors that a document's headings make.
    fn anchors(document: &str) -> Vec<String> {
        let headings = document.lines().filter(|line| line.starts_with('#'));
        let slug = |heading: &str| {
            let words = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
            words.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter)).collect()
        };
        headings.map(slug).collect()
    }

    #[test]
    fn every_link_of_a_packaged_document_leads_to_what_is_in_the_package_or_to_an_address() {
        let entries = entries("doc").unwrap();
        let document = |path: &str| {
            let entry = entries.iter().find(|entry| entry.path == format!("doc/{path}"))?;
            Some(String::from_utf8(entry.bytes.clone()).unwrap())
        };
        let mut links = 0;
        for (_, name) in TAKEN.iter().filter(|(_, name)| name.ends_with(".md")) {
            let text = document(name).unwrap();
            let mut rest = &*text;
            while let Some((_, label, target, after)) = next_link(rest) {
                links += 1;
                rest = after;
                if target.starts_with("https://") {
                    continue;
                }
                let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
                let path = if path.is_empty() { name } else { path };
                let is_folder = entries.iter().any(|entry| entry.path.starts_with(&format!("doc/{path}")));
                let there = document(path).or_else(|| (path.ends_with('/') && is_folder).then(String::new));
                let there = there.unwrap_or_else(|| panic!("{name}: [{label}]({target}) leads nowhere"));
                assert!(anchor.is_empty() || anchors(&there).contains(&anchor.to_owned()), "{name}: {target}");
            }
        }
        assert!(links > 20, "{links}");
    }

    #[test]
    fn what_is_not_in_the_package_is_named_and_not_linked() {
        let text = "See [the README](../README.md#two-modes), [`a.mjs`](../examples/backends/server.mjs), [all](../examples/backends), \
                    [here](#x), [there](https://a.example/) and [rows](WEBHOOKS.md#y).";
        let said = "See the README, [`a.mjs`](backends/server.mjs), [all](backends/), [here](#x), [there](https://a.example/) and \
                    [rows](WEBHOOKS.md#y).";
        assert_eq!(with_links(text, "docs/EMBEDDING.md"), said);
    }

    #[test]
    fn every_backend_of_the_examples_is_in_the_package() {
        for file in fs::read_dir(machine::root().join("examples/backends")).unwrap() {
            let name = format!("examples/backends/{}", file.unwrap().file_name().display());
            assert!(TAKEN.iter().any(|(from, _)| *from == name), "{name} is not taken");
        }
    }
}
