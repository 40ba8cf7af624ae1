//! What the settings name outside of their file: folders, files and who may read or change them, this machine's addresses. A file can be
//! right to the letter, and no relay starts with it, or it starts and everybody reads its secrets. Nothing is changed here.

mod disks;
mod exposure;
mod relay_user;

use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use pasetors::keys::SymmetricKey;
use pasetors::version4::V4;
use rusqlite::{Connection, OpenFlags};
use rustix::process::geteuid;
use tokio::net::TcpSocket;

use self::disks::Disk;
use self::exposure::{Trusted, of_releases};
pub use self::relay_user::in_its_place;
use crate::access::{Wanted, closed, explained, user};
use crate::config::{Config, Mistake, NamedFile, PREVIOUS_IS_NOW, named_file, seal_key};
use crate::store::{SCHEMA, sealing_key_of};

/// Everything outside of the file that is not as the settings need it, as the relay's user finds it; `file` is where they were read from.
pub fn mistakes(config: &Config, file: &Path) -> Vec<Mistake> {
    let is_root = geteuid().is_root();
    in_its_place(config, || mistakes_of_this_user(config, file, is_root))
}

fn mistakes_of_this_user(config: &Config, file: &Path, is_asked_by_root: bool) -> Vec<Mistake> {
    let mut mistakes = missing(config);
    mistakes.extend(unreadable(config, file));
    let mut say = |setting: &str, says: Option<String>| {
        mistakes.extend(says.map(|says| config.places.mistake(setting, says)));
    };
    if let Some(path) = config.store.place.file() {
        let unusable = store(path, is_asked_by_root);
        if unusable.is_none() && config.seal.key.is_none() {
            let key = key_beside(&sealing_key_of(path));
            say("store.path", key.as_ref().err().cloned());
            if config.seal.previous_key.is_some() && key.is_ok_and(|key| key == config.seal.previous_key) {
                let setting = ["seal.previous_key", "seal.previous_key_file"]
                    .into_iter()
                    .find(|setting| config.places.has(setting));
                say(setting.unwrap_or_default(), Some(PREVIOUS_IS_NOW.to_owned()));
            }
        }
        say("store.path", unusable.or_else(|| of_another(config, path)).or_else(|| exposed_store(config)));
    }
    // By the relay that is running, say; and what its unit grants it root does not see from here.
    let is_known = |kind| kind == ErrorKind::AddrInUse || is_asked_by_root && kind == ErrorKind::PermissionDenied;
    mistakes.extend(untakable(config, |kind| !is_known(kind)));
    mistakes.extend(exposed_files(config, file));
    mistakes
}

/// The files that this user cannot read. The relay reads those of the settings at its start, and at each reload; the widget's when a page asks.
fn unreadable(config: &Config, file: &Path) -> Vec<Mistake> {
    let says = |path: &Path| closed(path, Wanted::Read);
    let own = says(file).map(|says| Mistake { place: String::new(), line: None, says });
    let named = config.files.iter().filter_map(|NamedFile { place, line, path, .. }| {
        Some(Mistake { place: place.clone(), line: *line, says: says(path)? })
    });
    let widget =
        config.widget_folder.as_deref().and_then(|folder| of_releases(folder).iter().find_map(|path| says(path)));
    let widget = widget.map(|says| config.places.mistake("widget.folder", says));
    own.into_iter().chain(named).chain(widget).collect()
}

/// Who beside root and the relay's user may read the secrets that the settings name, or change what the relay believes. A relay starts
/// all the same.
pub fn exposed(config: &Config, file: &Path) -> Vec<Mistake> {
    let of_store = exposed_store(config).map(|says| config.places.mistake("store.path", says));
    of_store.into_iter().chain(exposed_files(config, file)).collect()
}

fn exposed_store(config: &Config) -> Option<String> {
    let path = config.store.place.file()?;
    let (trusted, folder) = (trusted(config), folder_of(path));
    let mut there = files_of_store(config).into_iter().filter(|file| file == path || file.exists());
    let exposed = there.find_map(|file| trusted.exposes(&file, true));
    // More files are made there.
    exposed.or_else(|| trusted.filled_by_others(path.parent().filter(|it| it.is_dir()).unwrap_or(&folder)))
}

