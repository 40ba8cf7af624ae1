//! The host companies' pages: which origins are admitted, for which workspaces, and how a user is known.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bzctrl_contract::{Fault, Field, Mode, TodoType, Value, check};
use url::Url;

use super::account::{Account, Accounts};
use super::addresses::begins_twice;
use super::identity::{self, IdentitySource};
use super::limits::TenantLimits;
use super::reader::Section;
use super::shared_users::Vouchers;
use super::webhook::{self, Webhook};

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
    let names = sections.iter().map(|section| section.name().to_owned());
    let (mut taken, mut vouchers) = (HashMap::new(), Vouchers::of(names));
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
    let identity = identity::read(&section);
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
