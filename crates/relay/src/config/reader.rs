//! Reads a TOML file and the environment over it, value by value, and keeps every mistake with its place, so that an
//! operator sees all of them at once. It knows nothing of what the values mean.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{Mistake, line_of};
use super::odd_text::oddity;
use super::syntax;

/// What the names of environment variables begin with; sections and keys follow, each after two underscores.
pub const PREFIX: &str = "BZCTRL_RELAY__";

/// What the names begin with of those that may have been meant for one.
const NEARLY_PREFIX: &str = "BZCTRL";

/// What `NAME=${UNSET}` and an unfinished line come to.
const EMPTY: &str = "is empty: give it a value, or leave it out";

/// The whole configuration, before it means anything.
pub(super) struct Reader<'t> {
    text: &'t str,
    root: DeTable<'t>,
    /// Whether the file is no TOML: what seems to be missing may stand where it could not be read.
    is_broken: bool,
    environment: BTreeMap<String, Variable>,
    asked: RefCell<BTreeSet<String>>,
    places: RefCell<Places>,
    files: RefCell<Vec<NamedFile>>,
    mistakes: RefCell<Vec<Mistake>>,
}

/// Where each setting stands, by its name in the file: its variable, or its name and line. Nowhere, if it is not set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places(BTreeMap<String, Option<(String, Option<usize>)>>);

impl Places {
    /// A mistake with a setting.
    pub(crate) fn mistake(&self, setting: &str, says: String) -> Mistake {
        let (place, line) = self.0.get(setting).cloned().flatten().unwrap_or_else(|| (setting.to_owned(), None));
        Mistake { place, line, says }
    }

