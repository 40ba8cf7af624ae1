//! The relay's own token on a request, and the page that it was given to.

use std::sync::Arc;
use std::time::SystemTime;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use bzctrl_contract::Code;

use crate::admission::{Page, header};
use crate::identity::Served;
use crate::problem::Refusal;
use crate::relay::Relay;
use crate::request_context;
use crate::seal::{Grant, Refused};

impl Relay {
    /// What the token of the request grants, and its tenant, if this relay gave it to this page.
    pub(crate) fn granted(&self, page: Option<&Page>, headers: &HeaderMap) -> Result<(Grant, Arc<Served>), Refusal> {
        let token = header(headers, AUTHORIZATION.as_str())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| Refusal::new(Code::TokenInvalid, "The request has no bearer token."))?;
        let grant = self.sealer.open(token, SystemTime::now()).map_err(|refused| match refused {
            Refused::Expired => Refusal::new(Code::TokenExpired, "Ask for a new one."),
            Refused::Invalid => Refusal::new(Code::TokenInvalid, "This is no token of this relay."),
        })?;
        let served = self
            .tenants
            .named(&grant.owner.tenant)
            .filter(|served| served.admits(&grant.origin))
            .filter(|_| page.is_none_or(|page| page.origin == grant.origin))
            .ok_or_else(|| Refusal::new(Code::TokenInvalid, "The token was given to another page."))?;
        request_context::is_of_tenant(&served.tenant.name);
        // Revoked; or from before the tenant's users were verified; or the page tells its user of another environment.
        let revoked = served.tenant.not_before.is_some_and(|instant| grant.is_older_than(instant));
        let moved = grant.environment != served.upstream.environment().id();
        if revoked || moved || grant.owner.identity.is_some() != served.tenant.identity.verifies() {
            return Err(Refusal::new(Code::TokenExpired, "Ask for a new one."));
        }
        Ok((grant, served))
    }
}
