//! The host companies' pages: which origins are admitted, for which workspaces, and how a user is known.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::HeaderName;
use bzctrl_contract::{Fault, Field, Mode, TodoType, Value, check};
use ipnet::IpNet;
use url::Url;

use super::account::{Account, Accounts};
use super::addresses::{begins_twice, is_here, networks, web_address};
use super::identity_header;
use super::limits::TenantLimits;
use super::named_file;
use super::reader::Section;
use super::shared_users::Vouchers;
use super::webhook::{self, Webhook};
use crate::verification_keys::VerificationKeys;

/// The pages of one host company.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its name, in the configuration, the log and the rows.
    pub name: String,
    /// Its account at BzCtrl, which others may have too.
    pub account: Arc<Account>,
    /// The pages' origins.
    pub origins: Vec<Origin>,
    /// The workspaces that its todos may go to. The first is the default.
    pub workspaces: Vec<String>,
    /// How a user is known.
    pub identity: IdentitySource,
    /// Who gets its todos: the relay, or BzCtrl itself.
    pub mode: Mode,
    /// The default todo type, if there is one.
    pub todo_type: Option<TodoType>,
    /// Whether a verified user may name somebody else as the assignee.
    pub any_assignee: bool,
    /// The relay's tokens that were sealed before are good no more.
    pub not_before: Option<SystemTime>,
    /// How much is taken of it and of its users.
    pub limits: TenantLimits,
    /// Where the host's system is told of its todos.
    pub webhook: Option<Webhook>,
}

impl Tenant {
    /// Whether BzCtrl's own token is given to whoever asks: an origin is a browser's word, and other programs write any.
    pub(crate) fn gives_away_bzctrls_token(&self) -> bool {
        self.mode == Mode::Token && !self.identity.verifies()
    }
}

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
    fn issuer(&self) -> Option<&str> {
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

/// A page's origin, as browsers write it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// Reads an origin, to the letter.
    ///
    /// # Errors
    /// What to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url =
            Url::parse(text).map_err(|error| format!("expected an origin such as https://host.example: {error}"))?;
        let origin = url.origin().ascii_serialization();
        match url.scheme() {
            "http" | "https" if begins_twice(&url) => Err("begins twice: write https:// once".to_owned()),
            "http" | "https" if origin.contains('*') => Err("every origin is named: a * stands for nothing".to_owned()),
            "http" | "https" if origin == text => Ok(Self(origin)),
            "http" | "https" => Err(format!("browsers write this origin as {origin}")),
            _ => Err("expected an http or https origin".to_owned()),
        }
    }

    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who has an origin, so that another tenant is told where it stands.
struct Taken {
    tenant: String,
    issuer: Option<String>,
    place: String,
}

/// What a tenant cannot be without.
const NEEDED: [&str; 3] = ["origins", "workspaces", "identity"];

pub(super) fn read(section: &Section<'_>, accounts: &Accounts) -> Vec<Tenant> {
    let sections = section.sections(&NEEDED);
    if sections.is_empty() && section.is_whole() {
        section.lacks("NAME", "at least one tenant is needed, with its origins, workspaces and identity");
    }
    let (mut taken, mut vouchers) = (HashMap::new(), Vouchers::default());
    sections.into_iter().filter_map(|section| tenant(section, accounts, &mut taken, &mut vouchers)).collect()
}

