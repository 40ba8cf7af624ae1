//! The address of a PostgreSQL database, as libpq takes it: `postgres://user@host:port,host:port/name?setting=value`. What libpq takes and
//! the relay does not is refused with what to write instead.

use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};

/// An address as it was read.
#[derive(Debug)]
pub(super) struct Address {
    /// Hosts and name, nothing else of it.
    pub(super) name: String,
    pub(super) connection: tokio_postgres::Config,
    pub(super) is_encrypted: bool,
}

const EXPECTED: &str = "expected an address such as postgres://relay@db.example.com:5432/bzctrl";
const SOCKET: &str = "expected a host or, for the socket on this machine, its folder, as in postgres://relay@/bzctrl?host=/var/run/postgresql";

/// libpq's other modes.
const NOT_TAKEN: [(&str, &str); 5] = [
    ("require", "verifies nobody"),
    ("verify-ca", "takes any server that the authority has a certificate for"),
    ("prefer", "goes on without TLS"),
    ("allow", "goes on without TLS"),
    ("", "says nothing"),
];

/// What libpq knows besides, and what is done here instead.
const ELSEWHERE: [(&str, &str); 15] = [
    ("password", "a password does not stand in it: set password_file, or the environment's variable"),
    ("passfile", "set password_file, the path of a file with nothing but the password"),
    ("sslrootcert", "set ca_file"),
    ("sslcert", "the relay shows the database no certificate: use a password"),
    ("sslkey", "the relay shows the database no certificate: use a password"),
    ("ssl", "write sslmode=verify-full, or sslmode=disable"),
    ("requiressl", "write sslmode=verify-full, or sslmode=disable"),
    ("service", "write the service's host, user and database into the address"),
    ("target_session_attrs", "leave it out: of several hosts the one that takes writes is meant"),
    ("load_balance_hosts", "leave it out: of several hosts the one that takes writes is meant"),
    ("options", "leave it out: the relay sets what it needs in each transaction; for more, ALTER ROLE … SET"),
    ("application_name", "leave it out: it is bzctrl-relay"),
    ("connect_timeout", "leave it out: the relay waits 2 seconds"),
    ("channel_binding", "leave it out: the server is known by its certificate"),
    ("gssencmode", "leave it out: there is no GSSAPI here"),
];

/// The parts of an address, as libpq names them.
#[derive(Default)]
struct Parts {
    user: String,
    database: String,
    hosts: String,
    addresses: String,
    ports: String,
    mode: Option<String>,
}

