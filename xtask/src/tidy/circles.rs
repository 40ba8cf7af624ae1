//! Whether the rooms of a server's crate stand above one another: of those side by side in a folder, none may know, over
//! others or at once, one that knows it. A room that everything shares belongs below, not in the table of contents.

use std::collections::{BTreeMap, BTreeSet};

use super::rooms::first_names;
use super::{Violation, source::Source};

/// The crates that are kept so.
const CRATES: [&str; 2] = ["crates/relay/src", "crates/sandbox/src"];

/// Where one room names another.
struct Named {
    file: String,
    line: usize,
}

/// The rooms of a folder, and whom each names.
type Floor<'s> = BTreeMap<&'s str, BTreeMap<String, Named>>;

pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    CRATES.iter().flat_map(|root| in_crate(root, sources)).collect()
}

fn in_crate(root: &str, sources: &[Source]) -> Vec<Violation> {
    let modules: Vec<(Vec<&str>, &Source)> = sources
        .iter()
        .filter(|source| !source.is_for_tests())
        .filter_map(|source| Some((module(source.file.strip_prefix(root)?.strip_prefix('/')?), source)))
        .collect();
    let known: BTreeSet<&[&str]> =
        modules.iter().flat_map(|(path, _)| (1..=path.len()).map(|length| &path[..length])).collect();
    let mut floors: BTreeMap<Vec<&str>, Floor<'_>> = BTreeMap::new();
    for (from, source) in &modules {
        for (to, line) in paths(from, source) {
            let common = from.iter().zip(&to).take_while(|(a, b)| *a == *b).count();
            let (Some(room), Some(other)) = (from.get(common), to.get(common)) else { continue };
            let sibling: Vec<&str> = to[..=common].iter().map(String::as_str).collect();
            if known.contains(sibling.as_slice()) {
                let named = Named { file: source.file.clone(), line };
                floors
                    .entry(from[..common].to_vec())
                    .or_default()
                    .entry(room)
                    .or_default()
                    .entry(other.clone())
                    .or_insert(named);
            }
        }
    }
    floors.into_values().flat_map(circles).collect()
}

/// A file's place below the crate's root: none for the root itself.
fn module(file: &str) -> Vec<&str> {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if ["lib", "main", "mod"].contains(&path) { Vec::new() } else { path.split('/').collect() }
}

/// The paths that begin at the crate's root, or with `super`, as far as a group.
fn paths(from: &[&str], source: &Source) -> Vec<(Vec<String>, usize)> {
    let mut found = Vec::new();
    for start in 0..source.tokens.len() {
        let follows_path = start >= 2 && source.tokens[start - 1].text == ":" && source.tokens[start - 2].text == ":";
        if follows_path {
            continue;
        }
        let mut at = start;
        let mut base: Option<Vec<String>> = None;
        while let Some((word, _)) = source.from(at).next() {
            // `pub(super)` begins no path.
            if source.from(at + 1).next().is_none_or(|(text, _)| text != ":") {
                break;
            }
            match (word, &mut base) {
                ("crate", None) => base = Some(Vec::new()),
                ("super", None) => base = Some(parent(from.iter().map(|part| (*part).to_owned()).collect())),
                ("super", Some(path)) => *path = parent(std::mem::take(path)),
                _ => break,
            }
            at += 3;
        }
        let Some(base) = base else { continue };
        for (name, line) in first_names(source, at) {
            let mut path = base.clone();
            path.push(name.to_owned());
            // One name more, for `crate::upstream::token::…`.
            let group = source.from(at).next().is_some_and(|(text, _)| text == "{");
            if !group && source.from(at + 1).next().is_some_and(|(text, _)| text == ":") {
                path.extend(source.from(at + 3).next().map(|(text, _)| text.to_owned()));
            }
            found.push((path, line));
        }
    }
    found
}

fn parent(mut path: Vec<String>) -> Vec<String> {
    path.pop();
    path
}

/// Every naming that lies on a circle.
fn circles(floor: Floor<'_>) -> Vec<Violation> {
    let reaches = |from: &str, to: &str| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(room) = next.pop() {
            if room == to {
                return true;
            }
            if seen.insert(room) {
                next.extend(floor.get(room).into_iter().flat_map(|others| others.keys()).map(String::as_str));
            }
        }
        false
    };
    floor
        .iter()
        .flat_map(|(room, others)| others.iter().map(move |(other, named)| (*room, other, named)))
        .filter(|(room, other, _)| reaches(other, room))
        .map(|(room, other, named)| Violation {
            file: named.file.clone(),
            line: named.line,
            what: format!("`{room}` knows `{other}`, which knows it"),
            instead: "put what both need into a room below them",
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn whats(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files.iter().map(|(file, text)| Source::read(file, text).unwrap()).collect();
        check(&sources).into_iter().map(|violation| format!("{}: {}", violation.file, violation.what)).collect()
    }

    #[test]
    fn a_circle_is_told_at_each_of_its_links() {
        let told = whats(&[
            ("crates/relay/src/lib.rs", "mod router; mod admission; mod token; use router::Relay;"),
            ("crates/relay/src/router.rs", "use crate::{routes::token, admission};"),
            ("crates/relay/src/admission.rs", "use crate::router::Relay;"),
            ("crates/relay/src/routes/token.rs", "fn a(relay: &super::super::router::Relay) {}"),
        ]);
        assert_eq!(
            told,
            [
                "crates/relay/src/admission.rs: `admission` knows `router`, which knows it",
                "crates/relay/src/router.rs: `router` knows `admission`, which knows it",
                "crates/relay/src/router.rs: `router` knows `routes`, which knows it",
                "crates/relay/src/routes/token.rs: `routes` knows `router`, which knows it",
            ]
        );
    }

    #[test]
    fn a_circle_inside_a_folder_and_one_of_three_are_circles() {
        let within = whats(&[
            ("crates/relay/src/upstream/mod.rs", "mod send; mod token; use token::Tokens;"),
            ("crates/relay/src/upstream/send.rs", "use super::token::AccessToken;"),
            ("crates/relay/src/upstream/token.rs", "use crate::upstream::send::{body, chain};"),
        ]);
        assert_eq!(within.len(), 2, "{within:?}");
        let of_three = whats(&[
            ("crates/sandbox/src/a.rs", "use crate::b::B;"),
            ("crates/sandbox/src/b.rs", "use super::c;"),
            ("crates/sandbox/src/c/mod.rs", "use crate::a::A;"),
        ]);
        assert_eq!(of_three.len(), 3, "{of_three:?}");
    }

    #[test]
    fn one_way_down_is_no_circle() {
        let told = whats(&[
            ("crates/relay/src/router.rs", "use crate::{relay::Relay, routes::token};"),
            ("crates/relay/src/routes/token.rs", "use crate::relay::Relay; use super::answer; use crate::routes::x;"),
            ("crates/relay/src/routes/answer.rs", "use crate::relay::Relay;"),
            ("crates/relay/src/relay.rs", "#[cfg(test)] mod tests { use crate::router; }"),
            ("crates/relay/src/relay/tests.rs", "use crate::router;"),
            ("crates/relay/src/problem.rs", "pub(super) fn router() {} use crate::relay;"),
            ("src/form/a.rs", "use crate::b; use super::b;"),
        ]);
        assert_eq!(told, [""; 0]);
    }
}
