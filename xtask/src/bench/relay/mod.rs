//! The relay beside nginx, before the same sandbox: built as they ship, on this machine, the store on its disk, loaded by wrk.
//!
//! Each round asks all ways in, one after the other, so that a slow moment of the machine is everybody's; medians of the rounds
//! count. What came out is kept in `docs/measurements/relay.json`, and `docs/PERFORMANCE.md` is made of that alone.

mod load;
mod many_keys;
mod report;
mod servers;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use self::load::Load;
use self::servers::{Server, Way};
use crate::machine::{self, MUSL};
use crate::setup;
use crate::step::Step;

/// How long, and what.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often each load is measured.
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: u32,
    /// How long each load lasts.
    #[arg(long, value_name = "SECONDS", default_value_t = 4)]
    seconds: u32,
    /// How many keys the large store has.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    keys: u32,
    /// This relay, instead of a static build of what is here.
    #[arg(long, value_name = "PROGRAM")]
    program: Option<PathBuf>,
    /// Only prints what came out: neither measurements nor document are written.
    #[arg(long)]
    dry: bool,
    /// Measures nothing: makes the document of the measurements that are there.
    #[arg(long)]
    document: bool,
}

const LOADS: [Load; 5] =
    [Load::Connections(1), Load::PerSecond(200), Load::PerSecond(1000), Load::Connections(16), Load::Connections(64)];
const GROWTH: Load = Load::PerSecond(200);

fn measurements() -> PathBuf {
    machine::root().join("docs/measurements/relay.json")
}

/// Measures, and writes it down.
///
/// # Errors
///
/// When something is missing or fails.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.document {
        let measured = fs::read_to_string(measurements())?;
        return report::write(&serde_json::from_str(&measured)?);
    }
    let nginx_program = setup::load_tools()?;
    let mut build = machine::build(&["bzctrl-sandbox"]);
    build.arg("--release");
    Step::new("build the sandbox, released", build).run()?;
    let program = match &arguments.program {
        Some(program) => program.canonicalize().with_context(|| format!("{}", program.display()))?,
        None => static_relay()?,
    };

    // What the machine does beside this. The load itself would be in it afterwards.
    let busy = fs::read_to_string("/proc/loadavg")?;
    let busy: f64 = busy.split(' ').next().unwrap_or_default().parse()?;

    let folder = machine::target().join("bench/relay");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let sandbox = servers::sandbox(&folder)?;
    let nginx = servers::nginx(&nginx_program, &sandbox, &folder)?;
    let (loads, costs) = loads(arguments, &program, &sandbox, &nginx, &folder)?;
    let growth = growth(arguments, &program, &sandbox, &folder)?;
    let measured = json!({
        "measured": machine_and_versions(arguments, &program, &nginx_program)?,
        "busy": busy,
        "rounds": arguments.rounds,
        "seconds": arguments.seconds,
        "loads": loads,
        "costs": costs,
        "growth": growth,
    });
    drop(nginx);
    println!("{}", report::tables(&measured)?);
    if arguments.dry {
        return Ok(());
    }
    fs::write(measurements(), serde_json::to_string_pretty(&measured)? + "\n")?;
    report::write(&measured)
}

/// The relay as operators run it, but for the widget in it.
fn static_relay() -> Result<PathBuf> {
    setup::for_static_programs()?;
    let mut build = machine::build(&["bzctrl-relay"]);
    build.args(["--profile", "dist", "--target", MUSL]);
    Step::new("build the relay, static", build).run()?;
    Ok(machine::target().join(MUSL).join("dist/bzctrl-relay"))
}