fn tenant(
    section: Section<'_>,
    accounts: &Accounts,
    taken: &mut HashMap<Origin, Vec<Arc<Taken>>>,
    vouchers: &mut Vouchers,
) -> Option<Tenant> {
    let name = section.name().to_owned();
    let account = accounts.of(&section);
    let identity = identity(&section);
    vouchers.note(&section, identity.as_ref());
    let issuer = identity.as_ref().and_then(IdentitySource::issuer);
    let origins = section.list("origins", |text| {
        let origin = Origin::parse(text)?;
        // Assertions of different issuers tell tenants apart; nothing else does.
        let parted = |other: &Taken| issuer.is_some() && other.issuer.as_deref().is_some_and(|it| Some(it) != issuer);
        match taken.get(&origin).into_iter().flatten().map(|other| &**other).find(|other| !parted(other)) {
            Some(Taken { tenant, place, .. }) => Err(format!("tenant {tenant} has this origin too: {place}")),
            None => Ok(origin),
        }
    });
    if identity.is_some() {
        let (tenant, issuer) = (name.clone(), issuer.map(str::to_owned));
        let own = Arc::new(Taken { tenant, issuer, place: section.place("origins") });
        for origin in &origins {
            taken.entry(origin.clone()).or_default().push(Arc::clone(&own));
        }
    }
    section.needs("origins", origins.first());
    let workspaces = section.list("workspaces", workspace);
    section.needs("workspaces", workspaces.first());
    let mode = section.parsed("mode", |text| match text {
        "sealed" => Ok(Mode::Sealed),
        "token" => Ok(Mode::Token),
        _ => Err("expected sealed or token"),
    });
    let todo_type = section.parsed("todo_type", |text| TodoType::parse(text).ok_or("expected incident or task"));
    let any_assignee = section.parsed("assignee", |text| match text {
        "reporter" => Ok(false),
        "any" => Ok(true),
        _ => Err("expected reporter, so that a verified user is the assignee too, or any"),
    });
    if any_assignee.is_some() && identity.as_ref().is_some_and(|identity| !identity.verifies()) {
        section.wrong("assignee", "belongs to verified users: with identity origin the page's word is taken anyway");
    }
    let not_before = section.parsed("not_before", instant);
    let limits = TenantLimits::read(&section);
    let webhook = webhook::read(&section);
    if webhook.is_some() && mode == Some(Mode::Token) {
        section.wrong("webhook_url", "belongs to mode = \"sealed\": in token mode the relay does not see the todos");
    }
    section.finish();
    Some(Tenant {
        name,
        account: account?,
        origins,
        workspaces,
        identity: identity?,
        mode: mode.unwrap_or(Mode::Sealed),
        todo_type,
        any_assignee: any_assignee.unwrap_or(false),
        not_before,
        limits,
        webhook,
    })
}

/// The keys of the ways to know a user, and the way that each belongs to.
const OF_A_WAY: [(&str, &str); 5] = [
    ("issuer", "assertion"),
    ("jwks_url", "assertion"),
    ("keys_file", "assertion"),
    ("identity_header", "header"),
    ("trusted_proxies", "header"),
];

fn identity(section: &Section<'_>) -> Option<IdentitySource> {
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

/// An instant that has been.
fn instant(text: &str) -> Result<SystemTime, &'static str> {
    let instant: jiff::Timestamp =
        text.parse().map_err(|_| "expected an instant such as 2026-11-26T12:00:00Z, in quotes")?;
    let since = u64::try_from(instant.as_second()).map_err(|_| "expected an instant after 1970")?;
    let instant = UNIX_EPOCH + Duration::from_secs(since);
    if instant > SystemTime::now() { Err("is in the future: until then no token would be good") } else { Ok(instant) }
}

/// A workspace that a todo can name: its field's own rules hold.
fn workspace(text: &str) -> Result<String, &'static str> {
    const EXPECTED: &str =
        "expected domain and workspace joined by '-', without space around or characters that cannot be seen";
    if text.contains(',') {
        return Err("has a comma in it: write each workspace as a text of its own");
    }
    if !text.split_once('-').is_some_and(|(domain, workspace)| !domain.is_empty() && !workspace.is_empty()) {
        return Err(EXPECTED);
    }
    match check(Field::DomainWorkSpace.spec(), &Value::Text(text.to_owned())) {
        Ok(_) => Ok(text.to_owned()),
        Err(Fault::TooLong) => Err("is longer than a todo's workspace may be"),
        Err(_) => Err(EXPECTED),
    }
}
