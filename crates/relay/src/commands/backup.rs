//! `backup` and `restore`: a copy of the store, and its way back.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Failed;
use crate::config::Config;
use crate::output::print;
use crate::store::operator::Restored;
use crate::store::{self, Operator};
use crate::surroundings::{not_a_backup, unwritable};

/// Which file.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The backup
    file: PathBuf,
}

pub(super) fn back_up(arguments: &Arguments, operator: &Operator) -> Result<bool, Failed> {
    if let Some(says) = no_place(&arguments.file) {
        return Err(Failed::NothingDone(format!("no backup was made: {says}")));
    }
    operator.backup(&arguments.file)?;
    print(&format!("{} is a copy of the store as it was at this moment\n", arguments.file.display()))?;
    Ok(true)
}

pub(super) fn restore(arguments: &Arguments, config: &Config) -> Result<bool, Failed> {
    let file = arguments.file.display();
    let is_store = || {
        let is_same = arguments.file.canonicalize().ok()? == config.store.path.canonicalize().ok()?;
        is_same.then(|| "it is the store itself".to_owned())
    };
    if let Some(says) = is_store().or_else(|| not_a_backup(&arguments.file)) {
        return Err(Failed::NothingDone(format!("{file} cannot be restored: {says}")));
    }
    let Restored { given_up, aside } = store::restore(&arguments.file, &config.store.path)?;
    let mut text = format!("{file} is in the place of the store\n");
    if let Some(aside) = aside {
        text += &format!("what was there is kept: {aside}\n");
    }
    text += &format!(
        "nothing is sent again of what was sent since the backup: users are told that it may exist. Of {given_up} todo(s) of the \
         backup, too, nobody knows what became\n"
    );
    print(&text)?;
    Ok(true)
}

/// Why no file can be made by this name.
fn no_place(file: &Path) -> Option<String> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let shown = folder.display();
    match folder.metadata() {
        Ok(about) if !about.is_dir() => Some(format!("{shown} is no folder")),
        Ok(_) if file.file_name().is_none() => Some(format!("{} is no file's name", file.display())),
        Ok(_) => unwritable(folder),
        Err(error) if error.kind() == ErrorKind::NotFound => Some(format!("there is no folder {shown}")),
        Err(error) => Some(format!("{shown} cannot be used: {error}")),
    }
}
