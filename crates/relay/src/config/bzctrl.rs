//! The accounts at BzCtrl, each in one of its environments: `[bzctrl]`, and `[accounts.NAME]` for tenants that have another one.
//! The addresses of BzCtrl's two environments are built in.

use std::cell::Cell;
use std::sync::Arc;

use url::Url;

use super::addresses::{is_here, web_address};
use super::egress::{self, Egress};
use super::reader::{Reader, Section};
use super::secret::Secret;

/// An account at BzCtrl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What it is called in the configuration, the log and metrics: [`DEFAULT`] is that of `[bzctrl]`.
    pub name: String,
    /// In which environment.
    pub environment: Environment,
    /// BzCtrl's name for it.
    pub username: String,
    /// Its password.
    pub password: Secret,
    /// How its environment is reached, where that is another way than the relay's own.
    pub egress: Option<Egress>,
}

/// The name of the account of `[bzctrl]`, which a tenant has that names none.
pub const DEFAULT: &str = "default";

impl Account {
    /// The section of the configuration that it stands in.
    pub fn section(&self) -> String {
        if self.name == DEFAULT { "bzctrl".to_owned() } else { format!("accounts.{}", self.name) }
    }
}

/// An environment of BzCtrl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// `prod`, `acc`, or a custom one's own name.
    pub name: String,
    /// Where tokens are asked for.
    pub token_endpoint: Url,
    /// Where todos are created. In PROD on another host than the tokens.
    pub task_endpoint: Url,
    /// Where its pages are.
    pub app_url: Url,
}

impl Environment {
    /// By what it is told from every other one: where todos are created.
    pub fn id(&self) -> &str {
        self.task_endpoint.as_str()
    }
}

/// Name, token endpoint, add-task endpoint, pages.
const BUILT_IN: [[&str; 4]; 2] = [
    [
        "acc",
        "https://acc.bzctrl.com/bzctrl-core-api/oauth/token",
        "https://acc.bzctrl.com/bzctrl-core-api/api/v1/task/add-task",
        "https://acc.bzctrl.com/app/",
    ],
    [
        "prod",
        "https://bzctrl.com/bzctrl-core-api/oauth/token",
        "https://www.bzctrl.com/bzctrl-core-api/api/v1/task/add-task",
        "https://www.bzctrl.com/app/",
    ],
];

/// The addresses of a custom environment, and whether the relay's credentials go there.
const ADDRESSES: [(&str, bool); 3] = [("token_endpoint", true), ("task_endpoint", true), ("app_url", false)];
const LONGEST_NAME: usize = 20;

/// The accounts of a configuration, while its tenants are read.
pub(super) struct Accounts {
    found: Vec<Found>,
    /// Whether a tenant has named none, and there is no `[bzctrl]`.
    lacks_default: Cell<bool>,
    /// Whether a tenant has named one that there is not.
    lacks_named: Cell<bool>,
}

/// One, and where its user name stands. None that is right: what is wrong with it has been told.
struct Found {
    name: String,
    account: Option<Arc<Account>>,
    place: String,
    is_used: Cell<bool>,
}

