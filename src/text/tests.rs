#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use bzctrl_contract::{Field, Kind};

use super::en::{CHOICES, TOLD, WORDS};
use super::languages::{FILES, sentences};
use super::*;
use crate::config::language::LANGUAGES;

#[test]
fn each_key_says_one_thing_and_the_docs_list_them_all() {
    let all: Vec<_> = keys().collect();
    let by_key: BTreeMap<_, _> = all.iter().cloned().collect();
    assert_eq!(by_key.len(), all.len(), "a key stands twice");
    for field in Field::all() {
        if let Kind::Choice(choices) = field.spec().kind {
            assert!(choices.offered().iter().all(|word| by_key.contains_key(&["choice.", word].concat())), "{field:?}");
        }
    }
    let mut docs = String::from(HEAD);
    let tags: Vec<_> = FILES.iter().map(|(tag, _)| *tag).collect();
    docs += &["| key | en | ", &tags.join(" | "), " |\n| --- |", &" --- |".repeat(1 + tags.len()), "\n"].concat();
    for (key, own) in &all {
        docs.extend(["| `", key, "` | ", &own.trim().replace('\n', "<br>")]);
        for (_, file) in FILES {
            let theirs = sentences(file).find(|(its, _)| its == key).map_or("", |(_, sentence)| sentence);
            docs.extend([" | ", &theirs.replace("\\n", "<br>")]);
        }
        docs += " |\n";
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/TEXTS.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(file, &docs).unwrap();
    }
    let written = std::fs::read_to_string(file).unwrap();
    assert_eq!(written, docs, "BLESS=1 cargo test -p bzctrl-widget --lib writes docs/TEXTS.md anew");
}

const HEAD: &str = "# The form's sentences

A page may put its own in their place, by the property `texts`:

```js
document.querySelector('bzctrl-todo').config = {
  texts: { 'heading.incident': 'Meld een afwijking', 'label.title': 'Wat is er aan de hand?', submit: 'Verstuur' },
};
```

In braces stands what is filled in: `{todo}` is what `noun.incident` or `noun.task` says, `{field}` a label, `{most}` and
`{count}` are numbers, `{reason}` is BzCtrl's own sentence. A sentence may leave them out, and has those that stand here; besides, each
`fault.…` has `{field}`, and each `….heading` and `….meaning` has `{todo}`. A key that is not here is told in the console, and left
out; a name in braces that its sentence does not have is told, and stays. This table is written by a test; the words stand in
`src/text/en.rs` and, of each other language, in the file of its name there.

";

/// The words of a host's own sentences, in English.
fn of_texts(texts: &[(String, String)]) -> Config {
    Config { texts: texts.to_vec(), ..Config::default() }
}

