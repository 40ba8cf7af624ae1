//! `backup` and `restore`: a copy of the store, and its way back.

use std::path::PathBuf;

use clap::Args;

use super::output::print;
use crate::config::{Config, StorePlace};
use crate::store;
use crate::store::operator::{Operator, Refused, Restored};

/// Which file.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The backup
    file: PathBuf,
}

const RESTORE: &str = "the store is a PostgreSQL database: put it back by PostgreSQL's own tools (pg_restore), while no relay runs. The relay finds \
     that at its start, and sends nothing a second time; what nothing inside can notice is said by `run --restored`";

pub(super) fn back_up(arguments: &Arguments, operator: &mut dyn Operator) -> Result<bool, Refused> {
    operator.backup(&arguments.file)?;
    print(&format!("{} is a copy of the store as it was at this moment\n", arguments.file.display()));
    Ok(true)
}

pub(super) fn restore(arguments: &Arguments, config: &Config) -> Result<bool, Refused> {
    let StorePlace::File(path) = &config.store.place else { return Err(Refused::NotOurs(RESTORE)) };
    let Restored { given_up, aside } = store::restore(&arguments.file, path)?;
    let mut text = format!("{} is in the place of the store\n", arguments.file.display());
    if let Some(aside) = aside {
        text += &format!("what was there is kept: {aside}\n");
    }
    text += &format!(
        "nothing is sent again of what was sent since the backup: users are told that it may exist. Of {given_up} todo(s) of the \
         backup, too, nobody knows what became\n"
    );
    print(&text);
    Ok(true)
}
