//! The relay's commands: `run`, which is meant when none is named, `check`, `conform`, and those of an operator on the store.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bzctrl_relay::config::{Account, Config, DEFAULT, Mistakes};
use bzctrl_relay::{VERSION, commands, conform, surroundings, telemetry};
use clap::{CommandFactory, Parser, Subcommand};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The relay between the BzCtrl widget and BzCtrl
#[derive(Parser)]
#[command(version = VERSION)]
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
    let arguments = Arguments::parse();
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

fn with_config(path: &Path, work: impl FnOnce(&Config) -> ExitCode) -> ExitCode {
    match Config::load(path) {
        Ok(config) => work(&config),
        Err(mistakes) => wrong(path, &mistakes),
    }
}

fn manual() -> ExitCode {
    // The command's own name, whatever the file is called that was run.
    let command = Arguments::command().name("bzctrl-relay");
    match clap_mangen::Man::new(command).render(&mut std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// 0: every rule holds. 1: one does not. 2: nothing could be tried. 3: those that were tried hold, and some were not.
fn conform(options: &conform::Options) -> ExitCode {
    let tried = tokio::runtime::Runtime::new()
        .and_then(|runtime| runtime.block_on(conform::run(options, &mut std::io::stdout())));
    match tried {
        Ok(conform::Conforms::Yes) => ExitCode::SUCCESS,
        Ok(conform::Conforms::No) => ExitCode::FAILURE,
        Ok(conform::Conforms::AsFarAsTried) => ExitCode::from(3),
        Ok(conform::Conforms::Untried) | Err(_) => ExitCode::from(2),
    }
}

fn check(path: &Path, config: &Config, online: bool) -> ExitCode {
    let mistakes = surroundings::mistakes(config, path);
    let here = if mistakes.is_empty() {
        println!("{} is right: {}", path.display(), served(config));
        ExitCode::SUCCESS
    } else {
        wrong(path, &Mistakes(mistakes))
    };
    // What is wrong here keeps nobody from being asked.
    let there = if online { check_online(config) } else { ExitCode::SUCCESS };
    if here == ExitCode::SUCCESS { there } else { here }
}

/// Which environments serve how many tenants.
fn served(config: &Config) -> String {
    let of = |account: &Account| {
        let tenants = config.tenants.iter().filter(|tenant| tenant.account.name == account.name).count();
        let named = if account.name == DEFAULT { String::new() } else { format!(" (account {})", account.name) };
        format!("{}{named} serves {tenants} tenant(s)", account.environment.name)
    };
    config.accounts().into_iter().map(of).collect::<Vec<_>>().join(", ")
}

/// Asks everybody whom the relay asks, and creates nothing.
fn check_online(config: &Config) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    println!("trusted: {}; proxy: {}", config.egress.trust(), config.egress.proxy_in_words());
    for account in config.accounts() {
        if let Some(egress) = &account.egress {
            println!("for account {}: trusted: {}; proxy: {}", account.name, egress.trust(), egress.proxy_in_words());
        }
    }
    let findings = runtime.block_on(bzctrl_relay::online::check(config));
    for finding in &findings {
        println!("{finding}");
    }
    let is_well = findings.iter().all(|finding| finding.wrong.is_none());
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn wrong(path: &Path, mistakes: &Mistakes) -> ExitCode {
    eprintln!("{} is not right:", path.display());
    for mistake in &mistakes.0 {
        eprintln!("  {mistake}");
    }
    ExitCode::from(2)
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
    let mut config = match Config::load(path) {
        Ok(config) => config,
        Err(mistakes) => return wrong(path, &mistakes),
    };
    config.store.restored = restored;
    if let Err(error) = telemetry::start(&config.log) {
        return failed(&error);
    }
    match runtime.block_on(serve(path, config, signals)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(says) => failed(&says),
    }
}

fn failed(says: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("bzctrl-relay: {says}");
    ExitCode::FAILURE
}

async fn serve(path: &Path, config: Config, mut signals: Signals) -> Result<(), String> {
    for mistake in surroundings::missing(&config) {
        tracing::warn!("{mistake}");
    }
    let relay = bzctrl_relay::start(config).await?;
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
        false => Err("ended with todos of which the store does not know what became".to_owned()),
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
