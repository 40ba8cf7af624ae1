//! Which BzCtrl: the addresses of its two environments are built in, and a custom one names its own.

use url::Url;

use super::addresses::{is_here, web_address};
use super::reader::Section;

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

    /// Whether a link leads to one of its pages.
    pub fn has_page(&self, link: &Url) -> bool {
        link.origin() == self.app_url.origin() && self.below(link).is_some_and(|rest| !rest.starts_with(|it| it != '/'))
    }

    /// Whether a link leads to its first page alone, or above: who opens it finds BzCtrl, and no todo.
    pub fn is_first_page(&self, link: &Url) -> bool {
        let names = |part: &str| part.contains(|letter| !matches!(letter, '/' | '#' | '!'));
        let parts = [self.below(link), link.query(), link.fragment()];
        let is_above = self.app_url.path().starts_with(link.path());
        link.origin() == self.app_url.origin()
            && (parts[0].is_some() || is_above)
            && !parts.into_iter().flatten().any(names)
    }

    /// What of a link's path stands below the address of its pages.
    fn below<'l>(&self, link: &'l Url) -> Option<&'l str> {
        link.path().strip_prefix(self.app_url.path().trim_end_matches('/'))
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
const LONGER_NAME: usize = LONGEST_NAME + 1;

/// The environment of an account's section.
pub(super) fn read(section: &Section<'_>) -> Option<Environment> {
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
fn own_name(text: &str) -> Result<String, String> {
    if BUILT_IN.iter().any(|row| row[0].eq_ignore_ascii_case(text)) {
        return Err(format!("{text} is another environment's name: choose one that its users tell from that"));
    }
    match text.chars().count() {
        LONGER_NAME.. => Err(format!("has more than {LONGEST_NAME} letters, and stands beside the form's title")),
        _ if text.chars().all(|c| c.is_alphanumeric() || "-_ ".contains(c)) => Ok(text.to_owned()),
        _ => Err("expected a name of letters, digits, '-', '_' and spaces".to_owned()),
    }
}
