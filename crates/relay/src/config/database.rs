//! The PostgreSQL database that several relays have as their store.

mod address;

use address::Address;

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

pub(super) fn read(section: &Section<'_>) -> Option<Database> {
    let address = section.parsed("url", address::read);
    let password = section
        .secret("password")
        .and_then(|place| Secret::read(place).map_err(|says| section.wrong_secret("password", says)).ok());
    let ca = section
        .file("ca_file", false)
        .and_then(|file| authorities(&file).map_err(|says| section.wrong("ca_file", says)).ok());
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
