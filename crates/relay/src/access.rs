//! Why the user that this runs as cannot use a path: which folder on the way to it, or what is there, is closed, and what opens it.

use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::io::{Error, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::process::{getegid, geteuid, getgroups};

/// As many as Linux follows.
const MOST_LINKS: usize = 40;

/// What a path is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// To read a file, or what is in a folder.
    Read,
    /// To read and write a file, or to make files in a folder.
    Write,
}

impl Wanted {
    /// What that is called, and the bits of a mode that it takes.
    fn of(self, is_folder: bool) -> (&'static str, u32) {
        match (self, is_folder) {
            (Self::Read, false) => ("read", 0o4),
            (Self::Read, true) => ("read", 0o5),
            (Self::Write, false) => ("read and write", 0o6),
            (Self::Write, true) => ("write into", 0o3),
        }
    }
}

/// What the system says of a path; where it refuses this user, who that is, what is closed, and what opens it.
pub(crate) fn explained(error: Error, path: &Path, wanted: Wanted) -> Error {
    let closed = Some(&error).filter(|error| error.kind() == ErrorKind::PermissionDenied).and(closed(path, wanted));
    closed.map_or(error, |says| Error::new(ErrorKind::PermissionDenied, says))
}

/// What is closed to this user on the way to a path, or there, if anything is.
pub(crate) fn closed(path: &Path, wanted: Wanted) -> Option<String> {
    let way = way(path)?;
    let last = way.len() - 1;
    way.iter().enumerate().find_map(|(at, step)| {
        let about = step.symlink_metadata().ok().filter(|about| !about.is_symlink())?;
        let (does, bits) = if at < last { ("enter", 0o1) } else { wanted.of(about.is_dir()) };
        let asked = rustix::fs::Access::from_bits_truncate(bits);
        let refused = rustix::fs::access(step, asked).err()? == rustix::io::Errno::ACCESS;
        refused.then(|| format!("user {} may not {does} {}: {}", user(), step.display(), mend(step, &about, bits)))
    })
}

/// What gives this user what it lacks of these bits. A secret is opened to its group, and not to everybody.
fn mend(path: &Path, about: &Metadata, bits: u32) -> String {
    let (own, mode, path) = (geteuid().as_raw(), about.permissions().mode(), path.display());
    let is_of_group = || {
        getegid().as_raw() == about.gid()
            || getgroups().is_ok_and(|all| all.iter().any(|it| it.as_raw() == about.gid()))
    };
    let (whose, held) = match about.uid() == own {
        true => ("u", mode >> 6),
        false if is_of_group() => ("g", mode >> 3),
        false => ("", mode),
    };
    let lacking = bits & !held;
    let letters = |bits: u32| -> String {
        [(4, 'r'), (2, 'w'), (1, 'x')].iter().filter(|(bit, _)| bits & bit != 0).map(|(_, it)| it).collect()
    };
    match whose {
        _ if lacking == 0 => {
            "its mode admits that, so something else refuses it; see getfacl, and the kernel's log".to_owned()
        }
        "" if bits & 0o2 != 0 => format!("chown {} {path}", user()),
        "" => format!("chgrp {} {path} && chmod g+{} {path}", name_in("/etc/group", getegid().as_raw()), letters(bits)),
        whose => format!("chmod {whose}+{} {path}", letters(lacking)),
    }
}

/// The user that this runs as.
pub(crate) fn user() -> String {
    name_in("/etc/passwd", geteuid().as_raw())
}

/// A user's or a group's name, or its number where the file has none.
fn name_in(file: &str, number: u32) -> String {
    let known = std::fs::read_to_string(file).unwrap_or_default();
    let is_its = |line: &&str| line.split(':').nth(2) == Some(&number.to_string());
    let name = known.lines().find(is_its).and_then(|line| line.split(':').next());
    name.map_or_else(|| number.to_string(), str::to_owned)
}

/// Every folder and link by which a path is reached, from the root on, and what is there. None where links lead nowhere.
pub(crate) fn way(path: &Path) -> Option<Vec<PathBuf>> {
    let parts =
        |path: &Path| path.components().rev().map(|part| part.as_os_str().to_owned()).collect::<Vec<OsString>>();
    let mut ahead = parts(&std::path::absolute(path).ok()?);
    let (mut at, mut way, mut links) = (PathBuf::from("/"), vec![PathBuf::from("/")], 0);
    while let Some(part) = ahead.pop() {
        if part == OsStr::new("..") {
            at.pop();
            continue;
        }
        // An absolute one begins anew.
        let next = at.join(&part);
        if next == at {
            continue;
        }
        if part == OsStr::new("/") {
            at = next;
            continue;
        }
        way.push(next.clone());
        match next.read_link() {
            Ok(target) => {
                links += 1;
                if links > MOST_LINKS {
                    return None;
                }
                ahead.extend(parts(&target));
            }
            Err(_) => at = next,
        }
    }
    Some(way)
}
