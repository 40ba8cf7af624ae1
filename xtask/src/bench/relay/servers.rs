//! What is measured, each as a process of its own on this machine: the sandbox, nginx before it, the relay before it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::children::Started;
use crate::machine;

const START: Duration = Duration::from_secs(20);
const TOKEN: &str = "/bzctrl-core-api/oauth/token";
const ADD_TASK: &str = "/bzctrl-core-api/api/v1/task/add-task";
const ORIGIN: &str = "http://127.0.0.1:8080";

/// Where wrk asks.
pub(super) struct Way {
    pub(super) name: &'static str,
    pub(super) address: String,
    pub(super) token: String,
    /// Of the relay: what keys begin with.
    pub(super) epoch: Option<String>,
}

/// A server that ends with its value.
pub(super) struct Server {
    process: Started,
    pub(super) port: u16,
    pub(super) started_in: Duration,
}

impl Server {
    /// Starts a program that says where it listens.
    fn start(name: &str, mut command: Command, folder: &Path) -> Result<Self> {
        let log = fs::File::options().create(true).append(true).open(folder.join(format!("{name}.log")))?;
        command.current_dir(machine::root());
        let began = Instant::now();
        let mut process =
            Started::spawn(&command, Stdio::piped(), log.into()).with_context(|| format!("cannot start the {name}"))?;
        let mut output = BufReader::new(process.output().context("it has no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let started_in = began.elapsed();
        let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok());
        let port =
            port.with_context(|| format!("the {name} does not say where it listens: see {}", folder.display()))?;
        // Reads on, or it would one day wait for a reader.
        spawn(move || output.lines().map_while(Result::ok).for_each(drop));
        Ok(Self { process, port, started_in })
    }

    /// How long it has had a processor, in seconds.
    pub(super) fn processor_time(&self) -> Result<f64> {
        // In ticks of a hundredth of a second, wherever Linux runs; behind the name, which may have spaces.
        let told = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let fields = told.rsplit_once(')').map(|(_, fields)| fields.split_whitespace().skip(11).take(2));
        let ticks: Option<f64> = fields.and_then(|fields| fields.map(|ticks| ticks.parse::<f64>().ok()).sum());
        Ok(ticks.context("the system does not tell of processor time")? / 100.0)
    }

    /// What it holds of the machine's memory, and the most that it has held, in kilobytes.
    pub(super) fn memory(&self) -> Result<(u64, u64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).with_context(|| name.to_owned())
        };
        Ok((of("VmRSS:")?, of("VmHWM:")?))
    }
}

/// The sandbox.
pub(super) fn sandbox(folder: &Path) -> Result<Server> {
    let mut command = Command::new(released("bzctrl-sandbox"));
    command.args(["--listen", "127.0.0.1:0"]).env("RUST_LOG", "warn");
    Server::start("sandbox", command, folder)
}

/// The relay before the sandbox, as it is set by default, but for its limits.
pub(super) fn relay(program: &Path, sandbox: &Server, folder: &Path, store: &Path) -> Result<Server> {
    let bzctrl = format!("http://127.0.0.1:{}", sandbox.port);
    let most = u32::MAX.to_string();
    let mut command = Command::new(program);
    // setpriv, that ends it with us, takes its own moment: so it is started by its name.
    command
        .args(["--config", "crates/relay/relay.example.toml"])
        .env("BZCTRL_RELAY__SERVER__LISTEN", "127.0.0.1:0")
        .env("BZCTRL_RELAY__STORE__PATH", store)
        .env("BZCTRL_RELAY__LIMITS__REQUESTS_PER_MINUTE_OF_AN_ADDRESS", &most)
        .env("BZCTRL_RELAY__TENANTS__DEMO__REQUESTS_PER_MINUTE", &most)
        .env("BZCTRL_RELAY__TENANTS__DEMO__REQUESTS_PER_MINUTE_OF_A_USER", &most)
        .env("BZCTRL_RELAY__TENANTS__DEMO__ORIGINS", ORIGIN)
        .env("BZCTRL_RELAY__BZCTRL__TOKEN_ENDPOINT", format!("{bzctrl}{TOKEN}"))
        .env("BZCTRL_RELAY__BZCTRL__TASK_ENDPOINT", format!("{bzctrl}{ADD_TASK}"))
        .env("BZCTRL_RELAY__BZCTRL__APP_URL", format!("{bzctrl}/app/"));
    Server::start("relay", command, folder)
}