/// Reads an address.
///
/// # Errors
/// What to write instead. A password is in none of it.
pub(super) fn read(text: &str) -> Result<Address, String> {
    let parts = Parts::read(text)?;
    let Parts { user, database, .. } = &parts;
    if user.is_empty() {
        return Err(format!("names no user: {EXPECTED}"));
    }
    if database.is_empty() {
        return Err(format!("names no database: {EXPECTED}"));
    }
    let servers = parts.servers()?;
    let mut connection = tokio_postgres::Config::new();
    connection.user(user.as_str()).dbname(database.as_str());
    for Server { host, address, port } in &servers {
        connection.host(host.as_str()).port(*port);
        if let Some(address) = address {
            connection.hostaddr(*address);
        }
    }
    let is_encrypted = is_encrypted(&servers, parts.mode.as_deref())?;
    connection.ssl_mode(if is_encrypted { SslMode::Require } else { SslMode::Disable });
    if servers.len() > 1 {
        // Of several the one is meant that takes writes.
        connection.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    let hosts: Vec<_> = servers.iter().map(|server| server.host.as_str()).collect();
    Ok(Address { name: format!("{database} at {}", hosts.join(", ")), connection, is_encrypted })
}

impl Parts {
    fn read(text: &str) -> Result<Self, String> {
        let rest =
            ["postgres://", "postgresql://"].iter().find_map(|scheme| text.strip_prefix(scheme)).ok_or(EXPECTED)?;
        let (base, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (before, database) = base.split_once('/').unwrap_or((base, ""));
        let (user, places) = before.split_once('@').unwrap_or(("", before));
        // One with a slash or a question mark in it seems to end before its @.
        if user.contains(':') || database.contains('@') || query.contains('@') {
            return Err(format!("{}; an @ in a name is written %40", elsewhere("password")));
        }
        let mut parts = Self { user: decoded(user)?, database: decoded(database)?, ..Self::default() };
        let places: Vec<_> = places.split(',').map(place).collect::<Result<_, _>>()?;
        let (hosts, ports): (Vec<_>, Vec<_>) = places.into_iter().unzip();
        parts.hosts = decoded(&hosts.join(","))?;
        parts.ports = ports.join(",");
        for setting in query.split('&').filter(|setting| !setting.is_empty()) {
            let (name, value) =
                setting.split_once('=').ok_or("one of its settings has no value, which stands behind a =")?;
            parts.set(&decoded(name)?, decoded(value)?)?;
        }
        Ok(parts)
    }

    /// What stands behind the question mark takes the place of what stands before it, as in libpq.
    fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        match name {
            "user" => self.user = value,
            "dbname" => self.database = value,
            "host" => self.hosts = value,
            "hostaddr" => self.addresses = value,
            "port" => self.ports = value,
            "sslmode" => self.mode = Some(value),
            // What is meant here anyway.
            "target_session_attrs" if ["read-write", "primary"].contains(&value.as_str()) => {}
            _ => match elsewhere(name) {
                "" => {
                    return Err(format!(
                        "{name:?} is not known in it; known are user, dbname, host, hostaddr, port and sslmode"
                    ));
                }
                says if name == "password" => return Err(says.to_owned()),
                says => return Err(format!("{name} is not taken in it: {says}")),
            },
        }
        Ok(())
    }

    /// Host, address and port of each server: lists of the same length, or of one port for all.
    fn servers(&self) -> Result<Vec<Server>, String> {
        let list = |text: &str| match text {
            "" => Vec::new(),
            text => text.split(',').map(str::to_owned).collect(),
        };
        let (hosts, addresses, ports) = (list(&self.hosts), list(&self.addresses), list(&self.ports));
        let count = hosts.len().max(addresses.len());
        let is_each = |list: &Vec<String>| list.is_empty() || list.len() == count;
        if count == 0 {
            return Err(format!("names no host: {SOCKET}"));
        }
        if !is_each(&hosts) || !is_each(&addresses) || !is_each(&ports) && ports.len() != 1 {
            let [hosts, addresses, ports] = [hosts, addresses, ports].map(|list| list.len());
            return Err(format!(
                "names {hosts} host(s), {addresses} hostaddr(s) and {ports} port(s): expected as many of each, or one port for all"
            ));
        }
        let of = |list: &[String], at: usize| list.get(at).or_else(|| list.first()).cloned().unwrap_or_default();
        if addresses.iter().any(String::is_empty) {
            return Err("gives some of its hosts a hostaddr: give it to all, or to none".to_owned());
        }
        (0..count).map(|at| Server::read(&of(&hosts, at), &of(&addresses, at), &of(&ports, at))).collect()
    }
}

fn elsewhere(name: &str) -> &'static str {
    ELSEWHERE.iter().find(|(known, _)| *known == name).map_or("", |(_, says)| says)
}

/// A host and its port, if it has one, of those before the name.
fn place(text: &str) -> Result<(&str, &str), String> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or_else(|| format!("the [ in it is not closed: {EXPECTED}"))?;
            (host, port.strip_prefix(':').or(Some(port).filter(|port| port.is_empty())).ok_or(EXPECTED)?)
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    if port.contains(':') {
        return Err(
            "an address of IPv6 stands in brackets, as in postgres://relay@[2001:db8::1]:5432/bzctrl".to_owned()
        );
    }
    Ok((host, port))
}

/// What stands for a text in which some letters are written as `%40`.
fn decoded(text: &str) -> Result<String, String> {
    let is_letter = |rest: &str| rest.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    let bytes: Vec<u8> = percent_decode_str(text).collect();
    match String::from_utf8(bytes) {
        Ok(decoded) if text.split('%').skip(1).all(is_letter) && !decoded.contains('\0') => Ok(decoded),
        _ => Err("a % in it begins a letter's two hexadecimal digits: a percent sign itself is written %25".to_owned()),
    }
}

/// One server.
struct Server {
    /// Its name, by which its certificate is verified, or the folder of its socket.
    host: String,
    /// Where that is, if nobody is to be asked.
    address: Option<IpAddr>,
    port: u16,
}

const PORT: u16 = 5432;

impl Server {
    fn read(host: &str, address: &str, port: &str) -> Result<Self, String> {
        let address: Option<IpAddr> = match address {
            "" => None,
            text => Some(text.parse().map_err(|_| "hostaddr is an IP address; a name is a host".to_owned())?),
        };
        let host = match (host, address) {
            ("", None) => return Err(format!("names no host: {SOCKET}")),
            ("", Some(address)) => return Ok(Self { host: address.to_string(), address: None, port: number(port)? }),
            (host, _) => host,
        };
        if host.starts_with('@') {
            return Err(format!("a socket without a folder is not taken: {SOCKET}"));
        }
        if host.contains('@') {
            return Err("an @ in a name is written %40".to_owned());
        }
        Ok(Self { host: host.to_owned(), address, port: number(port)? })
    }

    fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    fn is_here(&self) -> bool {
        let address = self.address.or_else(|| self.host.parse().ok());
        self.is_socket() || address.map_or(self.host == "localhost", |address| address.is_loopback())
    }
}

/// It is not said again: what stands there may be a part of a password.
fn number(port: &str) -> Result<u16, String> {
    match port {
        "" => Ok(PORT),
        text => text.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
            "its port is no number from 1 to 65535; in a name or a password other letters are written as %3A for a colon".to_owned()
        }),
    }
}

fn is_encrypted(servers: &[Server], mode: Option<&str>) -> Result<bool, String> {
    let sockets = servers.iter().filter(|server| server.is_socket()).count();
    if sockets > 0 && sockets < servers.len() {
        return Err("names the socket of this machine beside another host: name one of the two".to_owned());
    }
    match mode {
        None => Ok(!servers.iter().all(Server::is_here)),
        Some("disable") => Ok(false),
        Some("verify-full") if sockets > 0 => Err("a socket on this machine has no TLS: leave sslmode out".to_owned()),
        Some("verify-full") => Ok(true),
        Some(other) => {
            let why = NOT_TAKEN.iter().find(|(mode, _)| *mode == other).map_or("is not known", |(_, why)| why);
            Err(format!("sslmode={other} {why}: expected verify-full or disable"))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio_postgres::config::Host;

    use super::*;

    #[test]
    fn an_address_is_encrypted_but_on_this_machine() {
        for (text, is_encrypted) in [
            ("postgres://relay@db.example.com/bzctrl", true),
            ("postgresql://relay@db.example.com:5433/bzctrl?sslmode=verify-full", true),
            ("postgres://relay@db.example.com/bzctrl?sslmode=disable", false),
            ("postgres://relay@127.0.0.1/bzctrl", false),
            ("postgres://relay@[::1]:5432/bzctrl", false),
            ("postgres://relay@localhost/bzctrl?sslmode=verify-full", true),
            ("postgres://relay@/bzctrl?host=/run/postgresql", false),
            ("postgres://relay@:5433/bzctrl?host=/run/postgresql", false),
            ("postgres://relay@%2Frun%2Fpostgresql/bzctrl", false),
            ("postgres://relay@%2Frun%2Fpostgresql/bzctrl?sslmode=disable", false),
            ("postgres://relay@a.example.com:5432,b.example.com:5432/bzctrl", true),
            ("postgres://relay@db.example.com/bzctrl?hostaddr=192.0.2.1", true),
            ("postgres://relay@localhost/bzctrl?hostaddr=192.0.2.1", true),
            ("postgres://relay@db.example.com/bzctrl?hostaddr=127.0.0.1", false),
        ] {
            let read = read(text).unwrap();
            assert_eq!(read.is_encrypted, is_encrypted, "{text}");
            assert!(read.name.starts_with("bzctrl at "), "{}", read.name);
        }
    }

    /// A server as the library has it.
    fn shown(connection: &tokio_postgres::Config) -> String {
        let hosts = connection.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(folder) => folder.display().to_string(),
        });
        let ports = connection.get_ports().iter().map(u16::to_string);
        let addresses = connection.get_hostaddrs().iter().map(IpAddr::to_string);
        [hosts.collect::<Vec<_>>(), ports.collect(), addresses.collect()]
            .map(|list| list.join(","))
            .join(" ")
            .trim()
            .to_owned()
    }

    #[test]
    fn every_form_of_libpqs_is_taken_as_libpq_takes_it() {
        for (rest, taken) in [
            ("relay@db/bzctrl", "db 5432"),
            ("relay@db:6432/bzctrl", "db 6432"),
            ("relay@db:/bzctrl", "db 5432"),
            ("relay@db:6432/bzctrl?port=6433", "db 6433"),
            ("db/bzctrl?user=relay", "db 5432"),
            ("db?user=relay&dbname=bzctrl", "db 5432"),
            ("relay@/?dbname=bzctrl&host=db", "db 5432"),
            ("/bzctrl?user=relay&host=/run/postgresql&port=5433", "/run/postgresql 5433"),
            ("relay@/bzctrl?host=%2Frun%2Fpostgresql", "/run/postgresql 5432"),
            ("relay@%2Frun%2Fpostgresql:5433/bzctrl", "/run/postgresql 5433"),
            ("relay@:5433/bzctrl?host=/run/postgresql", "/run/postgresql 5433"),
            ("relay@other/bzctrl?host=/run/postgresql", "/run/postgresql 5432"),
            ("relay@[2001:db8::1]/bzctrl", "2001:db8::1 5432"),
            ("relay@[2001:db8::1]:5433,b/bzctrl", "2001:db8::1,b 5433,5432"),
            ("relay@a,b/bzctrl?port=5433", "a,b 5433,5433"),
            ("relay@/bzctrl?host=a,b&port=5433,5434", "a,b 5433,5434"),
            ("relay@a,b/bzctrl?hostaddr=192.0.2.1,192.0.2.2", "a,b 5432,5432 192.0.2.1,192.0.2.2"),
            ("relay@/bzctrl?hostaddr=192.0.2.1", "192.0.2.1 5432"),
            ("relay@a,b/bzctrl?target_session_attrs=read-write", "a,b 5432,5432"),
        ] {
            let read = read(&format!("postgres://{rest}")).map_err(|says| format!("{rest}: {says}")).unwrap();
            assert_eq!(shown(&read.connection), taken, "{rest}");
            assert_eq!(
                (read.connection.get_user(), read.connection.get_dbname()),
                (Some("relay"), Some("bzctrl")),
                "{rest}"
            );
        }
        let read = read("postgres://re%40lay@db/bz%20ctrl%2F1").unwrap();
        assert_eq!((read.connection.get_user(), read.connection.get_dbname()), (Some("re@lay"), Some("bz ctrl/1")));
    }

    #[test]
    fn what_is_not_taken_is_told_with_what_to_write_and_without_the_password() {
        for (text, says) in [
            ("mysql://relay@db/bzctrl", EXPECTED),
            ("host=db user=relay dbname=bzctrl", EXPECTED),
            ("postgres://relay@db.example.com", "names no database"),
            ("postgres://db.example.com/bzctrl", "names no user"),
            ("postgres://relay@/bzctrl", SOCKET),
            ("postgres:///bzctrl?user=relay", SOCKET),
            ("postgres://relay@a,,b/bzctrl", SOCKET),
            ("postgres://relay@/bzctrl?host=%40bzctrl", "a socket without a folder"),
            ("postgres://relay@db.example.com/bzctrl?sslmode=require", "sslmode=require verifies nobody"),
            ("postgres://relay@db.example.com/bzctrl?sslmode=prefer", "sslmode=prefer goes on without TLS"),
            ("postgres://relay@db.example.com/bzctrl?sslmode=often", "sslmode=often is not known"),
            ("postgres://relay@db.example.com/bzctrl?ssl=true", "write sslmode=verify-full"),
            ("postgres://relay@db.example.com/bzctrl?sslrootcert=/etc/ca.pem", "set ca_file"),
            ("postgres://relay@db.example.com/bzctrl?passfile=/x", "set password_file"),
            ("postgres://relay@db.example.com/bzctrl?service=x", "the service's host"),
            ("postgres://relay@db.example.com/bzctrl?options=-c", "options is not taken in it: leave it out"),
            (
                "postgres://relay@db.example.com/bzctrl?hosts=x",
                "\"hosts\" is not known in it; known are user, dbname, host,",
            ),
            ("postgres://relay@a,b/bzctrl?target_session_attrs=standby", "of several hosts the one that takes writes"),
            ("postgres://relay@/bzctrl?host=/run&sslmode=verify-full", "a socket on this machine has no TLS"),
            ("postgres://relay@/bzctrl?host=/run,db.example.com", "name one of the two"),
            ("postgres://relay@a,b/bzctrl?port=1,2,3", "names 2 host(s), 0 hostaddr(s) and 3 port(s)"),
            ("postgres://relay@a,b/bzctrl?hostaddr=192.0.2.1", "names 2 host(s), 1 hostaddr(s) and 2 port(s)"),
            ("postgres://relay@a,b/bzctrl?hostaddr=192.0.2.1,", "give it to all, or to none"),
            ("postgres://relay@db/bzctrl?hostaddr=db", "hostaddr is an IP address"),
            ("postgres://relay@2001:db8::1/bzctrl", "stands in brackets"),
            ("postgres://relay@[2001:db8::1/bzctrl", "is not closed"),
            ("postgres://relay@db:0/bzctrl", "no number from 1 to 65535"),
            ("postgres://relay@db:65536/bzctrl", "no number from 1 to 65535"),
            ("postgres://relay@db/bz%zzctrl", "is written %25"),
            ("postgres://relay@db/bzctrl?sslmode", "has no value"),
            ("postgres://relay:secret@db/bzctrl", "a password does not stand in it"),
            ("postgres://relay@db/bzctrl?password=secret", "a password does not stand in it"),
            ("postgres://relay:sec/ret@db/bzctrl", "a password does not stand in it"),
            ("postgres://relay:sec?ret@db/bzctrl", "a password does not stand in it"),
            ("postgres://relay:sec@ret@db/bzctrl", "a password does not stand in it"),
            ("postgres://relay:secret/bzctrl", "names no user"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(says) && !error.contains("ret") && !error.contains("sec"), "{text}: {error}");
        }
    }
}
