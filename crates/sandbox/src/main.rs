//! The sandbox as a program: flags, the line that says where it listens, and the end on a signal.

use std::{net::SocketAddr, process::ExitCode};

use bzctrl_sandbox::{Options, Origin, serve};
use clap::Parser;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

/// Stands in for BzCtrl: takes the two documented requests and shows what came in. It is not BzCtrl, keeps all
/// in memory, and shows every request, credentials included, to whoever asks.
#[derive(Parser)]
#[command(version, after_help = HELP)]
struct Flags {
    /// Where to listen; port 0 takes a free one
    #[arg(long, env = "BZCTRL_SANDBOX_LISTEN", default_value = "127.0.0.1:8082", value_name = "ADDRESS")]
    listen: SocketAddr,

    /// User name of the one API account
    #[arg(long, env = "BZCTRL_SANDBOX_USERNAME", default_value_t = Options::default().username, value_name = "NAME")]
    username: String,

    /// Its password
    #[arg(long, env = "BZCTRL_SANDBOX_PASSWORD", hide_env_values = true, default_value_t = Options::default().password, value_name = "SECRET")]
    password: String,

    /// A workspace that exists, its domain before it; repeat it for more
    #[arg(
        long = "workspace",
        env = "BZCTRL_SANDBOX_WORKSPACES",
        value_delimiter = ',',
        default_values_t = Options::default().workspaces,
        value_name = "NAME"
    )]
    workspaces: Vec<String>,

    /// An origin whose pages may call add-task (CORS); repeat it for more; none unless given
    #[arg(long = "allow-origin", env = "BZCTRL_SANDBOX_ALLOW_ORIGINS", value_delimiter = ',', value_name = "ORIGIN")]
    allow_origins: Vec<Origin>,

    /// What task links begin with, such as http://sandbox.test:8082; the address it listens on unless given
    #[arg(long, env = "BZCTRL_SANDBOX_PUBLIC_URL", value_name = "URL", value_parser = base_url)]
    public_url: Option<String>,

    /// Listen on an address that others reach; anybody there can read every recorded request
    #[arg(long, env = "BZCTRL_SANDBOX_EXPOSE")]
    expose: bool,
}

const HELP: &str = "\
A token and a todo:
  curl http://127.0.0.1:8082/bzctrl-core-api/oauth/token \\
    -d grant_type=password -d username=relay@example.com -d password=sandbox-secret
  curl http://127.0.0.1:8082/bzctrl-core-api/api/v1/task/add-task \\
    -H 'Authorization: Bearer ACCESS_TOKEN' --json @todo.json

Look at what came in:
  http://127.0.0.1:8082/app/   the todos, as a page; a taskLink opens one
  GET    /sandbox/requests     every request to the two paths: [{method, path, headers, body, status}]
  GET    /sandbox/todos        every todo
  DELETE /sandbox/faults       make nothing fail any more
  DELETE /sandbox              forget todos, numbers, requests and faults (tokens stay valid)

Make the next requests fail (at \"token\" or \"add-task\"; GET /sandbox/faults shows what is left):
  curl http://127.0.0.1:8082/sandbox/faults --json \\
    '[{\"at\":\"add-task\",\"fault\":{\"status\":{\"code\":502,\"body\":\"html\"}},\"times\":2}]'

  {\"status\":{\"code\":…,\"body\":\"json\"|\"html\"|\"empty\"}}   {\"delay\":{\"ms\":…}}
  \"close-before-reading\"  \"close-after-storing\"  \"half-answer\"  \"silence\"
  at add-task only: \"no-task-link\"  \"javascript-link\"  \"expired-token\"  \"revoked-token\"
  at token only: {\"expires-in\":{\"seconds\":1}}

The log goes to standard error; RUST_LOG sets how much of it.";

fn base_url(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/');
    match bzctrl_contract::TaskLink::parse(url) {
        Some(_) if !url.contains(['?', '#']) => Ok(url.to_owned()),
        _ => Err("give an http or https address without query, such as http://sandbox.test:8082".to_owned()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let flags = Flags::parse();
    let log = EnvFilter::builder().with_default_directive(tracing::Level::INFO.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(log).with_writer(std::io::stderr).init();
    match run(flags).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("bzctrl-sandbox: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: Flags) -> Result<(), String> {
    let options = Options {
        username: flags.username,
        password: flags.password,
        workspaces: flags.workspaces,
        allow_origins: flags.allow_origins,
        public_url: flags.public_url,
        expose: flags.expose,
    };
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| format!("no signals here: {error}"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| format!("no signals here: {error}"))?;
    let listen = flags.listen;
    options.admit(listen).map_err(|error| error.to_string())?;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}; choose another address with --listen"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    if !address.ip().is_loopback() {
        tracing::warn!("exposed on {address}: whoever reaches it can read every request with its credentials");
    }
    println!("listening on http://{address}");
    tokio::select! {
        served = serve(listener, options) => served.map_err(|error| error.to_string()),
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}
