//! `bzctrl-relay conform`: whether a company's own backend keeps to docs/PROTOCOL.md. It asks as a page asks, by HTTP alone, and
//! says of each rule what was sent, seen, and should be. It knows nothing of how this relay keeps the same rules.

mod backend;
mod doors;
mod doubts;
mod exchange;
mod judge;
mod rule;
mod sandbox;
mod todos;
mod token;

use std::io::Write;

use clap::Args;
use url::Url;

use backend::Backend;
use judge::Judge;
pub use rule::Rule;
use sandbox::Sandbox;

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
    /// Create todos: without this, nothing is sent that could become one
    #[arg(long)]
    pub creates_todos: bool,
    /// The workspace of the todos; without it, the one of the token answer's defaults
    #[arg(long)]
    pub workspace: Option<String>,
    /// Restarts the backend, by sh: what it has promised has to outlive that
    #[arg(long, value_name = "COMMAND", requires = "creates_todos")]
    pub restart_command: Option<String>,
    /// bzctrl-sandbox in BzCtrl's place behind the backend: then also what goes wrong there is tried, and todos are counted
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

impl Options {
    /// Whether the user of the requests is vouched for.
    fn has_identity(&self) -> bool {
        self.cookie.is_some()
            || self.assertion.is_some()
            || self.assertion_endpoint.is_some()
            || !self.header.is_empty()
    }

    /// Whether the page is of the backend's own origin: then no browser asks for CORS.
    fn is_same_origin(&self) -> bool {
        self.url.origin().ascii_serialization() == self.origin
    }
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conforms {
    /// Every rule holds, and each that matters was tried.
    Yes,
    /// Those that were tried hold; of others nothing is known.
    AsFarAsTried,
    /// At least one does not.
    No,
    /// There was nothing to try them on.
    Untried,
}

/// Tries every rule, and tells of each.
///
/// # Errors
/// It cannot be written.
pub async fn run(options: &Options, out: &mut dyn Write) -> std::io::Result<Conforms> {
    writeln!(out, "{} as a page of {} sees it", options.url, options.origin)?;
    let mut judge = Judge::default();
    match try_all(options, &mut judge, out).await {
        Ok(()) => judge.tell(out),
        Err(says) => {
            writeln!(out, "nothing could be tried: {says}")?;
            Ok(Conforms::Untried)
        }
    }
}

async fn try_all(options: &Options, judge: &mut Judge, out: &mut dyn Write) -> Result<(), String> {
    let backend = Backend::new(options)?;
    backend.is_there().await?;
    doors::of_the_token(&backend, judge).await;
    let Some(answer) = token::answer(&backend, judge).await else {
        return Ok(());
    };
    let Some(page) = token::sealed_page(&backend, &answer, judge).await else {
        return Ok(());
    };
    doors::of_todos(&backend, &page, judge).await;
    if !options.creates_todos {
        todos::without_any(&backend, &page, judge).await;
        return Ok(());
    }
    let sandbox = match &options.sandbox {
        Some(url) => Some(Sandbox::at(url).await?),
        None => None,
    };
    let said = todos::announce(&page, sandbox.is_some())?;
    writeln!(out, "{said}").map_err(|error| error.to_string())?;
    todos::without_any(&backend, &page, judge).await;
    let Some(first) = todos::created(&backend, &page, sandbox.as_ref(), judge).await else {
        return Ok(());
    };
    todos::at_most_one(&backend, &page, &first, sandbox.as_ref(), judge).await;
    match &sandbox {
        Some(sandbox) => doubts::all(&backend, &page, sandbox, judge).await,
        None => judge.skip_rest("give --sandbox, with bzctrl-sandbox in BzCtrl's place", &rule::OF_DOUBTS),
    }
    match &options.restart_command {
        Some(command) => doubts::restart(&backend, &page, &first, command, sandbox.as_ref(), judge).await,
        None => judge.skip(Rule::Restart, "give --restart-command"),
    }
    Ok(())
}
