//! What a change runs for a minute, for as long as somebody wants.

mod image;
mod installed;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::{machine, setup, test};

/// What is run.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum What {
    /// The fuzzer of the form's state machine, `src/form/tests`.
    Form,
    /// The model of the protocol, `tests/model`, with more presses and three faults in every order. It takes no steps, and minutes.
    Model,
    /// The journeys that the gate runs in Chromium, from beginning to end as many times as there are steps, or twenty times: what
    /// fails now and then is broken.
    Journeys,
    /// Each state of the form in each language, size, theme and spacing, by eye, axe and keyboard. It takes no steps.
    Languages,
    /// The relay, killed between what it commits and what it tells the hosts' systems. Each step is a kill.
    Webhooks,
    /// The relay, killed while 64 connections post. Each step is a kill.
    Store,
    /// The relay, killed a thousand times on each store, at each named place and at random, stopped there for 70 s, and the power cut off; its
    /// pages go on by the protocol. On a PostgreSQL a second relay goes on meanwhile, and a replica is promoted.
    /// Each step is a kill.
    Kills,
    /// The relay under 20 todos a second for an hour: no error, and memory that stays as it is. Each step is a second.
    Steady,
    /// Of `kills`, what is of PostgreSQL. Each step is a kill.
    Postgres,
    /// What operators get, made twice in two folders: the same bytes. It takes no steps.
    Dist,
    /// The relay against damaged requests, tokens, assertions, configurations and answers of BzCtrl: so many of each, or ten minutes
    /// each, side by side.
    Relay,
    /// The relay against its own OpenAPI document, by schemathesis, which is fetched from PyPI. It takes no steps.
    Openapi,
    /// The package on a clean Debian, set as docs/OPERATING.md says, and a user in Chromium whose host signs. It takes no steps, and root.
    Installed,
    /// The container's image, built by buildah, and the relay in it. It takes no steps, and root.
    Image,
    /// The relay behind a real nginx, as docs/IDENTITY.md sets it up. It takes no steps.
    Nginx,
    /// The backends in C# of docs/IDENTITY.md, docs/WEBHOOKS.md and docs/PROTOCOL.md, compiled by Roslyn and run by .NET 8, which come from
    /// npm. It takes no steps.
    Csharp,
}

/// What PyPI's schemathesis is known to find nothing with.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// Fuzzes the relay over HTTP. What is found is kept in `crates/relay/tests/relay/fuzz.regressions`.
///
/// # Errors
///
/// When there is a finding.
pub(crate) fn relay(steps: Option<u64>, seed: Option<u64>) -> Result<()> {
    let mut command = machine::cargo();
    command.args(["test", "--locked", "--package", "bzctrl-relay", "--test", "relay", "fuzz::", "--"]);
    // They wait most of the time, and each is to have its own ten minutes.
    command.args(["--nocapture", "--test-threads", "5"]);
    match steps {
        Some(steps) => command.env("FUZZ_STEPS", steps.to_string()),
        None => command.env("FUZZ_SECONDS", "600"),
    };
    if let Some(seed) = seed {
        command.env("FUZZ_SEED", seed.to_string());
    }
    if !command.status()?.success() {
        bail!("the lines above show what was found, as small as it gets");
    }
    println!("the lines above say how many of each, and nothing was found");
    Ok(())
}

/// Installs the package on a clean root, and reports a todo through it.
///
/// # Errors
///
/// When that is not possible here, or does not go as docs/OPERATING.md says.
pub(crate) fn installed() -> Result<()> {
    installed::run()
}

/// Builds the container's image, and starts the relay in it.
///
/// # Errors
///
/// When there is no buildah, or the relay does not become ready.
pub(crate) fn image() -> Result<()> {
    image::run()
}

/// Runs the tests of the sign-in by nginx, which a gate leaves out where there is none.
///
/// # Errors
///
/// When there is no nginx, or it does not do what the document says.
pub(crate) fn nginx() -> Result<()> {
    let mut command = machine::cargo();
    command.args(["test", "--locked", "--package", "bzctrl-relay", "--test", "relay", "nginx::"]);
    if !command.env("NGINX_NEEDED", "1").status()?.success() {
        bail!(
            "where there is no nginx: `apt-get install nginx-light`, or name the program by NGINX_PROGRAM=/path/to/nginx"
        );
    }
    Ok(())
}

/// Runs the backends in C# against the relay, as a gate does with those whose runtime is on its machine.
///
/// # Errors
///
/// When there is no .NET to be had, or the relay does not take what a backend signs, or it what the relay sends.
pub(crate) fn csharp() -> Result<()> {
    let program = setup::csharp()?;
    for test in ["backends::what_each", "webhooks::hosts::what_the_relay_sends", "conform::the_backend_in_csharp"] {
        if !of_relay(test).env("CSHARP_PROGRAM", &program).status()?.success() {
            bail!("the lines above show what the compiler, or the relay, says of a backend in C#");
        }
    }
    Ok(())
}

/// Lets schemathesis ask a relay before its sandbox for all that its document allows, and for what it does not.
///
/// # Errors
///
/// When python is missing, PyPI cannot be reached, or there is a finding.
pub(crate) fn openapi() -> Result<()> {
    let folder = machine::target().join("schemathesis");
    let run = |program: &Path, arguments: &[&str]| -> Result<()> {
        let status = Command::new(program).args(arguments).status();
        let status = status.with_context(|| format!("{} cannot be run", program.display()))?;
        if status.success() { Ok(()) } else { bail!("{} {} failed", program.display(), arguments.join(" ")) }
    };
    let program = folder.join("bin/st");
    if !program.is_file() {
        println!("Fetching {SCHEMATHESIS} into {}", folder.display());
        run(Path::new("python3"), &["-m", "venv", &folder.display().to_string()])?;
        run(&folder.join("bin/pip"), &["install", "--quiet", SCHEMATHESIS])?;
    }
    let mut command = machine::cargo();
    command.args(["test", "--locked", "--package", "bzctrl-relay", "--test", "relay", "openapi::schemathesis"]);
    command.args(["--", "--ignored", "--nocapture"]).env("SCHEMATHESIS", &program);
    if !command.status()?.success() {
        bail!("the lines above show what was found, and how to see it again");
    }
    Ok(())
}

