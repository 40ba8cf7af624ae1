//! What a run of many steps has come to: each step's time, the tests in it, and what was not run.

use std::{panic::resume_unwind, process::Command, thread, time::Instant};

use anyhow::{Result, bail};

use crate::{
    setup::Lack,
    step::{self, Step},
};

/// What went how, in the order in which it ran.
#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
    tests: Tally,
    not_run: Vec<String>,
}

struct Line {
    name: &'static str,
    seconds: f32,
    well: bool,
}

impl Report {
    /// Times some work, and tells its failure at once.
    pub(crate) fn own(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        let start = Instant::now();
        let outcome = work();
        match &outcome {
            // It names itself.
            Err(error) if error.is::<step::Failed>() => step::say(&format!("\n{error}\n")),
            Err(error) => step::say(&format!("\n{name}: {error:#}\n")),
            Ok(()) => {}
        }
        self.note(name, start, outcome.is_ok());
    }

    /// Two lanes of steps side by side; what came of the second stands behind the first.
    pub(crate) fn beside(&mut self, lane: impl FnOnce(&mut Self), other: impl FnOnce(&mut Self) + Send) {
        let theirs = thread::scope(|scope| {
            let other = scope.spawn(|| {
                let mut report = Self::default();
                other(&mut report);
                report
            });
            lane(self);
            other.join()
        });
        let theirs = theirs.unwrap_or_else(|panic| resume_unwind(panic));
        self.lines.extend(theirs.lines);
        self.tests.passed += theirs.tests.passed;
        self.tests.failed += theirs.tests.failed;
        self.not_run.extend(theirs.not_run);
    }

    /// What was not run, and why.
    pub(crate) fn not_run(&mut self, what: impl IntoIterator<Item = String>) {
        self.not_run.extend(what);
    }

    pub(crate) fn note(&mut self, name: &'static str, start: Instant, well: bool) {
        self.lines.push(Line { name, seconds: start.elapsed().as_secs_f32(), well });
    }

    pub(crate) fn step(&mut self, name: &'static str, command: Command, advice: &str) {
        self.own(name, || Step::new(name, command).or_try(advice).run());
    }

    pub(crate) fn tests(&mut self, name: &'static str, command: Command) {
        let mut tally = Tally::default();
        self.own(name, || {
            let outcome = Step::new(name, command).run();
            tally = Tally::of(&step::output_of(name));
            outcome?;
            // A filter or a `cfg` that leaves nothing would look like success.
            if tally.passed == 0 {
                bail!("ran no test");
            }
            Ok(())
        });
        self.tests.passed += tally.passed;
        self.tests.failed += tally.failed;
    }

    /// What cannot be had here is not run; what could have been had is a failure.
    pub(crate) fn lacks(&mut self, name: &'static str, lack: Lack) {
        if lack.is_failure {
            self.own(name, || Err(lack.reason));
        } else {
            self.not_run.push(format!("{name}: {:#}", lack.reason));
        }
    }

    pub(crate) fn close(self, start: Instant) -> Result<()> {
        println!();
        for Line { name, seconds, well } in &self.lines {
            println!("{} {name:<24}{seconds:>7.1} s", if *well { '✓' } else { '✗' });
        }
        println!("  {:<24}{:>7.1} s", "in all", start.elapsed().as_secs_f32());
        for what in &self.not_run {
            println!("not run: {what}");
        }
        println!("tests: {} passed, {} failed", self.tests.passed, self.tests.failed);
        let failed: Vec<&str> = self.lines.iter().filter(|line| !line.well).map(|line| line.name).collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }
}

/// How many tests passed and failed.
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
struct Tally {
    passed: usize,
    failed: usize,
}

impl Tally {
    /// Adds up the lines by which cargo's and wasm-bindgen's test runners close.
    fn of(output: &str) -> Self {
        let mut tally = Self::default();
        for line in output.lines().filter(|line| line.trim_start().starts_with("test result: ")) {
            let words: Vec<&str> = line.split([' ', ';']).collect();
            for pair in words.windows(2) {
                match (pair[0].parse::<usize>(), pair[1]) {
                    (Ok(count), "passed") => tally.passed += count,
                    (Ok(count), "failed") => tally.failed += count,
                    _ => {}
                }
            }
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_browser_that_could_have_been_installed_is_a_failure_and_any_other_is_not_run() {
        let mut report = Report::default();
        report.lacks("journeys in WebKit", Lack { reason: anyhow!("no rights"), is_failure: false });
        assert_eq!(
            (report.lines.len(), report.not_run.as_slice()),
            (0, &["journeys in WebKit: no rights".to_owned()][..])
        );
        assert!(report.close(Instant::now()).is_ok());

        let mut report = Report::default();
        report.lacks("journeys in WebKit", Lack { reason: anyhow!("apt-get failed"), is_failure: true });
        assert!(report.not_run.is_empty());
        assert_eq!(report.close(Instant::now()).unwrap_err().to_string(), "failed: journeys in WebKit");
    }

    #[test]
    fn the_tally_adds_up_every_runner() {
        let output = "running 2 tests\ntest a ... ok\n\
                      test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
                      test result: FAILED. 3 passed; 4 failed; 0 ignored; 0 filtered out; finished in 1.2s\n\
                      the text 9 passed; is no result\n";
        assert_eq!(Tally::of(output), Tally { passed: 5, failed: 4 });
    }
}
