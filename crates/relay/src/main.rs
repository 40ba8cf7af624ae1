//! The relay's commands: `run`, which is meant when none is named, `check`, `conform`, and those of an operator on the store.

use std::collections::HashMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bzctrl_relay::config::{Account, Config, DEFAULT, Egress, Mistakes};
use bzctrl_relay::{VERSION, commands, conform, output, surroundings, telemetry};
use clap::{CommandFactory, Parser, Subcommand};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// For the manual page and `--help`; docs/OPERATING.md has it at length.
const EXIT_STATUS: &str = "Exit status: 0 done. 1 it could not be done: the store cannot be used, or a relay cannot start. 2 the arguments or the \
     configuration are wrong. 3 nothing was done, or not all, because there is no such thing or it is refused. 4 it was done, and could not be \
     written to standard output.";

/// The relay between the BzCtrl widget and BzCtrl
#[derive(Parser)]
#[command(version = VERSION, after_long_help = EXIT_STATUS)]
struct Arguments {
    /// The configuration; every value in it can be set by BZCTRL_RELAY__SECTION__KEY too
    #[arg(long, global = true, env = "BZCTRL_RELAY_CONFIG", default_value = "relay.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM or Ctrl-C (what it does when no command is named)
    Run {
        /// The store was put back, by a snapshot of the machine or its disk: what was undecided is unknown from now on
        #[arg(long)]
        restored: bool,
    },
    /// Say everything that is wrong with the configuration
    Check {
        /// Log in at BzCtrl, too, and reach all that the relay asks; nothing is created
        #[arg(long)]
        online: bool,
    },
    /// Try whether a backend of your own keeps to docs/PROTOCOL.md
    Conform(Box<conform::Options>),
    #[command(flatten)]
    Store(commands::Command),
    /// Print the manual page
    #[command(hide = true)]
    Man,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(says) => return said_by_clap(&says),
    };
    let path = &*arguments.config;
    match &arguments.command {
        Some(Command::Run { restored }) => run(path, *restored),
        None => run(path, false),
        Some(Command::Check { online }) => with_config(path, |config| check(path, config, *online)),
        Some(Command::Store(command)) => with_config(path, |config| commands::run(command, config)),
        Some(Command::Conform(options)) => conform(options),
        Some(Command::Man) => manual(),
    }
}

/// The help, the version, or what is wrong with the arguments.
fn said_by_clap(says: &clap::Error) -> ExitCode {
    match says.print() {
        // Where the help cannot be written, though somebody reads it.
        Err(error) if !says.use_stderr() && error.kind() != ErrorKind::BrokenPipe => output::unwritten(&error),
        _ => u8::try_from(says.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from),
    }
}

fn with_config(path: &Path, work: impl FnOnce(&Config) -> ExitCode) -> ExitCode {
    match Config::load(path) {
        Ok(config) => work(&config),
        Err(mistakes) => wrong(path, &mistakes),
    }
}

fn manual() -> ExitCode {
    // The command's own name, whatever the file is called that was run.
    let command = Arguments::command().name("bzctrl-relay");
    let mut page = Vec::new();
    let written = clap_mangen::Man::new(command).render(&mut page);
    match written.and_then(|()| output::print(&String::from_utf8_lossy(&page))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::unwritten(&error),
    }
}

/// 0: every rule holds. 1: one does not. 2: nothing could be tried. 3: those that were tried hold, and some were not. 4: it could not be
/// written, and ends there.
fn conform(options: &conform::Options) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let mut out = std::io::stdout();
    let tried = runtime.block_on(conform::run(options, &mut out));
    match tried.and_then(|tried| out.flush().map(|()| tried)) {
        Ok(conform::Conforms::Yes) => ExitCode::SUCCESS,
        Ok(conform::Conforms::No) => ExitCode::FAILURE,
        Ok(conform::Conforms::AsFarAsTried) => ExitCode::from(3),
        Ok(conform::Conforms::Untried) => ExitCode::from(2),
        Err(error) => output::unwritten(&error),
    }
}

fn check(path: &Path, config: &Config, online: bool) -> ExitCode {
    let mistakes = surroundings::mistakes(config, path);
    let is_right = mistakes.is_empty();
    if !is_right {
        wrong(path, &Mistakes(mistakes));
    }
    let told = if is_right { format!("{} is right: {}\n", path.display(), served(config)) } else { String::new() };
    let doubts = surroundings::doubts(config).into_iter().chain(surroundings::untold(config));
    let doubts = doubts.map(|doubt| format!("  but {doubt}\n"));
    let written = output::print(&(told + &doubts.collect::<String>()));
    // What is wrong here keeps nobody from being asked.
    let there = if online { surroundings::in_its_place(config, || check_online(config)) } else { Ok(true) };
    match (is_right, written.and(there)) {
        (false, _) => ExitCode::from(WRONG),
        (true, Ok(true)) => ExitCode::SUCCESS,
        (true, Ok(false)) => ExitCode::FAILURE,
        (true, Err(error)) => output::unwritten(&error),
    }
}