/// Every load on every way in, and what the relay takes of memory and processors for them.
fn loads(
    arguments: &Arguments,
    program: &Path,
    sandbox: &Server,
    nginx: &Server,
    folder: &Path,
) -> Result<(Value, Value)> {
    let relay = servers::relay(program, sandbox, folder, &folder.join("new/relay.sqlite"))?;
    let idle = relay.memory()?.0;
    let mut rounds: Vec<Value> = LOADS.iter().map(|load| json!({ "load": load.name() })).collect();
    for round in 1..=arguments.rounds {
        println!("round {round} of {}", arguments.rounds);
        // Tokens of the relay are good for some minutes.
        let ways = [servers::direct("sandbox", sandbox)?, servers::direct("nginx", nginx)?, servers::through(&relay)?];
        for (load, of_load) in LOADS.into_iter().zip(&mut rounds) {
            for way in &ways {
                servers::forget(sandbox)?;
                let seen = load::run(way, load, arguments.seconds)?;
                println!("  {:<16}{:<8} {}", load.name(), way.name, report::in_words(&seen));
                match of_load[way.name].as_array_mut() {
                    Some(seen_before) => seen_before.push(seen),
                    None => of_load[way.name] = json!([seen]),
                }
            }
        }
    }
    let (after, most) = relay.memory()?;
    let todos: f64 = rounds
        .iter()
        .filter_map(|load| load["relay"].as_array())
        .flatten()
        .filter_map(|seen| seen["requests"].as_f64())
        .sum();
    let microseconds = relay.processor_time()? * 1_000_000.0 / todos.max(1.0);
    Ok((Value::Array(rounds), json!({ "idle": idle, "after": after, "most": most, "microseconds": microseconds })))
}

/// The same load on a store of no keys, and on one of many.
fn growth(arguments: &Arguments, program: &Path, sandbox: &Server, folder: &Path) -> Result<Value> {
    let mut stores = Map::new();
    for keys in [0, arguments.keys] {
        let store = folder.join(format!("keys-{keys}")).join("relay.sqlite");
        drop(servers::relay(program, sandbox, folder, &store)?);
        println!("a store of {keys} keys");
        many_keys::fill(&store, keys)?;
        let mut starts = Vec::new();
        for _ in 0..arguments.rounds.max(3) {
            let started = servers::relay(program, sandbox, folder, &store)?.started_in;
            starts.push(json!(started.as_secs_f64() * 1000.0));
        }
        let relay = servers::relay(program, sandbox, folder, &store)?;
        let way: Way = servers::through(&relay)?;
        let mut seen = Vec::new();
        for _ in 0..arguments.rounds {
            servers::forget(sandbox)?;
            seen.push(load::run(&way, GROWTH, arguments.seconds)?);
        }
        let memory = relay.memory()?.1;
        drop(relay);
        let bytes = fs::metadata(&store)?.len();
        stores.insert(keys.to_string(), json!({ "seen": seen, "starts": starts, "memory": memory, "bytes": bytes }));
    }
    fs::remove_dir_all(folder.join(format!("keys-{}", arguments.keys)))?;
    Ok(Value::Object(stores))
}

fn machine_and_versions(arguments: &Arguments, program: &Path, nginx: &Path) -> Result<Value> {
    let of = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(machine::root()).output();
        let output = output.with_context(|| format!("{program} cannot be run"))?;
        // nginx and wrk tell their version where errors go.
        let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        anyhow::Ok(text.lines().next().unwrap_or_default().trim().to_owned())
    };
    let processor = fs::read_to_string("/proc/cpuinfo")?;
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let changed = of("git", &["status", "--porcelain", "--untracked-files=no"])?;
    let commit = match &arguments.program {
        Some(_) => "a program that was handed in".to_owned(),
        None => of("git", &["rev-parse", "--short=12", "HEAD"])? + if changed.is_empty() { "" } else { ", changed" },
    };
    Ok(json!({
        "processor": processor.map_or("unknown", |(_, name)| name.trim()),
        "processors": std::thread::available_parallelism()?.get(),
        "system": of("uname", &["-sr"])?,
        "file system": of("stat", &["--file-system", "--format", "%T", "target"])?,
        "commit": commit,
        "date": of("date", &["--utc", "+%Y-%m-%d"])?,
        "relay": of(&program.display().to_string(), &["--version"])?,
        "rustc": of("rustc", &["--version"])?,
        "nginx": of(&nginx.display().to_string(), &["-v"])?.trim_start_matches("nginx version: "),
        "wrk": of("wrk", &["-v"])?.split(" Copyright").next(),
    }))
}
