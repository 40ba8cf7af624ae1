//! How the relay reaches others: by which proxy, and whose certificates it trusts.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::{Host, Url};

use super::addresses::network;
use super::named_file;
use super::reader::Section;
use super::secret::Secret;
use super::web_address;

/// How the relay reaches others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Egress {
    /// The proxy that everything goes through, but for what is near.
    pub proxy: Option<Proxy>,
    /// Hosts that are reached without it.
    pub no_proxy: Vec<String>,
    /// Authorities of the company's own.
    pub ca: Option<Authorities>,
    /// Whether the system's certificates are trusted, too.
    pub only_ca: bool,
}

/// A forward proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Where it is.
    pub url: Url,
    /// Whom it lets through.
    pub account: Option<(String, Secret)>,
}

/// Certificates of authorities, from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorities {
    /// The file.
    pub file: PathBuf,
    /// The certificates.
    pub certificates: Vec<CertificateDer<'static>>,
}

impl Egress {
    /// The proxy, in words.
    pub fn proxy_in_words(&self) -> &str {
        self.proxy.as_ref().map_or("none", |proxy| proxy.url.as_str())
    }

    /// Whose certificates are trusted, in words.
    pub fn trust(&self) -> String {
        match &self.ca {
            None => "the system's certificates".to_owned(),
            Some(Authorities { file, .. }) if self.only_ca => format!("those of {} alone", file.display()),
            Some(Authorities { file, .. }) => format!("the system's certificates, and those of {}", file.display()),
        }
    }
}

pub(super) fn read(section: Section<'_>) -> Egress {
    let url = section.parsed("proxy", proxy_address);
    let username = section.parsed("proxy_username", |text| match text.contains(':') {
        true => Err("a colon would end the name"),
        false => Ok(text.to_owned()),
    });
    let password = section
        .secret("proxy_password")
        .and_then(|place| Secret::read(place).map_err(|says| section.wrong_secret("proxy_password", says)).ok());
    for (key, is_set) in [
        ("proxy_username", section.has("proxy_username")),
        ("proxy_password_file", section.has("proxy_password_file")),
        ("proxy_password", section.has("proxy_password")),
        ("no_proxy", section.has("no_proxy")),
    ] {
        if is_set && !section.has("proxy") {
            section.wrong(key, "belongs to a proxy, and proxy is not set");
        }
    }
    let has_name = section.has("proxy_username");
    let has_password = section.has("proxy_password") || section.has("proxy_password_file");
    if section.has("proxy") && has_name != has_password {
        let says = "name and password are set together: proxy_username and proxy_password_file";
        if has_name { section.wrong("proxy_username", says) } else { section.wrong_secret("proxy_password", says) }
    }
    let no_proxy = section.list("no_proxy", passed_by);
    let ca = section
        .file("ca_file", false)
        .and_then(|file| authorities(&file).map_err(|says| section.wrong("ca_file", says)).ok());
    let only_ca = section.parsed("trust", |text| match text {
        "system" => Ok(false),
        "ca_file" => Ok(true),
        _ => Err("expected system (with ca_file beside it, if that is set) or ca_file (that file's alone)"),
    });
    if only_ca == Some(true) && !section.has("ca_file") {
        section.wrong("trust", "names the certificates of ca_file, and ca_file is not set");
    }
    section.finish();
    let proxy = url.map(|url| Proxy { url, account: username.zip(password) });
    Egress { proxy, no_proxy, ca, only_ca: only_ca.unwrap_or(false) }
}

fn proxy_address(text: &str) -> Result<Url, String> {
    let url = web_address(text).map_err(|_| {
        "expected an address such as http://proxy.example.com:3128, without name and password".to_owned()
    })?;
    if url.path() == "/" { Ok(url) } else { Err("a proxy's address has no path".to_owned()) }
}

/// Whom the proxy is passed by for, as it is compared with the host of an address: a network; or a host, and those below it.
fn passed_by(text: &str) -> Result<String, &'static str> {
    const EXPECTED: &str = "expected a host, a domain, an IP address, or a network such as 10.0.0.0/8";
    if let Ok(network) = network(text) {
        return Ok(network.to_string());
    }
    // Others write the hosts below a domain so; here they are always meant too.
    let name = text.strip_prefix("*.").or_else(|| text.strip_prefix('.')).unwrap_or(text);
    if name == "*" {
        return Err("is everybody: leave out the proxy");
    }
    match Host::parse(name) {
        Ok(_) if name.contains('*') => {
            Err("expected a name in full: a * stands for nothing, but before a domain as *.example.com")
        }
        Ok(Host::Domain(domain)) if domain.split('.').any(str::is_empty) => {
            Err("expected a name without a point at its end")
        }
        Ok(Host::Domain(domain)) if domain.contains(',') => Err(EXPECTED),
        Ok(Host::Domain(domain)) => Ok(domain),
        Ok(Host::Ipv6(address)) => Ok(IpAddr::from(address).to_canonical().to_string()),
        // What browsers take for an address of IPv4 as well: 127.1.
        Ok(Host::Ipv4(_)) => Err("expected an IP address in full, or a network such as 10.0.0.0/8"),
        Err(_) if name.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) => {
            Err("expected no port: all of a host are meant")
        }
        Err(_) => Err(EXPECTED),
    }
}

pub(super) fn authorities(file: &Path) -> Result<Authorities, String> {
    let shown = file.display();
    let text = named_file::bytes(file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let certificates = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("{shown} is no PEM file of certificates: {error}"))?;
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        roots.add(certificate.clone()).map_err(|error| format!("{shown} holds what is no authority's: {error}"))?;
    }
    if certificates.is_empty() {
        return Err(format!("{shown} holds no certificate (BEGIN CERTIFICATE)"));
    }
    Ok(Authorities { file: file.to_owned(), certificates })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_the_proxy_is_passed_by_for_is_read_as_it_is_compared() {
        for (text, read) in [
            ("keys.example.com", "keys.example.com"),
            (".example.com", "example.com"),
            ("*.example.com", "example.com"),
            ("LOCALHOST", "localhost"),
            ("*.localhost", "localhost"),
            ("m\u{fc}nchen.example", "xn--mnchen-3ya.example"),
            ("my_host", "my_host"),
            ("127.0.0.1", "127.0.0.1/32"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("::1", "::1/128"),
            ("[::1]", "::1"),
            ("::ffff:127.0.0.1", "127.0.0.1/32"),
            ("[::ffff:127.0.0.1]", "127.0.0.1"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ] {
            assert_eq!(passed_by(text).as_deref(), Ok(read), "{text}");
        }
        for refused in [
            "*",
            ".*",
            "*.*",
            "127.0.0.*",
            "*localhost",
            "a.*.example",
            "127.0",
            "127.1",
            "0x7f.1",
            "localhost.",
            "a..b",
            ".",
            "127.0.0.1:8080",
            "localhost:80",
            "[::1]:80",
            "a b",
            "a/b",
            "http://a",
            "a,b",
            "10.0.0.0/33",
            "*.10.0.0.1",
        ] {
            assert!(passed_by(refused).is_err(), "{refused}: {:?}", passed_by(refused));
        }
    }
}
