//! Asking as a page asks, and looking at what every answer to a page has.

use bzctrl_contract::Code;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use serde_json::Value;
use url::Url;

use super::Options;
use super::exchange::{Ask, Exchange};
use super::judge::Judge;
use super::rule::Rule;
use crate::http_client;

/// The longest answer that is read.
const LARGEST: usize = 1024 * 1024;

pub(super) struct Backend<'o> {
    pub(super) options: &'o Options,
    http: Client,
}

impl<'o> Backend<'o> {
    pub(super) fn new(options: &'o Options) -> Result<Self, String> {
        let asked = [Some(&options.url), options.assertion_endpoint.as_ref()];
        let encrypted = asked.into_iter().flatten().any(|url| url.scheme() == "https");
        let http = http_client::Outbound::default().client(encrypted).map_err(http_client::chain)?;
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
        // As a browser and a sign-in proxy do: what says who the user is goes nowhere else.
        let asked = [Some(&self.options.url), self.options.assertion_endpoint.as_ref()];
        if asked.into_iter().flatten().any(|own| own.origin() == url.origin()) {
            headers.extend(self.options.cookie.iter().map(|cookie| ("cookie".to_owned(), cookie.clone())));
            headers.extend(self.options.header.iter().cloned());
        }
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
            return judge.no_matter(Rule::Cors, "the page is of the backend's own origin");
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