#[test]
fn each_language_says_what_english_says_in_the_same_order_and_fills_in_the_same() {
    let english: Vec<_> = keys().collect();
    for (tag, file) in FILES {
        let said: Vec<_> = sentences(file).collect();
        let lines = file.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).count();
        assert_eq!(lines, said.len(), "{tag}: each line is `key = sentence`");
        let (its, ours) = (said.iter().map(|(key, _)| *key), english.iter().map(|(key, _)| key.as_str()));
        assert_eq!(
            its.collect::<Vec<_>>(),
            ours.collect::<Vec<_>>(),
            "{tag}: a sentence is missing, unknown or elsewhere"
        );
        for ((key, said), (_, own)) in said.iter().zip(&english) {
            assert!(!said.trim().is_empty() && !said.contains('\t'), "{tag}: {key}");
            let foreign: Vec<_> = names(said).filter(|name| !names(own).any(|known| known == *name)).collect();
            assert!(
                foreign.iter().all(|name| is_filled(key, name)),
                "{tag}: {key} fills in {foreign:?}, and English does not"
            );
            // What tells is not to be lost; the todo may go, where a language has a sentence without it.
            let lost: Vec<_> =
                names(own).filter(|name| *name != "todo" && !names(said).any(|known| known == *name)).collect();
            assert!(lost.is_empty(), "{tag}: {key} lacks {lost:?}");
        }
        let shipped: Vec<_> =
            said.iter().enumerate().map(|(at, (_, said))| (at.to_string(), said.replace("\\n", "\n"))).collect();
        let config = of_texts(&shipped);
        assert_eq!(config.tag(), *tag);
        let words = Words::of_config(&config);
        for (key, said) in sentences(file) {
            if let Some(Word(word)) = WORDS.iter().find(|Word(word)| word.key_and_own().0 == key) {
                assert_eq!(words.of(Word(word)), said.replace("\\n", "\n"), "{tag}: {key}");
            }
        }
        let at = |key: &str| {
            sentences(file).find(|(its, _)| *its == key).map(|(_, said)| said.replace("\\n", "\n")).unwrap()
        };
        for field in Field::all() {
            assert_eq!(words.label(field), at(&["label.", field.wire()].concat()), "{tag}");
        }
        for (word, _) in CHOICES {
            assert_eq!(words.choice(word), at(&["choice.", word].concat()), "{tag}");
        }
        for told in TOLD {
            assert_eq!(words.heading_of(*told), at(&[told.key, ".heading"].concat()), "{tag}");
            if !told.meaning.is_empty() {
                assert_eq!(words.meaning(*told), at(&[told.key, ".meaning"].concat()), "{tag}");
            }
        }
    }
}

#[test]
fn every_file_of_a_language_is_one_that_the_widget_knows() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/text");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut written: Vec<_> = names.filter_map(|name| name.strip_suffix(".txt").map(str::to_owned)).collect();
    let mut known: Vec<_> = LANGUAGES.into_iter().filter(|tag| *tag != "en").collect();
    let files: Vec<_> = FILES.iter().map(|(tag, _)| *tag).collect();
    assert_eq!(files, known);
    written.sort();
    known.sort_unstable();
    assert_eq!(written, known);
}

#[test]
fn a_hosts_sentence_stands_in_the_place_of_ours_and_takes_the_same_values() {
    let own = |key: &str, text: &str| (key.to_owned(), text.to_owned());
    let texts =
        [own("problems.other", "{count} fouten { zonder naam }"), own("submit", "Verstuur"), own("sumbit", "?")];
    let config = of_texts(&texts);
    let words = Words::of_config(&config);
    assert_eq!(words.of(SUBMIT), "Verstuur");
    assert_eq!(words.of(CANCEL), "Cancel");
    assert_eq!(words.problems(3), "3 fouten { zonder naam }");
    assert_eq!(words.mistakes(), ["texts has \"sumbit\", which is the key of no sentence; it is left out"]);
}

#[test]
fn a_name_in_braces_that_a_sentence_does_not_fill_in_is_told() {
    let own = |key: &str, text: &str| (key.to_owned(), text.to_owned());
    let told = |key: &str, text: &str| Words::of_config(&of_texts(&[own(key, text)])).mistakes();
    assert_eq!(
        told("problems.other", "{number} fouten { zonder naam } {}"),
        ["texts has {number} in \"problems.other\", which stays as it is; filled in is {count}"]
    );
    assert_eq!(
        told("submit", "Verstuur {todo}"),
        ["texts has {todo} in \"submit\", which stays as it is; nothing is filled in there"]
    );
    for (key, text) in [
        ("fault.past-date", "{field}: kies een latere dag"),
        ("fault.too-long", "{field}: ten hoogste {most}"),
        ("host-refused.heading", "Dit {todo} gaat niet door"),
        ("refused", "Dit {todo} is niet aangenomen."),
        ("setting-missing.heading", "Geen {field}"),
        ("rejected.meaning", "{reason}"),
    ] {
        assert_eq!(told(key, text), [""; 0], "{key}");
    }
}

