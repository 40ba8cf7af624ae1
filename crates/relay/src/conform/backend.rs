//! Asking as a page asks, and looking at what every answer to a page has.

use std::sync::Arc;
use std::time::Duration;

use bzctrl_contract::Code;
use hyper_util::client::legacy::connect::HttpInfo;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::sleep;
use url::Url;

use super::exchange::{Ask, Exchange};
use super::judge::Judge;
use super::options::{Options, User};
use super::rule::Rule;
use crate::http_client;

/// The longest answer that is read.
const LARGEST: usize = 1024 * 1024;
/// How often it is asked again where a limit is reached, and the longest pause before that: the widget waits no longer either.
const PATIENCE: (usize, Duration) = (3, Duration::from_secs(60));

fn client(encrypted: bool, kept: usize) -> Result<Client, reqwest::Error> {
    http_client::Outbound::default().builder(encrypted)?.pool_max_idle_per_host(kept).build()
}

/// The backend, as a page of one user sees it.
pub(super) struct Backend<'o> {
    pub(super) options: &'o Options,
    pub(super) user: User<'o>,
    http: Client,
    tokens: Arc<Mutex<Tokens>>,
}

/// The tokens that a page has had. A run may last longer than one: then it asks for a new one, as the widget does.
#[derive(Default)]
struct Tokens {
    /// The newest last.
    given: Vec<String>,
    /// Whether one has expired, and none came in its place.
    is_none_left: bool,
}

/// What stands before a token.
const BEARER: &str = "Bearer ";

impl<'o> Backend<'o> {
    pub(super) fn new(options: &'o Options) -> Result<Self, String> {
        let asked =
            [Some(&options.url), options.assertion_endpoint.as_ref(), options.other_assertion_endpoint.as_ref()];
        let encrypted = asked.into_iter().flatten().any(|url| url.scheme() == "https");
        let http = client(encrypted, 0).map_err(http_client::chain)?;
        let cookies =
            [&options.cookie, &options.other_cookie].into_iter().flatten().map(|cookie| ("cookie", &**cookie));
        let headers = options.header.iter().chain(&options.other_header).map(|(name, value)| (&**name, &**value));
        for (name, value) in headers.chain(cookies).chain([("origin", &*options.origin)]) {
            // The value may be secret: its name says enough.
            HeaderName::try_from(name).map_err(|_| format!("{name:?} is no header"))?;
            HeaderValue::try_from(value).map_err(|_| format!("the value of {name} is none that a header can have"))?;
        }
        Ok(Self { options, user: options.user(), http, tokens: Arc::default() })
    }

    /// By one connection, which is kept for the next request. All others have one each, so that no server ends one on which a request
    /// is on its way: a browser sends that again by itself.
    pub(super) fn by_one_connection(&self) -> Result<Self, String> {
        let http = client(self.options.url.scheme() == "https", 1).map_err(http_client::chain)?;
        Ok(Self { options: self.options, user: self.user, http, tokens: Arc::clone(&self.tokens) })
    }

