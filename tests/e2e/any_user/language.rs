//! A language as its file has it.

use std::collections::HashMap;

use serde_json::json;

/// A language's sentences by their keys, and how a page comes to speak it.
pub(super) struct Language {
    pub(super) tag: &'static str,
    pub(super) said: HashMap<String, String>,
    /// What the page does for it.
    pub(super) script: String,
}

/// Around each sentence of the language that marks its own.
pub(super) const MARKS: [char; 2] = ['⟦', '⟧'];

impl Language {
    /// English, which stands in the program; the documents list it.
    pub(super) fn english() -> Self {
        let rows = include_str!("../../../docs/TEXTS.md").lines().filter_map(|row| row.strip_prefix("| `"));
        let said = rows.filter_map(|row| {
            let (key, cells) = row.split_once("` | ")?;
            Some((key.to_owned(), cells.split(" | ").next()?.replace("<br>", "\n")))
        });
        Self::new("en", said.collect())
    }

    fn of_file(tag: &'static str, file: &str) -> Self {
        let said = file.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
        Self::new(tag, said.map(|(key, said)| (key.to_owned(), said.replace("\\n", "\n"))).collect())
    }

    fn new(tag: &'static str, said: HashMap<String, String>) -> Self {
        Self { tag, said, script: format!("document.querySelector('bzctrl-todo').lang = '{tag}'") }
    }

    /// One of those that the widget speaks.
    pub(super) fn of(tag: &'static str) -> Self {
        match tag {
            "nl" => Self::of_file(tag, include_str!("../../../src/text/nl.txt")),
            "de" => Self::of_file(tag, include_str!("../../../src/text/de.txt")),
            "fr" => Self::of_file(tag, include_str!("../../../src/text/fr.txt")),
            "ar" => Self::of_file(tag, include_str!("../../../src/text/ar.txt")),
            _ => Self::english(),
        }
    }

    /// English with each of its sentences marked, as a host's own words: what has no mark is in the code.
    pub(super) fn marked() -> Self {
        let [begins, ends] = MARKS;
        let mut marked = Self::english();
        marked.said.retain(|key, _| !["lang", "dir"].contains(&key.as_str()));
        marked.said.values_mut().for_each(|said| *said = format!("{begins}{said}{ends}"));
        marked.script = format!("document.querySelector('bzctrl-todo').config = {}", json!({ "texts": marked.said }));
        Self { tag: "marked", ..marked }
    }

    /// What it says under a key, up to the first of what is filled in.
    pub(super) fn said(&self, key: &str) -> &str {
        let said = self.said.get(key).unwrap_or_else(|| panic!("{} has no {key}", self.tag));
        said.split('{').next().unwrap()
    }

    /// The same with what is filled in, which keeps its own direction among letters that are written from the right.
    pub(super) fn filled(&self, key: &str, name: &str, value: &str) -> String {
        let rtl = self.said.get("dir").is_some_and(|dir| dir == "rtl");
        let value = if rtl { format!("\u{2068}{value}\u{2069}") } else { value.to_owned() };
        self.said[key].replace(&format!("{{{name}}}"), &value)
    }
}