/// How many steps the fuzzer takes where nobody says.
const FORM_STEPS: u64 = 100_000_000;

/// Searches the model of the protocol further than a gate does.
///
/// # Errors
///
/// When a promise is broken: the lines above tell how.
pub(crate) fn model() -> Result<()> {
    let mut command = machine::cargo();
    command.args(["test", "--locked", "--package", "bzctrl-model", "--", "--nocapture", "--test-threads", "1"]);
    if !command.env("MODEL_SOAK", "1").status()?.success() {
        bail!("a promise of the protocol does not hold: the lines above say which, and what has to happen for it");
    }
    Ok(())
}

/// How often the journeys run where nobody says.
const TIMES: u64 = 20;

/// Runs the journeys many times.
///
/// # Errors
///
/// When one fails; the others have run by then.
pub(crate) fn journeys(steps: Option<u64>) -> Result<()> {
    test::journeys_again(steps.unwrap_or(TIMES))
}

/// Looks at all that any user can meet.
///
/// # Errors
///
/// When something cannot be seen whole, or is told otherwise than agreed.
pub(crate) fn languages() -> Result<()> {
    test::languages_at_length()
}

/// How often it is killed where nobody says.
const KILLS: u64 = 100;

/// Fuzzes the form, optimized. Each of its tests prints its seed, and what it has found as short as it gets.
///
/// # Errors
///
/// When a promise of the form does not hold.
pub(crate) fn form(steps: Option<u64>, seed: Option<u64>) -> Result<()> {
    let steps = steps.unwrap_or(FORM_STEPS);
    let mut command = machine::cargo();
    command.args([
        "test",
        "--locked",
        "--release",
        "--package",
        "bzctrl-widget",
        "--lib",
        "form::tests",
        "--",
        "--nocapture",
    ]);
    command.env("FORM_STEPS", steps.to_string());
    if let Some(seed) = seed {
        command.env("FORM_SEED", seed.to_string());
    }
    if !command.status()?.success() {
        bail!("a promise of the form does not hold: the lines above say which, and what has to happen for it");
    }
    println!("{steps} steps, and every promise of the form holds");
    Ok(())
}

/// Kills the relay between commit and webhook, again and again.
///
/// # Errors
///
/// When a created todo was not told, or an id told of two.
pub(crate) fn webhooks(kills: Option<u64>) -> Result<()> {
    if !killed("webhooks::kills", "WEBHOOK_KILLS", kills)? {
        bail!("a host's system was not told as promised: the lines above say of what");
    }
    Ok(())
}

/// Kills the relay under load, again and again.
///
/// # Errors
///
/// When a key has made two todos, or nobody says what became of one.
pub(crate) fn store(kills: Option<u64>) -> Result<()> {
    if !killed("store::load::however", "STORE_KILLS", kills)? {
        bail!("a key was not kept to as promised: the lines above say which");
    }
    Ok(())
}

/// How often the relay is killed for the promise itself where nobody says.
const MANY_KILLS: u64 = 1000;

/// Kills the relay at each place of a todo's way, stops it there, and cuts off the power.
///
/// # Errors
///
/// When a key has made two todos, or nobody says what became of one.
pub(crate) fn kills(kills: Option<u64>) -> Result<()> {
    kill(&["kills::"], kills)
}

fn kill(tests: &[&str], kills: Option<u64>) -> Result<()> {
    setup::postgres().map_err(|lack| lack.reason)?;
    let kills = kills.unwrap_or(MANY_KILLS);
    let mut command = of_relay(tests[0]);
    // Those have a soak of their own.
    command.args(&tests[1..]).args(["--skip", "webhooks::"]);
    // Longer than a lease in a store that is shared.
    command.env("KILLS", kills.to_string()).env("POWER_CUTS", kills.to_string()).env("KILLS_STOP", "70");
    if !command.status()?.success() {
        bail!("a key was not kept to as promised: the lines above say which, and where the relay was killed");
    }
    Ok(())
}

/// Kills one of two relays on a PostgreSQL, and promotes a replica of it.
///
/// # Errors
///
/// When there is no PostgreSQL, a key has made two todos, or nobody says what became of one.
pub(crate) fn postgres(kills: Option<u64>) -> Result<()> {
    kill(&["::on_postgresql", "kills::databases::"], kills)
}

/// Loads the relay for long.
///
/// # Errors
///
/// When an answer was none of a created todo, or its memory grows.
pub(crate) fn steady(seconds: Option<u64>) -> Result<()> {
    let mut command = of_relay("under_load::at_a_steady_rate");
    if !command.env("STEADY_SECONDS", seconds.unwrap_or(3600).to_string()).status()?.success() {
        bail!("the lines above say what was answered, or how its memory has grown");
    }
    Ok(())
}

/// Tests of the relay that say what they have seen.
fn of_relay(test: &str) -> Command {
    let mut command = machine::cargo();
    command.args(["test", "--locked", "--package", "bzctrl-relay", "--test", "relay", test, "--", "--nocapture"]);
    command
}

/// Runs a test that kills the relay so often.
fn killed(test: &str, variable: &str, kills: Option<u64>) -> Result<bool> {
    Ok(of_relay(test).env(variable, kills.unwrap_or(KILLS).to_string()).status()?.success())
}
