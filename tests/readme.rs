//! What the documents and the types say to who embeds the widget is what the code does.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;

use bzctrl_contract::{Code, Field, FilledBy, Key};

const EMBEDDING: &str = include_str!("../docs/EMBEDDING.md");
const NETWORK: &str = include_str!("../docs/NETWORK.md");
const PROTOCOL: &str = include_str!("../docs/PROTOCOL.md");
const TYPES: &str = include_str!("../www/bzctrl.d.ts");

#[test]
fn the_guide_quotes_what_the_demos_page_really_adds() {
    let host = include_str!("../www/host.js");
    assert!(EMBEDDING.contains(host), "docs/EMBEDDING.md quotes another www/host.js: paste it anew");
    assert!(host.lines().count() < 40, "an integrator's code is under 40 lines");
}

/// All settings, as attributes.
fn attributes() -> Vec<String> {
    let names = include_str!("../src/config/names.rs");
    let own = names.split("const OWN: ").nth(1).unwrap().split("= [").nth(1).unwrap().split("];").next().unwrap();
    let own = own.split(',').map(|name| name.trim().trim_matches('"').to_lowercase()).filter(|name| !name.is_empty());
    let fields = Field::all().map(|field| match (field, field.spec().filled_by) {
        (Field::OrderId, _) => "order-id".to_owned(),
        (Field::TodoType, _) | (_, FilledBy::Host) => with_hyphens(field.wire()),
        (_, FilledBy::User) => format!("prefill-{}", with_hyphens(field.wire())),
    });
    own.chain(fields).collect()
}

fn with_hyphens(name: &str) -> String {
    let parted = name.chars().map(|letter| if letter.is_uppercase() { format!("-{letter}") } else { letter.into() });
    parted.collect::<String>().to_lowercase()
}

/// The property of an attribute.
fn property(attribute: &str) -> String {
    let mut words = attribute.split('-');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

#[test]
fn the_types_and_the_guide_know_every_setting() {
    let in_types = TYPES.split("export interface Settings").nth(1).unwrap().split("\n}").next().unwrap();
    let in_jsx = TYPES.split("export interface BzctrlTodoAttributes").nth(1).unwrap().split("\n}").next().unwrap();
    for attribute in attributes() {
        let setting = property(&attribute);
        // When the code is fetched is said to the element alone, and a property may be more than text.
        assert!(in_types.contains(&format!("  {setting}?: ")) || setting == "preload", "{setting} has no type");
        // Sentences come as an object, which no attribute is.
        if setting != "texts" {
            assert!(
                in_jsx.contains(&format!("  {attribute}?: ")) || in_jsx.contains(&format!("  '{attribute}'?: ")),
                "{attribute} has no type"
            );
        }
        assert!(EMBEDDING.contains(&format!("`{attribute}`")), "docs/EMBEDDING.md does not tell of {attribute}");
    }
}

#[test]
fn the_types_and_the_guide_know_every_event_with_its_details() {
    let page = include_str!("../src/platform/host_element.rs");
    let rows: Vec<_> = EMBEDDING.lines().filter(|line| line.starts_with("| `bzctrl-")).collect();
    for row in &rows {
        let words: Vec<_> = row.split('`').skip(1).step_by(2).collect();
        assert!(TYPES.contains(&format!("'{}': CustomEvent<", words[0])), "{} has no type", words[0]);
    }
    let announced: Vec<_> = page.split("announce(\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(announced.len() >= 5);
    for kind in announced {
        assert!(rows.iter().any(|row| row.starts_with(&format!("| `{kind}`"))), "nobody is told of {kind}");
    }
    let details = page.split("object(&[").skip(1).map(|rest| rest.split("])").next().unwrap());
    for name in details.flat_map(|members| members.split("(\"").skip(1).map(|rest| rest.split('"').next().unwrap())) {
        if !["bubbles", "composed", "cancelable", "detail"].contains(&name) {
            let known = [format!("  {name}:"), format!("  {name}?:"), format!("  {name}(")];
            assert!(known.iter().any(|known| TYPES.contains(known)), "{name} has no type");
            assert!(EMBEDDING.contains(&format!("`{name}")), "docs/EMBEDDING.md does not tell of {name}");
        }
    }
}

#[test]
fn every_line_of_what_a_network_does_names_journeys_that_there_are() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut journeys = Vec::new();
    for folder in ["tests/e2e", "tests/e2e/network"] {
        for entry in fs::read_dir(format!("{root}/{folder}")).unwrap() {
            let file = entry.unwrap().path();
            let module = file.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&file).unwrap_or_default();
            for test in text.split("#[tokio::test]").skip(1) {
                let name = test.split("async fn ").nth(1).unwrap().split('(').next().unwrap();
                journeys.push(format!("{module}::{name}"));
            }
        }
    }
    let rows = NETWORK.lines().filter(|line| line.starts_with("| ") && !line.contains("---"));
    let rows: Vec<_> = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>()).collect();
    for row in rows.iter().filter(|row| row[1] != "what happens") {
        assert_eq!(row.len(), 6, "{row:?} has not four columns");
        let (happens, held_by) = (row[1], row[4]);
        let named: Vec<_> = held_by.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no journey holds this: {happens}");
        for name in named {
            assert!(journeys.iter().any(|journey| journey == name), "there is no journey {name}, of: {happens}");
        }
    }
    let network = journeys.iter().filter(|journey| {
        fs::exists(format!("{root}/tests/e2e/network/{}.rs", journey.split("::").next().unwrap())).unwrap()
    });
    for journey in network {
        assert!(NETWORK.contains(&format!("`{journey}`")), "docs/NETWORK.md does not name {journey}");
    }
}

