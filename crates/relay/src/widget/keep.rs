//! Keeps this release's files for the next one: a page that was opened before an upgrade still finds its own.

use std::fs;
use std::io;
use std::path::Path;

use super::MANIFEST;
use super::embedded::{FILES, File};

/// Lays the files of this program's release into the folder, unless they are there, or the folder has a loader of its own: then it is
/// somebody else's, and stays as it is.
///
/// # Errors
/// The folder cannot be written.
pub(crate) fn keep(folder: &Path) -> io::Result<()> {
    keep_of(FILES, folder)
}

fn keep_of(files: &[File], folder: &Path) -> io::Result<()> {
    if folder.join("v1").join("bzctrl.js").exists() {
        return Ok(());
    }
    let (manifests, mut others): (Vec<&File>, Vec<&File>) =
        files.iter().filter(|file| !file.path.starts_with("v1/")).partition(|file| file.path.ends_with(MANIFEST));
    // What a manifest lists is there when the manifest is.
    others.extend(manifests);
    for file in others {
        let path = folder.join(file.path);
        if fs::metadata(&path).is_ok_and(|there| there.len() == file.bytes.len() as u64) {
            continue;
        }
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        let mut new = path.clone().into_os_string();
        new.push(".new");
        // Whatever stands there, a pipe even.
        let _ = fs::remove_file(&new);
        fs::write(&new, file.bytes)?;
        fs::rename(&new, &path)?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn file(path: &'static str, bytes: &'static [u8]) -> File {
        File::new(path, bytes)
    }

    #[test]
    fn a_release_is_kept_beside_older_ones_and_its_loader_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("made");
        let at = |path: &str| fs::read(folder.join(path)).ok();
        let old = [file("0.1.0/manifest.json", b"{}"), file("0.1.0/a.js", b"old"), file("v1/bzctrl.js", b"old")];
        let new = [file("0.2.0/a.js", b"new"), file("0.2.0/a.js.br", b"n"), file("v1/bzctrl.js", b"new")];
        keep_of(&old, &folder).unwrap();
        keep_of(&new, &folder).unwrap();
        keep_of(&new, &folder).unwrap();
        assert_eq!((at("0.1.0/a.js"), at("0.1.0/manifest.json")), (Some(b"old".to_vec()), Some(b"{}".to_vec())));
        assert_eq!((at("0.2.0/a.js"), at("0.2.0/a.js.br")), (Some(b"new".to_vec()), Some(b"n".to_vec())));
        assert_eq!(at("v1/bzctrl.js"), None);
    }

    #[test]
    fn a_folder_with_a_loader_of_its_own_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("v1")).unwrap();
        fs::write(folder.path().join("v1/bzctrl.js"), "theirs").unwrap();
        keep_of(&[file("0.2.0/a.js", b"new")], folder.path()).unwrap();
        assert!(!folder.path().join("0.2.0").exists());
        // Nor is one made by a program without a widget.
        keep_of(&[], &folder.path().join("none")).unwrap();
        assert!(!folder.path().join("none").exists());
    }
}
