//! The program itself: a relay, and its commands, in processes of their own.

mod life;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::world::{Answer, ORIGIN, PASSWORD, Page, Sandbox, client, incident, settings};

/// A relay in a process of its own.
pub(crate) struct Program {
    child: Child,
    pub(crate) address: SocketAddr,
    log: PathBuf,
}

/// A relay, the sandbox behind it, and the folder with its log.
pub(crate) async fn started() -> (Sandbox, TempDir, Program) {
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    let program = Program::start(&folder, &sandbox);
    (sandbox, folder, program)
}

/// The same, with a log of what deserves a look alone.
pub(crate) async fn started_quietly() -> (Sandbox, TempDir, Program) {
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    let program = Program::with_filter(&folder, &sandbox, "warn");
    (sandbox, folder, program)
}

impl Program {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn start(folder: &TempDir, sandbox: &Sandbox) -> Self {
        Self::with(folder, sandbox, "")
    }

    /// `more` is appended to the tenant's settings.
    pub(crate) fn with(folder: &TempDir, sandbox: &Sandbox, more: &str) -> Self {
        Self::of(folder, &settings(sandbox.address, folder, more), "trace")
    }

    /// What is below this level is not logged.
    pub(crate) fn with_filter(folder: &TempDir, sandbox: &Sandbox, filter: &str) -> Self {
        let _ = std::fs::remove_file(folder.path().join("log"));
        Self::of(folder, &settings(sandbox.address, folder, ""), filter)
    }

    /// By these settings.
    pub(crate) fn of(folder: &TempDir, settings: &str, filter: &str) -> Self {
        Self::started_by(&[], folder, settings, filter)
    }

    /// By a command that starts others: its words, before the program's own.
    pub(crate) fn started_by(words: &[&str], folder: &TempDir, settings: &str, filter: &str) -> Self {
        std::fs::write(folder.path().join("relay.toml"), settings).unwrap();
        std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
        Self::begin(words, folder.path(), filter, &[]).listening()
    }

    /// By these settings, with a place at which it ends or stops: `NAME=kill`, `NAME=stop`. None where it ends at its start.
    pub(crate) fn with_fail_point(
        folder: &TempDir,
        settings: &str,
        filter: &str,
        fail_point: Option<&str>,
    ) -> Option<Self> {
        std::fs::write(folder.path().join("relay.toml"), settings).unwrap();
        std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
        let set = fail_point.map(|fail_point| format!("BZCTRL_FAIL_POINT={fail_point}"));
        let words: Vec<_> = set.iter().flat_map(|set| ["env", set.as_str()]).collect();
        Self::begin(&words, folder.path(), filter, &[]).unless_it_ends()
    }

    /// In a folder that has its settings.
    pub(crate) fn at(folder: &Path, filter: &str, arguments: &[&str]) -> Self {
        Self::begin(&[], folder, filter, arguments).listening()
    }

    /// One that has been started, and has said nothing so far.
    fn begin(words: &[&str], folder: &Path, filter: &str, arguments: &[&str]) -> Beginning {
        let log = folder.join("log");
        let stderr = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        let mut relay = relay_at(folder);
        relay.args(arguments);
        let mut command = match words {
            [] => relay,
            [first, others @ ..] => {
                let mut command = Command::new(first);
                command.args(others).arg(relay.get_program()).args(relay.get_args());
                command
            }
        };
        let child =
            command.env("BZCTRL_RELAY__LOG__FILTER", filter).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        Beginning { child, log }
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// What `/readyz` tells.
    pub(crate) async fn readiness(&self) -> (u16, String) {
        self.health("/readyz").await
    }

    /// What a path of its health tells, where the log says it is.
    pub(crate) async fn health(&self, path: &str) -> (u16, String) {
        let log = std::fs::read_to_string(&self.log).unwrap();
        let (_, health) = log.rsplit_once("health on http://").expect("the log names the address");
        let url = format!("http://{}{path}", health.split('"').next().unwrap());
        let answer = Answer::to(client().get(url)).await;
        (answer.status, answer.text)
    }

    /// What ended it, if it has ended.
    pub(crate) fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Whether all of it stands still.
    pub(crate) fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('T'))
    }

    /// Ends it by force.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it in order.
    pub(crate) async fn end(self) {
        let ended = self.ended().await;
        assert!(ended.success(), "{ended}");
    }

    /// Ends it in order; how that went.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        self.signal("-TERM");
        tokio::task::spawn_blocking(move || self.child.wait().unwrap()).await.unwrap()
    }

    pub(crate) fn signal(&self, signal: &str) {
        assert!(Command::new("kill").arg(signal).arg(self.child.id().to_string()).status().unwrap().success());
    }
}

/// A relay that does not listen yet.
struct Beginning {
    child: Child,
    log: PathBuf,
}

impl Beginning {
    fn listening(self) -> Program {
        self.unless_it_ends().expect("the one line")
    }

    fn unless_it_ends(mut self) -> Option<Program> {
        let mut line = String::new();
        BufReader::new(self.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(address) = line.trim().strip_prefix("listening on http://") else {
            self.child.wait().unwrap();
            return None;
        };
        Some(Program { address: address.parse().unwrap(), child: self.child, log: self.log })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command of the program, on the settings in this folder.
pub(crate) fn relay(folder: &TempDir) -> Command {
    relay_at(folder.path())
}

fn relay_at(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bzctrl-relay"));
    command.arg("--config").arg(folder.join("relay.toml"));
    command
}