    /// Every setting that was asked for.
    #[cfg(test)]
    pub(super) fn settings(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// A file that a setting names.
#[derive(Clone, Debug)]
pub(crate) struct NamedFile {
    pub(crate) place: String,
    pub(crate) line: Option<usize>,
    pub(crate) path: PathBuf,
    /// Whether nobody else may read it.
    pub(crate) is_secret: bool,
}

/// A variable's value; none that is not UTF-8.
pub(super) type Variable = Option<String>;

/// A value as it was found, and where.
struct Found<T> {
    value: T,
    place: String,
    line: Option<usize>,
}

enum Raw<'r> {
    Environment(&'r str),
    File(&'r DeValue<'r>),
}

impl<'t> Reader<'t> {
    /// Reads the file's text; of the environment's variables those that begin with [`PREFIX`] are looked at.
    /// Of what was `unclosed` in the file nothing is in the text any more.
    pub(super) fn new(
        text: &'t str,
        unclosed: Vec<Mistake>,
        environment: impl IntoIterator<Item = (String, Variable)>,
    ) -> Self {
        let (root, faults) = DeTable::parse_recoverable(text);
        let is_broken = !faults.is_empty() || !unclosed.is_empty();
        let mut mistakes = syntax::mistakes(text, &faults);
        mistakes.extend(unclosed);
        let environment: BTreeMap<_, _> =
            environment.into_iter().filter(|(name, _)| name.starts_with(NEARLY_PREFIX)).collect();
        for (name, _) in environment.iter().filter(|(name, value)| name.starts_with(PREFIX) && value.is_none()) {
            let says = "its value is not UTF-8".to_owned();
            mistakes.push(Mistake { place: name.clone(), line: None, says });
        }
        Self {
            text,
            root: root.into_inner(),
            is_broken,
            environment,
            asked: RefCell::default(),
            places: RefCell::default(),
            files: RefCell::default(),
            mistakes: RefCell::new(mistakes),
        }
    }

    /// A section of the file, whether it is there or not.
    pub(super) fn section(&self, name: &'static str) -> Section<'_> {
        let value = self.root.get(name);
        let first_line = value.map(|value| line_of(self.text, value.span().start));
        let table = value.and_then(|value| value.get_ref().as_table());
        if value.is_some() && table.is_none() {
            self.note(name, first_line, format!("expected a section [{name}]"));
        }
        Section { reader: self, path: name.to_owned(), first_line, table, known: RefCell::default() }
    }

    /// Notes that something is not there, or not known: so it may seem where a file could not be read to its end.
    fn note_absence(&self, place: &str, line: Option<usize>, says: impl Into<String>) {
        if !self.is_broken {
            self.note(place, line, says);
        }
    }

    /// Notes a mistake.
    fn note(&self, place: &str, line: Option<usize>, says: impl Into<String>) {
        self.mistakes.borrow_mut().push(Mistake { place: place.to_owned(), line, says: says.into() });
    }

    /// The files that the settings name, as far as they were asked for; and every mistake, those among them that nobody has
    /// asked for: unknown sections and variables.
    pub(super) fn finish(self, sections: &[&str]) -> (Places, Vec<NamedFile>, Vec<Mistake>) {
        for (name, _) in self.root.iter().filter(|(name, _)| !sections.contains(&name.get_ref().as_ref())) {
            let line = Some(line_of(self.text, name.span().start));
            self.note_absence(name.get_ref(), line, format!("unknown section; known are {}", sections.join(", ")));
        }
        for name in self.environment.keys().filter(|name| !self.asked.borrow().contains(*name)) {
            let meant = self.asked.borrow().iter().find(|asked| is_nearly(name, asked)).cloned();
            match meant {
                Some(meant) => self.note(name, None, format!("no setting has this name: {meant} is meant")),
                // What else begins nearly so is somebody else's.
                None if name.starts_with(PREFIX) => self.note(name, None, "no setting has this name"),
                None => {}
            }
        }
        let mut mistakes = self.mistakes.into_inner();
        if self.is_broken {
            // What a broken line seems to say is not told beside what is wrong with the line itself.
            let broken: BTreeSet<_> =
                mistakes.iter().filter(|mistake| mistake.place.is_empty()).map(|mistake| mistake.line).collect();
            mistakes.retain(|mistake| {
                mistake.place.is_empty() || !broken.contains(&mistake.line) || mistake.line.is_none()
            });
        }
        mistakes.sort_by_key(|mistake| mistake.line.unwrap_or(usize::MAX));
        (self.places.into_inner(), self.files.into_inner(), mistakes)
    }
}

/// One section. Ask for each of its keys, then call [`Section::finish`].
pub(super) struct Section<'r> {
    reader: &'r Reader<'r>,
    path: String,
    /// Where it begins, if it is in the file.
    first_line: Option<usize>,
    table: Option<&'r DeTable<'r>>,
    known: RefCell<BTreeSet<String>>,
}

impl<'r> Section<'r> {
    /// The sections within this one: of the file, and of the environment alone.
    pub(super) fn sections(&self) -> Vec<Section<'r>> {
        let mut found: Vec<Section<'r>> = Vec::new();
        for (name, value) in self.table.into_iter().flatten() {
            let name: &str = name.get_ref();
            self.known.borrow_mut().insert(name.to_owned());
            let path = format!("{}.{name}", self.path);
            match value.get_ref().as_table() {
                Some(table) => {
                    if let Some(says) = name_mistake(name, &path, &found) {
                        self.reader.note(&path, self.line(value), says);
                    }
                    let first_line = self.line(value);
                    found.push(Section {
                        reader: self.reader,
                        path,
                        first_line,
                        table: Some(table),
                        known: RefCell::default(),
                    })
                }
                None => self.reader.note(&path, self.line(value), format!("expected a section [{path}]")),
            }
        }
        let prefix = variable(&format!("{}.", self.path)) + "__";
        for name in self.reader.environment.keys() {
            let Some((inner, _)) = name.strip_prefix(&prefix).and_then(|rest| rest.split_once("__")) else { continue };
            if !is_plain(inner) {
                continue;
            }
            let path = format!("{}.{}", self.path, inner.to_ascii_lowercase());
            if !found.iter().any(|section| variable(&section.path) == variable(&path)) {
                let first_line = None;
                found.push(Section { reader: self.reader, path, first_line, table: None, known: RefCell::default() });
            }
        }
        found
    }

    /// The section of this name within this one, if anything of it is set.
    pub(super) fn inner(&self, name: &str) -> Option<Section<'r>> {
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
        Some(Section { reader: self.reader, path, first_line, table, known: RefCell::default() }).filter(Self::is_set)
    }

    /// Whether anything of it is set, in the file or in the environment.
    pub(super) fn is_set(&self) -> bool {
        let prefix = variable(&format!("{}.", self.path)) + "__";
        self.table.is_some() || self.reader.environment.keys().any(|name| name.starts_with(&prefix))
    }

    /// The section's name within the one that it is in.
    pub(super) fn name(&self) -> &str {
        self.path.split_once('.').map_or(&self.path, |(_, name)| name)
    }

