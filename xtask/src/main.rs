//! The project's commands. Each is a module; this one says which there are and ends with a clear word.
//!
//! It knows the project's programs by name and none of its crates.

mod build;
mod children;
mod machine;
mod setup;
mod step;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's commands: each sets up what it needs.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sets up what demo and test need: WebAssembly's compiler, wasm-bindgen, Chromium and its driver.
    Setup,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = children::end_with_us().and_then(|()| run(arguments.command));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Setup => setup::everything().map(drop),
    }
}