/// What is said to be filled in is.
#[test]
fn whatever_may_be_filled_in_is() {
    use crate::form::submit::Notice;
    use bzctrl_contract::{Code, Fault, TodoType};
    let filled = |key: &str| {
        let names = ["field", "todo"].into_iter().filter(|name| is_filled(key, name));
        names.map(|name| ["{", name, "}"].concat()).collect::<String>()
    };
    let texts: Vec<_> =
        keys().map(|(key, _)| (key.clone(), filled(&key))).filter(|(_, text)| !text.is_empty()).collect();
    let config = of_texts(&texts);
    let words = Words::of_config(&config);
    let fault = words.fault(Field::ReminderDate, Fault::PastDate, "");
    assert_eq!(fault, "reminder");
    for notice in [Notice::Lost, Notice::Problem(Code::WorkspaceDenied), Notice::HostSilent] {
        let said = words.notice(&notice, TodoType::Incident, Standing::default());
        assert!(
            said.heading == "incident" && said.meaning.contains("incident") && !said.meaning.contains('{'),
            "{said:?}"
        );
    }
}

#[test]
fn what_bzctrl_says_is_no_sentence_of_ours() {
    let values = [("reason", "no {todo}"), ("todo", "task")];
    assert_eq!(fill("It says: {reason}", &values, [""; 2]), "It says: no {todo}");
}

/// In a sentence from right to left, a name that ends with a number or a bracket stays in one piece.
#[test]
fn what_is_filled_in_keeps_its_own_direction() {
    let own =
        |dir: &str| of_texts(&[("dir".to_owned(), dir.to_owned()), ("look-for".to_owned(), "«{title}»".to_owned())]);
    let said = |dir: &str| Words::of_config(&own(dir)).look_for("Seal (MSKU 907032-3)", None);
    assert_eq!(said("rtl"), "«\u{2068}Seal (MSKU 907032-3)\u{2069}»");
    assert_eq!(said("ltr"), "«Seal (MSKU 907032-3)»");
}

/// The sources of the widget that ship, each with its path.
fn sources(folder: &std::path::Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_str().unwrap().to_owned();
        if path.is_dir() {
            all.extend(sources(&path).into_iter().filter(|(name, _)| !name.contains("tests")));
        } else if name.ends_with(".rs") && !name.contains("tests") {
            all.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    all
}

fn widget() -> Vec<(String, String)> {
    sources(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")))
}

/// Nothing is translated that nobody says.
#[test]
fn every_sentence_is_said_somewhere() {
    let own = include_str!("en.rs");
    let names = own.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(" = \"")).map(|(name, _)| name);
    let names: Vec<_> = names.filter(|name| name.chars().all(|it| it.is_ascii_uppercase() || it == '_')).collect();
    assert!(names.len() > 100, "{}", names.len());
    let sources = widget();
    let words = |text: &str| -> Vec<String> {
        let is_word = |it: char| it.is_alphanumeric() || it == '_';
        text.split(|it| !is_word(it)).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let said: Vec<_> = sources.iter().flat_map(|(_, text)| words(text)).collect();
    // Each stands once where it is declared.
    let unsaid: Vec<_> =
        names.iter().filter(|name| said.iter().filter(|word| word == name).count() < 2).copied().collect();
    assert_eq!(unsaid, [""; 0]);
}

/// What a view says has a key: no text stands in it.
#[test]
fn no_sentence_stands_in_a_view() {
    const SAYS: [&str; 5] = ["{\"", "aria-label=\"", "title=\"", "placeholder=\"", "alt=\""];
    for (name, text) in widget().iter().filter(|(name, _)| name.contains("/view/")) {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for begins in SAYS {
                for literal in line.split(begins).skip(1).filter_map(|rest| rest.split('"').next()) {
                    assert!(!literal.chars().any(char::is_alphabetic), "{name} says {literal:?}: {line}");
                }
            }
        }
    }
}
