//! Whoever vouches for the users of two tenants makes each user of one a user of the other: the origin that tells the tenants
//! apart is written by browsers, and by any program as it likes. So that is refused, unless it is said to be meant.

use std::collections::{HashMap, HashSet};

use ipnet::IpNet;

use super::identity::IdentitySource;
use super::reader::Section;

/// The tenants so far whose users somebody vouches for, by the issuer's or the header's name.
pub(super) struct Vouchers {
    tenants: HashSet<String>,
    known: HashMap<String, Vec<Voucher>>,
}

/// Who vouches for a tenant's users, where that is set, and which tenants it says to have the same ones.
struct Voucher {
    tenant: String,
    source: IdentitySource,
    place: String,
    shares_with: Vec<String>,
}

const KEY: &str = "shares_users_with";

impl Vouchers {
    /// For the tenants of these names.
    pub(super) fn of(tenants: impl IntoIterator<Item = String>) -> Self {
        Self { tenants: tenants.into_iter().collect(), known: HashMap::new() }
    }

    /// Notes who vouches for this tenant's users; refused where another tenant has the same ones, and neither says so.
    pub(super) fn note(&mut self, section: &Section<'_>, source: Option<&IdentitySource>) {
        // What is wrong with the source is told already.
        let Some(source) = source else {
            section.has(KEY);
            return;
        };
        let Some((key, name)) = named(source) else {
            if section.has(KEY) {
                section.wrong(KEY, "belongs to verified users: with identity origin nobody vouches for any");
            }
            return;
        };
        let own = Voucher {
            tenant: section.name().to_owned(),
            source: source.clone(),
            place: section.place(key),
            shares_with: section.list(KEY, |tenant| {
                let is_another = tenant != section.name() && self.tenants.contains(tenant);
                if is_another { Ok(tenant.to_owned()) } else { Err("there is no other tenant of this name") }
            }),
        };
        let known = self.known.entry(name.clone()).or_default();
        if let Some(Voucher { tenant, place, .. }) = known.iter().find(|other| own.is_taken_for(other)) {
            section.wrong(
                key,
                format!(
                    "{name:?}: tenant {tenant} takes the word of the same for its users: {place}. So each user of one is a \
                     user of the other. If that is meant, write {KEY} = [{tenant:?}] here; else {}",
                    instead(source)
                ),
            );
        }
        known.push(own);
    }
}

impl Voucher {
    fn is_taken_for(&self, other: &Self) -> bool {
        let is_meant = self.shares_with.contains(&other.tenant) || other.shares_with.contains(&self.tenant);
        !is_meant && are_one(&self.source, &other.source)
    }
}

/// The setting by which a voucher is known, and its name there.
fn named(source: &IdentitySource) -> Option<(&'static str, String)> {
    match source {
        IdentitySource::Assertion(by) => Some(("issuer", by.issuer.clone())),
        IdentitySource::Header(by) => Some(("identity_header", by.name.as_str().to_owned())),
        IdentitySource::Origin => None,
    }
}

/// Of two of the same name. A header may come from proxies that have nothing to do with each other.
fn are_one(one: &IdentitySource, other: &IdentitySource) -> bool {
    match (one, other) {
        (IdentitySource::Header(one), IdentitySource::Header(other)) => {
            let meet = |one: &IpNet, other: &IpNet| one.contains(other) || other.contains(one);
            one.peers.iter().any(|one| other.peers.iter().any(|other| meet(one, other)))
        }
        (IdentitySource::Assertion(_), IdentitySource::Assertion(_)) => true,
        _ => false,
    }
}

fn instead(source: &IdentitySource) -> &'static str {
    match source {
        IdentitySource::Header(_) => {
            "let the proxy set a header of its own for each tenant, and take away the other, or list a proxy of its own"
        }
        _ => "let the host sign for each tenant as an issuer of its own, with keys of its own",
    }
}