fn exposed_files(config: &Config, file: &Path) -> Vec<Mistake> {
    let trusted = trusted(config);
    let widget = config.widget_folder.as_deref().filter(|folder| folder.is_dir() || !folder.exists());
    let widget = widget.and_then(|folder| trusted.release_changed_by_others(folder));
    let widget = widget.map(|says| config.places.mistake("widget.folder", says));
    let named = config.files.iter().filter_map(|NamedFile { place, line, path, is_secret }| {
        let says = trusted.exposes(path, *is_secret)?;
        Some(Mistake { place: place.clone(), line: *line, says })
    });
    let own = trusted.exposes(file, false).map(|says| Mistake { place: String::new(), line: None, says });
    widget.into_iter().chain(named).chain(own).collect()
}

/// What is right, and an operator may not have meant.
pub fn doubts(config: &Config) -> Vec<Mistake> {
    let disk = config.store.place.file().and_then(|path| disks::of(&folder_of(path)));
    let disk = match disk {
        Some(Disk::Doubtful(says)) => Some(config.places.mistake("store.path", says)),
        Some(Disk::Unfit(_)) | None => None,
    };
    let is_without_loader = |folder: &&Path| folder.is_dir() && !folder.join("v1").join("bzctrl.js").exists();
    let folder = config.widget_folder.as_deref().filter(is_without_loader).filter(|_| !cfg!(embedded_widget));
    let widget = folder.map(|folder| {
        let says = format!("{} has no v1/bzctrl.js: pages get no widget from this relay", folder.display());
        config.places.mistake("widget.folder", says)
    });
    let log = config.log.doubt().map(|says| config.places.mistake("log.filter", says));
    disk.into_iter().chain(widget).chain(log).collect()
}

/// What root cannot tell for the relay's user, when it checks in its place.
pub fn untold(config: &Config) -> Vec<Mistake> {
    if !geteuid().is_root() {
        return Vec::new();
    }
    let mut untold = in_its_place(config, || {
        let mut untold = untakable(config, |kind| kind == ErrorKind::PermissionDenied);
        let store =
            config.store.place.file().filter(|store| is_to_be_made(store) && unwritable(&folder_of(store)).is_some());
        untold.extend(store.and_then(Path::parent).map(|folder| {
            let (user, folder) = (user(), folder.display());
            let says = format!(
                "{folder} is not there, and user {user} may not make it: the package's unit does (StateDirectory); without \
                 that, install -d -o {user} -m 0700 {folder}"
            );
            config.places.mistake("store.path", says)
        }));
        untold
    });
    if relay_user::is_guessed(config) {
        let place = if config.store.place.file().is_some() { "store.path" } else { "store.url" };
        let says = format!(
            "nothing here tells which user the relay runs as, and {} is taken for it: if it is another, run this as that user",
            in_its_place(config, user)
        );
        untold.push(config.places.mistake(place, says));
    }
    untold
}

/// What the settings name and the disk lacks. It may come later, so the relay starts without it. A program that has the
/// widget in it makes the folder.
pub fn missing(config: &Config) -> Vec<Mistake> {
    let says = config.widget_folder.as_deref().and_then(|folder| match folder.metadata() {
        Ok(metadata) if metadata.is_dir() => None,
        Ok(_) => Some(format!("{} is no folder", folder.display())),
        // Who may not look there is told so beside the other files.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => None,
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Some(format!("{} cannot be used: {error}", folder.display()))
        }
        Err(_) if cfg!(embedded_widget) => None,
        Err(_) => Some(format!("there is no folder {}: pages get no widget from this relay", folder.display())),
    });
    says.map(|says| config.places.mistake("widget.folder", says)).into_iter().collect()
}

