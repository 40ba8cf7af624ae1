//! Where on this machine a store can be: file systems that keep nothing, or share what SQLite does not share.

use std::path::Path;

/// Why no store can be in a folder, or what an operator is to know of one.
pub(super) enum Disk {
    /// No store is kept there, or none is safe.
    Unfit(String),
    /// A store works there, and may be lost, or not be safe.
    Doubtful(String),
}

/// The kernel's own, where nothing is kept.
#[cfg(target_os = "linux")]
const NO_DISKS: [u32; 9] =
    [0x9fa0, 0x6265_6572, 0x0027_e0eb, 0x6367_7270, 0x1cd1, 0x6462_6720, 0x7472_6163, 0x7363_6673, 0xcafe_4a11];
/// NFS, SMB in three ages, Ceph, AFS, Lustre, GPFS, BeeGFS. SQLite's locks and its shared memory do not hold over a network.
#[cfg(target_os = "linux")]
const NETWORKS: [u32; 9] =
    [0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42, 0x00c3_6400, 0x5346_414f, 0x0bd0_0bd0, 0x4750_4653, 0x1983_0326];
/// tmpfs and ramfs.
#[cfg(target_os = "linux")]
const MEMORY: [u32; 2] = [0x0102_1994, 0x8584_58f6];
/// The file system of a container, over that of its image.
#[cfg(target_os = "linux")]
const OVERLAY: u32 = 0x794c_7630;
/// FUSE, 9p, VirtualBox's folders: what is behind them may be another machine.
#[cfg(target_os = "linux")]
const UNKNOWN: [u32; 3] = [0x6573_5546, 0x0102_1997, 0x786f_4256];

/// What is to be said of a folder's file system.
pub(super) fn of(folder: &Path) -> Option<Disk> {
    #[cfg(target_os = "linux")]
    if let Ok(system) = rustix::fs::statfs(folder) {
        // The numbers have 32 bits; the type differs by machine.
        let kind = u32::try_from(u64::try_from(system.f_type).unwrap_or_default() & 0xffff_ffff).unwrap_or_default();
        return of_kind(kind, &folder.display().to_string());
    }
    None
}

#[cfg(target_os = "linux")]
fn of_kind(kind: u32, shown: &str) -> Option<Disk> {
    Some(match kind {
        kind if NO_DISKS.contains(&kind) => Disk::Unfit(format!("{shown} is on no disk: nothing is kept there")),
        kind if NETWORKS.contains(&kind) => {
            Disk::Unfit(format!("{shown} is on a network file system: the store needs a local disk"))
        }
        kind if MEMORY.contains(&kind) => Disk::Doubtful(format!(
            "{shown} is in memory: with a restart of the machine the store is gone, and what was sent can be sent again"
        )),
        OVERLAY => Disk::Doubtful(format!(
            "{shown} is in a container's own layer: with the container the store is gone, and what was sent can be sent again; \
             put it on a volume"
        )),
        kind if UNKNOWN.contains(&kind) => Disk::Doubtful(format!(
            "{shown} may be on another machine (FUSE, 9p or a shared folder): the store needs a local disk"
        )),
        _ => return None,
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_nothing_or_shares_it_is_told_by_its_number() {
        for (kind, says) in [(0x6969, "network"), (0x9fa0, "on no disk"), (0xff53_4d42, "network")] {
            assert!(matches!(of_kind(kind, "/d"), Some(Disk::Unfit(told)) if told.contains(says)), "{kind:x}");
        }
        for (kind, says) in
            [(0x0102_1994, "in memory"), (0x8584_58f6, "in memory"), (0x794c_7630, "volume"), (0x6573_5546, "FUSE")]
        {
            assert!(matches!(of_kind(kind, "/d"), Some(Disk::Doubtful(told)) if told.contains(says)), "{kind:x}");
        }
        // ext4, XFS, Btrfs, ZFS.
        for kind in [0xef53, 0x5846_5342, 0x9123_683e, 0x2fc1_2fc1] {
            assert!(of_kind(kind, "/d").is_none(), "{kind:x}");
        }
    }
}
