//! The project's commands. Each is a module; this one says which there are and ends with a clear word.
//!
//! It knows the project's programs by name and none of its crates.

mod bench;
mod build;
mod children;
mod demo;
mod deny;
mod dist;
mod examples;
mod glue;
mod languages;
mod later_glue;
mod machine;
mod npm;
mod oldest;
mod package;
mod release_file;
mod report;
mod setup;
mod shorten;
mod size;
mod soak;
mod step;
mod test;
mod tidy;
mod watch;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use self::{size::Sizes, test::Extent};

/// The project's commands: each sets up what it needs.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows it all on this machine: the host's order screen, the relay, and a stand-in for BzCtrl.
    Demo {
        /// The port of the order screen; the relay and the sandbox take the two after it.
        #[arg(long, value_name = "N", default_value_t = 8080)]
        base_port: u16,
        /// Opens no browser.
        #[arg(long)]
        no_open: bool,
    },
    /// Runs everything that a change must pass.
    Test {
        /// Leaves the browsers out.
        #[arg(long)]
        quick: bool,
        /// Runs everything in every engine, not in Chromium alone.
        #[arg(long, conflicts_with = "quick")]
        all_engines: bool,
    },
    /// Makes what operators get, in dist/: the relay with the widget in it, as program, tarball and Debian package.
    Dist,
    /// Runs for long what a change runs for a minute.
    Soak {
        /// What.
        #[arg(value_enum)]
        what: soak::What,
        /// How many steps: a hundred million of the form's fuzzer, ten minutes of the relay's, a hundred kills (`kills`: a thousand), an hour's
        /// seconds, twenty runs of the journeys.
        #[arg(long, alias = "kills", value_name = "N")]
        steps: Option<u64>,
        /// The seed of an earlier run, to see it again.
        #[arg(long, value_name = "N")]
        seed: Option<u64>,
    },
    /// Sets up what demo and test need: WebAssembly's compiler, wasm-bindgen, browsers and their drivers.
    Setup,
    /// Builds the examples, into target/examples.
    Examples,
    /// Takes the pictures of docs/looks anew, by which the journeys hold how the widget looks.
    Looks,
    /// Checks the architecture's invariants.
    Tidy,
    /// Checks licences, forbidden crates and where each comes from, by cargo-deny and deny.toml.
    Deny,
    /// Measures how many bytes a page and its user wait for.
    Size {
        /// Says what each crate, module and function brings.
        #[arg(long)]
        why: bool,
    },
    /// Measures what users wait for, beside what they would have instead.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Lays the widget's files for a relay, into target/widget, as they ship.
    Package {
        /// Lays what wasm-bindgen has left there into the demo's folder, and builds nothing: for trunk's hook.
        #[arg(long, value_name = "FOLDER")]
        from: Option<PathBuf>,
    },
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
        Command::Demo { base_port, no_open } => demo::run(base_port, !no_open),
        Command::Test { quick, all_engines } => test::run(match (quick, all_engines) {
            (true, _) => Extent::Quick,
            (_, true) => Extent::AllEngines,
            _ => Extent::Usual,
        }),
        Command::Dist => dist::run(),
        Command::Soak { what: soak::What::Form, steps, seed } => soak::form(steps, seed),
        Command::Soak { what: soak::What::Model, .. } => soak::model(),
        Command::Soak { what: soak::What::Journeys, steps, .. } => soak::journeys(steps),
        Command::Soak { what: soak::What::Languages, .. } => soak::languages(),
        Command::Soak { what: soak::What::Webhooks, steps, .. } => soak::webhooks(steps),
        Command::Soak { what: soak::What::Store, steps, .. } => soak::store(steps),
        Command::Soak { what: soak::What::Kills, steps, .. } => soak::kills(steps),
        Command::Soak { what: soak::What::Steady, steps, .. } => soak::steady(steps),
        Command::Soak { what: soak::What::Dist, .. } => dist::twice(),
        Command::Soak { what: soak::What::Relay, steps, seed } => soak::relay(steps, seed),
        Command::Soak { what: soak::What::Openapi, .. } => soak::openapi(),
        Command::Soak { what: soak::What::Nginx, .. } => soak::nginx(),
        Command::Soak { what: soak::What::Csharp, .. } => soak::csharp(),
        Command::Soak { what: soak::What::Postgres, steps, .. } => soak::postgres(steps),
        Command::Soak { what: soak::What::Installed, .. } => soak::installed(),
        Command::Soak { what: soak::What::Image, .. } => soak::image(),
        Command::Setup => setup::everything()?.1.complete(),
        Command::Examples => examples::build(&setup::for_widget()?),
        Command::Looks => test::looks_anew(),
        Command::Tidy => tidy::check(),
        Command::Deny => deny::check(),
        Command::Size { why: true } => {
            for file in package::Parts::build(&setup::for_widget()?)?.named()? {
                print!("{}", size::Why::of(file.name, &file.bytes)?);
            }
            Ok(())
        }
        Command::Size { why: false } => {
            let sizes = Sizes::of(&package::Parts::build(&setup::for_widget()?)?.shipped()?.release()?);
            print!("{sizes}");
            sizes.hold()
        }
        Command::Bench(what) => bench::run(&what),
        Command::Package { from } => {
            let (release, folder) = match from {
                Some(from) => (package::Parts::take(&from)?.release()?, package::demo_folder()),
                None => {
                    let release = package::Parts::build(&setup::for_widget()?)?.shipped()?.release()?;
                    if let Some(lack) = release.lack {
                        println!("This is not what ships: {lack}.");
                    }
                    (release, package::folder())
                }
            };
            release.lay(&folder)?;
            println!("{} in {}", release.version, folder.display());
            Ok(())
        }
    }
}
