//! Who may know whom inside the crates: the widget's rooms, where the browser may be named, what does no I/O.

use super::{Violation, source::Source};

/// The widget's rooms, and which others each may name.
const ROOMS: [(&str, &[&str]); 5] = [
    ("config", &[]),
    ("form", &["config"]),
    ("text", &["config", "form"]),
    ("view", &["config", "form", "text"]),
    ("platform", &["config", "form"]),
];

/// The crates that are the browser.
const BROWSER: [&str; 7] =
    ["web_sys", "js_sys", "gloo_net", "wasm_bindgen", "wasm_bindgen_futures", "serde_wasm_bindgen", "gloo"];

/// Where the browser may be named: its two rooms, and the two files that hand it in and let the loader call.
const IN_THE_BROWSER: [&str; 4] = ["src/platform", "src/view", "src/lib.rs", "src/main.rs"];

/// What is pure: it compiles and is tested natively, and asks nothing of the world.
const PURE: [&str; 2] = ["crates/contract/src", "src/form"];

/// The parts of std that ask something of the world.
const WORLD: [&str; 6] = ["env", "fs", "io", "net", "process", "thread"];

pub(super) fn check(source: &Source) -> Vec<Violation> {
    if source.is_for_tests() {
        return Vec::new();
    }
    let mut violations = rooms(source);
    violations.extend(browser(source));
    violations.extend(world(source));
    violations
}

fn within(file: &str, place: &str) -> bool {
    file.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.']))
}

fn violation(source: &Source, line: usize, what: String, instead: &'static str) -> Violation {
    Violation { file: source.file.clone(), line, what, instead }
}

fn rooms(source: &Source) -> Vec<Violation> {
    let Some((room, others)) = ROOMS.iter().find(|(room, _)| within(&source.file, &format!("src/{room}"))) else {
        return Vec::new();
    };
    named_rooms(source)
        .into_iter()
        .filter(|(named, _)| named != room && ROOMS.iter().any(|(any, _)| any == named) && !others.contains(named))
        .map(|(named, line)| {
            violation(
                source,
                line,
                format!("`{room}` knows `{named}`"),
                "view → form → contract; `platform` is handed in by lib.rs, and nobody names it",
            )
        })
        .collect()
}

/// What follows `crate::`, and `super::` where that leads to the crate's root.
fn named_rooms(source: &Source) -> Vec<(&str, usize)> {
    let depth = source.file.trim_start_matches("src/").trim_end_matches("/mod.rs").split('/').count();
    let mut to_root: Vec<&str> = Vec::new();
    for _ in 0..depth {
        to_root.extend(["super", ":", ":"]);
    }
    let mut named = Vec::new();
    for root in [&["crate", ":", ":"][..], &to_root] {
        for place in source.places(root) {
            named.extend(first_names(source, place + root.len()));
        }
    }
    named
}

/// The first name of a path, or of each path in a group.
pub(super) fn first_names(source: &Source, place: usize) -> Vec<(&str, usize)> {
    let mut tokens = source.from(place);
    let Some((first, line)) = tokens.next() else { return Vec::new() };
    if first != "{" {
        return vec![(first, line)];
    }
    let (mut depth, mut starts, mut names) = (1, true, Vec::new());
    for (text, line) in tokens {
        match text {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," => {}
            name if depth == 1 && starts => names.push((name, line)),
            _ => {}
        }
        if depth == 0 {
            break;
        }
        starts = depth == 1 && text == ",";
    }
    names
}

fn browser(source: &Source) -> Vec<Violation> {
    let widget = source.file.starts_with("src/") || source.file.starts_with("crates/");
    if !widget || IN_THE_BROWSER.iter().any(|place| within(&source.file, place)) {
        return Vec::new();
    }
    let tokens = source.tokens.iter().filter(|token| BROWSER.contains(&token.text.as_str()));
    tokens
        .map(|token| {
            let what = format!("names the browser ({})", token.text);
            violation(
                source,
                token.line,
                what,
                "let `platform` do it, or `view` where it is an event's or a node's type",
            )
        })
        .collect()
}

fn world(source: &Source) -> Vec<Violation> {
    if !PURE.iter().any(|place| within(&source.file, place)) {
        return Vec::new();
    }
    let std = ["std", ":", ":"];
    let named = source.places(&std).flat_map(|place| first_names(source, place + std.len()));
    let clocks = source.tokens.iter().map(|token| (token.text.as_str(), token.line));
    let clocks = clocks.filter(|(name, _)| ["Instant", "SystemTime"].contains(name));
    named
        .filter(|(name, _)| WORLD.contains(name))
        .chain(clocks)
        .map(|(name, line)| {
            violation(
                source,
                line,
                format!("asks the world (`{name}`) in what is pure"),
                "take what it needs as an argument",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn whats(file: &str, text: &str) -> Vec<String> {
        check(&Source::read(file, text).unwrap()).into_iter().map(|violation| violation.what).collect()
    }

    #[test]
    fn the_form_knows_neither_view_nor_platform() {
        assert_eq!(whats("src/form/state.rs", "use crate::platform::clock;"), ["`form` knows `platform`"]);
        assert_eq!(whats("src/form/mod.rs", "use crate::{config::Config, view::{a, b}};"), ["`form` knows `view`"]);
        assert_eq!(whats("src/form/mod.rs", "use super::platform;"), ["`form` knows `platform`"]);
        assert_eq!(whats("src/form/state.rs", "use super::super::view::A;"), ["`form` knows `view`"]);
        assert_eq!(whats("src/form/state.rs", "fn a() -> crate::text::Text {}"), ["`form` knows `text`"]);
        assert!(whats("src/form/state.rs", "use crate::form::submit; use super::restore;").is_empty());
    }

    #[test]
    fn nobody_names_the_platform_but_the_edge() {
        assert_eq!(whats("src/view/todo_form.rs", "use crate::platform::fetch;"), ["`view` knows `platform`"]);
        assert!(whats("src/view/todo_form.rs", "use crate::{form, text};").is_empty());
        assert!(whats("src/lib.rs", "use crate::{platform, view};").is_empty());
        assert!(whats("src/platform/fetch.rs", "use crate::form::Effect;").is_empty());
        assert_eq!(whats("src/config.rs", "use crate::form::Draft;"), ["`config` knows `form`"]);
    }

    #[test]
    fn the_browser_is_named_in_its_rooms_alone() {
        assert_eq!(whats("src/form/state.rs", "use web_sys::Window;"), ["names the browser (web_sys)"]);
        assert_eq!(whats("src/config.rs", "fn a(value: js_sys::Object) {}"), ["names the browser (js_sys)"]);
        assert_eq!(whats("crates/contract/src/date.rs", "use wasm_bindgen::JsValue;").len(), 1);
        assert!(whats("src/platform/tab.rs", "use web_sys::Window;").is_empty());
        assert!(whats("src/view/field/text.rs", "use web_sys::InputEvent;").is_empty());
        assert!(whats("src/form/state.rs", "// web_sys does this\n\"web_sys\";").is_empty());
    }

    #[test]
    fn what_is_pure_asks_nothing_of_the_world() {
        assert_eq!(whats("crates/contract/src/date.rs", "use std::fs;"), ["asks the world (`fs`) in what is pure"]);
        assert_eq!(
            whats("src/form/state.rs", "use std::{fmt, time::Instant};"),
            ["asks the world (`Instant`) in what is pure"]
        );
        assert!(whats("crates/relay/src/main.rs", "use std::fs;").is_empty());
        assert!(whats("crates/contract/src/date.rs", "#[cfg(test)] mod tests { use std::fs; }").is_empty());
    }
}
