//! Who a request speaks for: the tenant, and the user, as far as anybody has verified one. Each way of knowing a user is a
//! room here; the rest of the relay knows the owner alone.

mod assertion;
mod jwks;
mod proxy_header;
mod signature;

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::HeaderMap;
use bzctrl_contract::{Code, Field, Value, check};

use crate::config::{IdentitySource, Origin, Tenant};
use crate::http_client::Outbound;
use crate::owner::Owner;
use crate::problem::Refusal;
use crate::rates::{self, TenantRates};
use crate::store::{Store, StoreError};
use crate::upstream::Upstream;
use assertion::Assertions;
pub(crate) use jwks::LONGEST_ANSWER as LONGEST_ANSWER_WITH_KEYS;

/// A tenant, its account at BzCtrl, and what verifies its users.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) tenant: Tenant,
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) rates: Arc<TenantRates>,
    assertions: Option<Assertions>,
}

/// What a request for a token brings to say who asks.
#[derive(Debug)]
pub(crate) struct Credentials<'r> {
    /// An assertion of the host.
    pub(crate) assertion: Option<&'r str>,
    /// Who sits at the other end of the connection.
    pub(crate) peer: Option<IpAddr>,
    /// A sign-in proxy's word is among them.
    pub(crate) headers: &'r HeaderMap,
}

/// Why nobody is verified.
#[derive(Debug)]
enum Refused {
    /// For the log.
    Denied(&'static str),
    /// The host's keys cannot be had.
    NoKeys,
    /// Whether it was used before cannot be known.
    Store(StoreError),
}

impl Served {
    /// A tenant by its settings; assertions are for the token endpoint at `audience`. `before` is what served it until now.
    ///
    /// # Errors
    /// A sentence that says what cannot be set up.
    pub(crate) fn new(
        tenant: Tenant,
        upstream: Arc<Upstream>,
        audience: &str,
        outbound: &Outbound,
        before: Option<&Self>,
    ) -> Result<Self, String> {
        let assertions = match &tenant.identity {
            IdentitySource::Assertion(settings) => Some(
                Assertions::new(
                    settings,
                    audience.to_owned(),
                    outbound,
                    before.and_then(|before| before.assertions.as_ref()),
                )
                .map_err(|error| format!("the keys of {} cannot be fetched: {error}", tenant.name))?,
            ),
            IdentitySource::Origin | IdentitySource::Header(_) => None,
        };
        // A reload gives nobody a new share.
        let rates = before.map(|before| &before.rates).filter(|rates| rates.is_by(tenant.limits));
        let rates = rates.map_or_else(|| Arc::new(TenantRates::new(tenant.limits)), Arc::clone);
        Ok(Self { tenant, upstream, rates, assertions })
    }

    /// Whether its pages are those of this origin.
    pub(crate) fn admits(&self, origin: &str) -> bool {
        self.tenant.origins.iter().map(Origin::as_str).any(|admitted| admitted == origin)
    }

    /// Whom a request for a token speaks for.
    async fn owner(&self, credentials: &Credentials<'_>, store: &dyn Store) -> Result<Owner, Refused> {
        let name = &self.tenant.name;
        let identity = match (&self.tenant.identity, &self.assertions) {
            (IdentitySource::Origin, _) => None,
            (IdentitySource::Header(settings), _) => {
                Some(proxy_header::verify(settings, credentials.peer, credentials.headers)?)
            }
            (IdentitySource::Assertion(_), Some(assertions)) => {
                let assertion = credentials.assertion.ok_or(Refused::Denied("there is no assertion"))?;
                Some(assertions.verify(assertion, store).await?)
            }
            (IdentitySource::Assertion(_), None) => return Err(Refused::NoKeys),
        };
        Ok(Owner { tenant: name.clone(), identity })
    }

    /// Takes one request of the tenant's share, and of the user's: of this relay's, then over all that have the store.
    ///
    /// # Errors
    /// There is nothing left of one of them for now.
    pub(crate) async fn take_share(&self, user: Option<&String>, store: &dyn Store) -> Result<(), Refusal> {
        self.rates.take(user)?;
        match store.take(&self.rates.shares(&self.tenant.name, user)).await? {
            None => Ok(()),
            Some(seconds) => Err(rates::refused(seconds)),
        }
    }
}

/// The tenant of a page's origin, and whom its request for a token speaks for. Where several tenants have the origin, the
/// assertion's issuer tells them apart.
///
/// # Errors
/// The problem to answer with: it says nothing that a forger could learn from.
pub(crate) async fn identify(
    served: &[Arc<Served>],
    credentials: &Credentials<'_>,
    store: &dyn Store,
) -> Result<(Arc<Served>, Owner), Refusal> {
    let [one] = served else {
        let issuer = credentials.assertion.and_then(assertion::claimed_issuer);
        let by = |served: &&Arc<Served>| served.assertions.as_ref().map(Assertions::issuer) == issuer.as_deref();
        return match served.iter().find(by).filter(|_| issuer.is_some()) {
            Some(one) => verified(one, credentials, store).await,
            None => Err(refuse("none", Refused::Denied("no tenant of this origin has its issuer"))),
        };
    };
    verified(one, credentials, store).await
}

async fn verified(
    served: &Arc<Served>,
    credentials: &Credentials<'_>,
    store: &dyn Store,
) -> Result<(Arc<Served>, Owner), Refusal> {
    match served.owner(credentials, store).await {
        Ok(owner) => Ok((Arc::clone(served), owner)),
        Err(refused) => Err(refuse(&served.tenant.name, refused)),
    }
}

/// How long a page waits before it asks again while the host's keys cannot be had.
const KEYS_PAUSE: u64 = 5;

fn refuse(tenant: &str, refused: Refused) -> Refusal {
    match refused {
        Refused::Denied(why) => {
            tracing::warn!(tenant, why, "no identity");
            let mut refusal = Refusal::new(Code::IdentityDenied, "The host has not vouched for the user.");
            refusal.problem.error = Some("invalid_grant".to_owned());
            refusal
        }
        Refused::NoKeys => Refusal::new(Code::UpstreamUnavailable, "The host's keys cannot be had at the moment.")
            .retry_after(KEYS_PAUSE),
        Refused::Store(error) => error.into(),
    }
}

/// An e-mail address that a todo can name: its field's own rules hold.
fn email(text: &str) -> Option<String> {
    check(Field::Reporter.spec(), &Value::Text(text.to_owned())).ok().map(|_| text.to_owned())
}
