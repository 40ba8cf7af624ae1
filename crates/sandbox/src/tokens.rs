//! The bearers of this run: which were given out, and until when each is good.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, StatusCode, header};
use uuid::Uuid;

use crate::answer::Refusal;

/// The tokens that were given out, with the end of each. Expired ones stay, so that a late one is told as expired.
#[derive(Debug, Default)]
pub(crate) struct Tokens(HashMap<String, Instant>);

impl Tokens {
    pub(crate) fn issue(&mut self, lifetime: Duration) -> String {
        let token = random();
        let now = Instant::now();
        self.0.insert(token.clone(), now.checked_add(lifetime).unwrap_or(now));
        token
    }

    /// Lets a request through whose bearer is valid.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(token) = bearer(headers) else {
            return Err(unauthorized(
                "Full authentication is required to access this resource: send one header Authorization: Bearer \
                 {access_token}",
            ));
        };
        match self.0.get(token) {
            Some(end) if Instant::now() < *end => Ok(()),
            Some(_) => Err(expired()),
            None => Err(unknown()),
        }
    }

    /// Forgets the bearer of a request, whether it was valid or not.
    pub(crate) fn forget(&mut self, headers: &HeaderMap) {
        if let Some(token) = bearer(headers) {
            self.0.remove(token);
        }
    }
}

pub(crate) fn expired() -> Refusal {
    unauthorized("Access token expired: ask for a new one")
}

pub(crate) fn unknown() -> Refusal {
    unauthorized("Invalid access token: it was not given out here, or is revoked")
}

fn unauthorized(message: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, message)
        .header(header::WWW_AUTHENTICATE, "Bearer realm=\"sandbox\", error=\"invalid_token\"")
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else {
        return None;
    };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// 244 random bits in 64 hex digits.
pub(crate) fn random() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}
