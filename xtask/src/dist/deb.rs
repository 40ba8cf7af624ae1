//! A Debian package, written here: it is an `ar` archive of two tarballs, and needs no tool of Debian's.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::archive::{Entry, gzip, tar_with_folders};

/// The file that is the operator's once it is installed.
pub(super) const CONFIGURATION: &str = "etc/bzctrl-relay/relay.toml";

/// The package of these files, with the scripts and the description that lie in a folder.
pub(super) fn package(entries: &[Entry], scripts: &Path, version: &str, epoch: u64) -> Result<Vec<u8>> {
    let text = |name: &str| {
        let file = scripts.join(name);
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
    };
    let kilobytes: usize = entries.iter().map(|entry| entry.bytes.len().div_ceil(1024)).sum();
    let control = text("control")?.replace("@VERSION@", version).replace("@SIZE@", &kilobytes.to_string());
    let control = [
        Entry::file("control".to_owned(), control.into_bytes()),
        Entry::file("conffiles".to_owned(), format!("/{CONFIGURATION}\n").into_bytes()),
        Entry::program("postinst".to_owned(), text("postinst")?.into_bytes()),
        Entry::program("prerm".to_owned(), text("prerm")?.into_bytes()),
        Entry::program("postrm".to_owned(), text("postrm")?.into_bytes()),
    ];
    let members = [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", gzip(&tar_with_folders(&control, epoch)?)?),
        ("data.tar.gz", gzip(&tar_with_folders(entries, epoch)?)?),
    ];
    let mut package = b"!<arch>\n".to_vec();
    for (name, bytes) in members {
        package.extend(format!("{name:<16}{epoch:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, "100644", bytes.len()).bytes());
        package.extend(&bytes);
        if bytes.len() % 2 == 1 {
            package.push(b'\n');
        }
    }
    Ok(package)
}
