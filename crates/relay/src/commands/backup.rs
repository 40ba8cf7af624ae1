//! `backup` and `restore`: a copy of the store, and its way back.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Failed;
use crate::config::{Config, StorePlace};
use crate::output::print;
use crate::store;
use crate::store::operator::{Operator, Refused, Restored};
use crate::surroundings::{not_a_backup, unwritable};

/// Which file.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The backup
    file: PathBuf,
}

const RESTORE: &str = "the store is a PostgreSQL database: put it back by PostgreSQL's own tools (pg_restore), while no relay runs. The relay finds \
     that at its start, and sends nothing a second time; what nothing inside can notice is said by `run --restored`";

pub(super) fn back_up(arguments: &Arguments, operator: &mut dyn Operator, config: &Config) -> Result<bool, Failed> {
    if let Some(says) = is_store(&arguments.file, config).or_else(|| no_place(&arguments.file)) {
        return Err(Failed::NothingDone(format!("no backup was made: {says}")));
    }
    operator.backup(&arguments.file)?;
    print(&format!("{} is a copy of the store as it was at this moment\n", arguments.file.display()))?;
    Ok(true)
}

pub(super) fn restore(arguments: &Arguments, config: &Config) -> Result<bool, Failed> {
    let StorePlace::File(path) = &config.store.place else { return Err(Refused::NotOurs(RESTORE).into()) };
    let file = arguments.file.display();
    if let Some(says) = is_store(&arguments.file, config).or_else(|| not_a_backup(&arguments.file)) {
        return Err(Failed::NothingDone(format!("{file} cannot be restored: {says}")));
    }
    let Restored { unknown, aside } = store::restore(&arguments.file, path)?;
    let mut text = format!("{file} is in the place of the store\n");
    if let Some(aside) = aside {
        text += &format!("what was there is kept: {aside}\n");
    }
    text += "nothing is sent again of what was sent since the backup: users are told that it may exist\n";
    if unknown > 0 {
        text +=
            &format!("of {unknown} todo(s) of the backup, too, nobody knows what became: `show --unknown` has them\n");
    }
    print(&text)?;
    Ok(true)
}

fn is_store(file: &Path, config: &Config) -> Option<String> {
    let is_same = file.canonicalize().ok()? == config.store.place.file()?.canonicalize().ok()?;
    is_same.then(|| "it is the store itself".to_owned())
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
