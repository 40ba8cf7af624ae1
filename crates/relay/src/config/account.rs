//! The accounts at BzCtrl, each in one of its environments: `[bzctrl]`, and `[accounts.NAME]` for tenants that have another one.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use url::Url;

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
    /// Of these the first of each name, and of each user at a token endpoint.
    named: HashMap<String, usize>,
    users: HashMap<(String, Url), usize>,
    /// Whether a tenant has named none, and there is no `[bzctrl]`.
    lacks_default: Cell<bool>,
    /// Whether a tenant has named one that there is not, so that it may have meant any.
    lacks_named: Cell<bool>,
    /// Whether all of them have been read.
    is_whole: bool,
}

/// One, where it and its user name stand. None that is right: what is wrong with it has been told.
struct Found {
    name: String,
    account: Option<Arc<Account>>,
    own_place: (String, Option<usize>),
    place: String,
    is_used: Cell<bool>,
}

impl Found {
    /// One that is not read, since its name is another's.
    fn unread(name: String) -> Self {
        Self { name, account: None, own_place: (String::new(), None), place: String::new(), is_used: Cell::new(true) }
    }
}

/// What an account cannot be without, beside its password.
const NEEDED: [&str; 2] = ["environment", "username"];

impl Accounts {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        let (lacks_default, lacks_named) = (Cell::new(false), Cell::new(false));
        let (named, users) = (HashMap::new(), HashMap::new());
        let mut accounts = Self { found: Vec::new(), named, users, lacks_default, lacks_named, is_whole: true };
        let default = reader.section("bzctrl");
        if default.is_set() {
            accounts.add(DEFAULT, default);
        }
        let named = reader.section("accounts");
        for section in named.sections(&NEEDED) {
            let name = section.name().to_owned();
            if name.eq_ignore_ascii_case(DEFAULT) {
                section.wrong_itself(format!("{DEFAULT} is the account of [bzctrl]: choose another name"));
                // Whoever names it, or none, may have meant it.
                section.pass_over();
                accounts.lacks_named.set(true);
                [name, DEFAULT.to_owned()].map(Found::unread).into_iter().for_each(|found| accounts.keep(found));
                continue;
            }
            accounts.add(&name, section);
        }
        accounts.is_whole = named.is_whole();
        accounts
    }

    fn add(&mut self, name: &str, section: Section<'_>) {
        let (own_place, place) = (section.own_place(), section.place("username"));
        let account = read(name, &section).map(Arc::new);
        // Two tokens of one account, and a refused password that is tried twice as often.
        let user = account.as_deref().map(|it| (it.username.clone(), it.environment.token_endpoint.clone()));
        let same = user.as_ref().and_then(|user| self.users.get(user)).and_then(|at| self.found.get(*at));
        if let Some(Found { place, name, .. }) = same {
            section
                .wrong("username", format!("account {name} is the same at BzCtrl: {place}; let its tenants share it"));
        }
        section.finish();
        if let Some(user) = user {
            self.users.entry(user).or_insert(self.found.len());
        }
        self.keep(Found { name: name.to_owned(), account, own_place, place, is_used: Cell::new(false) });
    }

    fn keep(&mut self, found: Found) {
        self.named.entry(found.name.clone()).or_insert(self.found.len());
        self.found.push(found);
    }

    /// A tenant's.
    pub(super) fn of(&self, tenant: &Section<'_>) -> Option<Arc<Account>> {
        let named = tenant.text("account");
        if named.is_none() && tenant.has("account") {
            self.lacks_named.set(true);
            return None;
        }
        let name = named.as_deref().unwrap_or(DEFAULT);
        match self.named.get(name).and_then(|at| self.found.get(*at)) {
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
                let known = if known.is_empty() { "and no other one".to_owned() } else { format!("known are {known}") };
                self.lacks_named.set(true);
                if self.is_whole {
                    tenant.wrong("account", format!("there is no account {name}; {known}"));
                }
                None
            }
        }
    }

    /// Says what is missing of `[bzctrl]`, where it is needed and not there; and, where all `tenants` have been read, whose account was
    /// forgotten: its tenant's todos would go by that of `[bzctrl]`.
    pub(super) fn finish(&self, reader: &Reader<'_>, are_all_tenants_read: bool) {
        let is_known = are_all_tenants_read && !self.lacks_named.get();
        let unused = |found: &&Found| is_known && !found.is_used.get() && found.name != DEFAULT;
        for Found { name, own_place: (place, line), .. } in self.found.iter().filter(unused) {
            let says = format!(
                "no tenant has this account: write account = \"{name}\" into its section, or leave this one out"
            );
            reader.note_absence(place, *line, says);
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
