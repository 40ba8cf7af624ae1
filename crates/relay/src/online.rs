//! `check --online`: whether BzCtrl takes the account, and whether everything that the relay asks can be reached from here, on the
//! relay's own way out. Nothing is created: add-task is asked with a method that it does not have.

use std::fmt;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use tokio::net::lookup_host;
use tokio::time::timeout;
use url::Url;

use crate::config::{Account, Config, Egress, IdentitySource, KeySource, StorePlace};
use crate::http_client::{Outbound, body, chain};
use crate::identity::LONGEST_ANSWER_WITH_KEYS;
use crate::store;
use crate::upstream::{Login, log_in};
use crate::verification_keys::VerificationKeys;

/// What was asked, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was asked, and where.
    pub asked: String,
    /// What is wrong and what may help, if anything is.
    pub wrong: Option<String>,
    /// What is right, and may not be meant.
    pub doubts: Vec<String>,
    /// How long it took, in milliseconds.
    pub millis: u128,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.wrong {
            None => write!(f, "well   {} ({} ms)", self.asked, self.millis)?,
            Some(wrong) => write!(f, "WRONG  {}: {wrong}", self.asked)?,
        }
        self.doubts.iter().try_for_each(|doubt| write!(f, "\n  but {doubt}"))
    }
}

const LARGEST: usize = 256 * 1024;
/// How long a name is looked for once more, to tell a slow name server from a host that is silent.
const LONGEST_SEARCH: Duration = Duration::from_secs(3);

/// Asks everybody whom a relay by this configuration asks.
pub async fn check(config: &Config) -> Vec<Finding> {
    let outbound = Outbound { egress: config.egress.clone(), ..Outbound::default() };
    let mut findings = Vec::new();

    if let StorePlace::Database(database) = &config.store.place {
        let asked = format!("the database {} (encryption: {})", database.name, database.encryption.in_words());
        let mut doubts = Vec::new();
        let trying = async { store::try_database(database).await.map(|said| doubts = said) };
        let finding = timed(asked, trying).await;
        findings.push(Finding { doubts, ..finding });
    }
    for account in config.accounts() {
        let (outbound, environment) = (outbound.to(account), &account.environment);
        let asked = format!("the account {} at {}", account.username, environment.token_endpoint);
        findings.push(timed(asked, log_in_as(account, &outbound)).await);
        let asked = format!("add-task at {}", environment.task_endpoint);
        findings.push(timed(asked, reach(account, &outbound)).await);
    }
    for tenant in &config.tenants {
        if let IdentitySource::Assertion(assertion) = &tenant.identity
            && let KeySource::Url(url) = &assertion.keys
        {
            let asked = format!("the keys of {} at {url}", tenant.name);
            findings.push(timed(asked, keys(url, &outbound)).await);
        }
    }
    findings
}

async fn timed(asked: String, asking: impl Future<Output = Result<(), String>>) -> Finding {
    let began = Instant::now();
    let wrong = asking.await.err();
    Finding { asked, wrong, doubts: Vec::new(), millis: began.elapsed().as_millis() }
}

async fn log_in_as(account: &Account, outbound: &Outbound) -> Result<(), String> {
    let Account { environment, username, password, .. } = account;
    let http = client(&environment.token_endpoint, outbound)?;
    match log_in(&http, &environment.token_endpoint, username, password.expose()).await {
        Login::Given(..) => Ok(()),
        Login::NoAnswer(error) => Err(why_none(&error, &outbound.egress).await),
        Login::Refused(status) => Err(format!(
            "BzCtrl refuses user name or password (it answers {}): check {}.username and the password's file",
            status.as_u16(),
            account.section()
        )),
        Login::NoToken(status) => Err(no_token(status, &outbound.egress, &environment.token_endpoint)),
    }
}

fn no_token(status: StatusCode, egress: &Egress, endpoint: &Url) -> String {
    if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED && egress.proxy.is_some() {
        return PROXY_REFUSES.to_owned();
    }
    if status.is_success() {
        return format!("what answers is not BzCtrl's token endpoint: its answer holds no token; check {endpoint}");
    }
    if is_perhaps_of_tls(status, endpoint) {
        return format!("it answers 400, and gives no token: {PERHAPS_TLS}");
    }
    format!(
        "it answers {}, and gives no token: this is no word on the account; ask BzCtrl, or check the address",
        status.as_u16()
    )
}

async fn reach(account: &Account, outbound: &Outbound) -> Result<(), String> {
    let url = &account.environment.task_endpoint;
    let status = match client(url, outbound)?.head(url.clone()).send().await {
        Ok(answer) => answer.status(),
        Err(error) => return Err(why_none(&error, &outbound.egress).await),
    };
    match status {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED if outbound.egress.proxy.is_some() => Err(PROXY_REFUSES.to_owned()),
        StatusCode::NOT_FOUND => {
            Err(format!("it answers 404: there is no such address; check {}.task_endpoint", account.section()))
        }
        status if is_perhaps_of_tls(status, url) => Err(format!("it answers 400: {PERHAPS_TLS}")),
        status if status.is_server_error() => {
            Err(format!("it answers {}: BzCtrl, or what stands before it, is not well", status.as_u16()))
        }
        _ => Ok(()),
    }
}

