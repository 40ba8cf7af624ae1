//! The PostgreSQL database that several relays have as their store.

use std::str::FromStr;

use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::egress::{Authorities, authorities};
use super::reader::Section;
use super::secret::Secret;

/// A database, and how it is reached.
#[derive(Clone, Debug)]
pub struct Database {
    /// What it is called in the log: hosts and name, nothing else of the address.
    pub name: String,
    /// All of the address but the password.
    pub connection: tokio_postgres::Config,
    /// The password, where one is needed.
    pub password: Option<Secret>,
    /// How the connection is encrypted.
    pub encryption: Encryption,
}

/// How a connection is encrypted.
#[derive(Clone, Debug)]
pub enum Encryption {
    /// Not: it stays on this machine, or somebody has said so.
    None,
    /// By TLS, with a certificate for the server's name of these authorities, or of the system's.
    Verified(Option<Authorities>),
}

impl Encryption {
    /// In words, for the log.
    pub fn in_words(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Verified(None) => "TLS, by the system's certificates".to_owned(),
            Self::Verified(Some(authorities)) => format!("TLS, by those of {} alone", authorities.file.display()),
        }
    }
}

/// An address as it was read.
#[derive(Debug)]
struct Address {
    name: String,
    connection: tokio_postgres::Config,
    is_encrypted: bool,
}

pub(super) fn read(section: &Section<'_>) -> Option<Database> {
    let address = section.parsed("url", address);
    let password = section
        .secret("password")
        .and_then(|place| Secret::read(place).map_err(|says| section.wrong_secret("password", says)).ok());
    let ca = section.parsed("ca_file", |text| authorities(std::path::Path::new(text)));
    if !section.has("url") {
        for key in ["password", "password_file", "ca_file"] {
            if section.has(key) {
                section.wrong(key, "belongs to a database, and url is not set");
            }
        }
    }
    let Address { name, connection, is_encrypted } = address?;
    if !is_encrypted && section.has("ca_file") {
        section.wrong("ca_file", "is for a connection with TLS: set sslmode=verify-full in url");
    }
    let encryption = if is_encrypted { Encryption::Verified(ca) } else { Encryption::None };
    Some(Database { name, connection, password, encryption })
}

const EXPECTED: &str = "expected an address such as postgres://relay@db.example.com:5432/bzctrl";
/// libpq's other modes.
const NOT_TAKEN: [(&str, &str); 5] = [
    ("require", "verifies nobody"),
    ("verify-ca", "takes any server that the authority has a certificate for"),
    ("prefer", "goes on without TLS"),
    ("allow", "goes on without TLS"),
    ("", "says nothing"),
];

fn address(text: &str) -> Result<Address, String> {
    if !["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
        return Err(EXPECTED.to_owned());
    }
    let (base, query) = text.split_once('?').unwrap_or((text, ""));
    let mut mode = None;
    let mut others = Vec::new();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("sslmode", value)) => mode = Some(value),
            Some(("host", _)) => others.push(parameter),
            _ => {
                let name = parameter.split('=').next().unwrap_or_default();
                return Err(format!("{name:?} is not known in it; sslmode is, and host for the folder of a socket"));
            }
        }
    }
    let whole = if others.is_empty() { base.to_owned() } else { format!("{base}?{}", others.join("&")) };
    // The library's words repeat parts of what it was given.
    let mut connection = tokio_postgres::Config::from_str(&whole).map_err(|_| EXPECTED.to_owned())?;
    if connection.get_password().is_some() {
        return Err("a password does not stand in it: set password_file, or the environment's variable".to_owned());
    }
    let (Some(database), Some(_)) = (connection.get_dbname().map(str::to_owned), connection.get_user()) else {
        return Err(format!("names no user or no database: {EXPECTED}"));
    };
    if connection.get_hosts().is_empty() {
        return Err(format!("names no host: {EXPECTED}"));
    }
    let is_here = connection.get_hosts().iter().all(is_here);
    let is_encrypted = match mode {
        None => !is_here,
        Some("verify-full") => true,
        Some("disable") => false,
        Some(other) => {
            let why = NOT_TAKEN.iter().find(|(mode, _)| *mode == other).map_or("is not known", |(_, why)| why);
            return Err(format!("sslmode={other} {why}: expected verify-full or disable"));
        }
    };
    if is_encrypted && connection.get_hosts().iter().any(|host| matches!(host, Host::Unix(_))) {
        return Err("a socket on this machine has no TLS: leave sslmode out".to_owned());
    }
    connection.ssl_mode(if is_encrypted { SslMode::Require } else { SslMode::Disable });
    if connection.get_hosts().len() > 1 {
        // Of several the one is meant that takes writes.
        connection.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    let hosts: Vec<String> = connection.get_hosts().iter().map(shown).collect();
    Ok(Address { name: format!("{database} at {}", hosts.join(", ")), connection, is_encrypted })
}

fn shown(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(folder) => folder.display().to_string(),
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            let name = name.trim_matches(['[', ']']);
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_encrypted_but_on_this_machine_and_holds_no_password() {
        for (text, is_encrypted) in [
            ("postgres://relay@db.example.com/bzctrl", true),
            ("postgresql://relay@db.example.com:5433/bzctrl?sslmode=verify-full", true),
            ("postgres://relay@db.example.com/bzctrl?sslmode=disable", false),
            ("postgres://relay@127.0.0.1/bzctrl", false),
            ("postgres://relay@[::1]:5432/bzctrl", false),
            ("postgres://relay@localhost/bzctrl?sslmode=verify-full", true),
            ("postgres://relay@/bzctrl?host=/run/postgresql", false),
            ("postgres://relay@%2Frun%2Fpostgresql/bzctrl", false),
            ("postgres://relay@a.example.com:5432,b.example.com:5432/bzctrl", true),
        ] {
            let read = address(text).unwrap();
            assert_eq!(read.is_encrypted, is_encrypted, "{text}");
            assert!(read.name.starts_with("bzctrl at "), "{}", read.name);
        }
        for (text, says) in [
            ("mysql://relay@db/bzctrl", EXPECTED),
            ("postgres://relay:secret@db/bzctrl", "a password does not stand in it"),
            ("postgres://relay@db.example.com", "names no user or no database"),
            ("postgres://db.example.com/bzctrl", "names no user or no database"),
            ("postgres://relay@db.example.com/bzctrl?sslmode=require", "sslmode=require verifies nobody"),
            ("postgres://relay@db.example.com/bzctrl?sslmode=prefer", "sslmode=prefer goes on without TLS"),
            ("postgres://relay@db.example.com/bzctrl?sslmode=often", "sslmode=often is not known"),
            ("postgres://relay@db.example.com/bzctrl?options=-c", "\"options\" is not known"),
            ("postgres://relay@/bzctrl?host=/run&sslmode=verify-full", "a socket on this machine has no TLS"),
        ] {
            let error = address(text).unwrap_err();
            assert!(error.contains(says) && !error.contains("secret"), "{text}: {error}");
        }
    }
}
