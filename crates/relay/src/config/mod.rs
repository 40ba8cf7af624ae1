//! The relay's settings: one TOML file, each value overridden by the environment, every mistake told at once.
//! What is read here is right; nothing behind this module checks a setting again.

mod account;
mod addresses;
mod database;
mod egress;
mod environment;
mod identity;
mod identity_header;
mod limits;
mod log_filter;
mod mistake;
pub(crate) mod named_file;
mod odd_text;
mod paths;
mod reader;
pub(crate) mod seal_key;
mod secret;
mod shared_users;
mod syntax;
mod tenant;
mod unclosed;
mod webhook;

use std::collections::HashSet;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use pasetors::keys::SymmetricKey;
use pasetors::version4::V4;

use account::Accounts;
pub use account::{Account, DEFAULT};
use addresses::{address, networks, web_address};
pub use database::{Database, Encryption};
pub use egress::{Authorities, Egress, Proxy};
pub use environment::Environment;
pub use identity::{Assertion, IdentitySource, KeySource, Keys, ProxyHeader};
use limits::limits;
pub use limits::{Limits, TenantLimits};
pub use mistake::{Mistake, Mistakes};
pub use reader::PREFIX;
pub(crate) use reader::{NamedFile, Places};
use reader::{Reader, Section, Variable};
pub use secret::Secret;
pub use tenant::{Origin, Tenant};
pub use webhook::{Reach, SigningKey, Webhook};

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
    /// How much is taken of whom.
    pub limits: Limits,
    /// How BzCtrl and the hosts' keys are reached.
    pub egress: Egress,
    /// The host companies' pages that are served, each with its account at BzCtrl.
    pub tenants: Vec<Tenant>,
    /// Where the settings stand.
    pub(crate) places: Places,
    /// The files that were named.
    pub(crate) files: Vec<NamedFile>,
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
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How long it serves on once it is asked to end, and says that it is not ready.
    pub pause_before_end: Duration,
}

/// Balancers look every few seconds; and systemd does not wait for ever.
const LONGEST_PAUSE: u64 = 20;

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
    /// Where they are.
    pub place: StorePlace,
    /// Whether it was put back in a way that nothing inside can notice. It is said at a start, and in no file.
    pub restored: bool,
}

/// Where a store is.
#[derive(Clone, Debug)]
pub enum StorePlace {
    /// In an SQLite file, for one relay. It is made when it is missing, its folder too.
    File(PathBuf),
    /// In a PostgreSQL database, for several.
    Database(Box<Database>),
}

impl Log {
    /// What may not be meant by the filter.
    pub(crate) fn doubt(&self) -> Option<String> {
        let says =
            "none of the relay's own lines is logged by it, warnings neither: put a level before it, such as info";
        log_filter::leaves_out_relay(&self.filter).then(|| says.to_owned())
    }
}

impl StorePlace {
    /// The file, where it is in one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Database(_) => None,
        }
    }
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

const SECTIONS: [&str; 10] =
    ["server", "log", "store", "seal", "widget", "limits", "bzctrl", "accounts", "egress", "tenants"];

impl Config {
    /// Reads the file, and this process's environment over it.
    ///
    /// # Errors
    /// Everything that is wrong, with its place.
    pub fn load(path: &Path) -> Result<Self, Mistakes> {
        Self::load_with_log(path).1
    }

    /// The same, and how the log is written, as far as that could be read: it is told there what is wrong.
    pub fn load_with_log(path: &Path) -> (Log, Result<Self, Mistakes>) {
        // A name that is not Unicode is shown as well as it can be: no setting has it.
        let environment =
            std::env::vars_os().map(|(name, value)| (name.to_string_lossy().into_owned(), value.into_string().ok()));
        match text_of(path) {
            Ok(text) => Self::of(&text, environment),
            Err(mistake) => (Self::of("", environment).0, Err(Mistakes(vec![mistake]))),
        }
    }

    /// Reads a file's text, and an environment over it.
    ///
    /// # Errors
    /// Everything that is wrong, with its place.
    pub fn read(text: &str, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, Mistakes> {
        Self::of(text, environment.into_iter().map(|(name, value)| (name, Some(value)))).1
    }

    /// The accounts that the tenants have, in their order.
    pub fn accounts(&self) -> Vec<&Account> {
        let mut known = HashSet::new();
        let accounts = self.tenants.iter().map(|tenant| &*tenant.account);
        accounts.filter(|account| known.insert(&*account.name)).collect()
    }

    fn of(text: &str, environment: impl IntoIterator<Item = (String, Variable)>) -> (Log, Result<Self, Mistakes>) {
        let (text, unclosed) = unclosed::take_out(text);
        let (text, nameless) = syntax::without_nameless(&text);
        let reader = Reader::new(&text, [unclosed, nameless].concat(), environment, &SECTIONS);
        let server = server(reader.section("server"));
        let log = log(reader.section("log"));
        let store = store(reader.section("store"));
        let seal = seal(reader.section("seal"));
        let widget_folder = widget_folder(reader.section("widget"));
        let limits = limits(reader.section("limits"));
        let accounts = Accounts::read(&reader);
        let egress = egress::read(reader.section("egress"));
        let of_tenants = reader.section("tenants");
        let tenants = tenant::read(&of_tenants, &accounts);
        accounts.finish(&reader, of_tenants.is_whole());
        audience(&reader, server.as_ref(), &tenants);
        shared_key(&reader, store.as_ref());
        let (places, files, mistakes) = reader.finish();
        let of_log = log.clone();
        let config = match (server, store, seal) {
            (Some(server), Some(store), Some(seal)) if mistakes.is_empty() => {
                Ok(Self { server, log, store, seal, widget_folder, limits, egress, tenants, places, files })
            }
            _ => Err(Mistakes(mistakes)),
        };
        (of_log, config)
    }
}

/// The file's text, which may come through a pipe.
fn text_of(path: &Path) -> Result<String, Mistake> {
    let mistake = |line, says| Mistake { place: String::new(), line, says };
    let shown = path.display();
    match named_file::file_or_pipe(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Err(mistake(
            None,
            format!("there is no file {shown}: name the right one by --config or BZCTRL_RELAY_CONFIG"),
        )),
        Err(error) => Err(mistake(None, format!("the configuration {shown} cannot be read: {error}"))),
        Ok(bytes) => String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let line = error.as_bytes().iter().take(valid).filter(|byte| **byte == b'\n').count() + 1;
            mistake(Some(line), "is not UTF-8: save the file in that encoding, without any other letters".to_owned())
        }),
    }
}

