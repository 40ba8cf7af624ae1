//! Who a request speaks for: the tenant, by the page's origin, and the user, as far as anybody has verified one.
//! A signed assertion and a sign-in proxy's header become modules here; the rest of the relay knows the [`Owner`] alone.

use serde::{Deserialize, Serialize};

use crate::config::{IdentitySource, Tenant};

/// Whose a key is: nobody else is told what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// The tenant's name.
    pub(crate) tenant: String,
    /// The verified user's e-mail address; none where the origin alone is known.
    pub(crate) identity: Option<String>,
}

/// Whom a page of the tenant speaks for.
pub(crate) fn identify(tenant: &Tenant) -> Owner {
    match tenant.identity {
        IdentitySource::Origin => Owner { tenant: tenant.name.clone(), identity: None },
    }
}