/// nginx before the sandbox, with connections that it keeps.
pub(super) fn nginx(program: &Path, sandbox: &Server, folder: &Path) -> Result<Server> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let (here, to) = (folder.display(), sandbox.port);
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {here}/nginx-{kind};\n"))
        .concat();
    let settings = format!(
        "worker_processes auto;\ndaemon off;\nmaster_process on;\npid {here}/nginx.pid;\nerror_log {here}/nginx.log;\n\
         events {{ worker_connections 1024; }}\nhttp {{\naccess_log off;\n{temporary}\
         upstream sandbox {{ server 127.0.0.1:{to}; keepalive 64; }}\n\
         server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://sandbox; proxy_http_version 1.1; \
         proxy_set_header Host 127.0.0.1:{to}; proxy_set_header Connection \"\"; }} }}\n}}\n"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, settings)?;
    let mut command = Command::new(program);
    command.arg("-c").arg(&file).arg("-p").arg(folder);
    let began = Instant::now();
    let process = Started::spawn(&command, Stdio::null(), Stdio::inherit()).context("cannot start nginx")?;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if began.elapsed() > START {
            bail!("nginx does not listen: see {}", folder.display());
        }
        sleep(Duration::from_millis(20));
    }
    Ok(Server { process, port, started_in: began.elapsed() })
}

/// Asks add-task itself, at the sandbox or through what stands before it.
pub(super) fn direct(name: &'static str, server: &Server) -> Result<Way> {
    let address = format!("http://127.0.0.1:{}", server.port);
    let form = "grant_type=password&username=relay@example.com&password=sandbox-secret";
    let token = post(&format!("{address}{TOKEN}"), form, &[])?;
    Ok(Way { name, address: format!("{address}{ADD_TASK}"), token: text(&token, "access_token")?, epoch: None })
}

/// Asks the relay, as a page does.
pub(super) fn through(relay: &Server) -> Result<Way> {
    let address = format!("http://127.0.0.1:{}", relay.port);
    let origin = format!("origin: {ORIGIN}");
    let token =
        post(&format!("{address}/v1/token"), "grant_type=client_credentials", &[&origin, "x-bzctrl-widget: 1"])?;
    Ok(Way {
        name: "relay",
        address: format!("{address}/v1/tasks"),
        token: text(&token, "access_token")?,
        epoch: Some(text(&token, "key_epoch")?),
    })
}

/// What the sandbox remembers is forgotten, so that it is no slower at the end than at the beginning.
pub(super) fn forget(sandbox: &Server) -> Result<()> {
    let address = format!("http://127.0.0.1:{}/sandbox", sandbox.port);
    let done = Command::new("curl").args(["--silent", "--fail", "--request", "DELETE", &address]).status()?;
    if done.success() { Ok(()) } else { bail!("the sandbox does not forget") }
}

fn post(address: &str, form: &str, headers: &[&str]) -> Result<Value> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail", "--data", form, address]);
    for header in headers {
        command.args(["--header", header]);
    }
    let answer = machine::answer(&mut command).with_context(|| format!("{address} gives no token"))?;
    Ok(serde_json::from_str(&answer)?)
}

fn text(answer: &Value, name: &str) -> Result<String> {
    Ok(answer[name].as_str().with_context(|| format!("the answer has no {name}"))?.to_owned())
}

/// A program of this workspace, as the release build leaves it.
pub(super) fn released(program: &str) -> PathBuf {
    machine::target().join("release").join(program)
}
