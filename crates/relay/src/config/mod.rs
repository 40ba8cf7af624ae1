//! The relay's settings: one TOML file, each value overridden by the environment, every mistake told at once.
//! What is read here is right; nothing behind this module checks a setting again.

mod bzctrl;
mod egress;
mod reader;
pub(crate) mod seal_key;
mod secret;
mod tenant;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pasetors::keys::SymmetricKey;
use pasetors::version4::V4;
use url::{Host, Url};

pub use bzctrl::{BzCtrl, Environment};
pub use egress::{Authorities, Egress, Proxy};
pub use reader::{Mistake, Mistakes, PREFIX};
use reader::{Reader, Section};
pub use secret::Secret;
pub use tenant::{Assertion, IdentitySource, KeySource, Keys, Origin, ProxyHeader, Tenant};

/// Everything that the relay is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens.
    pub server: Server,
    /// What it logs.
    pub log: Log,
    /// Where its rows are.
    pub store: Store,
    /// What its tokens are sealed with.
    pub seal: Seal,
    /// The folder with the widget's files, where they are not in the program, or come from other releases too.
    pub widget_folder: Option<PathBuf>,
    /// BzCtrl, and the account there.
    pub bzctrl: BzCtrl,
    /// How BzCtrl and the hosts' keys are reached.
    pub egress: Egress,
    /// The host companies' pages that are served.
    pub tenants: Vec<Tenant>,
}

/// Where the relay listens.
#[derive(Clone, Debug)]
pub struct Server {
    /// The address for pages.
    pub listen: SocketAddr,
    /// Where pages reach it, when that is not the address itself. Without a slash at the end.
    pub public_url: Option<String>,
    /// The address for `/healthz`, `/readyz` and `/metrics`.
    pub health_listen: Option<SocketAddr>,
}

/// What the relay logs, to standard error.
#[derive(Clone, Debug)]
pub struct Log {
    /// The form of a line.
    pub format: LogFormat,
    /// What is logged, in tracing's filter language.
    pub filter: String,
}

/// The form of a line in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people on a terminal, else for machines.
    #[default]
    Auto,
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Where the relay's rows are.
#[derive(Clone, Debug)]
pub struct Store {
    /// The SQLite file. It is made when it is missing, its folder too.
    pub path: PathBuf,
}

/// What the relay's tokens are sealed with.
#[derive(Clone, Debug)]
pub struct Seal {
    /// The key that seals and opens; none: one is kept beside the store, and made by the first start.
    pub key: Option<SymmetricKey<V4>>,
    /// A key that still opens, while keys are changed.
    pub previous_key: Option<SymmetricKey<V4>>,
    /// How long a token is good for.
    pub token_lifetime: Duration,
}

const SECTIONS: [&str; 8] = ["server", "log", "store", "seal", "widget", "bzctrl", "egress", "tenants"];

impl Config {
    /// Reads the file, and this process's environment over it.
    ///
    /// # Errors
    /// Everything that is wrong, with its place.
    pub fn load(path: &Path) -> Result<Self, Mistakes> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let says = format!("the configuration {} cannot be read: {error}", path.display());
            Mistakes(vec![Mistake { place: String::new(), line: None, says }])
        })?;
        // A variable that is not Unicode cannot be one of ours.
        let environment =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::read(&text, environment)
    }

    /// Reads a file's text, and an environment over it.
    ///
    /// # Errors
    /// Everything that is wrong, with its place.
    pub fn read(text: &str, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, Mistakes> {
        let reader = Reader::new(text, environment);
        let server = server(reader.section("server"));
        let log = log(reader.section("log"));
        let store = store(reader.section("store"));
        let seal = seal(reader.section("seal"));
        let widget_folder = widget_folder(reader.section("widget"));
        let bzctrl = bzctrl::read(reader.section("bzctrl"));
        let egress = egress::read(reader.section("egress"));
        let tenants = tenant::read(&reader.section("tenants"));
        audience(&reader, server.as_ref(), &tenants);
        let mistakes = reader.finish(&SECTIONS);
        match (server, store, seal, bzctrl) {
            (Some(server), Some(store), Some(seal), Some(bzctrl)) if mistakes.is_empty() => {
                Ok(Self { server, log, store, seal, widget_folder, bzctrl, egress, tenants })
            }
            _ => Err(Mistakes(mistakes)),
        }
    }

    /// What the settings name and the disk lacks. It may come later, so the relay starts without it. A program that has the
    /// widget in it makes the folder.
    pub fn missing_on_disk(&self) -> Vec<Mistake> {
        let folder = self.widget_folder.iter().filter(|folder| !cfg!(embedded_widget) && !folder.is_dir());
        folder
            .map(|folder| Mistake {
                place: "widget.folder".to_owned(),
                line: None,
                says: format!("there is no folder {}: pages get no widget from this relay", folder.display()),
            })
            .collect()
    }
}

