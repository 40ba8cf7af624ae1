//! How a tenant's users are known: by nobody's word but the page's, by the host's signature, or by a proxy's header.

use axum::http::HeaderName;
use ipnet::IpNet;
use url::Url;

use super::addresses::{is_here, networks, web_address};
use super::identity_header;
use super::named_file;
use super::reader::Section;
use crate::verification_keys::VerificationKeys;

/// How a user is known.
#[derive(Clone, Debug)]
pub enum IdentitySource {
    /// Nobody is verified; the page's word for the reporter is taken.
    Origin,
    /// The host's backend signs who its user is.
    Assertion(Assertion),
    /// A sign-in proxy before the relay says it.
    Header(ProxyHeader),
}

impl IdentitySource {
    /// Whether anybody is verified.
    pub fn verifies(&self) -> bool {
        !matches!(self, Self::Origin)
    }

    /// Who makes the assertions, if it is by assertions.
    pub(super) fn issuer(&self) -> Option<&str> {
        match self {
            Self::Assertion(assertion) => Some(&assertion.issuer),
            Self::Origin | Self::Header(_) => None,
        }
    }
}

/// Whose assertions are taken.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// Their `iss`.
    pub issuer: String,
    /// What they are signed with.
    pub keys: KeySource,
}

/// Where a host's public keys are.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// In a file, read at the start.
    File(Keys),
    /// A JWKS at this address.
    Url(Url),
}

/// Public keys from a file.
#[derive(Clone, Debug)]
pub struct Keys(pub(crate) VerificationKeys);

/// Whose word is taken for the user.
#[derive(Clone, Debug)]
pub struct ProxyHeader {
    /// The header with the user's e-mail address.
    pub name: HeaderName,
    /// The addresses of the sign-in proxies.
    pub peers: Vec<IpNet>,
}

/// The keys of the ways to know a user, and the way that each belongs to.
const OF_A_WAY: [(&str, &str); 5] = [
    ("issuer", "assertion"),
    ("jwks_url", "assertion"),
    ("keys_file", "assertion"),
    ("identity_header", "header"),
    ("trusted_proxies", "header"),
];

pub(super) fn read(section: &Section<'_>) -> Option<IdentitySource> {
    let way = section.parsed("identity", |text| match text {
        "origin" | "assertion" | "header" => Ok(text.to_owned()),
        _ => {
            Err("expected assertion (the host signs who its user is), header (a sign-in proxy says it), or origin, by \
                  which nobody is verified and the page's word for the reporter is taken")
        }
    });
    let way = section.needs("identity", way);
    for (key, of) in OF_A_WAY {
        if section.has(key) && way.as_deref().is_some_and(|way| way != of) {
            section.wrong(key, format!("belongs to identity = \"{of}\""));
        }
    }
    match way.as_deref()? {
        "assertion" => assertion(section).map(IdentitySource::Assertion),
        "header" => proxy_header(section).map(IdentitySource::Header),
        _ => Some(IdentitySource::Origin),
    }
}

fn assertion(section: &Section<'_>) -> Option<Assertion> {
    let issuer = section.text("issuer");
    let issuer = section.needs("issuer", issuer);
    let url = section.parsed("jwks_url", |text| {
        let url = web_address(text)?;
        match url.scheme() == "https" || is_here(&url) {
            true => Ok(url),
            false => {
                Err("expected an https address: by http anybody on the way can put keys of his own there".to_owned())
            }
        }
    });
    let file = section.file("keys_file", false).and_then(|path| {
        let file = path.display();
        named_file::text(&path)
            .map_err(|error| format!("{file} cannot be read: {error}"))
            .and_then(|text| VerificationKeys::read(&text).map_err(|says| format!("{file} {says}")))
            .map_err(|says| section.wrong("keys_file", says))
            .ok()
    });
    let keys = match (url, file) {
        (Some(_), Some(_)) => {
            section.wrong("keys_file", "is set beside jwks_url: the keys come from one of them");
            None
        }
        (Some(url), None) => Some(KeySource::Url(url)),
        (None, Some(keys)) => Some(KeySource::File(Keys(keys))),
        (None, None) => {
            if !section.has("keys_file") && !section.has("jwks_url") {
                section.lacks("jwks_url", "is needed, or keys_file: what the assertions are signed with");
            }
            None
        }
    };
    Some(Assertion { issuer: issuer?, keys: keys? })
}

fn proxy_header(section: &Section<'_>) -> Option<ProxyHeader> {
    let name = section.parsed("identity_header", |text| {
        let name: HeaderName = text.parse().map_err(|_| "expected the name of a header, such as X-Forwarded-Email")?;
        if name.as_str().contains('_') {
            return Err("expected a name without '_': some servers read it as '-'");
        }
        if identity_header::is_anothers(name.as_str()) {
            return Err("expected a header that pages and browsers do not send, and that HTTP has no other use for");
        }
        Ok(name)
    });
    let name = section.needs("identity_header", name);
    let peers = networks(section, "trusted_proxies");
    section.needs("trusted_proxies", peers.first());
    Some(ProxyHeader { name: name?, peers })
}
