#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use bzctrl_contract::{Field, Kind};

use super::*;

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
    for (key, own) in &all {
        docs.extend(["| `", key, "` | ", &own.trim().replace('\n', "<br>"), " |\n"]);
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
`src/text/en.rs`.

| key | sentence |
| --- | --- |
";

#[test]
fn a_hosts_sentence_stands_in_the_place_of_ours_and_takes_the_same_values() {
    let own = |key: &str, text: &str| (key.to_owned(), text.to_owned());
    let texts =
        [own("problems.other", "{count} fouten { zonder naam }"), own("submit", "Verstuur"), own("sumbit", "?")];
    let words = Words(&texts);
    assert_eq!(words.of(SUBMIT), "Verstuur");
    assert_eq!(words.of(CANCEL), "Cancel");
    assert_eq!(words.problems(3), "3 fouten { zonder naam }");
    assert_eq!(words.mistakes(), ["texts has \"sumbit\", which is the key of no sentence; it is left out"]);
}

#[test]
fn a_name_in_braces_that_a_sentence_does_not_fill_in_is_told() {
    let own = |key: &str, text: &str| (key.to_owned(), text.to_owned());
    let told = |key: &str, text: &str| Words(&[own(key, text)]).mistakes();
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
    let words = Words(&texts);
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
    assert_eq!(fill("It says: {reason}", &[("reason", "no {todo}"), ("todo", "task")]), "It says: no {todo}");
}
