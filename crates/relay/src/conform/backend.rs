//! Asking as a page asks. What was sent and what came is kept for the report, without what is secret in it.

use bzctrl_contract::Code;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use serde_json::Value;
use url::Url;

use super::Options;
use super::judge::Judge;
use super::rule::Rule;
use crate::http_client;

/// The longest answer that is read.
const LARGEST: usize = 1024 * 1024;
/// How much of an answer is shown.
const SHOWN: usize = 300;
/// Of what goes out, these say what was tried; all else may be secret.
const PUBLIC: [&str; 8] = [
    "origin",
    "x-bzctrl-widget",
    "content-type",
    "idempotency-key",
    "x-bzctrl-replaces",
    "access-control-request-method",
    "access-control-request-headers",
    "accept",
];
/// Of what comes back, these are what the rules speak of.
const TOLD: [&str; 9] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "vary",
    "cache-control",
    "content-type",
    "retry-after",
    "idempotency-replayed",
];

pub(super) struct Backend<'o> {
    pub(super) options: &'o Options,
    http: Client,
}

/// A request that is being put together.
#[derive(Clone)]
pub(super) struct Ask {
    method: Method,
    url: Url,
    headers: Vec<(String, String)>,
    body: String,
}

impl Ask {
    /// With a header more, or another value of it.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    pub(super) fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string();
        self.with("content-type", "application/json")
    }

    pub(super) fn bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    pub(super) fn key(self, key: &str) -> Self {
        self.with("idempotency-key", format!("\"{key}\""))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    fn told(&self) -> String {
        let mut told = format!("{} {}", self.method, self.url);
        for (name, value) in &self.headers {
            let value = if PUBLIC.contains(&name.as_str()) { value } else { "…" };
            told.push_str(&format!(", {name}: {value}"));
        }
        if self.body.starts_with('{') {
            told.push_str(&format!(", {}", beginning(&self.body)));
        }
        told
    }
}

/// What was asked, and what came.
pub(super) struct Exchange {
    ask: Ask,
    /// 0 where no answer came.
    pub(super) status: u16,
    headers: HeaderMap,
    pub(super) text: String,
    pub(super) json: Value,
    lost: Option<String>,
}

impl Exchange {
    pub(super) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().unwrap_or_default(),
            _ => "",
        }
    }

    /// Whether a list in a header has this word.
    pub(super) fn lists(&self, name: &str, word: &str) -> bool {
        let values = self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|listed| listed.trim().eq_ignore_ascii_case(word))
    }

    pub(super) fn member(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap_or_default()
    }

    /// Whether it is this status with this code.
    pub(super) fn is(&self, code: Code) -> bool {
        self.status == code.status() && self.member("code") == code.as_str()
    }

    pub(super) fn has_token(&self) -> bool {
        self.json.get("access_token").is_some()
    }

    pub(super) fn sent(&self) -> String {
        self.ask.told()
    }

    pub(super) fn seen(&self) -> String {
        if let Some(lost) = &self.lost {
            return format!("no answer: {lost}");
        }
        let mut seen = self.status.to_string();
        for name in TOLD.iter().filter(|name| self.headers.contains_key(**name)) {
            seen.push_str(&format!(", {name}: {}", self.header(name)));
        }
        let mut json = self.json.clone();
        if let Some(members) = json.as_object_mut() {
            for secret in ["access_token", "refresh_token", "id_token", "assertion"] {
                if let Some(value) = members.get_mut(secret) {
                    *value = "…".into();
                }
            }
        }
        // What is no JSON may be anything, a sign-in page with something secret in it too.
        let body = if json.is_null() { format!("{} bytes, no JSON", self.text.len()) } else { json.to_string() };
        format!("{seen}, {}", beginning(&body))
    }
}

