//! A program that a journey starts, and that never outlives it.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// How long a program may take until it accepts connections: the demo may have to build what has changed.
const START: Duration = Duration::from_secs(180);
/// How long it may take to end in its own way.
const GRACE: Duration = Duration::from_secs(5);

pub(crate) struct Program(Child);

impl Program {
    /// Starts it, and waits for the line that says where it listens: what follows `marker` there, to the next blank.
    pub(super) fn start(mut command: Command, marker: &'static str) -> (Self, String) {
        command.current_dir(root()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let output = child.stdout.take().unwrap();
        let program = Self(child);
        let (tell, told) = mpsc::channel();
        // Reads on to the end, or the program would one day wait for a reader.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some((_, after)) = line.split_once(marker) {
                    let _ =
                        tell.send(after.split_whitespace().next().unwrap_or_default().trim_end_matches('.').to_owned());
                }
            }
        });
        match told.recv_timeout(START) {
            Ok(place) => (program, place),
            Err(reason) => panic!("{command:?} never said {marker:?}: {reason}"),
        }
    }

    /// Ends it as a crash or a pulled plug does.
    pub(super) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.has_ended() {
            return;
        }
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let deadline = Instant::now() + GRACE;
        while !self.has_ended() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// The workspace's root.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of what is built.
pub(super) fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

/// A program of this workspace, as the debug build leaves it.
pub(super) fn built(name: &str) -> PathBuf {
    let program = target().join("debug").join(name);
    assert!(program.is_file(), "{} is missing: build it first, or run `cargo xtask test`", program.display());
    program
}
