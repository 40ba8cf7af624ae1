//! A long step: shows what runs and for how long, keeps its whole output in a file, and when it fails shows the last
//! lines and what to try.

use std::{
    fmt,
    fs::{self, File},
    io::{IsTerminal, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    sync::LazyLock,
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::{children::Started, machine};

/// What ends sooner is not shown while it runs: it would only flicker.
const SHORT: Duration = Duration::from_millis(300);

/// How often a step without a terminal says that it still runs.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// Does what leads to a state, unless that is the state already: a file keeps what it was reached by.
///
/// # Errors
///
/// When the work fails, or what it was done by cannot be written down.
pub(crate) fn once(kept: &Path, by: &[u8], work: impl FnOnce() -> Result<()>) -> Result<()> {
    if fs::read(kept).is_ok_and(|old| old == by) {
        return Ok(());
    }
    work()?;
    fs::write(kept, by).with_context(|| format!("cannot write {}", kept.display()))
}

/// The steps that run side by side, a line each.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// A line for people, above the steps that still run.
pub(crate) fn say(line: &str) {
    BARS.suspend(|| println!("{line}"));
}

/// A command with a name for people.
pub(crate) struct Step {
    title: String,
    command: Command,
    advice: Option<String>,
    limit: Option<Duration>,
}

/// A step that failed, in the words that a person needs.
#[derive(Debug)]
pub(crate) struct Failed {
    title: String,
    how: String,
    last_lines: String,
    output: PathBuf,
    advice: Option<String>,
}

impl fmt::Display for Failed {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(to, "{}: {}", self.title, self.how)?;
        for line in self.last_lines.lines() {
            writeln!(to, "  | {line}")?;
        }
        write!(to, "  everything that it said: {}", self.output.display())?;
        match &self.advice {
            Some(advice) => write!(to, "\n  what to try: {advice}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failed {}

impl Step {
    /// A step named by what it does: "build the relay".
    pub(crate) fn new(title: impl Into<String>, command: Command) -> Self {
        Self { title: title.into(), command, advice: None, limit: None }
    }

    /// What to try when it fails.
    pub(crate) fn or_try(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Fails when it takes longer than this.
    pub(crate) fn within(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Runs it to its end.
    ///
    /// # Errors
    ///
    /// [`Failed`] when it ends with anything but success; another error when it cannot be started.
    pub(crate) fn run(mut self) -> Result<()> {
        let output = log_file(&self.title)?;
        let start = Instant::now();
        let ended = self.watch(&output, start)?;
        let seconds = start.elapsed().as_secs_f32();
        let how = match ended {
            Some(status) if status.success() => {
                say(&format!("✓ {} ({seconds:.1} s)", self.title));
                return Ok(());
            }
            Some(status) => format!("failed after {seconds:.1} s ({status})"),
            None => format!("given up after {seconds:.1} s"),
        };
        say(&format!("✗ {} ({seconds:.1} s)", self.title));
        let last_lines = last_lines(&output, if people_watch() { 40 } else { 120 });
        Err(Failed { title: self.title, how, last_lines, output, advice: self.advice }.into())
    }

    /// How the command ended; nothing when its time was up.
    fn watch(&mut self, output: &Path, start: Instant) -> Result<Option<ExitStatus>> {
        let log = File::create(output).with_context(|| format!("cannot write {}", output.display()))?;
        // A test's own words say more in a screenful than a backtrace.
        self.command.env("RUST_BACKTRACE", "0");
        let mut program = Started::spawn(&self.command, log.try_clone()?.into(), log.into())
            .with_context(|| format!("{}: cannot start {}", self.title, self.command.get_program().display()))?;

        let display = Display::of(&self.title);
        loop {
            if let Some(status) = program.ended()? {
                return Ok(Some(status));
            }
            if self.limit.is_some_and(|limit| start.elapsed() > limit) {
                return Ok(None);
            }
            display.tick(output);
            // Short steps end at once for the eye; long ones cost nothing.
            sleep(if start.elapsed().as_secs() < 1 { Duration::from_millis(10) } else { Duration::from_millis(100) });
        }
    }
}

fn people_watch() -> bool {
    std::io::stderr().is_terminal()
}

/// The step in sight while it runs.
struct Display<'a> {
    title: &'a str,
    bar: Option<ProgressBar>,
    start: Instant,
    told: std::cell::Cell<u64>,
}

impl<'a> Display<'a> {
    fn of(title: &'a str) -> Self {
        let bar = people_watch().then(|| {
            let bar = BARS.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} ({elapsed}) {wide_msg:.dim}") {
                bar.set_style(style);
            }
            bar.set_prefix(title.to_owned());
            bar
        });
        Self { title, bar, start: Instant::now(), told: std::cell::Cell::new(0) }
    }

    fn tick(&self, output: &Path) {
        if self.start.elapsed() < SHORT {
            return;
        }
        if let Some(bar) = &self.bar {
            bar.set_message(last_lines(output, 1));
            bar.tick();
            return;
        }
        let seconds = self.start.elapsed().as_secs();
        let beats = 1 + seconds / HEARTBEAT.as_secs();
        if beats > self.told.replace(beats) {
            say(&format!("… {} ({seconds} s)", self.title));
        }
    }
}

impl Drop for Display<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Everything that a step of this title has printed when it last ran.
pub(crate) fn output_of(title: &str) -> String {
    let bytes = log_file(title).and_then(|file| Ok(fs::read(file)?)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Where a step's output goes: a file named for it.
fn log_file(title: &str) -> Result<PathBuf> {
    let folder = machine::target().join("xtask");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let name: String = title.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    Ok(folder.join(format!("{name}.log")))
}

/// The last lines of a file that may be long.
fn last_lines(file: &Path, count: usize) -> String {
    let tail = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(file)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(200 * count as u64)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = tail().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines.get(lines.len().saturating_sub(count)..).unwrap_or_default().join("\n")
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn shell(title: &str, script: &str) -> Step {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Step::new(title, command)
    }

    #[test]
    fn a_step_that_fails_shows_its_last_lines_and_what_to_try() {
        let step = shell("count badly", "for i in $(seq 200); do echo line $i; done; echo the reason >&2; exit 3");
        let words = step.or_try("count again").run().unwrap_err().to_string();
        assert!(words.starts_with("count badly: failed after "), "{words}");
        assert!(words.contains("exit status: 3"), "{words}");
        assert!(words.contains("  | line 200\n  | the reason\n"), "{words}");
        assert!(!words.contains("line 1\n"), "{words}");
        assert!(words.ends_with("what to try: count again"), "{words}");
        assert!(output_of("count badly").starts_with("line 1\n"));
    }

    #[test]
    fn a_step_whose_time_is_up_is_ended() {
        let start = Instant::now();
        let error = shell("sleep too long", "sleep 60").within(Duration::from_millis(50)).run().unwrap_err();
        assert!(error.to_string().starts_with("sleep too long: given up after "));
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_program_that_is_not_there_is_told_not_panicked_about() {
        assert!(Step::new("run nothing", Command::new("no-such-program-here")).run().is_err());
    }
}
