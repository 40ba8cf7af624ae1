//! The tenants that are served, each with its account at BzCtrl, and how they are taken up from a configuration. It knows nothing of
//! what pages ask.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::config::{Account, Tenant};
use crate::http_client::Outbound;
use crate::identity::Served;
use crate::upstream::Upstream;

/// The tenants that are served now. They may be others at the next request; whoever has begun with one ends with it.
#[derive(Debug, Default)]
pub(crate) struct Tenants(RwLock<Arc<Vec<Arc<Served>>>>);

impl Tenants {
    /// Those that have this origin.
    pub(crate) fn of_origin(&self, origin: &str) -> Vec<Arc<Served>> {
        self.now().iter().filter(|served| served.admits(origin)).cloned().collect()
    }

    /// The one of this name.
    pub(crate) fn named(&self, name: &str) -> Option<Arc<Served>> {
        self.now().iter().find(|served| served.tenant.name == name).cloned()
    }

    /// From now on these are served.
    pub(crate) fn replace(&self, tenants: Vec<Arc<Served>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tenants);
    }

    /// The accounts that they have, in their order, each with its tenants.
    pub(crate) fn accounts(&self) -> Vec<(Arc<Upstream>, Vec<String>)> {
        let mut accounts: Vec<(Arc<Upstream>, Vec<String>)> = Vec::new();
        for served in self.now().iter() {
            let name = served.tenant.name.clone();
            match accounts.iter_mut().find(|(account, _)| Arc::ptr_eq(account, &served.upstream)) {
                Some((_, tenants)) => tenants.push(name),
                None => accounts.push((Arc::clone(&served.upstream), vec![name])),
            }
        }
        accounts
    }

    /// All of them.
    pub(crate) fn now(&self) -> Arc<Vec<Arc<Served>>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Sets tenants up. Of those that were served `before` what is the same goes on: keys that were fetched, shares that were used, and
/// of an account its token and what it is told of.
///
/// # Errors
/// A sentence that says what cannot be set up.
pub(crate) fn set_up(
    tenants: &[Tenant],
    audience: &str,
    outbound: &Outbound,
    before: &Tenants,
) -> Result<Vec<Arc<Served>>, String> {
    let before = before.now();
    let named: HashMap<_, _> = before.iter().map(|served| (&*served.tenant.name, served)).collect();
    let known = before.iter().map(|served| (&*served.tenant.account.name, &served.upstream));
    let known: HashMap<_, _> = known.collect();
    let mut accounts: HashMap<&str, Arc<Upstream>> = HashMap::new();
    let mut set_up = Vec::new();
    for tenant in tenants {
        let name = &*tenant.account.name;
        let account = match accounts.get(name) {
            Some(account) => Arc::clone(account),
            None => match known.get(name).filter(|known| known.is_by(&tenant.account)) {
                Some(known) => Arc::clone(known),
                None => Arc::new(connect(&tenant.account, outbound)?),
            },
        };
        accounts.insert(name, Arc::clone(&account));
        let before = named.get(&*tenant.name).map(|served| &***served);
        set_up.push(Arc::new(Served::new(tenant.clone(), account, audience, outbound, before)?));
    }
    Ok(set_up)
}

fn connect(account: &Account, outbound: &Outbound) -> Result<Upstream, String> {
    Upstream::new(account, outbound).map_err(|error| {
        format!(
            "no connection to BzCtrl can be set up for account {} (are the system's CA certificates installed?): {error:?}",
            account.name
        )
    })
}
