//! How the relay reaches others: by which proxy, and whose certificates it trusts.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::Url;

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
    let no_proxy = section.list("no_proxy", |text| match text.contains([',', ' ', '/']) && !is_network(text) {
        true => Err("expected a host, a domain, an IP address, or a network such as 10.0.0.0/8"),
        false => Ok(text.to_owned()),
    });
    let ca = section.parsed("ca_file", |text| authorities(Path::new(text)));
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

fn is_network(text: &str) -> bool {
    text.parse::<ipnet::IpNet>().is_ok()
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
