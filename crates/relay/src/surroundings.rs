//! What the settings name outside of their file: folders, files and who may read them, this machine's addresses. A file can be
//! right to the letter, and no relay starts with it, or it starts and everybody reads its secrets. Nothing is changed here.

use std::fs::Metadata;
use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::config::{Config, Mistake, NamedFile, StorePlace, seal_key};
use crate::store::{SCHEMA, sealing_key_of};

/// Everything outside of the file that is not as the settings need it; `file` is where they were read from.
pub fn mistakes(config: &Config, file: &Path) -> Vec<Mistake> {
    let mut mistakes = missing(config);
    let mut say = |setting: &str, says: Option<String>| {
        mistakes.extend(says.map(|says| config.places.mistake(setting, says)));
    };
    if let StorePlace::File(path) = &config.store.place {
        let unusable = store(path);
        if unusable.is_none() && config.seal.key.is_none() {
            say("store.path", key_beside(&sealing_key_of(path)));
        }
        say("store.path", unusable.or_else(|| exposed(path, true)));
    }
    say("server.listen", elsewhere(config.server.listen));
    say("server.health_listen", config.server.health_listen.and_then(elsewhere));
    let named = config.files.iter().map(|NamedFile { place, line, path, is_secret }| {
        exposed(path, *is_secret).map(|says| Mistake { place: place.clone(), line: *line, says })
    });
    mistakes.extend(named.flatten());
    let own = exposed(file, false).map(|says| Mistake { place: String::new(), line: None, says });
    mistakes.extend(own);
    mistakes
}

/// What the settings name and the disk lacks. It may come later, so the relay starts without it. A program that has the
/// widget in it makes the folder.
pub fn missing(config: &Config) -> Vec<Mistake> {
    let says = config.widget_folder.as_deref().and_then(|folder| match folder.metadata() {
        Ok(metadata) if metadata.is_dir() => None,
        Ok(_) => Some(format!("{} is no folder", folder.display())),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Some(format!("{} cannot be used: {error}", folder.display()))
        }
        Err(_) if cfg!(embedded_widget) => None,
        Err(_) => Some(format!("there is no folder {}: pages get no widget from this relay", folder.display())),
    });
    says.map(|says| config.places.mistake("widget.folder", says)).into_iter().collect()
}

/// Why no store can be at this path, as far as can be seen without making one.
fn store(path: &Path) -> Option<String> {
    let shown = path.display();
    let says = |error: &dyn std::fmt::Display| format!("{shown} cannot be used: {error}");
    let found = match path.metadata() {
        // A link that leads nowhere: the file would be made where it leads.
        Err(error) if error.kind() == ErrorKind::NotFound && path.is_symlink() => {
            let target = match path.read_link() {
                Ok(target) => path.with_file_name("").join(target),
                Err(error) => return Some(says(&error)),
            };
            // No folder is made there.
            return match target.parent().filter(|folder| !folder.is_dir()) {
                Some(folder) => Some(format!("{shown} leads to the folder {}, which there is not", folder.display())),
                None => store(&target),
            };
        }
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Some(says(&error)),
        Ok(metadata) if metadata.is_dir() => {
            return Some(format!(
                "{shown} is a folder: name a file in it, such as {}",
                path.join("relay.sqlite").display()
            ));
        }
        Ok(metadata) if !metadata.is_file() => return Some(format!("{shown} is no file")),
        Ok(_) => Some(path),
    };
    let folder = match nearest_folder(path) {
        Ok(folder) => folder,
        Err(says) => return Some(says),
    };
    unfit(&folder)
        .or_else(|| unwritable(&folder))
        .or_else(|| found.and_then(|file| unwritable(file).or_else(|| not_a_database(file))))
}