fn server(section: Section<'_>) -> Option<Server> {
    let listen = section.parsed("listen", address);
    let listen = section.needs("listen", listen);
    let public_url =
        section.parsed("public_url", |text| web_address(text).map(|url| url.as_str().trim_end_matches('/').to_owned()));
    let health_listen = section.parsed("health_listen", address);
    if let (Some(pages), Some(health)) = (listen, health_listen)
        && addresses::meet(pages, health)
    {
        section.wrong("health_listen", format!("is the same as listen, {pages}: it needs a port of its own"));
    }
    let trusted_proxies = networks(&section, "trusted_proxies");
    let pause = section.number("seconds_before_end", 0..=LONGEST_PAUSE).unwrap_or_default();
    section.finish();
    let pause_before_end = Duration::from_secs(pause);
    Some(Server { listen: listen?, public_url, health_listen, trusted_proxies, pause_before_end })
}

/// An assertion is made for this relay's address, so whoever makes it must be able to know that.
fn audience(reader: &Reader<'_>, server: Option<&Server>, tenants: &[Tenant]) {
    let asserts = tenants.iter().any(|tenant| matches!(tenant.identity, IdentitySource::Assertion(_)));
    if asserts && server.is_some_and(|server| server.public_url.is_none() && server.listen.ip().is_unspecified()) {
        reader
            .section("server")
            .lacks("public_url", "is needed with identity assertion: the assertions are made for it");
    }
}

/// Beside a file one relay keeps the key that seals its tokens. Several have to be given the same.
fn shared_key(reader: &Reader<'_>, store: Option<&Store>) {
    let seal = reader.section("seal");
    let is_set = seal.has("key") || seal.has("key_file");
    if !is_set && store.is_some_and(|store| matches!(store.place, StorePlace::Database(_))) {
        seal.lacks("key_file", "is needed with store.url: each relay opens the tokens of the others");
    }
}

fn log(section: Section<'_>) -> Log {
    let format = section.parsed("format", |text| match text {
        "auto" => Ok(LogFormat::Auto),
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("expected auto, text or json"),
    });
    let filter = section.parsed("filter", log_filter::read);
    section.finish();
    Log { format: format.unwrap_or_default(), filter: filter.unwrap_or_else(|| "info".to_owned()) }
}

fn store(section: Section<'_>) -> Option<Store> {
    let path = section.parsed("path", store_path);
    let database = database::read(&section);
    if section.has("path") && section.has("url") {
        section.wrong("url", "is another store than path: name one of the two");
    }
    let place = match database {
        _ if section.has("url") => database.map(|database| StorePlace::Database(Box::new(database))),
        _ => section.needs("path", path).map(StorePlace::File),
    };
    section.finish();
    Some(Store { place: place?, restored: false })
}

/// The path of a file, and nothing that SQLite or the system would take for something else.
fn store_path(text: &str) -> Result<PathBuf, String> {
    let path = paths::path(text)?;
    if text == ":memory:" || text.starts_with("file:") {
        return Err("expected the path of a file: the store has to be there at the next start".to_owned());
    }
    let ends_in_a_folder = ["/", "/.", "/.."].iter().any(|end| text.ends_with(end)) || path.file_name().is_none();
    if ends_in_a_folder {
        return Err(format!("is a folder's: name a file in it, such as {}", path.join("relay.sqlite").display()));
    }
    if path.extension().is_some_and(|ending| ending == "seal-key") {
        return Err("is where the sealing key would be kept: choose another ending, such as .sqlite".to_owned());
    }
    Ok(path)
}

/// What is told of a key or a secret that is to go, and is the one that stays.
pub(crate) const PREVIOUS_IS_NOW: &str =
    "is the same as the one that is used now: the one before it is meant, or leave this out";

/// In seconds.
const TOKEN_LIFETIME: RangeInclusive<u64> = 10..=3600;

fn seal(section: Section<'_>) -> Option<Seal> {
    let [key, previous_key] = ["key", "previous_key"].map(|name| {
        let place = section.secret(name)?;
        Secret::read(place)
            .and_then(|secret| seal_key::read(secret.expose()))
            .map_err(|says| section.wrong_secret(name, says))
            .ok()
    });
    if key.is_some() && key == previous_key {
        section.wrong_secret("previous_key", PREVIOUS_IS_NOW);
    }
    let seconds = section.number("token_lifetime_seconds", TOKEN_LIFETIME).unwrap_or(300);
    section.finish();
    Some(Seal { key, previous_key, token_lifetime: Duration::from_secs(seconds) })
}

fn widget_folder(section: Section<'_>) -> Option<PathBuf> {
    let folder = section.parsed("folder", paths::path);
    section.finish();
    folder
}

#[cfg(test)]
mod tests;
