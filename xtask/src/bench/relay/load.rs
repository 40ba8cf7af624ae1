//! One run of wrk against one way in, and what it saw.

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::servers::Way;
use crate::children::Started;
use crate::machine;

/// How much is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    /// So many connections, each asking again as soon as it is answered.
    Connections(u32),
    /// So many todos a second, over 64 connections that wait in between.
    PerSecond(u32),
}

const CONNECTIONS_OF_A_RATE: u32 = 64;

impl Load {
    /// What it is called in results.
    pub(super) fn name(self) -> String {
        match self {
            Self::Connections(1) => "1 connection".to_owned(),
            Self::Connections(count) => format!("{count} connections"),
            Self::PerSecond(count) => format!("{count} a second"),
        }
    }

    fn connections_and_pause(self) -> (u32, u32) {
        match self {
            Self::Connections(count) => (count, 0),
            Self::PerSecond(rate) => (CONNECTIONS_OF_A_RATE, 1000 * CONNECTIONS_OF_A_RATE / rate),
        }
    }
}

/// Loads a way in for so many seconds. What wrk saw, in milliseconds.
///
/// # Errors
///
/// When wrk is missing, or anything was answered with another status than success.
pub(super) fn run(way: &Way, load: Load, seconds: u32) -> Result<Value> {
    let (connections, pause) = load.connections_and_pause();
    let script = machine::root().join("xtask/bench/relay/todo.lua");
    let heard = machine::target().join("bench/relay/wrk");
    let mut command = Command::new("wrk");
    command.args(["--threads", "1", "--connections", &connections.to_string(), "--duration", &format!("{seconds}s")]);
    command.args(["--timeout", "20s", "--script"]).arg(script).arg(&way.address).arg("--");
    command.args([&way.token, way.epoch.as_deref().unwrap_or_default(), &pause.to_string()]);
    let mut wrk = Started::spawn(&command, fs::File::create(&heard)?.into(), Stdio::inherit()).context("wrk")?;
    let ended = loop {
        match wrk.ended()? {
            Some(ended) => break ended,
            None => sleep(Duration::from_millis(50)),
        }
    };
    let heard = fs::read_to_string(heard)?;
    let result = heard.lines().find_map(|line| line.strip_prefix("RESULT "));
    let (true, Some(result)) = (ended.success(), result) else { bail!("wrk says nothing that is known: {heard}") };
    let result: Value = serde_json::from_str(result)?;
    if result["failed"] != 0 {
        bail!("{} under {}: {} requests failed", way.name, load.name(), result["failed"]);
    }
    Ok(result)
}
