//! Archives whose bytes depend on nothing but what is in them: no user, no clock, no order of a folder's.

use std::{collections::BTreeSet, io::Write};

use anyhow::Result;
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

/// A file in an archive.
pub(super) struct Entry {
    pub(super) path: String,
    mode: u32,
    pub(super) bytes: Vec<u8>,
}

impl Entry {
    /// A file that everybody may read.
    pub(super) fn file(path: String, bytes: Vec<u8>) -> Self {
        Self { path, mode: 0o644, bytes }
    }

    /// A file that everybody may run.
    pub(super) fn program(path: String, bytes: Vec<u8>) -> Self {
        Self { path, mode: 0o755, bytes }
    }
}

/// The files, root's, in this order, all of this time.
pub(super) fn tar(entries: &[Entry], epoch: u64) -> Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    for entry in entries {
        let mut header = header(epoch, entry.mode);
        header.set_size(entry.bytes.len() as u64);
        archive.append_data(&mut header, &entry.path, entry.bytes.as_slice())?;
    }
    Ok(archive.into_inner()?)
}

/// The same as dpkg wants it: each folder before what is in it.
pub(super) fn tar_with_folders(entries: &[Entry], epoch: u64) -> Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    let mut folders = BTreeSet::new();
    for entry in entries {
        let ends = entry.path.match_indices('/').map(|(at, _)| &entry.path[..=at]);
        for folder in std::iter::once("").chain(ends) {
            if folders.insert(folder.to_owned()) {
                let mut header = header(epoch, 0o755);
                header.set_entry_type(EntryType::Directory);
                header.set_size(0);
                put(&mut archive, header, &format!("./{folder}"), &[])?;
            }
        }
        let mut header = header(epoch, entry.mode);
        header.set_size(entry.bytes.len() as u64);
        put(&mut archive, header, &format!("./{}", entry.path), &entry.bytes)?;
    }
    Ok(archive.into_inner()?)
}

fn header(epoch: u64, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_mode(mode);
    header.set_mtime(epoch);
    header.set_uid(0);
    header.set_gid(0);
    let _ = header.set_username("root");
    let _ = header.set_groupname("root");
    header
}

/// With the path as it is written: the library would take the `./` away, which dpkg is used to.
fn put(archive: &mut Builder<Vec<u8>>, mut header: Header, path: &str, bytes: &[u8]) -> Result<()> {
    let name = &mut header.as_old_mut().name;
    anyhow::ensure!(path.len() < name.len(), "{path} is too long for an archive");
    name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_cksum();
    archive.append(&header, bytes)?;
    Ok(())
}

/// Compressed, without a name and a time.
pub(super) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::best());
    packed.write_all(bytes)?;
    Ok(packed.finish()?)
}
