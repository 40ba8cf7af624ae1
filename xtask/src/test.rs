//! Everything that a change must pass, cheapest first; the last part in a real browser.
//!
//! A step that fails stops none that does not build on it, so that one run tells all.

use std::{
    env, fs,
    path::Path,
    process::{self, Command},
    time::Instant,
};

use anyhow::{Context, Result};

use crate::{
    bench, build, examples, machine, npm, oldest, package,
    report::Report,
    setup::{self, Browser, Browsers, Engine, Lack, Toolchain},
    size::Sizes,
    tidy, watch,
};

/// What is tested natively, one package at a time: together they would be built with each other's features, and so not
/// as they ship. Of the widget what needs no browser.
const NATIVE: [(&str, &str, &[&str]); 6] = [
    ("tests of the contract", "bzctrl-contract", &[]),
    ("tests of the widget", "bzctrl-widget", &["--lib", "--test", "readme"]),
    ("examples of the widget", "bzctrl-widget", &["--doc"]),
    ("tests of the sandbox", "bzctrl-sandbox", &[]),
    ("the model of the protocol", "bzctrl-model", &[]),
    ("tests of xtask", "xtask", &[]),
];

/// The part of the journeys that runs in every engine at each change: the whole way of a todo, the worst of the hosts, and what
/// users would miss most where an engine differs.
const IN_EVERY_ENGINE: [&str; 4] = ["created::", "::worst::", "::in_every_engine::", NOT_IN_WEBKIT];

/// In the names of journeys that need what this engine or its driver has not.
fn not_in(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Chromium => &[],
        // Without a window it blocks no tab.
        Engine::Chromium109 => &["only_in_chromium", "a_blocked_tab"],
        Engine::Firefox => &["only_in_chromium"],
        Engine::WebKit => &["only_in_chromium", NOT_IN_WEBKIT],
    }
}

/// In the names of those that run with `--all-engines` alone: a gate that takes too long is not run.
const AT_LENGTH: &str = "::at_length::";

/// In the names of those that look and listen with packages of npm.
const ANY_USER: &str = "any_user::only_in_chromium::";

/// In the names of those that need what WebKit or its driver alone has not.
const NOT_IN_WEBKIT: &str = "not_in_webkit";

/// What no machine like this one can run.
const NOWHERE: [&str; 3] = [
    "Safari itself, on macOS and iOS: WebKitGTK is its engine, with other controls and keys",
    "Firefox 115 and Safari 16.4, the oldest that are promised: what ships is checked against what they know",
    "a phone, and the keyboard on its screen",
];

/// How much to run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What needs no browser.
    Quick,
    /// In Chromium everything but what is told at length, and the journey with the worst hosts in the other engines.
    Usual,
    /// Everything in every engine.
    AllEngines,
}

/// Runs everything that a change must pass, to this extent.
///
/// # Errors
///
/// When a step fails; each failure has been told by then.
pub(crate) fn run(extent: Extent) -> Result<()> {
    let mut report = Report::default();
    let start = Instant::now();
    let (toolchain, browsers) = if extent == Extent::Quick {
        (setup::for_widget()?, None)
    } else {
        let (toolchain, browsers) = setup::everything()?;
        (toolchain, Some(browsers))
    };
    report.note("set-up", start, true);

    report.step("format", cargo(&["fmt", "--all", "--check", "--", "--color", "never"]), "`cargo fmt --all` does it");
    report.step(
        "lints",
        denying_warnings(cargo(&["clippy", "--locked", "--keep-going", "--workspace", "--all-targets"])),
        "`cargo clippy --fix` does many",
    );
    report.step(
        "lints of the journeys",
        // `--all-targets` leaves out what cargo does not run by itself.
        denying_warnings(cargo(&["clippy", "--locked", "--package", "bzctrl-widget", "--test", "e2e"])),
        "`cargo clippy --fix --test e2e` does many",
    );
    report.step("lints for WebAssembly", lints_for_wasm(&toolchain), "the lines above name each place");
    report.own("tidy", tidy::check);
    if npm::is_here() {
        // A backend of the documents verifies webhooks by a package of theirs.
        report.own("packages of the examples", examples::packages);
    } else {
        report.not_run(["a backend's library for webhooks: node with npm is missing".to_owned()]);
    }
    // Most tests wait most of their time, as users and relays do: two lanes take hardly longer than one.
    report.beside(of_the_relay, |report| {
        what_ships(report, &toolchain, browsers.as_ref());
        if browsers.is_some() {
            for_journeys(report, &toolchain);
        }
        for (name, package, rest) in NATIVE {
            report.tests(name, cargo(&[&["test", "--locked", "--no-fail-fast", "--package", package], rest].concat()));
        }
    });
    let Some(Browsers { chromium, others }) = browsers else { return report.close(start) };
    // Not while tests start these.
    report.own("servers", build::servers);
    // The end of each run of journeys is a few that wait: two engines side by side fill it.
    report.beside(
        |report| others.into_iter().for_each(|(engine, browser)| journeys_in(report, extent, engine, browser)),
        |report| journeys_in_chromium(report, extent, &chromium),
    );
    report.not_run(NOWHERE.map(str::to_owned));
    report.close(start)
}

