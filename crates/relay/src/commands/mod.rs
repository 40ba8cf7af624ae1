//! What an operator does with the store beside a running relay: one file a command. Each says what it did in plain words, or as
//! JSON, and in its exit code: 0 done, 1 the store cannot be used, 2 wrong arguments or configuration, 3 nothing was done, or not all,
//! 4 what came of it could not be written. Results go to standard output; why something was not done to standard error.

mod backup;
mod erase;
mod records;
mod resolve;
mod show;
mod webhooks;

use std::process::ExitCode;

use bzctrl_contract::Key;
use clap::Subcommand;

use crate::config::Config;
use crate::output;
use crate::store;
use crate::store::operator::{Operator, Refused};

/// A command on the store.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what the store knows of a key, of an order, or all that is unknown
    Show(show::Arguments),
    /// Say what became of a todo that is unknown, once you have looked in BzCtrl
    Resolve(resolve::Arguments),
    /// Erase what the store holds of a person, an order or a key; keys and states stay
    Erase(erase::Arguments),
    /// Show what the hosts' systems are told, and send it again
    #[command(subcommand)]
    Webhooks(webhooks::Command),
    /// Write a copy of the store into a file, also while the relay runs
    Backup(backup::Arguments),
    /// Put a backup in the place of the store, while no relay runs; nothing is sent a second time by it
    Restore(backup::Arguments),
}

const STORE: u8 = 1;
const WRONG_ARGUMENTS: u8 = 2;
const NOTHING_DONE: u8 = 3;

/// Of a tenant that is misspelt there is nothing to show, to send or to erase, and that would be good news. One that was served once
/// has its rows still.
fn check_tenant(command: &Command, config: &Config, operator: &mut dyn Operator) -> Result<(), Failed> {
    let tenant = match command {
        Command::Show(arguments) => arguments.tenant(),
        Command::Erase(arguments) => arguments.tenant(),
        Command::Webhooks(command) => command.tenant(),
        Command::Resolve(_) | Command::Backup(_) | Command::Restore(_) => None,
    };
    let Some(tenant) = tenant else { return Ok(()) };
    let is_served = config.tenants.iter().any(|served| served.name == tenant);
    if is_served || operator.has_tenant(tenant)? {
        Ok(())
    } else {
        Err(Refused::NoSuchTenant(tenant.to_owned()).into())
    }
}

/// Says on standard error why nothing was done, or not all.
fn explain(says: impl std::fmt::Display) {
    output::explain(format_args!("bzctrl-relay: {says}"));
}

/// Why a command has not done, or not told, what it was to do.
enum Failed {
    /// The store, or what is in it, says no.
    Refused(Refused),
    /// What an argument names is not there, or is something else.
    NothingDone(String),
    /// What came of it cannot be written.
    Unwritten(std::io::Error),
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self::Unwritten(error)
    }
}

/// An argument that says something, without the space around it.
fn text(argument: &str) -> Result<String, &'static str> {
    let argument = argument.trim();
    if argument.is_empty() { Err("expected a text, and nothing is in it") } else { Ok(argument.to_owned()) }
}

/// A key's form: one that is cut off is no key that the store does not know.
fn key(argument: &str) -> Result<String, &'static str> {
    Key::parse(argument)
        .map(|_| argument.to_owned())
        .map_err(|_| "expected a key to its last letter, as `show` has it, without quotes and in its own small letters")
}

/// Runs a command on the store of this configuration.
pub fn run(command: &Command, config: &Config) -> ExitCode {
    if let Command::Resolve(arguments) = command
        && arguments.by().is_none()
    {
        explain("who says so? Set --by NAME");
        return ExitCode::from(WRONG_ARGUMENTS);
    }
    let done = on_store(command, config);
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(NOTHING_DONE),
        Err(Failed::Unwritten(error)) => output::unwritten(&error),
        Err(Failed::NothingDone(says)) => {
            explain(says);
            ExitCode::from(NOTHING_DONE)
        }
        Err(Failed::Refused(refused)) => {
            explain(&refused);
            ExitCode::from(match refused {
                Refused::NoSuchTenant(_) | Refused::NotALink(_) | Refused::Name(_) => WRONG_ARGUMENTS,
                Refused::Store(_) | Refused::OldPages => STORE,
                Refused::NotABackup(_)
                | Refused::InUse
                | Refused::There(_)
                | Refused::NotOurs(_)
                | Refused::NoSuchKey(_)
                | Refused::NotUnknown(_)
                | Refused::TooEarly(_)
                | Refused::Erased(_) => NOTHING_DONE,
            })
        }
    }
}

fn on_store(command: &Command, config: &Config) -> Result<bool, Failed> {
    // It opens no store: what is there may be damaged.
    if let Command::Restore(arguments) = command {
        return backup::restore(arguments, config);
    }
    let mut operator = store::open_for_operator(&config.store.place)?;
    let operator = &mut *operator;
    check_tenant(command, config, operator)?;
    match command {
        Command::Show(arguments) => show::run(arguments, operator, config),
        Command::Resolve(arguments) => resolve::run(arguments, operator, config),
        Command::Erase(arguments) => erase::run(arguments, operator),
        Command::Webhooks(command) => webhooks::run(command, operator),
        Command::Backup(arguments) => backup::back_up(arguments, operator, config),
        Command::Restore(_) => Ok(false),
    }
}
