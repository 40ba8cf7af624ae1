//! What an operator does with the store beside a running relay: one file a command. Each says what it did in plain words, or as
//! JSON, and in its exit code: 0 done, 1 the store cannot be used, 2 wrong arguments or configuration, 3 nothing was done.

mod erase;
mod output;
mod resolve;
mod show;
mod webhooks;

use std::process::ExitCode;

use clap::Subcommand;

use crate::config::Config;
use crate::store::Operator;
use crate::store::operator::Refused;

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
}

const STORE: u8 = 1;
const NOTHING_DONE: u8 = 3;

/// Runs a command on the store of this configuration.
pub fn run(command: &Command, config: &Config) -> ExitCode {
    let done = Operator::open(&config.store.path).and_then(|operator| match command {
        Command::Show(arguments) => show::run(arguments, &operator),
        Command::Resolve(arguments) => resolve::run(arguments, operator, config),
        Command::Erase(arguments) => erase::run(arguments, operator),
        Command::Webhooks(command) => webhooks::run(command, operator),
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(NOTHING_DONE),
        Err(refused) => {
            eprintln!("bzctrl-relay: {refused}");
            ExitCode::from(match refused {
                Refused::Store(_) | Refused::OldPages => STORE,
                Refused::NoSuchKey(_) | Refused::NotUnknown(_) | Refused::TooEarly(_) | Refused::Erased(_) => {
                    NOTHING_DONE
                }
            })
        }
    }
}
