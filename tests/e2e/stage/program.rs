//! A program that a journey starts, and that never outlives it.

use std::{
    io::{BufRead, BufReader},
    mem,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

/// How long a program may take until it accepts connections: the demo may have to build what has changed.
const START: Duration = Duration::from_secs(180);
/// How long it may take to end in its own way.
const GRACE: Duration = Duration::from_secs(5);

pub(crate) struct Program {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
}

impl Program {
    /// Starts it, and waits for the line that says where it listens: what follows `marker` there, to the next blank.
    pub(super) fn start(mut command: Command, marker: &'static str) -> (Self, String) {
        // A driver that takes a free port for IPv4 may find the same one taken for IPv6, and ends: then once more.
        for _ in 0..3 {
            let (tell, told) = mpsc::channel();
            let program = Self::hear(&mut command, move |line| {
                if let Some((_, after)) = line.split_once(marker) {
                    let place = after.split_whitespace().next().unwrap_or_default();
                    let _ = tell.send(place.trim_end_matches('.').to_owned());
                }
            });
            match told.recv_timeout(START) {
                Ok(place) => return (program, place),
                Err(RecvTimeoutError::Disconnected) => {}
                Err(reason) => panic!("{command:?} never said {marker:?}: {reason}"),
            }
        }
        panic!("{command:?} ended three times before it said {marker:?}")
    }

    /// Starts one that says nothing of when it is ready.
    pub(super) fn run(mut command: Command) -> Self {
        Self::hear(&mut command, |_| {})
    }

    fn hear(command: &mut Command, listener: impl Fn(&str) + Send + 'static) -> Self {
        command.current_dir(root()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let output = child.stdout.take().unwrap();
        let said = Arc::<Mutex<Vec<String>>>::default();
        let lines = said.clone();
        // Reads on to the end, or the program would one day wait for a reader.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                listener(&line);
                lines.lock().unwrap().push(line);
            }
        });
        Self { child, said }
    }

    /// What it is among the processes.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The lines that it has printed since the last call.
    pub(super) fn said(&self) -> Vec<String> {
        mem::take(&mut self.said.lock().unwrap())
    }

    /// Ends it as a crash or a pulled plug does.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends it a signal, by its name.
    pub(super) fn signal(&self, name: &str) {
        let _ = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.has_ended() {
            return;
        }
        self.signal("TERM");
        let deadline = Instant::now() + GRACE;
        while !self.has_ended() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// The workspace's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of what is built.
pub(crate) fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

/// A program of this workspace, as the debug build leaves it.
pub(super) fn built(name: &str) -> PathBuf {
    let program = target().join("debug").join(name);
    assert!(program.is_file(), "{} is missing: build it first, or run `cargo xtask test`", program.display());
    program
}
