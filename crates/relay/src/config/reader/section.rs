//! One section: its keys are asked for one after the other, and each mistake is noted with its place.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use toml::Spanned;
use toml::de::DeTable;

use super::names::{is_like, is_plain, name_mistake, variable, variables_of};
use super::{Found, NamedFile, Raw, Reader};
use crate::config::odd_text::oddity;
use crate::config::paths;

/// What `[tenants.example.com]` comes to: a section `com` in the section of the tenant `example`.
const DOTTED: &str =
    "a point parts names: write a name of letters and digits, joined by single '-' or '_', such as example-com";

/// Whether a table is there for the first part of such a name alone.
fn is_part_of_a_name(table: &DeTable<'_>, needed: &[&str]) -> bool {
    let is_meant = |table: &DeTable<'_>| table.keys().any(|key| needed.contains(&&**key.get_ref()));
    let inner: Option<Vec<_>> = table.values().map(|value| value.get_ref().as_table()).collect();
    inner.is_some_and(|inner| inner.iter().any(|table| is_meant(table)))
}

/// What `NAME=${UNSET}` and an unfinished line come to.
const EMPTY: &str = "is empty: give it a value, or leave it out";

/// One section. Ask for each of its keys, then call [`Section::finish`].
pub(in crate::config) struct Section<'r> {
    reader: &'r Reader<'r>,
    path: String,
    /// Where it begins, if it is in the file.
    first_line: Option<usize>,
    table: Option<&'r DeTable<'r>>,
    known: RefCell<BTreeSet<String>>,
    /// Keys that are missing, unless one that nobody asks for is a slip in them; and what is said of each.
    missing: RefCell<Vec<(String, String)>>,
}

impl<'r> Section<'r> {
    /// One of a reader.
    pub(super) fn new(
        reader: &'r Reader<'r>,
        path: String,
        first_line: Option<usize>,
        table: Option<&'r DeTable<'r>>,
    ) -> Self {
        Self { reader, path, first_line, table, known: RefCell::default(), missing: RefCell::default() }
    }

