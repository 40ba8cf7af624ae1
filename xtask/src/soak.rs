//! What a change runs for a minute, for as long as somebody wants.

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::{machine, test};

/// What is run.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum What {
    /// The fuzzer of the form's state machine, `src/form/tests`.
    Form,
    /// The journeys that the gate runs in Chromium, from beginning to end as many times as there are steps, or twenty times: what
    /// fails now and then is broken.
    Journeys,
    /// The relay, killed between what it commits and what it tells the hosts' systems. Each step is a
    /// kill; a hundred, where nobody says.
    Webhooks,
    /// What operators get, made twice in two folders: the same bytes. It takes no steps.
    Dist,
}

/// How often the relay is killed where nobody says.
const KILLS: u64 = 100;

/// How many steps the fuzzer takes where nobody says.
const FORM_STEPS: u64 = 100_000_000;

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
    let mut command = machine::cargo();
    command.args([
        "test",
        "--locked",
        "--package",
        "bzctrl-relay",
        "--test",
        "relay",
        "webhooks::kills",
        "--",
        "--nocapture",
    ]);
    command.env("WEBHOOK_KILLS", kills.unwrap_or(KILLS).to_string());
    if !command.status()?.success() {
        bail!("a host's system was not told as promised: the lines above say of what");
    }
    Ok(())
}
