//! What was asked, and what came. The report shows both, without what is secret in them.

use std::borrow::Cow;
use std::net::SocketAddr;

use bzctrl_contract::Code;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::Value;
use url::Url;

use crate::output::is_order;

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

/// A request that is being put together.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Ask {
    /// With a header more, or another value of it.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self = self.without(name);
        self.and(name, value)
    }

    /// With one more header, though it is there already.
    pub(super) fn and(mut self, name: &str, value: impl Into<String>) -> Self {
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
    pub(super) ask: Ask,
    /// 0 where no answer came.
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    pub(super) json: Value,
    pub(super) lost: Option<String>,
    /// How often it was asked, until something was known.
    pub(super) asked: usize,
    /// The near end of its connection, which names that.
    pub(super) connection: Option<SocketAddr>,
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

    /// Its status, and its code.
    pub(super) fn in_short(&self) -> String {
        match (&self.lost, self.member("code")) {
            (Some(_), _) => "no answer".to_owned(),
            (None, "") => self.status.to_string(),
            (None, code) => format!("{} {}", self.status, beginning(code)),
        }
    }

    /// The same, with these members.
    pub(super) fn in_short_with(&self, members: &[&str]) -> String {
        let told = members.iter().filter_map(|name| Some((name, self.json.get(name)?)));
        told.fold(self.in_short(), |told, (name, value)| format!("{told}, {name} {}", beginning(&value.to_string())))
    }

    /// These of its headers alone.
    pub(super) fn headers_in_short(&self, names: &[&str]) -> String {
        let told = names.iter().map(|name| match self.headers.contains_key(*name) {
            true => {
                format!("{name}: {}", self.headers.get_all(*name).iter().map(shown).collect::<Vec<_>>().join(" and "))
            }
            false => format!("no {name}"),
        });
        told.collect::<Vec<_>>().join(", ")
    }

    pub(super) fn came(&self) -> String {
        if let Some(lost) = &self.lost {
            return format!("no answer: {lost}");
        }
        let mut seen = self.status.to_string();
        for name in TOLD.iter().filter(|name| self.headers.contains_key(**name)) {
            seen.push_str(", ");
            seen.push_str(&self.headers_in_short(&[*name]));
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

fn shown(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

fn beginning(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).map(|c| if is_order(c) { ' ' } else { c }).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
