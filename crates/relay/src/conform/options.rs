//! What `conform` is told: what it tries, and as whom.

use clap::Args;
use url::Url;

use super::judge::Judge;
use super::rule::{ALL, Need, OF_USERS};
use crate::config::Origin;

/// What is tried, and as whom.
#[derive(Args)]
pub struct Options {
    /// The token endpoint, as a page's `token-endpoint` names it; without a path, /v1/token of that server
    #[arg(value_parser = token_endpoint)]
    pub url: Url,
    /// The page's origin, which the backend admits, as a browser writes it: https://erp.example.com
    #[arg(long, value_parser = origin)]
    pub origin: String,
    /// A Cookie header of a signed-in user; rather by the environment than for everybody in the list of processes
    #[arg(long, env = "BZCTRL_CONFORM_COOKIE", hide_env_values = true)]
    pub cookie: Option<String>,
    /// An assertion (RFC 7523) of a user. One that is taken once serves one request: better give --assertion-endpoint
    #[arg(long, env = "BZCTRL_CONFORM_ASSERTION", hide_env_values = true)]
    pub assertion: Option<String>,
    /// Where the host answers with a fresh assertion, as for the page; the cookie goes along
    #[arg(long, conflicts_with = "assertion")]
    pub assertion_endpoint: Option<Url>,
    /// A header that says who the user is, as a sign-in proxy sets it: "X-Forwarded-Email: user@example.com"
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    pub header: Vec<(String, String)>,
    /// The backend vouches for nobody: whoever opens the page gets a token
    #[arg(long, conflicts_with_all = ["cookie", "assertion", "assertion_endpoint", "header"])]
    pub without_users: bool,
    /// A Cookie header of a second user, who must hear nothing of the first one's todos
    #[arg(long, env = "BZCTRL_CONFORM_OTHER_COOKIE", hide_env_values = true)]
    pub other_cookie: Option<String>,
    /// Where the host answers with a fresh assertion of the second user; without it, --assertion-endpoint with what is given of that one
    #[arg(long)]
    pub other_assertion_endpoint: Option<Url>,
    /// A header that says who the second user is
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    pub other_header: Vec<(String, String)>,
    /// Create todos: without this, nothing is sent that could become one
    #[arg(long)]
    pub creates_todos: bool,
    /// The workspace of the todos; without it, the one of the token answer's defaults
    #[arg(long)]
    pub workspace: Option<String>,
    /// Restarts the backend, by sh: what became of a key has to outlive that. It is seen whether the backend goes away
    #[arg(long, value_name = "COMMAND", requires = "creates_todos")]
    pub restart_command: Option<String>,
    /// bzctrl-sandbox in BzCtrl's place behind the backend: then also what goes wrong there is tried, and todos are counted. What was
    /// queued there to go wrong is taken back
    #[arg(long, value_name = "URL", requires = "creates_todos")]
    pub sandbox: Option<Url>,
}

fn token_endpoint(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") || url.cannot_be_a_base() {
        return Err("an address that begins with http:// or https:// is needed".to_owned());
    }
    if url.path() == "/" {
        url.set_path("/v1/token");
    }
    Ok(url)
}

/// Another one is no page's: every answer to it would be right or wrong for the wrong reason.
fn origin(text: &str) -> Result<String, String> {
    if !text.contains("://") {
        return Err("an origin begins with http:// or https://, such as https://erp.example.com".to_owned());
    }
    Origin::parse(text).map(|origin| origin.as_str().to_owned())
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header is written as NAME: VALUE")?;
    Ok((name.trim().to_lowercase(), value.trim().to_owned()))
}

/// What says who a user is.
#[derive(Clone, Copy, Default)]
pub(super) struct User<'o> {
    pub(super) cookie: Option<&'o str>,
    pub(super) assertion: Option<&'o str>,
    pub(super) assertion_endpoint: Option<&'o Url>,
    pub(super) headers: &'o [(String, String)],
}

impl User<'_> {
    /// Whether anything does.
    pub(super) fn is_known(&self) -> bool {
        self.cookie.is_some() || self.asserts() || !self.headers.is_empty()
    }

    pub(super) fn asserts(&self) -> bool {
        self.assertion.is_some() || self.assertion_endpoint.is_some()
    }
}

impl Options {
    /// The user of the requests.
    pub(super) fn user(&self) -> User<'_> {
        User {
            cookie: self.cookie.as_deref(),
            assertion: self.assertion.as_deref(),
            assertion_endpoint: self.assertion_endpoint.as_ref(),
            headers: &self.header,
        }
    }

    /// The second user.
    pub(super) fn another_user(&self) -> User<'_> {
        let own = User {
            cookie: self.other_cookie.as_deref(),
            assertion: None,
            assertion_endpoint: self.other_assertion_endpoint.as_ref(),
            headers: &self.other_header,
        };
        if own.asserts() || !own.is_known() {
            return own;
        }
        User { assertion_endpoint: self.assertion_endpoint.as_ref(), ..own }
    }

    /// Whether the page is of the backend's own origin: then no browser asks for CORS.
    pub(super) fn is_same_origin(&self) -> bool {
        self.url.origin().ascii_serialization() == self.origin
    }

    fn gives(&self, need: Need) -> bool {
        match need {
            Need::User => self.user().is_known(),
            Need::AnotherUser => self.another_user().is_known(),
            Need::CreatesTodos => self.creates_todos,
            Need::Sandbox => self.sandbox.is_some(),
            Need::RestartCommand => self.restart_command.is_some(),
        }
    }

    /// Says of each rule that cannot be tried by these options what it takes.
    pub(super) fn limit(&self, judge: &mut Judge) {
        for rule in ALL {
            let lacks = rule.needs().iter().filter(|need| !self.gives(**need)).map(|need| need.flags());
            let lacks = lacks.collect::<Vec<_>>().join(", and ");
            if self.without_users && OF_USERS.contains(&rule) {
                judge.no_matter(rule, "--without-users: nobody is vouched for");
            } else if !lacks.is_empty() {
                judge.skip(rule, format!("give {lacks}"));
            }
        }
    }
}