/// Why no store can be at this path, as far as can be seen without making one.
fn store(path: &Path, is_asked_by_root: bool) -> Option<String> {
    let shown = path.display();
    let says = |error| format!("{shown} cannot be used: {}", explained(error, path, Wanted::Write));
    let found = match path.metadata() {
        // A link that leads nowhere: the file would be made where it leads.
        Err(error) if error.kind() == ErrorKind::NotFound && path.is_symlink() => {
            let target = match path.read_link() {
                Ok(target) => path.with_file_name("").join(target),
                Err(error) => return Some(says(error)),
            };
            // No folder is made there.
            return match target.parent().filter(|folder| !folder.is_dir()) {
                Some(folder) => Some(format!("{shown} leads to the folder {}, which there is not", folder.display())),
                None => store(&target, is_asked_by_root),
            };
        }
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Some(says(error)),
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
    let unfit = match disks::of(&folder) {
        Some(Disk::Unfit(says)) => Some(says),
        Some(Disk::Doubtful(_)) | None => None,
    };
    unfit
        .or_else(|| unwritable(&folder).filter(|_| !is_asked_by_root || !is_to_be_made(path)))
        .or_else(|| found.and_then(|file| unwritable(file).or_else(|| not_a_database(file))))
}

/// Whether a store's folder is still missing. A unit makes it with the rights of root, and so may root.
fn is_to_be_made(store: &Path) -> bool {
    let folder = store.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.is_some_and(|folder| folder.metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound))
}

/// The folder that a file is in or will be made in, or the nearest one above that there is.
fn nearest_folder(path: &Path) -> Result<PathBuf, String> {
    for folder in path.ancestors().skip(1) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        match folder.metadata() {
            Ok(metadata) if metadata.is_dir() => return Ok(folder.to_owned()),
            Ok(_) => return Err(format!("{} is no folder", folder.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                let error = explained(error, folder, Wanted::Write);
                return Err(format!("{} cannot be used: {error}", folder.display()));
            }
        }
    }
    Err(format!("there is no folder for {}", path.display()))
}

/// Whether this user cannot write there.
pub(crate) fn unwritable(path: &Path) -> Option<String> {
    use rustix::fs::Access;
    let wanted = if path.is_dir() { Access::WRITE_OK | Access::EXEC_OK } else { Access::READ_OK | Access::WRITE_OK };
    let error = rustix::fs::access(path, wanted).err()?;
    Some(format!("{} cannot be written: {}", path.display(), explained(error.into(), path, Wanted::Write)))
}

/// What an SQLite file begins with, and where in it stands the number of its schema.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const HEADER: usize = 100;
const VERSION: std::ops::Range<usize> = 60..64;

/// Why a file is no store of this relay. It is read, and not opened as a database: that would write beside it.
fn not_a_database(file: &Path) -> Option<String> {
    let mut header = Vec::new();
    let read = File::open(file).and_then(|file| file.take(HEADER as u64).read_to_end(&mut header));
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
    if version > SCHEMA {
        return Some(format!("{shown} was made by a newer relay (schema {version}; this one knows {SCHEMA})"));
    }
    match has_keys(file) {
        Ok(Some(false)) => Some(format!("{shown} is a database of another program")),
        Ok(Some(true) | None) => None,
        Err(error) => Some(format!("{shown} cannot be read: {error}")),
    }
}

/// Why a file is no backup of a store, as far as its beginning tells.
pub(crate) fn not_a_backup(file: &Path) -> Option<String> {
    let shown = file.display();
    match file.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Some(format!("there is no file {shown}")),
        Err(error) => return Some(format!("{shown} cannot be read: {error}")),
        Ok(about) if !about.is_file() => return Some(format!("{shown} is no file")),
        Ok(about) if about.len() == 0 => return Some(format!("{shown} is empty")),
        Ok(_) => {}
    }
    // All that there is may be in the log that a kill has left beside it.
    let is_whole = beside(file, "-wal").metadata().map_or(true, |log| log.len() == 0);
    let is_empty = || is_whole && has_keys(file) == Ok(None);
    let without_keys = || is_empty().then(|| format!("{shown} is a database without anything in it"));
    not_a_database(file).or_else(without_keys)
}

/// Whether a database has a store's table of keys; none has been made in it if it has no table at all. The file is looked at as it is:
/// nothing is locked, written beside it, or read of what is still in its log.
fn has_keys(file: &Path) -> rusqlite::Result<Option<bool>> {
    let escaped = file.as_os_str().as_encoded_bytes().iter().map(|byte| format!("%{byte:02x}"));
    let address = format!("file:{}?immutable=1", escaped.collect::<String>());
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let database = Connection::open_with_flags(address, flags)?;
    database.query_row("SELECT max(name = 'keys') FROM sqlite_master WHERE type = 'table'", [], |row| row.get(0))
}