    /// The sections within this one: of the file, and of the environment alone. One of the environment alone that has not what is
    /// `needed` is a slip in the name of another one: it is told, and not read.
    pub(in crate::config) fn sections(&self, needed: &[&str]) -> Vec<Section<'r>> {
        let mut found: Vec<Section<'r>> = Vec::new();
        // By the names of their variables.
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in self.table.into_iter().flatten() {
            let name: &str = name.get_ref();
            self.known.borrow_mut().insert(name.to_owned());
            let path = format!("{}.{name}", self.path);
            match value.get_ref().as_table() {
                Some(table) if is_part_of_a_name(table, needed) => {
                    self.reader.unread.borrow_mut().insert(self.path.clone());
                    for (inner, value) in table {
                        self.reader.note(&format!("{path}.{}", inner.get_ref()), self.line(value), DOTTED);
                    }
                }
                Some(table) => {
                    let variable = variable(&path);
                    if let Some(says) = name_mistake(name, known.get(&variable)) {
                        self.reader.note(&path, self.line(value), says);
                    }
                    known.entry(variable).or_insert_with(|| path.clone());
                    found.push(Section::new(self.reader, path, self.line(value), Some(table)));
                }
                None => {
                    self.reader.unread.borrow_mut().insert(self.path.clone());
                    self.reader.note(&path, self.line(value), format!("expected a section [{path}]"));
                }
            }
        }
        let of_the_file: Vec<_> = found.iter().map(|section| section.path.clone()).collect();
        let prefix = variables_of(&self.path);
        for name in self.reader.variables(&prefix) {
            let Some((inner, _)) = name.strip_prefix(&prefix).and_then(|rest| rest.split_once("__")) else { continue };
            let path = format!("{}.{}", self.path, inner.to_ascii_lowercase());
            if !is_plain(inner) || known.contains_key(&variable(&path)) {
                continue;
            }
            let section = Section::new(self.reader, path, None, None);
            // In the file it is no section: that has been told.
            if self.is_told_itself() || section.is_told_itself() {
                section.pass_over();
                continue;
            }
            known.insert(variable(&section.path), section.path.clone());
            found.push(section);
        }
        let lacking = |section: &Section<'_>| -> Vec<&str> {
            let is_set = |key: &str| section.reader.environment.contains_key(&section.variable(key));
            needed.iter().copied().filter(|key| section.table.is_none() && !is_set(key)).collect()
        };
        let (read, slips): (Vec<_>, _) = found.into_iter().partition(|section| lacking(section).is_empty());
        for slip in slips {
            self.reader.unread.borrow_mut().insert(self.path.clone());
            slip.pass_over();
            let known =
                if of_the_file.is_empty() { String::new() } else { format!(", but {}", of_the_file.join(", ")) };
            let says = format!(
                "there is no section {} in the file{known}; in the environment alone it would need {} too",
                slip.path,
                lacking(&slip).join(", ")
            );
            let (place, line) = slip.own_place();
            self.reader.note_absence(&place, line, says);
        }
        read
    }

    /// Whether all of the sections within it have been read.
    pub(in crate::config) fn is_whole(&self) -> bool {
        !self.reader.is_broken && !self.is_told_itself() && !self.reader.unread.borrow().contains(&self.path)
    }

    /// The variables of it that are set.
    fn variables(&self) -> Vec<String> {
        self.reader.variables(&variables_of(&self.path)).cloned().collect()
    }

    /// Leaves it unread: what is wrong with it as a whole has been told, or will be.
    pub(in crate::config) fn pass_over(&self) {
        self.reader.asked.borrow_mut().extend(self.variables());
    }

    fn variable(&self, key: &str) -> String {
        variable(&format!("{}.{key}", self.path))
    }

    /// Where it stands as a whole: its name and line, or all of its variables.
    pub(in crate::config) fn own_place(&self) -> (String, Option<usize>) {
        let variables = if self.table.is_some() { Vec::new() } else { self.variables() };
        if variables.is_empty() { (self.path.clone(), self.first_line) } else { (variables.join(", "), None) }
    }

    /// Where a key would stand that is not set.
    fn unset_place(&self, key: &str) -> (String, Option<usize>) {
        let value = self.table.and_then(|table| table.get(key));
        match value.and_then(|value| self.line(value)).or(self.first_line) {
            None if self.table.is_none() && self.is_set() => (self.variable(key), None),
            line => (format!("{}.{key}", self.path), line),
        }
    }

    /// The section of this name within this one, if anything of it is set.
    pub(in crate::config) fn inner(&self, name: &str) -> Option<Section<'r>> {
        self.known.borrow_mut().insert(name.to_owned());
        let path = format!("{}.{name}", self.path);
        let value = self.table.and_then(|table| table.get(name));
        let first_line = value.and_then(|value| self.line(value));
        let table = match value {
            Some(value) => match value.get_ref().as_table() {
                Some(table) => Some(table),
                None => {
                    self.reader.note(&path, self.line(value), format!("expected a section [{path}]"));
                    return None;
                }
            },
            None => None,
        };
        Some(Section::new(self.reader, path, first_line, table)).filter(Self::is_set)
    }

    /// Whether anything of it is set, in the file or in the environment.
    pub(in crate::config) fn is_set(&self) -> bool {
        self.table.is_some() || !self.variables().is_empty()
    }

    /// The section's name within the one that it is in.
    pub(in crate::config) fn name(&self) -> &str {
        self.path.split_once('.').map_or(&self.path, |(_, name)| name)
    }

    /// A text, if it is set. An empty one is a mistake.
    pub(in crate::config) fn text(&self, key: &str) -> Option<String> {
        self.parsed(key, |text| Ok::<_, String>(text.to_owned()))
    }

    /// A text, if it is set and `read` takes it.
    pub(in crate::config) fn parsed<T, E: fmt::Display>(
        &self,
        key: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let found = self.found(key)?;
        let text = match found.value {
            Raw::Environment(text) => text,
            Raw::File(value) => match value.as_str() {
                Some(text) => text,
                None => return self.refuse(&found, format!("expected a text in quotes, found {}", value.type_str())),
            },
        };
        if text.trim().is_empty() {
            return self.refuse(&found, EMPTY.to_owned());
        }
        if let Some(says) = oddity(text) {
            return self.refuse(&found, format!("{text:?} {says}"));
        }
        read(text).map_or_else(|error| self.refuse(&found, error.to_string()), Some)
    }

    /// A whole number of this range, if it is set.
    pub(in crate::config) fn number<T: FromStr + PartialOrd + fmt::Display>(
        &self,
        key: &str,
        range: RangeInclusive<T>,
    ) -> Option<T> {
        let found = self.found(key)?;
        let text = match &found.value {
            Raw::Environment(text) => Some(*text),
            Raw::File(value) => value.as_integer().filter(|number| number.radix() == 10).map(|number| number.as_str()),
        };
        match text.and_then(|text| text.parse().ok()).filter(|number| range.contains(number)) {
            Some(number) => Some(number),
            None => {
                let (least, most) = range.into_inner();
                self.refuse(&found, format!("expected a whole number from {least} to {most}"))
            }
        }
    }

    /// A list of texts, each taken by `read`; in the environment they stand between commas. Empty if it is not set.
    pub(in crate::config) fn list<T, E: fmt::Display>(&self, key: &str, read: impl Fn(&str) -> Result<T, E>) -> Vec<T> {
        let Some(found) = self.found(key) else { return Vec::new() };
        let texts: Option<Vec<&str>> = match &found.value {
            Raw::Environment(text) => Some(text.split(',').map(str::trim).filter(|text| !text.is_empty()).collect()),
            Raw::File(value) => {
                value.as_array().and_then(|list| list.iter().map(|one| one.get_ref().as_str()).collect())
            }
        };
        match texts {
            Some(texts) => texts
                .into_iter()
                .filter_map(|text| match oddity(text) {
                    Some(says) => self.refuse(&found, format!("{text:?} {says}")),
                    None => read(text).map_or_else(|error| self.refuse(&found, format!("{text:?}: {error}")), Some),
                })
                .collect(),
            None => self.refuse(&found, "expected a list of texts".to_owned()).unwrap_or_default(),
        }
    }

    /// The path of a file, if it is set; one that is a secret nobody else may read.
    pub(in crate::config) fn file(&self, key: &str, is_secret: bool) -> Option<PathBuf> {
        let path = self.parsed(key, paths::path)?;
        let found = self.found(key)?;
        let named = NamedFile { place: found.place, line: found.line, path: path.clone(), is_secret };
        self.reader.files.borrow_mut().push(named);
        Some(path)
    }

    /// A secret: from the environment under its own name, else from the file that `{key}_file` names. Never from this
    /// file, which is copied and committed.
    pub(in crate::config) fn secret(&self, key: &str) -> Option<SecretPlace> {
        let file_key = format!("{key}_file");
        let file = self.file(&file_key, true);
        match self.found(key) {
            Some(found @ Found { value: Raw::File(_), .. }) => {
                let name = self.variable(key);
                self.reader.note(
                    &found.place,
                    found.line,
                    format!("a secret does not stand in this file: set {file_key}, or {name}"),
                );
                file.map(SecretPlace::File)
            }
            Some(found @ Found { value: Raw::Environment(""), .. }) => self.refuse(&found, EMPTY.to_owned()),
            Some(Found { value: Raw::Environment(text), .. }) => Some(SecretPlace::Value(text.to_owned())),
            None => file.map(SecretPlace::File),
        }
    }

    /// A secret, see [`Section::secret`]; a mistake if it is not set.
    pub(in crate::config) fn needs_secret(&self, key: &str) -> Option<SecretPlace> {
        let secret = self.secret(key);
        // What is wrong with its file has been told.
        if secret.is_none() && !self.is_told(&format!("{key}_file")) {
            let name = self.variable(key);
            self.lacks(key, &format!("is needed: set {key}_file, or {name}"));
        }
        secret
    }

    /// Notes that a value is needed and missing.
    pub(in crate::config) fn needs<T>(&self, key: &str, value: Option<T>) -> Option<T> {
        self.needed(key, value, "is needed")
    }

    /// A value that is set and wrong has been told of already.
    fn needed<T>(&self, key: &str, value: Option<T>, says: &str) -> Option<T> {
        if value.is_none() {
            match self.found(key) {
                Some(_) if self.is_told(key) => {}
                // A list, with nothing in it.
                Some(found) => self.reader.note(&found.place, found.line, format!("{says}, and nothing is in it")),
                None => self.lacks(key, says),
            }
        }
        value
    }

    /// Notes what is missing of a key, or of a section within this one: at its own line, or that of this section.
    pub(in crate::config) fn lacks(&self, key: &str, says: &str) {
        if self.is_told(key) {
            return;
        }
        if self.slip_in(key).is_some() {
            self.missing.borrow_mut().push((key.to_owned(), says.to_owned()));
        } else {
            self.note_missing(key, says);
        }
    }

    fn note_missing(&self, key: &str, says: &str) {
        let (place, line) = self.unset_place(key);
        self.reader.note_absence(&place, line, says);
    }

    /// A key that nobody has asked for so far, and that this one may have been meant by.
    fn slip_in(&self, key: &str) -> Option<&'r str> {
        let known = self.known.borrow();
        let mut names = self.table.into_iter().flatten().map(|(name, _)| &**name.get_ref());
        let file = format!("{key}_file");
        names.find(|name| !known.contains(*name) && (is_like(name, key) || is_like(name, &file)))
    }

    /// Whether a mistake with a key has been told of.
    pub(in crate::config) fn is_told(&self, key: &str) -> bool {
        let place = format!("{}.{key}", self.path);
        let told = self.reader.told.borrow();
        // Of a section that is none nothing can be there.
        self.is_told_itself() || told.contains(&variable(&place)) || told.contains(&place)
    }

    /// Whether a mistake with the section as a whole has been told of.
    fn is_told_itself(&self) -> bool {
        let root = self.path.split('.').next().unwrap_or_default();
        self.reader.misspelt.contains_key(root) || self.reader.told.borrow().contains(&self.path)
    }

    /// Where a key is set: its name and line, or its variable.
    pub(in crate::config) fn place(&self, key: &str) -> String {
        match self.found(key) {
            Some(Found { place, line: Some(line), .. }) => format!("{place} (line {line})"),
            Some(Found { place, .. }) => place,
            None => self.unset_place(key).0,
        }
    }

    /// Whether a key is set, rightly or not.
    pub(in crate::config) fn has(&self, key: &str) -> bool {
        // What cannot be read in the environment is set, too.
        self.found(key).is_some() || self.reader.environment.contains_key(&self.variable(key))
    }

    /// Notes a mistake with a key of this section.
    pub(in crate::config) fn wrong(&self, key: &str, says: impl Into<String>) {
        match self.found(key) {
            Some(Found { place, line, .. }) => self.reader.note(&place, line, says),
            None => {
                let (place, line) = self.unset_place(key);
                self.reader.note(&place, line, says);
            }
        }
    }

    /// Notes a mistake with a secret: where it is, or its file is named.
    pub(in crate::config) fn wrong_secret(&self, key: &str, says: impl Into<String>) {
        let file = format!("{key}_file");
        let is_variable = self.reader.environment.contains_key(&self.variable(key));
        self.wrong(if is_variable || !self.has(&file) { key } else { &file }, says);
    }

    /// Notes a mistake with the section as a whole.
    pub(in crate::config) fn wrong_itself(&self, says: impl Into<String>) {
        let (place, line) = self.own_place();
        self.reader.note(&place, line, says);
    }

    /// Notes the keys that nobody has asked for.
    pub(in crate::config) fn finish(self) {
        for (key, says) in self.missing.take() {
            if self.slip_in(&key).is_none() {
                self.note_missing(&key, &says);
            }
        }
        let known = self.known.borrow();
        for (name, value) in self.table.into_iter().flatten().filter(|(name, _)| !known.contains(&**name.get_ref())) {
            let line = Some(self.reader.lines.at(name.span().start));
            let place = format!("{}.{}", self.path, name.get_ref());
            // A secret is known by its file alone.
            let settings = known.iter().filter(|key| !known.contains(&format!("{key}_file")));
            let says = match settings.clone().find(|key| is_like(name.get_ref(), key)) {
                Some(meant) => format!("unknown key: {meant} is meant"),
                // [tenants.example] is there too.
                None if value.get_ref().as_table().is_some() && self.path.contains('.') => DOTTED.to_owned(),
                None => {
                    format!("unknown key; known are {}", settings.map(String::as_str).collect::<Vec<_>>().join(", "))
                }
            };
            self.reader.note_absence(&place, line, says);
        }
    }

    fn found(&self, key: &str) -> Option<Found<Raw<'r>>> {
        self.known.borrow_mut().insert(key.to_owned());
        let place = format!("{}.{key}", self.path);
        let name = variable(&place);
        self.reader.asked.borrow_mut().insert(name.clone());
        match self.reader.environment.get(&name) {
            Some(Some(text)) => {
                self.reader.places.borrow_mut().0.insert(place, Some((name.clone(), None)));
                return Some(Found { value: Raw::Environment(text), place: name, line: None });
            }
            // It has been told of. The file's value is not what was meant.
            Some(None) => return None,
            None => {}
        }
        let value = self.table.and_then(|table| table.get(key));
        let line = value.and_then(|value| self.line(value));
        self.reader.places.borrow_mut().0.insert(place.clone(), value.map(|_| (place.clone(), line)));
        let value = value?;
        Some(Found { value: Raw::File(value.get_ref()), place, line })
    }

    fn refuse<T, U>(&self, found: &Found<U>, says: String) -> Option<T> {
        self.reader.note(&found.place, found.line, says);
        None
    }

    fn line<T>(&self, value: &Spanned<T>) -> Option<usize> {
        Some(self.reader.lines.at(value.span().start))
    }
}

/// Where a secret is.
pub(in crate::config) enum SecretPlace {
    Value(String),
    File(PathBuf),
}