fn beginning(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

impl<'o> Backend<'o> {
    pub(super) fn new(options: &'o Options) -> Result<Self, String> {
        let asked = [Some(&options.url), options.assertion_endpoint.as_ref()];
        let encrypted = asked.into_iter().flatten().any(|url| url.scheme() == "https");
        let http = http_client::client(encrypted).map_err(http_client::chain)?;
        let pairs = options.header.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in
            pairs.chain([("origin", &*options.origin)]).chain(options.cookie.as_deref().map(|c| ("cookie", c)))
        {
            // The value may be secret: its name says enough.
            HeaderName::try_from(name).map_err(|_| format!("{name:?} is no header"))?;
            HeaderValue::try_from(value).map_err(|_| format!("the value of {name} is none that a header can have"))?;
        }
        Ok(Self { options, http })
    }

    /// # Errors
    /// Nobody answers there.
    pub(super) async fn is_there(&self) -> Result<(), String> {
        let exchange = self.probe(self.preflight(&self.options.url, "POST", "content-type, x-bzctrl-widget")).await;
        exchange.lost.map_or(Ok(()), Err)
    }

    /// A request as the widget's fetch makes it.
    pub(super) fn ask(&self, method: Method, url: &Url) -> Ask {
        let mut headers = vec![("origin".to_owned(), self.options.origin.clone())];
        if method == Method::POST {
            headers.push(("x-bzctrl-widget".to_owned(), "1".to_owned()));
        }
        headers.extend(self.options.cookie.iter().map(|cookie| ("cookie".to_owned(), cookie.clone())));
        headers.extend(self.options.header.iter().cloned());
        Ask { method, url: url.clone(), headers, body: String::new() }
    }

    /// What a browser asks before that.
    pub(super) fn preflight(&self, url: &Url, method: &str, headers: &str) -> Ask {
        let mut ask = self.ask(Method::OPTIONS, url);
        // A browser sends neither cookies nor what a page sets.
        ask.headers.truncate(1);
        ask.with("access-control-request-method", method).with("access-control-request-headers", headers)
    }

    /// A request for a token, with a fresh assertion where there is one.
    pub(super) async fn token_request(&self) -> Result<Ask, String> {
        let assertion = match (&self.options.assertion, &self.options.assertion_endpoint) {
            (Some(assertion), _) => Some(assertion.clone()),
            (None, Some(url)) => {
                let answer = self.probe(self.ask(Method::GET, url)).await;
                if answer.status != 200 {
                    return Err(format!("the assertion endpoint answered {}", answer.status));
                }
                Some(answer.text.trim().to_owned())
            }
            (None, None) => None,
        };
        let mut form = form_urlencoded::Serializer::new(String::new());
        match &assertion {
            Some(assertion) => {
                form.append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
                form.append_pair("assertion", assertion);
            }
            None => {
                form.append_pair("grant_type", "client_credentials");
            }
        }
        let mut ask = self.ask(Method::POST, &self.options.url);
        ask.body = form.finish();
        Ok(ask.with("content-type", "application/x-www-form-urlencoded"))
    }

    /// A request for a token by whom nobody knows.
    pub(super) fn unsigned_token_request(&self) -> Ask {
        let mut ask = self.ask(Method::POST, &self.options.url);
        for (name, _) in &self.options.header {
            ask = ask.without(name);
        }
        ask.body = "grant_type=client_credentials".to_owned();
        ask.without("cookie").with("content-type", "application/x-www-form-urlencoded")
    }

    /// Asks, and looks at nothing.
    pub(super) async fn probe(&self, ask: Ask) -> Exchange {
        let mut request = self.http.request(ask.method.clone(), ask.url.clone());
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        if !ask.body.is_empty() {
            request = request.body(ask.body.clone());
        }
        let answer = async {
            let mut response = request.send().await.map_err(http_client::chain)?;
            let body = http_client::body(&mut response, LARGEST).await.map_err(http_client::chain)?;
            let body = body.ok_or_else(|| format!("an answer of more than {LARGEST} bytes"))?;
            Ok((response.status().as_u16(), response.headers().clone(), String::from_utf8_lossy(&body).into_owned()))
        };
        match answer.await {
            Ok((status, headers, text)) => {
                let json = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object).unwrap_or_default();
                Exchange { ask, status, headers, text, json, lost: None }
            }
            Err(lost) => {
                let (headers, text) = (HeaderMap::new(), String::new());
                Exchange { ask, status: 0, headers, text, json: Value::Null, lost: Some(lost) }
            }
        }
    }

    /// Asks as an admitted page, and looks at what every answer to one has.
    pub(super) async fn page(&self, ask: Ask, judge: &mut Judge) -> Exchange {
        let exchange = self.probe(ask).await;
        self.readable(&exchange, judge);
        let kept = exchange.lists("cache-control", "no-store");
        judge.expect(Rule::NoStore, &exchange, kept, "Cache-Control: no-store");
        if exchange.status >= 400 || exchange.status == 0 {
            let code = Code::parse(exchange.member("code"));
            let media_type = exchange.header("content-type").split(';').next().unwrap_or_default().trim();
            let holds = media_type == "application/problem+json"
                && code.is_some_and(|code| code.status() == exchange.status)
                && exchange.json["status"] == exchange.status
                && !exchange.member("title").is_empty()
                && !exchange.member("type").is_empty();
            let should = "application/problem+json with type, title, status, and a code of the table in its status";
            judge.expect(Rule::Problems, &exchange, holds, should);
        }
        exchange
    }

    /// Whether the page may read it, and no other.
    pub(super) fn readable(&self, exchange: &Exchange, judge: &mut Judge) {
        let Options { origin, cookie, .. } = self.options;
        if self.options.is_same_origin() {
            return judge.skip(Rule::Cors, "the page is of the backend's own origin");
        }
        let mut holds = exchange.header("access-control-allow-origin") == origin && exchange.lists("vary", "origin");
        let mut should = format!("Access-Control-Allow-Origin: {origin}, Vary: Origin");
        if cookie.is_some() {
            holds &= exchange.header("access-control-allow-credentials") == "true";
            should.push_str(", Access-Control-Allow-Credentials: true");
        }
        judge.expect(Rule::Cors, exchange, holds, should);
    }
}