/// The relay's tests, on each of its stores: they take as long as all others that need no journey.
fn of_the_relay(report: &mut Report) {
    let mut relay = cargo(&["test", "--locked", "--no-fail-fast", "--package", "bzctrl-relay"]);
    waiting(&mut relay, 3);
    report.tests("tests of the relay", relay);
    match setup::postgres() {
        Ok(()) => report.tests("tests of the relay on PostgreSQL", on_postgres()),
        Err(lack) => report.lacks("tests of the relay on PostgreSQL", lack),
    }
    match setup::promtool() {
        Ok(promtool) => report.own("alert rules", || watch::rules(&promtool)),
        Err(lack) => report.lacks("alert rules", lack),
    }
    match setup::tinyproxy() {
        Ok(tinyproxy) => report.tests("the relay behind a proxy", watch::behind_a_proxy(&tinyproxy)),
        Err(lack) => report.lacks("the relay behind a proxy", lack),
    }
}

/// The widget as WebAssembly: its tests in a browser, and what ships. What is laid is what is measured.
fn what_ships(report: &mut Report, toolchain: &Toolchain, browsers: Option<&Browsers>) {
    if let Some(browsers) = browsers {
        // The runner leaves behind what its browser lays down.
        let folder = env::temp_dir().join(format!("bzctrl-browser-{}", process::id()));
        let mut tests = browser_tests(toolchain, &browsers.chromium);
        if fs::create_dir_all(&folder).is_ok() {
            tests.env("TMPDIR", &folder);
        }
        report.tests("tests in a browser", tests);
        drop(fs::remove_dir_all(folder));
    }
    let (mut sizes, mut laid) = (None, None);
    report.own("package", || {
        let release = package::Parts::build(toolchain)?.shipped()?.release()?;
        sizes = Some(Sizes::of(&release));
        release.lay(&package::folder())?;
        laid = Some(package::folder().join(&release.version));
        Ok(())
    });
    report.own("size", || {
        let sizes = sizes.context("there is nothing to measure")?;
        print!("{sizes}");
        sizes.hold()
    });
    report.own("oldest browsers", || oldest::check(&laid.context("there is nothing to check")?));
    if !npm::is_here() {
        report.not_run(["oldest browsers, scripts and styles: node with npm is missing".to_owned()]);
    }
}

/// What journeys meet besides, and what measures the widget beside others.
fn for_journeys(report: &mut Report, toolchain: &Toolchain) {
    report.own("examples", || examples::build(toolchain));
    if npm::is_here() {
        report.own("what looks and listens", accessibility);
        report.own("what measures the widget", bench::try_widget);
    }
}

fn journeys_in_chromium(report: &mut Report, extent: Extent, chromium: &Browser) {
    let mut journeys = journeys(chromium, &[]);
    if !npm::is_here() {
        journeys.args(["--skip", ANY_USER]);
        report.not_run(["Chromium: any_user, what any user meets: node with npm is missing".to_owned()]);
    }
    if extent != Extent::AllEngines {
        journeys.args(["--skip", AT_LENGTH]);
        report.not_run(names_of(AT_LENGTH).into_iter().map(|test| format!("Chromium: {test}")));
    }
    report.tests("journeys in Chromium", journeys);
    // Pictures of other fonts say nothing.
    report.not_run(fs::read_to_string(machine::target().join("looks/not-compared")));
}

fn journeys_in(report: &mut Report, extent: Extent, engine: Engine, browser: Result<Browser, Lack>) {
    let name = match engine {
        Engine::Chromium => "journeys in Chromium",
        Engine::Chromium109 => "journeys in Chromium 109",
        Engine::Firefox => "journeys in Firefox",
        Engine::WebKit => "journeys in WebKit",
    };
    match browser {
        Ok(browser) => {
            let filters: &[&str] = if extent == Extent::AllEngines { &[] } else { &IN_EVERY_ENGINE };
            report.tests(name, journeys(&browser, filters));
            let names = not_in(engine).iter().flat_map(|word| names_of(word));
            report.not_run(names.map(|test| format!("{engine}: {test}")));
        }
        Err(lack) => report.lacks(name, lack),
    }
}

/// The widget as it ships is laid, and relay and sandbox are built.
fn ready_for_journeys() -> Result<(Toolchain, Browsers)> {
    let (toolchain, browsers) = setup::everything()?;
    package::Parts::build(&toolchain)?.shipped()?.release()?.lay(&package::folder())?;
    build::servers()?;
    Ok((toolchain, browsers))
}

/// What a gate looks at in part: each state of the form in each language, size, theme and spacing, and all of the way by keyboard.
/// `BLESS=1` writes anew what assistive technology is told, and what a screen reader says.
///
/// # Errors
///
/// When one cannot be seen whole, or is told otherwise than agreed.
pub(crate) fn languages_at_length() -> Result<()> {
    let (_, browsers) = ready_for_journeys()?;
    accessibility()?;
    let mut report = Report::default();
    let start = Instant::now();
    let mut looks = journeys(&browsers.chromium, &[ANY_USER]);
    looks.env("EVERY_LOOK", "1");
    report.tests("what any user meets", looks);
    report.close(start)
}