    /// A text, if it is set. An empty one is a mistake.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.parsed(key, |text| Ok::<_, String>(text.to_owned()))
    }

    /// A text, if it is set and `read` takes it.
    pub(super) fn parsed<T, E: fmt::Display>(&self, key: &str, read: impl Fn(&str) -> Result<T, E>) -> Option<T> {
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
    pub(super) fn number<T: FromStr + PartialOrd + fmt::Display>(
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
    pub(super) fn list<T, E: fmt::Display>(&self, key: &str, read: impl Fn(&str) -> Result<T, E>) -> Vec<T> {
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
    pub(super) fn file(&self, key: &str, is_secret: bool) -> Option<PathBuf> {
        let path = PathBuf::from(self.text(key)?);
        let found = self.found(key)?;
        let named = NamedFile { place: found.place, line: found.line, path: path.clone(), is_secret };
        self.reader.files.borrow_mut().push(named);
        Some(path)
    }

    /// A secret: from the environment under its own name, else from the file that `{key}_file` names. Never from this
    /// file, which is copied and committed.
    pub(super) fn secret(&self, key: &str) -> Option<SecretPlace> {
        let file_key = format!("{key}_file");
        let file = self.file(&file_key, true);
        match self.found(key) {
            Some(found @ Found { value: Raw::File(_), .. }) => {
                let name = variable(&format!("{}.{key}", self.path));
                self.refuse(&found, format!("a secret does not stand in this file: set {file_key}, or {name}"))
            }
            Some(found @ Found { value: Raw::Environment(""), .. }) => self.refuse(&found, EMPTY.to_owned()),
            Some(Found { value: Raw::Environment(text), .. }) => Some(SecretPlace::Value(text.to_owned())),
            None => file.map(SecretPlace::File),
        }
    }

    /// A secret, see [`Section::secret`]; a mistake if it is not set.
    pub(super) fn needs_secret(&self, key: &str) -> Option<SecretPlace> {
        let name = variable(&format!("{}.{key}", self.path));
        self.needed(key, self.secret(key), &format!("is needed: set {key}_file, or {name}"))
    }

    /// Notes that a value is needed and missing.
    pub(super) fn needs<T>(&self, key: &str, value: Option<T>) -> Option<T> {
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
    pub(super) fn lacks(&self, key: &str, says: &str) {
        if !self.is_told(key) {
            let value = self.table.and_then(|table| table.get(key));
            let line = value.and_then(|value| self.line(value)).or(self.first_line);
            self.reader.note_absence(&format!("{}.{key}", self.path), line, says);
        }
    }

    /// Whether a mistake with a key has been told of.
    fn is_told(&self, key: &str) -> bool {
        let place = format!("{}.{key}", self.path);
        let name = variable(&place);
        // Of a section that is none nothing can be there.
        let told = |mistake: &Mistake| [&place, &name, &self.path].contains(&&mistake.place);
        self.reader.mistakes.borrow().iter().any(told)
    }

    /// Where a key is set: its name and line, or its variable.
    pub(super) fn place(&self, key: &str) -> String {
        match self.found(key) {
            Some(Found { place, line: Some(line), .. }) => format!("{place} (line {line})"),
            Some(Found { place, .. }) => place,
            None => format!("{}.{key}", self.path),
        }
    }

    /// Whether a key is set, rightly or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.found(key).is_some()
    }

    /// Notes a mistake with a key of this section.
    pub(super) fn wrong(&self, key: &str, says: impl Into<String>) {
        match self.found(key) {
            Some(Found { place, line, .. }) => self.reader.note(&place, line, says),
            None => self.reader.note(&format!("{}.{key}", self.path), None, says),
        }
    }

    /// Notes a mistake with a secret: where it is, or its file is named.
    pub(super) fn wrong_secret(&self, key: &str, says: impl Into<String>) {
        let file = format!("{key}_file");
        self.wrong(if self.has(key) { key } else { &file }, says);
    }

    /// Notes a mistake with the section as a whole.
    pub(super) fn wrong_itself(&self, says: impl Into<String>) {
        self.reader.note(&self.path, None, says);
    }

    /// Notes the keys that nobody has asked for.
    pub(super) fn finish(self) {
        let known = self.known.borrow();
        for (name, _) in self.table.into_iter().flatten().filter(|(name, _)| !known.contains(&**name.get_ref())) {
            let line = Some(line_of(self.reader.text, name.span().start));
            let known = known.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            self.reader.note_absence(
                &format!("{}.{}", self.path, name.get_ref()),
                line,
                format!("unknown key; known are {known}"),
            );
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
        Some(line_of(self.reader.text, value.span().start))
    }
}

/// Where a secret is.
pub(super) enum SecretPlace {
    Value(String),
    File(PathBuf),
}

/// What is wrong with the name of a section that the operator names: it must be told from every other one, in the
/// environment too, and everywhere that the relay uses it.
fn name_mistake(name: &str, path: &str, others: &[Section<'_>]) -> Option<String> {
    if !is_plain(name) {
        return Some("expected a name of letters and digits, joined by single '-' or '_'".to_owned());
    }
    let other = others.iter().find(|other| variable(&other.path) == variable(path))?;
    Some(format!("in the environment this name is the same as that of {}: choose another", other.path))
}

fn is_plain(name: &str) -> bool {
    name.split(['-', '_']).all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Whether a variable has a setting's name but for underscores, one where two are meant or the like, and the word RELAY.
fn is_nearly(name: &str, setting: &str) -> bool {
    let letters = |name: &str| name.replace('_', "").to_ascii_uppercase();
    let (name, setting) = (letters(name), letters(setting));
    let rest = |name: &str| name.strip_prefix("BZCTRLRELAY").or_else(|| name.strip_prefix("BZCTRL")).map(str::to_owned);
    rest(&setting).is_some() && (name == setting || rest(&name) == rest(&setting))
}

/// The environment's name of a setting.
fn variable(place: &str) -> String {
    PREFIX.to_owned() + &place.trim_end_matches('.').replace('.', "__").replace('-', "_").to_ascii_uppercase()
}
