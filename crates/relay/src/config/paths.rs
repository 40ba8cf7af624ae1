//! Paths as settings name them: to the letter, since no shell reads them.

use std::path::PathBuf;

/// The path of a file or a folder.
///
/// # Errors
/// It is meant for a shell.
pub(super) fn path(text: &str) -> Result<PathBuf, &'static str> {
    let is_named = |rest: &str| rest.starts_with(|first: char| first.is_ascii_alphabetic() || "_{(".contains(first));
    if text.starts_with('~') || text.split('$').skip(1).any(is_named) {
        return Err("has a shell's short form in it, which nobody reads here: write the path in full");
    }
    Ok(PathBuf::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_is_no_path() {
        for shells in ["~", "~/x", "~ada/x", "$HOME/x", "/var/${NAME}/x", "/run/$(id -u)/x", "a$b"] {
            assert!(path(shells).is_err(), "{shells}");
        }
        for right in ["/var/lib/x", "./a/../b", "a~b", "/srv/~x", "price$", "$", "a$1"] {
            assert_eq!(path(right), Ok(PathBuf::from(right)));
        }
    }
}