/// The folder that a store is in or will be made in, or the nearest one above that there is.
fn folder_of(store: &Path) -> PathBuf {
    nearest_folder(store).unwrap_or_else(|_| PathBuf::from("/"))
}

fn trusted(config: &Config) -> Trusted {
    Trusted::of(relay_user::of(config))
}

/// The store's file, and what stands beside it and belongs to it.
fn files_of_store(config: &Config) -> Vec<PathBuf> {
    let Some(store) = config.store.place.file() else { return Vec::new() };
    let key = config.seal.key.is_none().then(|| sealing_key_of(store));
    ["", "-wal", "-shm", WITNESS].map(|end| beside(store, end)).into_iter().chain(key).collect()
}

fn beside(store: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(store);
    name.push(end);
    name.into()
}

const WITNESS: &str = "-witness";

/// Why the relay cannot use what is there though it is a store: it has been used by another name, or is another user's.
fn of_another(config: &Config, store: &Path) -> Option<String> {
    let names = store.metadata().map_or(1, |about| about.nlink());
    if names > 1 && !beside(store, WITNESS).exists() {
        return Some(format!(
            "{} is one of {names} names of the same file (hard links), and the relay has not used it by this one: name the other one, \
             or remove it if it is not used any more",
            store.display()
        ));
    }
    files_of_store(config).iter().filter(|file| file.exists()).find_map(|file| unwritable(file))
}

/// The sealing key beside the store, if it has been made; what is wrong with it.
fn key_beside(file: &Path) -> Result<Option<SymmetricKey<V4>>, String> {
    let shown = file.display();
    match named_file::text(file) {
        // It may be in a folder that is none: the store's own mistake.
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => Ok(None),
        Err(error) => Err(format!("the sealing key {shown} cannot be read: {error}")),
        Ok(text) if text.trim().is_empty() => Ok(None),
        Ok(text) => seal_key::read(&text).map(Some).map_err(|says| format!("{shown}: {says}")),
    }
}

/// Whether a relay cannot start with this, as far as that can be seen.
pub fn keep_from_starting(config: &Config) -> bool {
    let of_store = |path: &Path| {
        let key = || key_beside(&sealing_key_of(path)).err().filter(|_| config.seal.key.is_none());
        store(path, false).or_else(|| of_another(config, path)).or_else(key).is_some()
    };
    // Another program may be at the address now, and gone later.
    let addresses = untakable(config, |kind| kind != ErrorKind::AddrInUse);
    config.store.place.file().is_some_and(of_store) || !addresses.is_empty()
}

/// The addresses at which this user cannot listen, where that is told for such a reason.
fn untakable(config: &Config, is_told: impl Fn(ErrorKind) -> bool) -> Vec<Mistake> {
    let server = &config.server;
    let addresses = [("server.listen", Some(server.listen)), ("server.health_listen", server.health_listen)];
    let says = |(setting, address): (&str, Option<SocketAddr>)| {
        let address = address?;
        let error = taken(address).err().filter(|error| is_told(error.kind()))?;
        let says = match error.kind() {
            ErrorKind::AddrNotAvailable => format!("{} is no address of this machine", address.ip()),
            ErrorKind::PermissionDenied => {
                format!("user {} may not listen at port {}: {KEPT_PORT}", user(), address.port())
            }
            _ => format!("{address} cannot be taken: {error}"),
        };
        Some(config.places.mistake(setting, says))
    };
    addresses.into_iter().filter_map(says).collect()
}

const KEPT_PORT: &str = "the lowest are kept for root (net.ipv4.ip_unprivileged_port_start says up to which). Listen at a higher one, with a proxy before it, or \
     let the relay have CAP_NET_BIND_SERVICE, which the package's unit does not";

/// Takes an address as a relay does, without listening, and gives it back: a relay that starts meanwhile gets it all the same.
fn taken(address: SocketAddr) -> std::io::Result<()> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)
}

#[cfg(test)]
mod tests;
