//! A disk: what was written to it and when, what was synced and when, and what it may hold when the power fails.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::trace::{self, Call};
use super::{LOG, STORE, WITNESS};
use crate::kills::random::Random;

/// What becomes of what was written and not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pending {
    Lost,
    /// Some of it is there, whatever was written first, and some of that in part.
    Some,
    Kept,
}

/// The power fails.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    pub(super) at: usize,
    pub(super) pending: Pending,
    /// A disk that has said it had synced, and has not: its database and its log are as they were then.
    pub(super) forgets: Option<usize>,
}

impl Cut {
    pub(super) fn is_honest(&self) -> bool {
        self.forgets.is_none()
    }
}

enum What {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

struct Change {
    begin: usize,
    end: usize,
    what: What,
}

/// A file, whatever its name.
#[derive(Default)]
struct File {
    changes: Vec<Change>,
    /// From when till when.
    syncs: Vec<(usize, usize)>,
    /// Where the next byte goes of who names no place.
    position: usize,
}

/// A name is given to a file, or to none.
struct Naming {
    at: usize,
    name: String,
    file: Option<usize>,
}

/// All of it.
#[derive(Default)]
pub(super) struct Disk {
    files: Vec<File>,
    names: Vec<Naming>,
    name_syncs: Vec<(usize, usize)>,
    /// When a todo's request went out, by its title.
    pub(super) sent: BTreeMap<String, usize>,
    /// When a page was told that it is created.
    pub(super) told: BTreeMap<String, usize>,
    pub(super) end: usize,
}

const SECTOR: usize = 512;
const NEW_WITNESS: &str = "relay.sqlite-witness.new";

/// The name of one of the store's files that outlive a power failure.
fn name_of(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next()?;
    [STORE, LOG, WITNESS, NEW_WITNESS].into_iter().find(|known| *known == name)
}

impl Disk {
    /// As this trace tells of what happened in a folder.
    pub(super) fn of(trace: &str, folder: &Path) -> Self {
        let mut disk = Self { end: trace.lines().count(), ..Self::default() };
        let mut named = HashMap::new();
        for call in trace::calls(trace).iter().filter(|call| !call.failed) {
            disk.take(call, folder, &mut named);
        }
        disk
    }

    fn take(&mut self, call: &Call, folder: &Path, named: &mut HashMap<&'static str, usize>) {
        let text = |at: usize| call.texts.get(at).map(Vec::as_slice).unwrap_or_default();
        let path = |at: usize| name_of(&String::from_utf8_lossy(text(at)));
        let on = name_of(&call.file).and_then(|name| named.get(name).copied());
        match call.name.as_str() {
            "openat" => {
                let Some(name) = path(0).filter(|_| call.rest.contains("O_CREAT")) else { return };
                let file = *named.entry(name).or_insert_with(|| {
                    self.files.push(File::default());
                    let file = self.files.len() - 1;
                    self.names.push(Naming { at: call.begin, name: name.to_owned(), file: Some(file) });
                    file
                });
                if call.rest.contains("O_TRUNC") {
                    self.files[file].position = 0;
                    self.change(file, call, What::Truncate(0));
                }
            }
            "pwrite64" if on.is_some() => {
                self.change(on.unwrap(), call, What::Write { at: call.number(), bytes: text(0).to_vec() });
            }
            "write" if on.is_some() => {
                let file = on.unwrap();
                let at = self.files[file].position;
                self.files[file].position += text(0).len();
                self.change(file, call, What::Write { at, bytes: text(0).to_vec() });
            }
            "ftruncate" if on.is_some() => self.change(on.unwrap(), call, What::Truncate(call.number())),
            "fsync" | "fdatasync" => match on {
                Some(file) => self.files[file].syncs.push((call.begin, call.end)),
                None if Path::new(&call.file) == folder => self.name_syncs.push((call.begin, call.end)),
                None => {}
            },
            "rename" => {
                let (Some(from), Some(to)) = (path(0), path(1)) else { return };
                let file = named.remove(from).expect("it was made");
                named.insert(to, file);
                self.names.push(Naming { at: call.begin, name: from.to_owned(), file: None });
                self.names.push(Naming { at: call.begin, name: to.to_owned(), file: Some(file) });
            }
            "unlink" => {
                let Some(name) = path(0) else { return };
                named.remove(name);
                self.names.push(Naming { at: call.begin, name: name.to_owned(), file: None });
            }
            "sendto" | "writev" | "write" => self.goes_out(call),
            _ => {}
        }
    }

    fn change(&mut self, file: usize, call: &Call, what: What) {
        self.files[file].changes.push(Change { begin: call.begin, end: call.end, what });
    }

    fn goes_out(&mut self, call: &Call) {
        let said = String::from_utf8_lossy(&call.texts.concat()).into_owned();
        let Some(title) = said.split_once("power-").and_then(|(_, rest)| rest.split('-').next()) else { return };
        let title = format!("power-{title}-");
        if said.starts_with("POST ") && said.contains("/add-task HTTP/1.1") {
            self.sent.entry(title).or_insert(call.begin);
        } else if said.starts_with("HTTP/1.1 201") {
            self.told.entry(title).or_insert(call.begin);
        }
    }

    pub(super) fn first_sent(&self) -> usize {
        self.sent.values().copied().min().unwrap_or_default()
    }

    /// What the disk holds then, by name.
    pub(super) fn after(&self, cut: &Cut, random: &mut Random) -> HashMap<String, Vec<u8>> {
        let synced = self.name_syncs.iter().filter(|(_, end)| *end <= cut.at).map(|(begin, _)| *begin).max();
        let mut names = HashMap::new();
        for naming in self.names.iter().take_while(|naming| naming.at <= cut.at) {
            // The system writes names down in their order.
            if synced.is_none_or(|synced| naming.at > synced) && cut.pending == Pending::Lost {
                break;
            }
            names.insert(naming.name.clone(), naming.file);
        }
        let files = names.into_iter().filter_map(|(name, file)| Some((name, file?)));
        files
            .map(|(name, file)| {
                let at = match cut.forgets {
                    Some(since) if name == STORE || name == LOG => since,
                    _ => cut.at,
                };
                let bytes = self.files[file].content(at, cut.pending, random);
                (name, bytes)
            })
            .collect()
    }
}

impl File {
    /// What it holds at a time: what was synced till then, and what is left of the rest.
    fn content(&self, at: usize, pending: Pending, random: &mut Random) -> Vec<u8> {
        let mut content = Vec::new();
        let synced = self.syncs.iter().filter(|(_, end)| *end <= at).map(|(begin, _)| *begin).max().unwrap_or_default();
        for Change { what, begin, end } in &self.changes {
            if *begin > at {
                break;
            }
            let is_there = *end < synced
                || match pending {
                    Pending::Lost => false,
                    Pending::Kept => true,
                    Pending::Some => random.below(2) == 0,
                };
            match what {
                _ if !is_there => {}
                What::Truncate(length) => content.resize(*length, 0),
                What::Write { at, bytes } => {
                    let is_torn = *end >= synced && pending == Pending::Some && random.below(4) == 0;
                    let sectors = random.below((bytes.len() / SECTOR) as u64 + 1);
                    let length = if is_torn { usize::try_from(sectors).unwrap() * SECTOR } else { bytes.len() };
                    content.resize(content.len().max(at + length), 0);
                    content[*at..at + length].copy_from_slice(&bytes[..length]);
                }
            }
        }
        content
    }
}
