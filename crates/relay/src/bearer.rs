//! The relay's own token on a request, and the page that it was given to.

use std::time::SystemTime;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use bzctrl_contract::Code;

use crate::admission::{Page, header};
use crate::problem::Refusal;
use crate::relay::Relay;
use crate::seal::{Grant, Refused};

impl Relay {
    /// The token that the request has, if this relay gave it to this page.
    pub(crate) fn granted(&self, page: Option<&Page>, headers: &HeaderMap) -> Result<Grant, Refusal> {
        let token = header(headers, AUTHORIZATION.as_str())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| Refusal::new(Code::TokenInvalid, "The request has no bearer token."))?;
        let grant = self.sealer.open(token, SystemTime::now()).map_err(|refused| match refused {
            Refused::Expired => Refusal::new(Code::TokenExpired, "Ask for a new one."),
            Refused::Invalid => Refusal::new(Code::TokenInvalid, "This is no token of this relay."),
        })?;
        let tenant = self.config.tenants.iter().find(|tenant| {
            tenant.name == grant.owner.tenant && tenant.origins.iter().any(|origin| origin.as_str() == grant.origin)
        });
        if tenant.is_none() || page.is_some_and(|page| page.origin != grant.origin) {
            return Err(Refusal::new(Code::TokenInvalid, "The token was given to another page."));
        }
        Ok(grant)
    }
}
