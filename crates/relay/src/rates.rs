//! How much each may ask for in a minute: an address, a verified user, a tenant. Who has had its share is told when there is more;
//! nothing is queued. It knows nothing of what is asked.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use bzctrl_contract::Code;
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{NotUntil, Quota, RateLimiter};
use sha2::{Digest as _, Sha256};

use crate::config::TenantLimits;
use crate::peer::Client;
use crate::problem::Refusal;
use crate::store::Share;

/// The shares of some that are told apart by a key.
struct Shares<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, HashMapStateStore<K>, DefaultClock>,
    asked: AtomicU32,
}

/// After so many requests those are forgotten that have their whole share again.
const SWEEP: u32 = 1024;

impl<K: Hash + Eq + Clone> Shares<K> {
    fn new(per_minute: NonZeroU32) -> Self {
        Self { limiter: RateLimiter::hashmap(Quota::per_minute(per_minute)), asked: AtomicU32::new(0) }
    }

    fn take(&self, key: &K) -> Result<(), Refusal> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        self.limiter.check_key(key).map_err(|until| refuse(&until))
    }
}

impl<K: Hash + Eq + Clone> std::fmt::Debug for Shares<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shares").field("keys", &self.limiter.len()).finish_non_exhaustive()
    }
}

/// The shares of addresses.
#[derive(Debug)]
pub(crate) struct AddressRates(Shares<Client>);

impl AddressRates {
    pub(crate) fn new(per_minute: NonZeroU32) -> Self {
        Self(Shares::new(per_minute))
    }

    /// Takes one request of an address's share.
    ///
    /// # Errors
    /// There is nothing left of it for now.
    pub(crate) fn take(&self, client: Client) -> Result<(), Refusal> {
        self.0.take(&client)
    }
}

/// The shares of one tenant, and of each of its users.
#[derive(Debug)]
pub(crate) struct TenantRates {
    limits: TenantLimits,
    all: RateLimiter<NotKeyed, InMemoryState, DefaultClock>,
    users: Shares<String>,
}

impl TenantRates {
    pub(crate) fn new(limits: TenantLimits) -> Self {
        let TenantLimits { requests_per_minute, requests_per_minute_of_a_user } = limits;
        let all = RateLimiter::direct(Quota::per_minute(requests_per_minute));
        Self { limits, all, users: Shares::new(requests_per_minute_of_a_user) }
    }

    /// Whether it is by these limits.
    pub(crate) fn is_by(&self, limits: TenantLimits) -> bool {
        self.limits == limits
    }

    /// Takes one request of the tenant's share, and of the user's, if one is verified.
    ///
    /// # Errors
    /// There is nothing left of one of them for now.
    pub(crate) fn take(&self, user: Option<&String>) -> Result<(), Refusal> {
        // A user who asks too much takes nothing of the others' share.
        user.map_or(Ok(()), |user| self.users.take(user))?;
        self.all.check().map_err(|until| refuse(&until))
    }
}

impl TenantRates {
    /// What those are called that all relays share. A user is told by a digest: a name is no word to keep for this.
    pub(crate) fn shares(&self, tenant: &str, user: Option<&String>) -> Vec<Share> {
        let TenantLimits { requests_per_minute, requests_per_minute_of_a_user } = self.limits;
        let of_user = user.map(|user| {
            let digest = Sha256::digest(format!("{tenant}\n{user}"));
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            Share { name: format!("user {digest}"), per_minute: requests_per_minute_of_a_user }
        });
        let of_tenant = Share { name: format!("tenant {tenant}"), per_minute: requests_per_minute };
        of_user.into_iter().chain([of_tenant]).collect()
    }
}

/// What is told of whom nothing is left for so many seconds.
pub(crate) fn refused(seconds: u64) -> Refusal {
    Refusal::new(Code::RateLimited, "There were too many requests in the last minute.").retry_after(seconds.max(1))
}

fn refuse(until: &NotUntil<<DefaultClock as Clock>::Instant>) -> Refusal {
    let wait = until.wait_time_from(DefaultClock::default().now());
    refused(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}