#[test]
fn the_guide_names_every_part() {
    let table = EMBEDDING.split("| part | |").nth(1).unwrap().split("\n\n").next().unwrap();
    let mut parts = 0;
    for folder in ["src/view", "src/view/field"] {
        for entry in fs::read_dir(format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap_or_default();
            for part in text.split("part=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
                assert!(part.split(' ').all(|part| table.contains(&format!("`{part}`"))), "nobody is told of {part}");
                parts += 1;
            }
        }
    }
    assert!(parts > 10);
}

const README: &str = include_str!("../README.md");

/// A section of a document, up to the next one.
/// Themes are made of what every host may set, and of nothing else: where that does not suffice, the promise is too small.
#[test]
fn a_theme_sets_what_the_guide_names_and_nothing_else() {
    let looks = section(EMBEDDING, "Looks");
    let promised = looks.split("Set `").nth(1).unwrap().split("on `:root`").next().unwrap();
    let promised: Vec<_> = promised.split('`').filter_map(|name| name.rsplit_once('-').map(|(_, name)| name)).collect();
    assert!(promised.contains(&"accent") && promised.len() == 8, "{promised:?}");
    let mut themes = 0;
    for file in fs::read_dir("www/themes").unwrap() {
        let file = file.unwrap();
        let sheet = fs::read_to_string(file.path()).unwrap();
        let (said, rule) = sheet.split_once("*/\n").unwrap();
        assert!(said.contains("<bzctrl-todo theme=\""), "{file:?} does not say how bright it is");
        assert!(
            looks.contains(&format!("(../www/themes/{})", file.file_name().display())),
            "nobody is told of {file:?}"
        );
        let rule = rule.strip_prefix(":root {\n").and_then(|rest| rest.strip_suffix("}\n")).unwrap();
        for line in rule.lines() {
            let name = line.trim().strip_prefix("--bzctrl-").and_then(|rest| rest.split(':').next()).unwrap();
            assert!(promised.contains(&name.rsplit('-').next().unwrap()), "{file:?} sets {line}");
        }
        themes += 1;
    }
    assert_eq!(themes, 3);
}