fn server(section: Section<'_>) -> Option<Server> {
    let listen = section.parsed("listen", address);
    let listen = section.needs("listen", listen);
    let public_url =
        section.parsed("public_url", |text| web_address(text).map(|url| url.as_str().trim_end_matches('/').to_owned()));
    let health_listen = section.parsed("health_listen", address);
    section.finish();
    Some(Server { listen: listen?, public_url, health_listen })
}

/// An assertion is made for this relay's address, so whoever makes it must be able to know that.
fn audience(reader: &Reader<'_>, server: Option<&Server>, tenants: &[Tenant]) {
    let asserts = tenants.iter().any(|tenant| matches!(tenant.identity, IdentitySource::Assertion(_)));
    if asserts && server.is_some_and(|server| server.public_url.is_none() && server.listen.ip().is_unspecified()) {
        reader
            .section("server")
            .wrong("public_url", "is needed with identity assertion: the assertions are made for it");
    }
}

fn log(section: Section<'_>) -> Log {
    let format = section.parsed("format", |text| match text {
        "auto" => Ok(LogFormat::Auto),
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("expected auto, text or json"),
    });
    let filter = section.parsed("filter", |text| tracing_subscriber::EnvFilter::try_new(text).map(|_| text.to_owned()));
    section.finish();
    Log { format: format.unwrap_or_default(), filter: filter.unwrap_or_else(|| "info".to_owned()) }
}

fn store(section: Section<'_>) -> Option<Store> {
    let path = section.text("path").map(PathBuf::from);
    let path = section.needs("path", path);
    section.finish();
    Some(Store { path: path? })
}

const SHORTEST_TOKEN: u64 = 10;
const LONGEST_TOKEN: u64 = 3600;

fn seal(section: Section<'_>) -> Option<Seal> {
    let [key, previous_key] = ["key", "previous_key"].map(|name| {
        let place = section.secret(name)?;
        Secret::read(place)
            .and_then(|secret| seal_key::read(secret.expose()))
            .map_err(|says| section.wrong(name, says))
            .ok()
    });
    let seconds = section.number("token_lifetime_seconds").unwrap_or(300);
    if !(SHORTEST_TOKEN..=LONGEST_TOKEN).contains(&seconds) {
        section.wrong("token_lifetime_seconds", format!("expected {SHORTEST_TOKEN} to {LONGEST_TOKEN}"));
    }
    section.finish();
    Some(Seal { key, previous_key, token_lifetime: Duration::from_secs(seconds) })
}

fn widget_folder(section: Section<'_>) -> Option<PathBuf> {
    let folder = section.text("folder").map(PathBuf::from);
    section.finish();
    folder
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an IP address and a port, such as 127.0.0.1:8081".to_owned())
}

/// An absolute http or https address without user info, query and fragment.
fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("expected an http or https address: {error}"))?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    match url.scheme() {
        "http" | "https" if plain => Ok(url),
        "http" | "https" => Err("expected an address without user info, query and fragment".to_owned()),
        _ => Err("expected an http or https address".to_owned()),
    }
}

/// Whether an address is on this machine.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests;