async fn keys(url: &Url, outbound: &Outbound) -> Result<(), String> {
    // The relay waits no longer either.
    let mut answer = match client(url, outbound)?.get(url.clone()).timeout(LONGEST_ANSWER_WITH_KEYS).send().await {
        Ok(answer) => answer,
        Err(error) => return Err(why_none(&error, &outbound.egress).await),
    };
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::PROXY_AUTHENTICATION_REQUIRED if outbound.egress.proxy.is_some() => {
            return Err(PROXY_REFUSES.to_owned());
        }
        status if is_perhaps_of_tls(status, url) => return Err(format!("it answers 400: {PERHAPS_TLS}")),
        status => return Err(format!("it answers {}; the relay expects 200 and follows no redirect", status.as_u16())),
    }
    let body = body(&mut answer, LARGEST).await.map_err(chain)?.ok_or("the answer is too large")?;
    let text = String::from_utf8(body).map_err(|_| "the answer is no UTF-8")?;
    VerificationKeys::from_sound_jwks(&text).map(|_| ()).map_err(|says| format!("the answer: {says}"))
}

fn client(url: &Url, outbound: &Outbound) -> Result<reqwest::Client, String> {
    outbound.client(url.scheme() == "https").map_err(|error| {
        format!("no connection can be set up (are the system's CA certificates installed?): {}", chain(error))
    })
}

const PERHAPS_TLS: &str = "is the address an https one, or the port another?";

/// Whether this may be the word of a server that expects TLS.
fn is_perhaps_of_tls(status: StatusCode, url: &Url) -> bool {
    status == StatusCode::BAD_REQUEST && url.scheme() == "http"
}

const PROXY_REFUSES: &str = "the proxy asks for a name and a password, or refuses ours (407): check egress.proxy_username and its password's file";

/// Why there was no answer, in an operator's words, and in the library's.
async fn why_none(error: &reqwest::Error, egress: &Egress) -> String {
    // What is reached first, and so what a name or a connection is missing of.
    let (first, reached) = match &egress.proxy {
        Some(proxy) => ("the proxy", Some(&proxy.url)),
        None => ("the host", error.url()),
    };
    // A connection's time counts the search for the name, so that only another search tells which of the two was slow.
    let missing = match reached.and_then(Url::domain) {
        Some(name) if error.is_timeout() && error.is_connect() => {
            match timeout(LONGEST_SEARCH, lookup_host((name, 0))).await {
                Ok(Ok(_)) => None,
                Ok(Err(_)) => Some(""),
                Err(_) => Some(" in time"),
            }
        }
        _ => None,
    };
    let says = causes(error);
    let missing = missing.or_else(|| is_said(&says, &["dns error", "dns name", "failed to lookup"]).then_some(""));
    let hint = match missing {
        Some(in_time) => {
            format!("the name of {first} cannot be found (DNS){in_time}: check it, and this machine's name servers")
        }
        None => hint(error, &says, first, egress),
    };
    format!("{hint} [{says}]")
}

/// Whether the library says one of these, whatever its capitals.
fn is_said(says: &str, words: &[&str]) -> bool {
    let lower = says.to_ascii_lowercase();
    words.iter().any(|word| lower.contains(word))
}

/// What is wrong with a host, or with a proxy, whose name was found.
fn hint(error: &reqwest::Error, says: &str, first: &str, egress: &Egress) -> String {
    let has = |words| is_said(says, words);
    let is_plain = error.url().is_some_and(|url| url.scheme() == "http");
    if has(&["proxy authorization required"]) {
        PROXY_REFUSES.to_owned()
    } else if has(&["connection refused"]) {
        format!("the connection to {first} was refused: nothing listens there, or a firewall says no")
    } else if has(&["unknownissuer", "unknown issuer"]) {
        format!(
            "its certificate is of an authority that is not trusted (trusted: {}). If your company's proxy opens TLS, put its \
             authority into a file and set egress.ca_file",
            egress.trust()
        )
    } else if has(&["corrupt message", "handshake eof"]) {
        "what answers there does not speak TLS: is the address an http one, or the port another?".to_owned()
    } else if has(&["certificate"]) {
        "its certificate is not good; this machine's clock may be wrong, too".to_owned()
    } else if has(&["tunnel"]) {
        "the proxy makes no connection to it: is the host allowed there, does the name exist, and is the proxy's own address an https one?".to_owned()
    } else if has(&["invalid http version"]) || is_plain && has(&["message completed", "connection reset"]) {
        format!("what answers there does not speak HTTP: {PERHAPS_TLS}")
    } else if error.is_timeout() {
        format!(
            "{first} does not answer in time: a firewall may drop what is sent, or what listens there waits for TLS, or for none"
        )
    } else {
        "there is no answer".to_owned()
    }
}

fn causes(error: &reqwest::Error) -> String {
    let mut said = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        said.push(error.to_string());
        cause = error.source();
    }
    said.dedup();
    if said.is_empty() { "no more is known".to_owned() } else { said.join(": ") }
}
