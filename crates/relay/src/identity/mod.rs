//! Who a request speaks for: the tenant, by the page's origin, and the user, as far as anybody has verified one.
//! A signed assertion and a sign-in proxy's header become modules here; the rest of the relay knows the [`Owner`] alone.

use crate::config::{IdentitySource, Tenant};
use crate::owner::Owner;

/// Whom a page of the tenant speaks for.
pub(crate) fn identify(tenant: &Tenant) -> Owner {
    match tenant.identity {
        IdentitySource::Origin => Owner { tenant: tenant.name.clone(), identity: None },
    }
}
