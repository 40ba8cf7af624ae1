//! Where a host's system is told of its todos, and what with.

use std::fmt;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;
use ring::hmac;
use url::{Host, Url};

use super::reader::Section;
use super::secret::Secret;
use super::{PREVIOUS_IS_NOW, networks, web_address};
use crate::public_address::is_public;

/// Where a host's system is told of its todos.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The address.
    pub url: Url,
    /// The addresses that its name may lead to.
    pub reach: Reach,
    /// What is signed with: the secret, and while it is changed the previous one.
    pub keys: Vec<SigningKey>,
}

/// The addresses that a webhook may be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Listed ones, private or not.
    listed: Vec<IpNet>,
    /// Whether public ones too: not by http, which everybody on the way reads.
    public: bool,
}

impl Reach {
    /// Whether an address is among them.
    pub(crate) fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.listed.iter().any(|network| network.contains(&address)) || self.public && is_public(address)
    }
}

/// A key that webhooks are signed with.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

const PREFIX: &str = "whsec_";
/// The standard's, in bytes.
const SHORTEST: usize = 24;
const LONGEST: usize = 64;

impl SigningKey {
    /// Reads a secret as Standard Webhooks writes it.
    ///
    /// # Errors
    /// What to write instead.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str = "expected a secret such as `echo whsec_$(openssl rand -base64 32)` makes: whsec_, then 24 to 64 \
                                bytes in base64";
        let bytes = text.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok()).ok_or(EXPECTED)?;
        if !(SHORTEST..=LONGEST).contains(&bytes.len()) {
            return Err(EXPECTED);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The signature of a content, in base64.
    pub(crate) fn sign(&self, content: &[u8]) -> String {
        STANDARD.encode(hmac::sign(&self.0, content))
    }
}

/// The keys of a tenant's section.
const KEYS: [&str; 5] = [
    "webhook_secret",
    "webhook_secret_file",
    "webhook_previous_secret",
    "webhook_previous_secret_file",
    "webhook_private_networks",
];

pub(super) fn read(section: &Section<'_>) -> Option<Webhook> {
    let url = section.parsed("webhook_url", web_address);
    let listed = networks(section, "webhook_private_networks");
    // Where one is wrong it may be the one that is missed.
    let are_networks_right = !section.is_told("webhook_private_networks");
    if !section.has("webhook_url") {
        for key in KEYS.into_iter().filter(|key| section.has(key)) {
            section.wrong(key, "is set without webhook_url");
        }
        return None;
    }
    let secret = section.needs_secret("webhook_secret");
    let previous = section.secret("webhook_previous_secret");
    let mut keys = Vec::new();
    for (key, place) in [("webhook_secret", secret), ("webhook_previous_secret", previous)] {
        let Some(place) = place else { continue };
        let read = Secret::read(place).and_then(|secret| SigningKey::read(secret.expose()).map_err(str::to_owned));
        keys.extend(read.map_err(|says| section.wrong_secret(key, says)).ok());
    }
    if let [secret, previous] = &*keys
        && secret.sign(b"") == previous.sign(b"")
    {
        section.wrong_secret("webhook_previous_secret", PREVIOUS_IS_NOW);
    }
    let url = url?;
    let reach = Reach { public: url.scheme() == "https", listed };
    if are_networks_right && !reach.public && reach.listed.is_empty() {
        section.wrong(
            "webhook_url",
            "expected an https address: by http everybody on the way reads the todos. Where that is a network of yours, list it in \
             webhook_private_networks",
        );
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
        Some(Host::Domain(_)) | None => None,
    };
    if let Some(address) = address.filter(|address| are_networks_right && !reach.admits(*address)) {
        section.wrong("webhook_url", format!("{address} is no public address: list it in webhook_private_networks"));
    }
    Some(Webhook { url, reach, keys })
}