    /// As a page of somebody else sees it.
    pub(super) fn seen_by(&self, user: User<'o>) -> Self {
        Self { options: self.options, user, http: self.http.clone(), tokens: Arc::default() }
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
        let asked = [Some(&self.options.url), self.user.assertion_endpoint];
        if asked.into_iter().flatten().any(|own| own.origin() == url.origin()) {
            headers.extend(self.user.cookie.iter().map(|cookie| ("cookie".to_owned(), (*cookie).to_owned())));
            headers.extend(self.user.headers.iter().cloned());
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
        Ok(self.token_form(self.assertion().await?.as_deref()))
    }

    /// What vouches for the user, where an assertion does.
    pub(super) async fn assertion(&self) -> Result<Option<String>, String> {
        match (self.user.assertion, self.user.assertion_endpoint) {
            (Some(assertion), _) => Ok(Some(assertion.to_owned())),
            (None, Some(url)) => {
                let answer = self.asked(self.ask(Method::GET, url)).await;
                if answer.status != 200 {
                    return Err(format!("the assertion endpoint answers {}, and no assertion", answer.in_short()));
                }
                Ok(Some(answer.text.trim().to_owned()))
            }
            (None, None) => Ok(None),
        }
    }

    /// A request for a token, by an assertion or without one.
    pub(super) fn token_form(&self, assertion: Option<&str>) -> Ask {
        let mut form = form_urlencoded::Serializer::new(String::new());
        match assertion {
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
        ask.with("content-type", "application/x-www-form-urlencoded")
    }

    /// A page has this token now.
    pub(super) async fn has_given(&self, token: &str) {
        self.tokens.lock().await.given.push(token.to_owned());
    }

    /// Whether a token has expired, and none came in its place.
    pub(super) async fn has_no_token_left(&self) -> bool {
        self.tokens.lock().await.is_none_left
    }

    /// The same, by the newest token where one of the page's own says who asks.
    async fn by_the_newest(&self, ask: &Ask) -> Ask {
        let Tokens { given, .. } = &*self.tokens.lock().await;
        let own = ask.header("authorization").strip_prefix(BEARER).filter(|token| given.iter().any(|own| own == token));
        match own.and(given.last()) {
            Some(newest) => ask.clone().bearer(newest),
            None => ask.clone(),
        }
    }

    /// Asks for a token in place of one that has expired, if nobody else has done so meanwhile. Whether there is one.
    async fn renew(&self, expired: &str) -> bool {
        let mut tokens = self.tokens.lock().await;
        match tokens.given.last() {
            Some(newest) if newest != expired => return tokens.given.iter().any(|own| own == expired),
            Some(_) => {}
            None => return false,
        }
        let token = match self.token_request().await {
            Ok(ask) => self.asked(ask).await.member("access_token").to_owned(),
            Err(_) => String::new(),
        };
        tokens.is_none_left = token.is_empty();
        if !token.is_empty() {
            tokens.given.push(token);
        }
        !tokens.is_none_left
    }

    /// Asks, and looks at nothing. Where a limit is reached, or a token has expired, it does as the widget does.
    pub(super) async fn probe(&self, ask: Ask) -> Exchange {
        let exchange = self.asked(self.by_the_newest(&ask).await).await;
        let expired = exchange.ask.header("authorization").strip_prefix(BEARER);
        match expired.filter(|_| exchange.is(Code::TokenExpired)) {
            Some(expired) if self.renew(expired).await => self.asked(self.by_the_newest(&ask).await).await,
            _ => exchange,
        }
    }

    async fn asked(&self, ask: Ask) -> Exchange {
        for _ in 0..PATIENCE.0 {
            let exchange = self.once(ask.clone()).await;
            let pause = exchange.header("retry-after").parse().map(Duration::from_secs);
            match pause {
                Ok(pause) if exchange.is(Code::RateLimited) => sleep(pause.min(PATIENCE.1)).await,
                _ => return exchange,
            }
        }
        self.once(ask).await
    }

    async fn once(&self, ask: Ask) -> Exchange {
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
            Ok::<_, String>((response, String::from_utf8_lossy(&body).into_owned()))
        };
        match answer.await {
            Ok((response, text)) => {
                let json = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object).unwrap_or_default();
                let connection = response.extensions().get::<HttpInfo>().map(HttpInfo::local_addr);
                let (status, headers) = (response.status().as_u16(), response.headers().clone());
                Exchange { ask, status, headers, text, json, lost: None, asked: 1, connection }
            }
            Err(lost) => {
                let (headers, text, json) = (HeaderMap::new(), String::new(), Value::Null);
                Exchange { ask, status: 0, headers, text, json, lost: Some(lost), asked: 1, connection: None }
            }
        }
    }

    /// Asks as an admitted page, and looks at what every answer to one has.
    pub(super) async fn page(&self, ask: Ask, judge: &mut Judge) -> Exchange {
        let exchange = self.probe(ask).await;
        self.look(&exchange, judge);
        exchange
    }

    /// Looks at what every answer to an admitted page has.
    pub(super) fn look(&self, exchange: &Exchange, judge: &mut Judge) {
        if exchange.lost.is_some() {
            // It is told where an answer was expected.
            return;
        }
        self.readable(exchange, judge);
        let kept = exchange.lists("cache-control", "no-store");
        let came = exchange.headers_in_short(&["cache-control"]);
        judge.expect_that(Rule::NoStore, exchange, came, kept, "cache-control: no-store");
        if exchange.status >= 400 {
            let code = Code::parse(exchange.member("code"));
            let media_type = exchange.header("content-type").split(';').next().unwrap_or_default().trim();
            let holds = media_type == "application/problem+json"
                && code.is_some_and(|code| code.status() == exchange.status)
                && exchange.json["status"] == exchange.status
                && !exchange.member("title").is_empty()
                && !exchange.member("type").is_empty();
            let should = "application/problem+json with type, title, status, and a code of the table in its status";
            let came = format!("{}, {}", exchange.in_short(), exchange.headers_in_short(&["content-type"]));
            judge.expect_that(Rule::Problems, exchange, came, holds, should);
        }
    }

    /// Whether the page may read it, and no other.
    pub(super) fn readable(&self, exchange: &Exchange, judge: &mut Judge) {
        if self.options.is_same_origin() {
            return judge.no_matter(Rule::Cors, "the page is of the backend's own origin");
        }
        let origin = &self.options.origin;
        let mut holds = exchange.header("access-control-allow-origin") == origin && exchange.lists("vary", "origin");
        let mut names = vec!["access-control-allow-origin", "vary"];
        let mut should = format!("access-control-allow-origin: {origin}, vary: Origin");
        if self.user.cookie.is_some() {
            holds &= exchange.header("access-control-allow-credentials") == "true";
            names.push("access-control-allow-credentials");
            should.push_str(", access-control-allow-credentials: true");
        }
        judge.expect_that(Rule::Cors, exchange, exchange.headers_in_short(&names), holds, should);
    }
}
