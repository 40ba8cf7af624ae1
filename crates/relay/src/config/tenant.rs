//! The host companies' pages: which origins are admitted, for which workspaces, and how a user is known.

use std::fmt;

use bzctrl_contract::{Fault, Field, Mode, TodoType, Value, check};
use url::Url;

use super::reader::Section;

/// The pages of one host company.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its name, in the configuration, the log and the rows.
    pub name: String,
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
}

impl Tenant {
    /// Whether BzCtrl's own token is given to whoever asks: an origin is a browser's word, and other programs write any.
    pub(crate) fn gives_away_bzctrls_token(&self) -> bool {
        self.mode == Mode::Token && self.identity == IdentitySource::Origin
    }
}

/// How a user is known. `assertion` and `header` join here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentitySource {
    /// Nobody is verified; the page's word for the reporter is taken.
    Origin,
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

pub(super) fn read(section: &Section<'_>) -> Vec<Tenant> {
    let mut tenants: Vec<Tenant> = Vec::new();
    let sections = section.sections();
    if sections.is_empty() {
        section.wrong("NAME", "at least one tenant is needed, with its origins, workspaces and identity");
    }
    for section in sections {
        let Some(tenant) = tenant(section, &tenants) else { continue };
        tenants.push(tenant);
    }
    tenants
}

fn tenant(section: Section<'_>, others: &[Tenant]) -> Option<Tenant> {
    let name = section.name().to_owned();
    let origins = section.list("origins", |text| {
        let origin = Origin::parse(text)?;
        match others.iter().find(|other| other.origins.contains(&origin)) {
            Some(other) => Err(format!("tenant {} has this origin too", other.name)),
            None => Ok(origin),
        }
    });
    section.needs("origins", origins.first());
    let workspaces = section.list("workspaces", workspace);
    section.needs("workspaces", workspaces.first());
    let identity = section.parsed("identity", |text| match text {
        "origin" => Ok(IdentitySource::Origin),
        _ => Err("expected origin, by which nobody is verified and the page's word for the reporter is taken"),
    });
    let identity = section.needs("identity", identity);
    let mode = section.parsed("mode", |text| match text {
        "sealed" => Ok(Mode::Sealed),
        "token" => Ok(Mode::Token),
        _ => Err("expected sealed or token"),
    });
    let todo_type = section.parsed("todo_type", |text| TodoType::parse(text).ok_or("expected incident or task"));
    section.finish();
    Some(Tenant { name, origins, workspaces, identity: identity?, mode: mode.unwrap_or(Mode::Sealed), todo_type })
}

/// A workspace that a todo can name: its field's own rules hold.
fn workspace(text: &str) -> Result<String, &'static str> {
    match check(Field::DomainWorkSpace.spec(), &Value::Text(text.to_owned())) {
        Ok(_) => Ok(text.to_owned()),
        Err(Fault::TooLong) => Err("is longer than a todo's workspace may be"),
        Err(_) => {
            Err("expected domain and workspace joined by '-', without space around or characters that cannot be seen")
        }
    }
}