/// Which environments serve how many tenants.
fn served(config: &Config) -> String {
    let mut tenants_of: HashMap<&str, usize> = HashMap::new();
    for tenant in &config.tenants {
        *tenants_of.entry(&tenant.account.name).or_default() += 1;
    }
    let of = |account: &Account| {
        let tenants = tenants_of.get(&*account.name).copied().unwrap_or_default();
        let named = if account.name == DEFAULT { String::new() } else { format!(" (account {})", account.name) };
        format!("{}{named} serves {tenants} tenant(s)", account.environment.name)
    };
    config.accounts().into_iter().map(of).collect::<Vec<_>>().join(", ")
}

/// Asks everybody whom the relay asks, and creates nothing. Whether all is well.
fn check_online(config: &Config) -> std::io::Result<bool> {
    // In this thread, whose user may be the relay's: a socket's database knows its clients by that.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::explain(format_args!("bzctrl-relay: nothing can be asked: {error}"));
            return Ok(false);
        }
    };
    let way = |egress: &Egress| format!("trusted: {}; proxy: {}\n", egress.trust(), egress.proxy_in_words());
    let mut ways = way(&config.egress);
    for account in config.accounts() {
        if let Some(egress) = &account.egress {
            ways += &format!("for account {}: {}", account.name, way(egress));
        }
    }
    output::print(&ways)?;
    let findings = runtime.block_on(bzctrl_relay::online::check(config));
    output::print(&findings.iter().map(|finding| format!("{finding}\n")).collect::<String>())?;
    Ok(findings.iter().all(|finding| finding.wrong.is_none()))
}

/// What ends a relay, or any command, whose settings or arguments are wrong.
const WRONG: u8 = 2;

fn wrong(path: &Path, mistakes: &Mistakes) -> ExitCode {
    output::explain(format_args!("{} is not right:", path.display()));
    for mistake in &mistakes.0 {
        output::explain(format_args!("  {mistake}"));
    }
    ExitCode::from(WRONG)
}

/// What others tell the process.
struct Signals {
    terminated: Signal,
    interrupted: Signal,
    reload: Signal,
}

impl Signals {
    /// Hears them from now on.
    fn hear() -> std::io::Result<Self> {
        Ok(Self {
            terminated: signal(SignalKind::terminate())?,
            interrupted: signal(SignalKind::interrupt())?,
            reload: signal(SignalKind::hangup())?,
        })
    }
}

fn run(path: &Path, restored: bool) -> ExitCode {
    let ready = tokio::runtime::Runtime::new().and_then(|runtime| {
        // Before anything else: a reload that comes while the relay starts would end it.
        let signals = runtime.block_on(async { Signals::hear() })?;
        Ok((runtime, signals))
    });
    let (runtime, signals) = match ready {
        Ok(ready) => ready,
        Err(error) => return failed(&error),
    };
    // From here on whoever reads the log has each line in its form.
    let (log, config) = Config::load_with_log(path);
    let mut config = match config {
        Ok(config) => config,
        Err(mistakes) => {
            for mistake in &mistakes.0 {
                telemetry::fail(&log, format_args!("{} is not right: {mistake}", path.display()));
            }
            return ExitCode::from(WRONG);
        }
    };
    config.store.restored = restored;
    if let Err(error) = telemetry::start(&log) {
        telemetry::fail(&log, error);
        return ExitCode::FAILURE;
    }
    match runtime.block_on(serve(path, config, signals)) {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, says)) => {
            telemetry::fail(&log, says);
            code
        }
    }
}

fn failed(says: &dyn std::fmt::Display) -> ExitCode {
    output::explain(format_args!("bzctrl-relay: {says}"));
    ExitCode::FAILURE
}

/// Serves until the end. An error is why it has not started, or not ended as it should.
async fn serve(path: &Path, config: Config, mut signals: Signals) -> Result<(), (ExitCode, String)> {
    let exposed = surroundings::exposed(&config, path);
    for mistake in surroundings::missing(&config).into_iter().chain(surroundings::doubts(&config)).chain(exposed) {
        tracing::warn!("{mistake}");
    }
    let settings = config.clone();
    let relay = bzctrl_relay::start(config).await.map_err(|says| {
        // The same code as `check` has for it; and it does not become right by itself.
        let is_wrong = surroundings::keep_from_starting(&settings);
        (if is_wrong { ExitCode::from(WRONG) } else { ExitCode::FAILURE }, says)
    })?;
    if let Some(address) = relay.health_address() {
        tracing::info!("health on http://{address}");
    }
    // Whoever started it may have closed its end.
    let _ = writeln!(std::io::stdout(), "listening on http://{}", relay.address());
    loop {
        tokio::select! {
            _ = signals.terminated.recv() => break,
            _ = signals.interrupted.recv() => break,
            _ = signals.reload.recv() => take_up(&relay, path),
        }
    }
    tracing::info!("ending");
    match relay.end().await {
        true => Ok(()),
        false => Err((ExitCode::FAILURE, "ended with todos of which the store does not know what became".to_owned())),
    }
}

/// At SIGHUP: the tenants of the file as it is now, and their accounts. A wrong file changes nothing.
fn take_up(relay: &bzctrl_relay::Running, path: &Path) {
    match relay.reload(Config::load(path)) {
        Ok(tenants) => tracing::info!(
            tenants,
            "the tenants are taken up anew, with their accounts; other settings at the next start"
        ),
        Err(says) => tracing::error!("the tenants stay as they were, for {} is not right: {says}", path.display()),
    }
}
