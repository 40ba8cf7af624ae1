//! The user that the relay runs as. Where root checks for it, what is asked in its place is answered as the relay would be: a thread of
//! this process becomes that user, with its groups, and so is told by the system itself, by modes, access lists and all.

use std::os::unix::fs::MetadataExt as _;
use std::panic::resume_unwind;
use std::process::Command;

use rustix::io::Result;
use rustix::process::geteuid;

use super::folder_of;
use crate::config::Config;

/// The user that the package makes.
const PACKAGED: &str = "bzctrl-relay";

/// The relay's user: who runs this or, for root, whose folder the store is in. A folder that is still to be made, and a database, tell
/// nothing: then it is the package's user, or whose the first secret is.
pub(super) fn of(config: &Config) -> u32 {
    let own = geteuid().as_raw();
    if own == 0 { known(config).unwrap_or(own) } else { own }
}

/// Whether that is a guess, and nothing says who it is.
pub(super) fn is_guessed(config: &Config) -> bool {
    geteuid().is_root() && known(config).is_none()
}

fn known(config: &Config) -> Option<u32> {
    let folder = config.store.place.file().and_then(|path| path.parent()).filter(|folder| folder.is_dir());
    let owner = folder.and_then(|folder| folder.metadata().ok()).map(|about| about.uid());
    let packaged = || id(&["-u", PACKAGED])?.first().copied();
    let nearest = || config.store.place.file().map(folder_of);
    let secret = || config.files.iter().find(|file| file.is_secret).map(|file| file.path.clone());
    let owned = || nearest().or_else(secret)?.metadata().ok().map(|about| about.uid()).filter(|owner| *owner != 0);
    owner.or_else(packaged).or_else(owned)
}

/// Does this as the relay's user, if root is asked to and may.
///
/// # Panics
/// It does.
pub fn in_its_place<T: Send>(config: &Config, work: impl FnOnce() -> T + Send) -> T {
    let relay = of(config);
    if relay == geteuid().as_raw() {
        return work();
    }
    let groups = groups_of(relay, config);
    std::thread::scope(|scope| {
        let place = scope.spawn(|| {
            // Where root may not, as in some containers, it is tried as root.
            let _ = become_user(relay, &groups);
            work()
        });
        place.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// Makes this thread, and no other, the user's.
#[cfg(target_os = "linux")]
pub(super) fn become_user(user: u32, groups: &[u32]) -> Result<()> {
    use rustix::process::{Gid, Uid};
    use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
    let groups: Vec<_> = groups.iter().map(|group| Gid::from_raw(*group)).collect();
    set_thread_groups(&groups)?;
    if let Some(own) = groups.first() {
        set_thread_res_gid(*own, *own, *own)?;
    }
    let user = Uid::from_raw(user);
    set_thread_res_uid(user, user, user)
}

/// Elsewhere a thread has no user of its own.
#[cfg(not(target_os = "linux"))]
pub(super) fn become_user(_: u32, _: &[u32]) -> Result<()> {
    Err(rustix::io::Errno::NOSYS)
}

/// A user's groups, its own first. One that the machine has no name for has the group of what it owns.
fn groups_of(user: u32, config: &Config) -> Vec<u32> {
    let owned = || config.store.place.file().map(folder_of)?.metadata().ok().map(|about| about.gid());
    id(&["-G", &user.to_string()]).unwrap_or_else(|| vec![owned().unwrap_or(user)])
}

/// What the machine's directory of users says, whatever kind it is.
fn id(arguments: &[&str]) -> Option<Vec<u32>> {
    let output = Command::new("id").args(arguments).output().ok().filter(|output| output.status.success())?;
    let numbers = String::from_utf8(output.stdout).ok()?;
    numbers.split_whitespace().map(|number| number.parse().ok()).collect()
}
