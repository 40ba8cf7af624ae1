//! The accounts at BzCtrl, each in one of its environments: `[bzctrl]`, and `[accounts.NAME]` for tenants that have another one.

use std::cell::Cell;
use std::sync::Arc;

use super::egress::{self, Egress};
use super::environment::{self, Environment};
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

/// The accounts of a configuration, while its tenants are read.
pub(super) struct Accounts {
    found: Vec<Found>,
    /// Whether a tenant has named none, and there is no `[bzctrl]`.
    lacks_default: Cell<bool>,
    /// Whether a tenant has named one that there is not, so that it may have meant any.
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
            self.lacks_named.set(true);
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
            reader.section("accounts").lacks(name, &says);
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
    let environment = environment::read(section);
    let username = section.text("username");
    let username = section.needs("username", username);
    let password = section
        .needs_secret("password")
        .and_then(|place| Secret::read(place).map_err(|says| section.wrong_secret("password", says)).ok());
    let egress = section.inner("egress").map(egress::read);
    Some(Account { name: name.to_owned(), environment: environment?, username: username?, password: password?, egress })
}
