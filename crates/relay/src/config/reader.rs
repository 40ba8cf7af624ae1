//! Reads a TOML file and the environment over it, value by value, and keeps every mistake with its place, so that an
//! operator sees all of them at once. It knows nothing of what the values mean.

mod names;
mod section;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use toml::de::{DeTable, DeValue};

use super::mistake::{Lines, Mistake};
use super::syntax;
use names::{is_like, is_nearly};
pub(super) use section::{SecretPlace, Section};

/// What the names of environment variables begin with; sections and keys follow, each after two underscores.
pub const PREFIX: &str = "BZCTRL_RELAY__";

/// What the names begin with of those that may have been meant for one.
const NEARLY_PREFIX: &str = "BZCTRL";

/// The one that names the file.
const CONFIGURATION: &str = "BZCTRL_RELAY_CONFIG";

/// Whether a name begins so; one in small letters is a slip, and no other variable.
fn begins_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
}

/// The whole configuration, before it means anything.
pub(super) struct Reader<'t> {
    lines: Lines,
    root: DeTable<'t>,
    /// Whether the file is no TOML: what seems to be missing may stand where it could not be read.
    is_broken: bool,
    environment: BTreeMap<String, Variable>,
    asked: RefCell<BTreeSet<String>>,
    places: RefCell<Places>,
    files: RefCell<Vec<NamedFile>>,
    /// The sections that there are.
    sections: &'static [&'static str],
    /// Of these, those that are not in the file, but for a slip in their names.
    misspelt: BTreeMap<&'static str, String>,
    /// Sections of which some of the sections within them are not read: who is not found among these may be among those.
    unread: RefCell<BTreeSet<String>>,
    mistakes: RefCell<Vec<Mistake>>,
    /// Where there are mistakes.
    told: RefCell<BTreeSet<String>>,
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

    /// Whether a setting is set.
    pub(crate) fn has(&self, setting: &str) -> bool {
        self.0.get(setting).is_some_and(Option::is_some)
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
    /// Of what was `taken_out` of the file nothing is in the text any more.
    pub(super) fn new(
        text: &'t str,
        taken_out: Vec<Mistake>,
        environment: impl IntoIterator<Item = (String, Variable)>,
        sections: &'static [&'static str],
    ) -> Self {
        let (root, faults) = DeTable::parse_recoverable(text);
        let is_broken = !faults.is_empty() || !taken_out.is_empty();
        let mut mistakes = syntax::mistakes(text, &faults);
        mistakes.extend(taken_out);
        let environment: BTreeMap<_, _> =
            environment.into_iter().filter(|(name, _)| begins_with(name, NEARLY_PREFIX)).collect();
        for (name, _) in environment.iter().filter(|(name, value)| name.starts_with(PREFIX) && value.is_none()) {
            let says = "its value is not UTF-8".to_owned();
            mistakes.push(Mistake { place: name.clone(), line: None, says });
        }
        let root = root.into_inner();
        let misspelt = sections.iter().filter(|name| !root.contains_key(**name)).filter_map(|meant| {
            let is_slip = |name: &&str| !sections.contains(name) && is_like(name, meant);
            let slip = root.keys().map(|name| &**name.get_ref()).find(is_slip)?;
            Some((*meant, slip.to_owned()))
        });
        let told = mistakes.iter().map(|mistake| mistake.place.clone()).collect();
        Self {
            lines: Lines::of(text),
            sections,
            misspelt: misspelt.collect(),
            root,
            is_broken,
            environment,
            asked: RefCell::new(BTreeSet::from([CONFIGURATION.to_owned()])),
            places: RefCell::default(),
            files: RefCell::default(),
            unread: RefCell::default(),
            mistakes: RefCell::new(mistakes),
            told: RefCell::new(told),
        }
    }

    /// The variables of the environment that begin so.
    fn variables(&self, prefix: &str) -> impl Iterator<Item = &String> {
        let from = self.environment.range(prefix.to_owned()..).map(|(name, _)| name);
        let prefix = prefix.to_owned();
        from.take_while(move |name| name.starts_with(&prefix))
    }

    /// A section of the file, whether it is there or not.
    pub(super) fn section(&self, name: &'static str) -> Section<'_> {
        let value = self.root.get(name);
        let first_line = value.map(|value| self.lines.at(value.span().start));
        let table = value.and_then(|value| value.get_ref().as_table());
        if value.is_some() && table.is_none() {
            self.note(name, first_line, format!("expected a section [{name}]"));
        }
        Section::new(self, name.to_owned(), first_line, table)
    }

    /// Notes that something is not there, or not known: so it may seem where a file could not be read to its end.
    pub(super) fn note_absence(&self, place: &str, line: Option<usize>, says: impl Into<String>) {
        if !self.is_broken {
            self.note(place, line, says);
        }
    }

    /// Notes a mistake.
    fn note(&self, place: &str, line: Option<usize>, says: impl Into<String>) {
        self.told.borrow_mut().insert(place.to_owned());
        self.mistakes.borrow_mut().push(Mistake { place: place.to_owned(), line, says: says.into() });
    }

    /// The files that the settings name, as far as they were asked for; and every mistake, those among them that nobody has
    /// asked for: unknown sections and variables.
    pub(super) fn finish(self) -> (Places, Vec<NamedFile>, Vec<Mistake>) {
        for (name, value) in self.root.iter().filter(|(name, _)| !self.sections.contains(&name.get_ref().as_ref())) {
            let line = Some(self.lines.at(name.span().start));
            let meant = self.misspelt.iter().find(|(_, slip)| *slip == name.get_ref());
            let says = match meant {
                Some((meant, _)) => format!("unknown section: {meant} is meant"),
                None if value.get_ref().as_table().is_none() => {
                    "is in no section: write it below the one that it belongs to, such as [server]".to_owned()
                }
                None => format!("unknown section; known are {}", self.sections.join(", ")),
            };
            self.note_absence(name.get_ref(), line, says);
        }
        for name in self.environment.keys().filter(|name| !self.asked.borrow().contains(*name)) {
            let meant = self.asked.borrow().iter().find(|asked| is_nearly(name, asked)).cloned();
            match meant {
                Some(meant) => self.note(name, None, format!("no setting has this name: {meant} is meant")),
                // What else begins nearly so is somebody else's.
                None if begins_with(name, PREFIX) => self.note(name, None, "no setting has this name"),
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
