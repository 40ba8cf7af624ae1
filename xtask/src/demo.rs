//! The demo: sandbox, relay and the host's page, in one terminal, until Ctrl-C.
//!
//! It serves the host's page itself and leads `/widget/*` on to the relay, so that the page names no port.

use std::{
    fs,
    io::{BufRead, BufReader, ErrorKind},
    net::{Ipv4Addr, TcpListener},
    process::{Command, Stdio},
    sync::mpsc,
    thread::{self, sleep},
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
use axum::{
    Router,
    http::{HeaderMap, HeaderValue, Uri, header},
    middleware::map_response,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use tower_http::services::{ServeDir, ServeFile};

use crate::{build, children::Started, machine, package, setup};

/// How long a server may take until it accepts connections.
const START: Duration = Duration::from_secs(20);

/// The three ports, and trunk's.
#[derive(Clone, Copy)]
struct Ports {
    page: u16,
    relay: u16,
    sandbox: u16,
    trunk: u16,
}

impl Ports {
    fn from(base: u16) -> Result<Self> {
        let at = |offset| base.checked_add(offset).context("--base-port leaves no room for three ports");
        Ok(Self { page: base, relay: at(1)?, sandbox: at(2)?, trunk: at(3)? })
    }
}

/// Runs the demo until it is interrupted, or one of its servers ends.
///
/// # Errors
///
/// When a port is taken, something cannot be built, or a server ends.
pub(crate) fn run(base_port: u16, open_browser: bool) -> Result<()> {
    let ports = Ports::from(base_port)?;
    // Before anything long starts. The page's own port is kept; the other two are their servers' in a moment.
    let page = listen(ports.page)?;
    for port in [ports.relay, ports.sandbox] {
        listen(port)?;
    }

    let toolchain = setup::for_widget()?;
    build::servers()?;
    package::Parts::build(&toolchain)?.release()?.lay(&package::demo_folder())?;

    let mut servers = [sandbox(ports)?, relay(ports)?];
    serve_page(page, ports)?;

    let address = format!("http://127.0.0.1:{}/", ports.page);
    println!(
        "\nThe demo is up.\n\n  order screen   {address}\n  relay          http://127.0.0.1:{}/\n  \
         BzCtrl         http://127.0.0.1:{}/app/  (the sandbox: a stand-in)\n\n\
         Open the order screen, press Report incident beside an order, fill in the form and press Submit:\n\
         a tab opens at the incident, and the order carries its link. Ctrl-C ends everything.",
        ports.relay, ports.sandbox
    );
    if open_browser {
        show(&address);
    }
    loop {
        for server in &mut servers {
            server.must_live()?;
        }
        sleep(Duration::from_millis(200));
    }
}

fn listen(port: u16) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!("port {port} is taken: choose three free ports in a row by --base-port"),
        _ => anyhow!("cannot listen on port {port} ({error}): choose other ports by --base-port"),
    })
}

/// A server that the demo has started.
struct Server {
    name: &'static str,
    program: Started,
}

impl Server {
    /// Starts it and waits until it says that it accepts connections.
    fn start(name: &'static str, mut command: Command) -> Result<Self> {
        command.current_dir(machine::root());
        let program = Started::spawn(&command, Stdio::piped(), Stdio::inherit())
            .with_context(|| format!("cannot start the {name}"))?;
        let mut server = Self { name, program };
        let output = server.program.output().with_context(|| format!("the {name} has no output"))?;
        let (tell, told) = mpsc::channel();
        // Reads on to the end, or the server would one day wait for a reader.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        let ready = |line: &String| line.starts_with("listening on ");
        match told.recv_timeout(START) {
            Ok(line) if ready(&line) => Ok(server),
            Ok(line) => bail!("the {name} said {line:?} where it should say where it listens"),
            Err(mpsc::RecvTimeoutError::Timeout) => bail!("the {name} does not accept connections after {START:?}"),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                sleep(Duration::from_millis(100));
                server.must_live()?;
                bail!("the {name} has closed its output")
            }
        }
    }

    fn must_live(&mut self) -> Result<()> {
        match self.program.ended()? {
            None => Ok(()),
            Some(status) => bail!("the {} has ended ({status}): its last words are above", self.name),
        }
    }
}

fn sandbox(ports: Ports) -> Result<Server> {
    let mut command = Command::new(machine::built("bzctrl-sandbox"));
    command.arg("--listen").arg(format!("127.0.0.1:{}", ports.sandbox));
    Server::start("sandbox", command)
}

