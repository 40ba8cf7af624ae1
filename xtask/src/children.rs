//! The programs that this one starts, so that none outlives it: not on Ctrl-C, not on SIGTERM, not at the end of
//! the terminal, and on Linux not when this one is killed without a chance to say anything.

use std::{
    collections::BTreeSet,
    io,
    process::{Child, Command, ExitStatus, Stdio, exit},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

/// How long a program may take to end in its own way before it is killed.
const GRACE: Duration = Duration::from_secs(5);

static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn running() -> MutexGuard<'static, BTreeSet<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on the signals that end this program end everything that it started, first.
///
/// # Errors
///
/// When the system takes no handler.
pub(crate) fn end_with_us() -> Result<()> {
    ctrlc::set_handler(|| {
        // The lock is kept: nothing new starts while we end.
        let running = running();
        for &group in running.iter() {
            system::end(group);
        }
        let deadline = Instant::now() + GRACE;
        while running.iter().any(|&group| system::lives(group)) && Instant::now() < deadline {
            sleep(Duration::from_millis(20));
        }
        for &group in running.iter() {
            system::kill(group);
        }
        exit(130)
    })
    .context("cannot listen for Ctrl-C")
}

/// A program that ends with this one, together with what it starts itself.
pub(crate) struct Started(Child);

impl Started {
    /// Starts a program, with its output and its errors going where these say.
    ///
    /// # Errors
    ///
    /// When the system does not start it.
    pub(crate) fn spawn(command: &Command, output: Stdio, errors: Stdio) -> io::Result<Self> {
        let mut command = bound_to_us(command);
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        system::group_of_its_own(&mut command);
        let mut running = running();
        let child = command.spawn()?;
        running.insert(child.id());
        Ok(Self(child))
    }

    /// Its standard output, where that was piped; once.
    pub(crate) fn output(&mut self) -> Option<std::process::ChildStdout> {
        self.0.stdout.take()
    }

    /// The system's number for it.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.0.try_wait()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let group = self.0.id();
        if matches!(self.0.try_wait(), Ok(None)) {
            system::end(group);
            let deadline = Instant::now() + GRACE;
            while matches!(self.0.try_wait(), Ok(None)) && Instant::now() < deadline {
                sleep(Duration::from_millis(20));
            }
            system::kill(group);
            // Killed, it ends at once; waiting only clears it from the system's table.
            let _ = self.0.kill().and_then(|()| self.0.wait());
        }
        running().remove(&group);
    }
}

/// The same command, but the system ends it when this program dies of what it cannot handle (SIGKILL). Where the
/// system has no such thing, the command as it is.
fn bound_to_us(command: &Command) -> Command {
    static AT_HAND: OnceLock<bool> = OnceLock::new();
    // util-linux's program: the system call itself would need unsafe code between fork and exec.
    let ask = || Command::new("setpriv").args(["--pdeathsig", "TERM", "true"]).output();
    let mut bound = if *AT_HAND.get_or_init(|| ask().is_ok_and(|output| output.status.success())) {
        let mut bound = Command::new("setpriv");
        bound.args(["--pdeathsig", "TERM", "--"]).arg(command.get_program());
        bound
    } else {
        Command::new(command.get_program())
    };
    bound.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => bound.env(name, value),
            None => bound.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        bound.current_dir(folder);
    }
    bound
}

#[cfg(unix)]
mod system {
    //! Process groups: a build's compiler is ended with the build.

    use std::{os::unix::process::CommandExt, process::Command};

    use nix::{
        sys::{
            signal::{Signal, killpg},
            wait::{WaitPidFlag, waitpid},
        },
        unistd::Pid,
    };

    pub(super) fn group_of_its_own(command: &mut Command) {
        command.process_group(0);
    }

    fn send(group: u32, signal: Option<Signal>) -> bool {
        i32::try_from(group).is_ok_and(|group| killpg(Pid::from_raw(group), signal).is_ok())
    }

    pub(super) fn end(group: u32) {
        send(group, Some(Signal::SIGTERM));
    }

    pub(super) fn kill(group: u32) {
        send(group, Some(Signal::SIGKILL));
    }

    pub(super) fn lives(group: u32) -> bool {
        // One that has ended still counts until its end is taken note of.
        if let Ok(leader) = i32::try_from(group) {
            let _ = waitpid(Pid::from_raw(leader), Some(WaitPidFlag::WNOHANG));
        }
        send(group, None)
    }
}

#[cfg(not(unix))]
mod system {
    //! Elsewhere the console ends its programs itself.

    use std::process::Command;

    pub(super) fn group_of_its_own(_: &mut Command) {}
    pub(super) fn end(_: u32) {}
    pub(super) fn kill(_: u32) {}
    pub(super) fn lives(_: u32) -> bool {
        false
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::{BufRead, BufReader};

    use super::*;

    fn shell(script: &str) -> (Started, BufReader<std::process::ChildStdout>) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let mut program = Started::spawn(&command, Stdio::piped(), Stdio::inherit()).unwrap();
        let output = BufReader::new(program.output().unwrap());
        (program, output)
    }

    #[test]
    fn a_program_that_is_let_go_ends_with_what_it_has_started() {
        let (program, mut output) = shell("sleep 600 & echo $!; wait");
        let mut grandchild = String::new();
        output.read_line(&mut grandchild).unwrap();
        let group = program.0.id();
        assert!(system::lives(group));
        drop(program);
        // The pipe closes when the last of them has.
        assert_eq!(output.read_line(&mut grandchild).unwrap(), 0);
        assert!(!running().contains(&group));
    }

    #[test]
    fn a_program_may_end_in_its_own_way() {
        let (program, mut output) = shell("trap 'echo bye; exit' TERM; echo ready; while :; do sleep 0.01; done");
        let mut words = String::new();
        output.read_line(&mut words).unwrap();
        drop(program);
        output.read_line(&mut words).unwrap();
        assert_eq!(words, "ready\nbye\n");
    }
}