fn section<'a>(document: &'a str, heading: &str) -> &'a str {
    document.split(&format!("\n## {heading}\n")).nth(1).unwrap().split("\n## ").next().unwrap()
}

#[test]
fn an_endpoint_of_ones_own_is_told_every_member_of_its_answer_and_no_other() {
    let answer = include_str!("../crates/contract/src/token.rs");
    let answer = answer.split("pub struct TokenAnswer {").nth(1).unwrap().split("\n}").next().unwrap();
    let members = answer.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split(':').next());
    let told = section(PROTOCOL, "The token");
    let rows = told.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let (mut members, mut rows): (Vec<_>, Vec<_>) = (members.collect(), rows.collect());
    members.sort_unstable();
    rows.sort_unstable();
    assert_eq!(rows, members);
    // What the widget sends to get one, and the names of its keys.
    let fetch = include_str!("../src/platform/fetch.rs");
    let by_assertion = fetch.split("const BY_ASSERTION: &str = \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(told.contains(by_assertion) && told.contains("\ngrant_type=client_credentials\n"));
    let key = PROTOCOL.split("Idempotency-Key: ").find_map(|rest| Key::from_header(rest.lines().next()?).ok()).unwrap();
    let form = PROTOCOL.split("`[A-Za-z0-9_-]{1,64}\\.[0-9a-f]{32}`").nth(1).unwrap();
    assert!(key.as_str().len() > 33 && form.contains("double quotes"));
    // Where the console sends developers, and the way on from there.
    assert!(section(EMBEDDING, "An endpoint of your own").contains("(PROTOCOL.md)"));
    assert!(include_str!("../src/platform/advice.rs").contains("\\\"An endpoint of your own\\\""));
}

#[test]
fn what_is_built_from_a_checkout_is_there_and_in_the_version_that_the_readme_names() {
    for (folder, program) in [("relay", "bzctrl-relay"), ("sandbox", "bzctrl-sandbox")] {
        assert!(README.contains(&format!("cargo install --locked --path crates/{folder}")), "{program}");
        let manifest =
            fs::read_to_string(format!("{}/crates/{folder}/Cargo.toml", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(manifest.contains(&format!("name = \"{program}\"")), "{program}");
    }
    let manifest = include_str!("../Cargo.toml");
    let named = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
        line.split('"').nth(1).unwrap().to_owned()
    };
    assert_eq!(named(README, "yew = "), named(manifest, "yew = "), "the version of Yew");
    assert_eq!(named(README, "bzctrl-widget = "), "../bzctrl-widget");
    let rust = named(manifest, "rust-version = ");
    assert!(section(README, "Run the relay").contains(&format!("{rust} or newer")), "Rust {rust}");
}

#[test]
fn the_protocol_tells_every_problem_with_its_status() {
    let rows: Vec<&str> = PROTOCOL.lines().filter(|line| line.starts_with("| ")).collect();
    for code in Code::all() {
        let (word, status) = (format!("`{}`", code.as_str()), code.status().to_string());
        let told = rows.iter().any(|row| {
            let (before, found) = row.split_once(&word).map_or(("", false), |(before, _)| (before, true));
            // The nearest number before the word.
            found && before.split(|c: char| !c.is_ascii_digit()).rfind(|part| part.len() == 3) == Some(&status)
        });
        assert!(told, "docs/PROTOCOL.md does not tell {word}, status {status}");
    }
    // And none that there is not.
    let table = PROTOCOL.split("| answer | what it says |").nth(1).unwrap().split("\n\n").next().unwrap();
    for answer in table.lines().filter_map(|row| row.strip_prefix("| ")?.split(" |").next()) {
        let words = answer.split('`').skip(1).step_by(2);
        for word in words.filter(|word| word.contains('-') && word.chars().all(|c| c == '-' || c.is_ascii_lowercase()))
        {
            assert!(Code::parse(word).is_some(), "docs/PROTOCOL.md tells of {word}, which there is not");
        }
    }
}