/// The folder that a file is in or will be made in, or the nearest one above that there is.
fn nearest_folder(path: &Path) -> Result<PathBuf, String> {
    for folder in path.ancestors().skip(1) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        match folder.metadata() {
            Ok(metadata) if metadata.is_dir() => return Ok(folder.to_owned()),
            Ok(_) => return Err(format!("{} is no folder", folder.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{} cannot be used: {error}", folder.display())),
        }
    }
    Err(format!("there is no folder for {}", path.display()))
}

/// File systems of the kernel's own, where nothing is kept.
#[cfg(target_os = "linux")]
const NO_DISKS: [u32; 9] =
    [0x9fa0, 0x6265_6572, 0x0027_e0eb, 0x6367_7270, 0x1cd1, 0x6462_6720, 0x7472_6163, 0x7363_6673, 0xcafe_4a11];
/// NFS, SMB in three ages, Ceph, AFS. SQLite's locks and its shared memory do not hold over a network.
#[cfg(target_os = "linux")]
const NETWORKS: [u32; 6] = [0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42, 0x00c3_6400, 0x5346_414f];

/// Why no store can be in this folder, whoever writes there.
fn unfit(folder: &Path) -> Option<String> {
    #[cfg(target_os = "linux")]
    if let Ok(system) = rustix::fs::statfs(folder) {
        // The numbers have 32 bits; the type differs by machine.
        let kind = u32::try_from(u64::try_from(system.f_type).unwrap_or_default() & 0xffff_ffff).unwrap_or_default();
        if NO_DISKS.contains(&kind) {
            return Some(format!("{} is on no disk: nothing is kept there", folder.display()));
        }
        if NETWORKS.contains(&kind) {
            return Some(format!("{} is on a network file system: the store needs a local disk", folder.display()));
        }
    }
    None
}

/// Whether this user cannot write there.
fn unwritable(path: &Path) -> Option<String> {
    use rustix::fs::Access;
    let wanted = if path.is_dir() { Access::WRITE_OK | Access::EXEC_OK } else { Access::READ_OK | Access::WRITE_OK };
    let error = rustix::fs::access(path, wanted).err()?;
    Some(format!("{} cannot be written: {}", path.display(), std::io::Error::from(error)))
}

/// What an SQLite file begins with, and where in it stands the number of its schema.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const HEADER: usize = 100;
const VERSION: std::ops::Range<usize> = 60..64;

/// Why a file is no store of this relay. It is read, and not opened as a database: that would write beside it.
fn not_a_database(file: &Path) -> Option<String> {
    let mut header = Vec::new();
    let read = std::fs::File::open(file).and_then(|file| file.take(HEADER as u64).read_to_end(&mut header));
    let shown = file.display();
    if let Err(error) = read {
        return Some(format!("{shown} cannot be read: {error}"));
    }
    if header.is_empty() {
        return None;
    }
    if header.len() < HEADER || !header.starts_with(MAGIC) {
        return Some(format!("{shown} is no SQLite database"));
    }
    let version = header.get(VERSION).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
    (version > SCHEMA).then(|| format!("{shown} was made by a newer relay (schema {version}; this one knows {SCHEMA})"))
}

/// What is wrong with the sealing key beside the store; none is made.
fn key_beside(file: &Path) -> Option<String> {
    let shown = file.display();
    match std::fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        // It may be in a folder that is none: the store's own mistake.
        Err(error) if error.kind() == ErrorKind::NotADirectory => None,
        Err(error) => Some(format!("the sealing key {shown} cannot be read: {error}")),
        Ok(text) if text.trim().is_empty() => None,
        Ok(text) => seal_key::read(&text).err().map(|says| format!("{shown}: {says}")).or_else(|| exposed(file, true)),
    }
}

const OTHERS_READ: u32 = 0o004;
const OTHERS_WRITE: u32 = 0o002;
const OTHERS_ENTER: u32 = 0o001;

/// Whether everybody on this machine may read a file that is secret, or write one that the relay believes.
fn exposed(path: &Path, is_secret: bool) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let mode = |metadata: Metadata| metadata.permissions().mode();
    let own = path.metadata().map(mode).ok()?;
    let does = match own & (OTHERS_READ | OTHERS_WRITE) {
        OTHERS_READ if is_secret => "read",
        OTHERS_READ | 0 => return None,
        _ => "write",
    };
    // Where a folder above lets nobody in, nobody gets there.
    let is_reached =
        path.ancestors().skip(1).all(|folder| folder.metadata().map_or(true, |it| mode(it) & OTHERS_ENTER != 0));
    is_reached.then(|| format!("everybody on this machine may {does} {}: chmod o= it", path.display()))
}

/// Whether an address is not one of this machine's.
fn elsewhere(address: SocketAddr) -> Option<String> {
    // Any port: that one may be in use, by the relay that is running.
    let error = TcpListener::bind((address.ip(), 0)).err()?;
    (error.kind() == ErrorKind::AddrNotAvailable).then(|| format!("{} is no address of this machine", address.ip()))
}

#[cfg(test)]
mod tests;