impl Accounts {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        let mut accounts = Self { found: Vec::new(), lacks_default: Cell::new(false), lacks_named: Cell::new(false) };
        let default = reader.section("bzctrl");
        if default.is_set() {
            accounts.add(DEFAULT, default);
        }
        for section in reader.section("accounts").sections() {
            let name = section.name().to_owned();
            if name.eq_ignore_ascii_case(DEFAULT) {
                section.wrong_itself(format!("{DEFAULT} is the account of [bzctrl]: choose another name"));
            }
            accounts.add(&name, section);
        }
        accounts
    }

    fn add(&mut self, name: &str, section: Section<'_>) {
        let place = section.place("username");
        let account = read(name, &section).map(Arc::new);
        // Two tokens of one account, and a refused password that is tried twice as often.
        let same = |other: &&Found| {
            let both = other.account.as_ref().zip(account.as_ref());
            both.is_some_and(|(other, account)| {
                other.username == account.username
                    && other.environment.token_endpoint == account.environment.token_endpoint
            })
        };
        if let Some(Found { place, name, .. }) = self.found.iter().find(same) {
            section
                .wrong("username", format!("account {name} is the same at BzCtrl: {place}; let its tenants share it"));
        }
        section.finish();
        self.found.push(Found { name: name.to_owned(), account, place, is_used: Cell::new(false) });
    }

    /// A tenant's.
    pub(super) fn of(&self, tenant: &Section<'_>) -> Option<Arc<Account>> {
        let named = tenant.text("account");
        if named.is_none() && tenant.has("account") {
            return None;
        }
        let name = named.as_deref().unwrap_or(DEFAULT);
        match self.found.iter().find(|found| found.name == name) {
            Some(found) => {
                found.is_used.set(true);
                found.account.clone()
            }
            None if named.is_none() => {
                self.lacks_default.set(true);
                None
            }
            None => {
                let known = self.found.iter().map(|found| &*found.name).collect::<Vec<_>>().join(", ");
                self.lacks_named.set(true);
                tenant.wrong("account", format!("there is no account {name}; known are {known}"));
                None
            }
        }
    }

    /// Says what is missing of `[bzctrl]`, where it is needed and not there; and whose account was forgotten: its tenant's todos
    /// would go by that of `[bzctrl]`.
    pub(super) fn finish(&self, reader: &Reader<'_>) {
        let unused = |found: &&Found| !found.is_used.get() && found.name != DEFAULT && !self.lacks_named.get();
        for Found { name, .. } in self.found.iter().filter(unused) {
            let says = format!(
                "no tenant has this account: write account = \"{name}\" into its section, or leave this one out"
            );
            reader.section("accounts").wrong(name, says);
        }
        if self.lacks_default.get() || self.found.is_empty() {
            let section = reader.section("bzctrl");
            if !section.is_set() {
                let _ = read(DEFAULT, &section);
            }
        }
    }
}

fn read(name: &str, section: &Section<'_>) -> Option<Account> {
    let environment = environment(section);
    let username = section.text("username");
    let username = section.needs("username", username);
    let password = section
        .needs_secret("password")
        .and_then(|place| Secret::read(place).map_err(|says| section.wrong("password_file", says)).ok());
    let egress = section.inner("egress").map(egress::read);
    Some(Account { name: name.to_owned(), environment: environment?, username: username?, password: password?, egress })
}

fn environment(section: &Section<'_>) -> Option<Environment> {
    let kind = section.parsed("environment", |text| match text {
        "acc" | "prod" | "custom" => Ok(text.to_owned()),
        _ => Err("expected acc, prod or custom"),
    });
    let name = section.parsed("name", own_name);
    let addresses = ADDRESSES
        .map(|(key, is_secret)| section.parsed(key, |text| web_address(text).and_then(|url| unheard(url, is_secret))));
    let kind = section.needs("environment", kind)?;
    match BUILT_IN.iter().find(|row| row[0] == kind) {
        Some([built_in, ..]) if name.is_some() || addresses.iter().any(Option::is_some) => {
            section.wrong(
                "environment",
                format!("{built_in}'s name and addresses are built in; a custom environment names its own"),
            );
            None
        }
        Some([name, addresses @ ..]) => {
            let [token_endpoint, task_endpoint, app_url] = addresses.map(|address| Url::parse(address).ok());
            Some(Environment {
                name: (*name).to_owned(),
                token_endpoint: token_endpoint?,
                task_endpoint: task_endpoint?,
                app_url: app_url?,
            })
        }
        None => {
            let name = section.needs("name", name);
            let mut at = ADDRESSES.iter();
            let [token_endpoint, task_endpoint, app_url] =
                addresses.map(|address| at.next().and_then(|(key, _)| section.needs(key, address)));
            Some(Environment {
                name: name?,
                token_endpoint: token_endpoint?,
                task_endpoint: task_endpoint?,
                app_url: app_url?,
            })
        }
    }
}

/// An address to which credentials may go.
fn unheard(url: Url, is_secret: bool) -> Result<Url, String> {
    if is_secret && url.scheme() == "http" && !is_here(&url) {
        return Err(
            "expected an https address: by http everybody on the way can read the account's password and its tokens"
                .to_owned(),
        );
    }
    Ok(url)
}

/// A custom environment's name stands in the form, beside the title.
fn own_name(text: &str) -> Result<String, &'static str> {
    let taken = BUILT_IN.iter().any(|row| row[0].eq_ignore_ascii_case(text));
    if !taken
        && !text.is_empty()
        && text.chars().count() <= LONGEST_NAME
        && text.chars().all(|c| c.is_alphanumeric() || "-_ ".contains(c))
    {
        Ok(text.to_owned())
    } else {
        Err("expected a short name of letters, digits, '-' and '_', other than acc and prod")
    }
}