/// Fetches axe, and a screen reader that writes down what it says.
fn accessibility() -> Result<()> {
    npm::install("accessibility", "axe and a screen reader")?.context("node with npm is missing")?;
    Ok(())
}

/// The relay's stories that are the same on every store, on the one that several relays share.
const ON_EVERY_STORE: [&str; 6] = ["commands::", "identity::", "keys::", "one_todo::", "verdicts::", "webhooks::"];
/// What looks into the files of a store in a file; and what a relay tells anew at once that was killed, for nobody else can have taken it.
const ON_A_FILE: [&str; 3] = ["what_is_erased_is_in_no_file", "without_a_store_of_this_release", "webhooks::kills"];

/// Tests that wait most of their time, as relays and users do: so many times as many at once as there are cores.
fn waiting(command: &mut Command, times: usize) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    command.env("RUST_TEST_THREADS", (times * cores).to_string());
}

fn on_postgres() -> Command {
    let mut command =
        cargo(&["test", "--locked", "--no-fail-fast", "--package", "bzctrl-relay", "--test", "relay", "--"]);
    command.args(ON_EVERY_STORE).args(ON_A_FILE.iter().flat_map(|test| ["--skip", test]));
    command.env("RELAY_STORE", "postgres").env("POSTGRES_NEEDED", "1");
    waiting(&mut command, 2);
    command
}

/// Runs the journeys that a change must pass in Chromium, again and again. It tells each failure, and goes on.
///
/// # Errors
///
/// When one has failed, or something that they need.
pub(crate) fn journeys_again(times: u64) -> Result<()> {
    let (toolchain, browsers) = ready_for_journeys()?;
    examples::build(&toolchain)?;
    accessibility()?;
    let mut report = Report::default();
    let start = Instant::now();
    for _ in 0..times {
        let mut in_chromium = journeys(&browsers.chromium, &[]);
        in_chromium.args(["--skip", AT_LENGTH]);
        report.tests("journeys in Chromium", in_chromium);
    }
    report.close(start)
}

/// Takes the pictures by which the journeys hold how the widget looks, on this machine, of the widget as it is.
///
/// # Errors
///
/// When a picture cannot be taken, or something that they need is missing.
pub(crate) fn looks_anew() -> Result<()> {
    let (_, browsers) = ready_for_journeys()?;
    let mut report = Report::default();
    let start = Instant::now();
    let mut looks = journeys(&browsers.chromium, &["looks::"]);
    looks.env("BLESS", "1");
    report.tests("pictures", looks);
    report.close(start)
}

/// The journey of a relay that was installed from its package on this root.
pub(crate) fn journey_of_the_package(chromium: &Browser, root: &Path) -> Result<()> {
    let mut report = Report::default();
    let start = Instant::now();
    let mut journey = journeys(chromium, &["installed::"]);
    journey.arg("--ignored").env("INSTALLED_ROOT", root);
    report.tests("the installed relay in Chromium", journey);
    report.close(start)
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = machine::cargo();
    command.args(arguments);
    command
}

fn denying_warnings(mut clippy: Command) -> Command {
    clippy.args(["--", "--deny", "warnings"]);
    clippy
}

fn lints_for_wasm(toolchain: &Toolchain) -> Command {
    let mut command = toolchain.cargo("clippy");
    command.args(["--locked", "--package", "bzctrl-widget", "--package", "bzctrl-contract"]);
    command.args(["--lib", "--bins", "--test", "browser"]);
    denying_warnings(command)
}

fn browser_tests(toolchain: &Toolchain, browser: &Browser) -> Command {
    let mut command = toolchain.cargo("test");
    command
        .args(["--locked", "--package", "bzctrl-widget", "--test", "browser"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", machine::built("wasm-bindgen-test-runner"))
        // For all of them together, in seconds: a busy machine is slow, not wrong.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "600");
    browser.tell(&mut command);
    command
}

/// The journeys find the programs in `target/debug`, the browser by what it tells them.
fn journeys(browser: &Browser, filters: &[&str]) -> Command {
    let mut command = cargo(&["test", "--locked", "--no-fail-fast", "--package", "bzctrl-widget", "--test", "e2e"]);
    command.arg("--").args(filters);
    for word in not_in(browser.engine) {
        command.args(["--skip", word]);
    }
    // Two engines are at it, and the other one has most to do in Chromium.
    waiting(&mut command, if browser.engine == Engine::Chromium { 3 } else { 1 });
    browser.tell(&mut command);
    command
}

/// The journeys whose names have a word in them.
fn names_of(word: &str) -> Vec<String> {
    let mut command =
        cargo(&["test", "--quiet", "--locked", "--package", "bzctrl-widget", "--test", "e2e", "--", "--list", word]);
    let list = machine::answer(&mut command).unwrap_or_default();
    list.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}
