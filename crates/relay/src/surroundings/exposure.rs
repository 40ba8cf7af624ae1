//! Who else on this machine may read what is secret, or change what the relay believes: the file itself, or what stands in its place.
//! Whoever may write a folder puts another file there, so every folder and link on the way counts, from the root on. Groups are
//! believed: whom an operator puts into one is the operator's word.

use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::access::way;

const OTHERS_READ: u32 = 0o004;
const OTHERS_WRITE: u32 = 0o002;
const OTHERS_ENTER: u32 = 0o001;
/// In such a folder everybody may make a file, and remove their own alone.
const STICKY: u32 = 0o1000;
/// Of a widget's folder. One with more holds something else.
const MOST_FILES: usize = 10_000;

/// Who may change what the relay believes: root, and the relay's own user.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trusted {
    relay: u32,
}

impl Trusted {
    /// By the relay's user.
    pub(super) fn of(relay: u32) -> Self {
        Self { relay }
    }

    /// Who else may change a file, or read it where it is secret, and what to do.
    pub(super) fn exposes(self, path: &Path, is_secret: bool) -> Option<String> {
        self.changed_by_others(path).or_else(|| read_by_others(path).filter(|_| is_secret))
    }

    /// Who else may write a file, or put another one in its place.
    fn changed_by_others(self, path: &Path) -> Option<String> {
        way(path)?.iter().find_map(|step| self.step(step))
    }

    /// The same of a folder in which more files are made.
    pub(super) fn filled_by_others(self, folder: &Path) -> Option<String> {
        self.changed_by_others(folder).or_else(|| everybody_makes(folder, None))
    }

    /// The same of a folder of releases, and of all files in them.
    pub(super) fn release_changed_by_others(self, folder: &Path) -> Option<String> {
        of_releases(folder).iter().find_map(|path| self.changed_by_others(path))
    }

    fn step(self, step: &Path) -> Option<String> {
        let shown = step.display();
        let Ok(about) = step.symlink_metadata() else {
            return everybody_makes(step.parent()?, Some(step));
        };
        if !is_reached(step) {
            return None;
        }
        if ![0, self.relay].contains(&about.uid()) {
            return Some(format!(
                "{shown} belongs to user {}, who may change it: give it to root, or to the relay's user",
                about.uid()
            ));
        }
        // Of a link the folder says who may change it.
        let is_open = !about.is_symlink() && mode(&about) & OTHERS_WRITE != 0;
        if !is_open || about.is_dir() && mode(&about) & STICKY != 0 {
            return None;
        }
        let more = if about.is_dir() { ", and put other files into it" } else { "" };
        Some(format!("everybody on this machine may write {shown}{more}: chmod o-w it"))
    }
}

/// A folder of releases, these, and all files in them.
pub(super) fn of_releases(folder: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    // Nothing else is served.
    let is_version = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name == "v1" || name.starts_with(|first: char| first.is_ascii_digit())
    };
    let versions: Vec<_> = entries(folder).into_iter().filter(is_version).collect();
    let files = versions.iter().flat_map(|version| entries(version));
    std::iter::once(folder.to_owned()).chain(versions.iter().cloned()).chain(files).take(MOST_FILES).collect()
}

/// Whether everybody may make a file that is not there yet, before the relay does.
fn everybody_makes(folder: &Path, file: Option<&Path>) -> Option<String> {
    let about = folder.metadata().ok()?;
    let is_open = mode(&about) & (OTHERS_WRITE | OTHERS_ENTER) == OTHERS_WRITE | OTHERS_ENTER && is_reached(folder);
    let what = file.map_or_else(|| "a file".to_owned(), |file| file.display().to_string());
    is_open.then(|| {
        format!(
            "everybody on this machine may make {what} in {}: use a folder that is the relay's alone",
            folder.display()
        )
    })
}

/// Whether everybody may read a secret.
fn read_by_others(path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let is_open = path.metadata().is_ok_and(|about| mode(&about) & OTHERS_READ != 0);
    (is_open && is_reached(&path))
        .then(|| format!("everybody on this machine may read {}: chmod o= it", path.display()))
}

fn mode(about: &Metadata) -> u32 {
    about.permissions().mode()
}

/// Whether no folder above keeps everybody out.
fn is_reached(path: &Path) -> bool {
    path.ancestors().skip(1).all(|folder| folder.metadata().map_or(true, |about| mode(&about) & OTHERS_ENTER != 0))
}