/// The relay with the settings of its example file, but for this demo's ports and folders. Its store is the ports' own,
/// so that two demos may run side by side; and it begins anew, since the sandbox has forgotten what the rows tell of.
fn relay(ports: Ports) -> Result<Server> {
    let Ports { page, relay, sandbox, trunk } = ports;
    let bzctrl = format!("http://127.0.0.1:{sandbox}");
    let pages = [page, trunk].map(|port| format!("http://127.0.0.1:{port},http://localhost:{port}"));
    let store = machine::target().join("demo").join(page.to_string());
    if store.exists() {
        fs::remove_dir_all(&store).with_context(|| format!("cannot empty {}", store.display()))?;
    }
    let mut command = Command::new(machine::built("bzctrl-relay"));
    command
        .args(["--config", "crates/relay/relay.example.toml"])
        .env("BZCTRL_RELAY__SERVER__LISTEN", format!("127.0.0.1:{relay}"))
        .env("BZCTRL_RELAY__STORE__PATH", store.join("relay.sqlite"))
        .env("BZCTRL_RELAY__WIDGET__FOLDER", package::demo_folder())
        .env("BZCTRL_RELAY__BZCTRL__TOKEN_ENDPOINT", format!("{bzctrl}/bzctrl-core-api/oauth/token"))
        .env("BZCTRL_RELAY__BZCTRL__TASK_ENDPOINT", format!("{bzctrl}/bzctrl-core-api/api/v1/task/add-task"))
        .env("BZCTRL_RELAY__BZCTRL__APP_URL", format!("{bzctrl}/app/"))
        .env("BZCTRL_RELAY__TENANTS__DEMO__ORIGINS", pages.join(","));
    Server::start("relay", command)
}

/// Serves the host's page from a thread of its own, as long as this program lives.
fn serve_page(listener: TcpListener, ports: Ports) -> Result<()> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, page(ports)).await
        })
    });
    Ok(())
}

fn page(ports: Ports) -> Router {
    let root = machine::root();
    let headers = [(header::CACHE_CONTROL, "no-store".to_owned()), (header::CONTENT_SECURITY_POLICY, policy(ports))];
    let headers: HeaderMap =
        headers.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?))).collect();
    Router::new()
        .route_service("/", ServeFile::new(root.join("index.html")))
        .nest_service("/www", ServeDir::new(root.join("www")))
        .route("/widget/{*file}", get(move |asked: HeaderMap, uri: Uri| async move { to_relay(&asked, &uri, ports) }))
        .layer(map_response(move |mut response: Response| {
            response.headers_mut().extend(headers.clone());
            async { response }
        }))
}

/// A host's policy, as strict as the embedding API promises to run under. A header rather than a part of the page, since
/// trunk puts a script of its own into the page.
fn policy(Ports { relay, sandbox, .. }: Ports) -> String {
    let at = |port| format!("http://127.0.0.1:{port} http://localhost:{port}");
    // The relay is all that the widget needs; BzCtrl's own address comes in where the relay is set to token mode.
    let (relay, bzctrl) = (at(relay), at(sandbox));
    format!(
        "default-src 'self'; script-src 'self' {relay} 'wasm-unsafe-eval'; connect-src 'self' {relay} {bzctrl}; \
         base-uri 'none'; form-action 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

/// Leads on to the relay, by the name that this server was asked by: `localhost` stays `localhost`.
fn to_relay(headers: &HeaderMap, uri: &Uri, ports: Ports) -> Response {
    let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = if asked.split(':').next() == Some("localhost") { "localhost" } else { "127.0.0.1" };
    Redirect::temporary(&format!("http://{host}:{}{uri}", ports.relay)).into_response()
}

/// Opens the browser, where there is a display.
fn show(address: &str) {
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    if has_display || cfg!(target_os = "macos") {
        // Without success the address still stands in the terminal.
        let _ =
            Command::new(opener).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn location(host: &'static str) -> String {
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
        let uri = Uri::from_static("/widget/v1/bzctrl.js?1");
        let response = to_relay(&headers, &uri, Ports::from(8080).unwrap());
        assert_eq!(response.status(), 307);
        response.headers()[header::LOCATION].to_str().unwrap().to_owned()
    }

    #[test]
    fn the_widgets_files_are_asked_of_the_relay_under_the_name_that_the_page_has() {
        assert_eq!(location("127.0.0.1:8080"), "http://127.0.0.1:8081/widget/v1/bzctrl.js?1");
        assert_eq!(location("localhost:8080"), "http://localhost:8081/widget/v1/bzctrl.js?1");
        assert_eq!(location("elsewhere.example"), "http://127.0.0.1:8081/widget/v1/bzctrl.js?1");
    }

    #[test]
    fn three_ports_need_room() {
        assert!(Ports::from(65533).is_err());
        assert!(Ports::from(65532).is_ok());
    }
}
