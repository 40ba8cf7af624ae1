//! The relay between the widget and BzCtrl. It alone holds the API account's credentials, and keeps one promise: at most one
//! effective send per key; a known result is replayed; what cannot be known is said to be unknown.
//!
//! A request's way: [`config`] → `admission` (which page) → `bearer` (whose token) → `routes` → [`store`] (the key's row) →
//! `delivery` (one send, detached) → `upstream` (BzCtrl) → the row → the answer. Nothing here knows the widget or the sandbox.

mod access;
mod admission;
mod bearer;
mod body;
pub mod commands;
pub mod config;
pub mod conform;
mod delivery;
#[doc(hidden)]
pub mod fail_point;
mod head;
mod http_client;
mod identity;
mod linger;
mod metrics;
pub mod online;
mod openapi;
pub mod output;
mod owner;
mod pace;
mod peer;
mod places;
mod presentation;
mod problem;
mod public_address;
mod rates;
mod relay;
mod request_context;
mod router;
mod routes;
mod seal;
mod serve;
mod store;
pub mod surroundings;
pub mod telemetry;
mod tenants;
mod trace;
mod unread;
mod unreadable;
mod upstream;
mod verification_keys;
mod webhook;
mod widget;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use config::{Config, Mistakes, StorePlace};
use delivery::Delivery;
use http_client::Outbound;
use metrics::{Metrics, Reload, Requests};
use rates::AddressRates;
use relay::{Lifecycle, Pages, Relay, Reloads};
use seal::Sealer;
use serve::Limits;
use store::outbox::Outbox;
use store::{Postgres, Sqlite, Store};
use tenants::Tenants;
use unreadable::Unreadable;

/// Which release this is: named by its build, where it is one.
pub const VERSION: &str = match option_env!("BZCTRL_RELEASE") {
    Some(release) => release,
    None => env!("CARGO_PKG_VERSION"),
};

/// A relay that takes requests.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    health_address: Option<SocketAddr>,
    relay: Arc<Relay>,
    pages: AbortOnDropHandle<()>,
    webhooks: AbortOnDropHandle<()>,
    webhooks_end: CancellationToken,
    /// Ends last: until then it tells why the relay is not ready.
    health: Option<AbortOnDropHandle<()>>,
    end: CancellationToken,
}

/// The longest that the end waits for what is under way: a token and a send, each once more.
const LONGEST_END: Duration = Duration::from_secs(60);

/// Starts a relay.
///
/// # Errors
/// A sentence that says what is missing or taken.
pub async fn start(config: Config) -> Result<Running, String> {
    let listener = serve::listen(config.server.listen).await?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let health_listener = match config.server.health_listen {
        Some(address) => Some(serve::listen(address).await?),
        None => None,
    };
    let health_address = health_listener.as_ref().and_then(|listener| listener.local_addr().ok());

    let metrics = Metrics::default();
    let (store, outbox) = open_store(&config.store, &metrics, address).await?;
    let relay = Arc::new(assemble(config, store, metrics, address)?);
    let end = CancellationToken::new();
    let webhooks_end = CancellationToken::new();
    let webhooks = tokio::spawn(webhook::run(outbox, Arc::clone(&relay), webhooks_end.clone()));
    let unreadable =
        Unreadable { public_url: relay.pages.public_url.as_str().into(), requests: relay.metrics.requests.clone() };
    let pages = router::public(&relay);
    let limits = Limits::of_this_process();
    // Who is on this machine may be a proxy that nobody has listed.
    let here =
        [IpNet::from(Ipv4Net::new_assert(Ipv4Addr::LOCALHOST, 8)), IpNet::from(IpAddr::from(Ipv6Addr::LOCALHOST))];
    let proxies: Arc<[IpNet]> = here.into_iter().chain(relay.config.server.trusted_proxies.iter().copied()).collect();
    let serve = |listener, router, unreadable, end| {
        let proxies = Arc::clone(&proxies);
        let serving = async move { serve::serve(listener, router, limits, &proxies, unreadable, end).await };
        AbortOnDropHandle::new(tokio::spawn(serving))
    };
    // What comes to health is counted nowhere.
    let uncounted = Unreadable { requests: Requests::default(), ..unreadable.clone() };
    let pages = serve(listener, pages, unreadable, end.clone());
    let health =
        health_listener.map(|listener| serve(listener, router::health(&relay), uncounted, CancellationToken::new()));
    let webhooks = AbortOnDropHandle::new(webhooks);
    Ok(Running { address, health_address, relay, pages, webhooks, webhooks_end, health, end })
}

async fn open_store(
    settings: &config::Store,
    metrics: &Metrics,
    address: SocketAddr,
) -> Result<(Arc<dyn Store>, Arc<dyn Outbox>), String> {
    match &settings.place {
        StorePlace::File(path) => {
            let store = match settings.restored {
                false => Sqlite::open(path)?,
                true => Sqlite::open_restored(path)?,
            };
            let store = Arc::new(store.counted_by(metrics.rows.clone()));
            Ok((Arc::clone(&store) as _, store))
        }
        StorePlace::Database(database) => {
            // The same at its next start, and no other relay's.
            let instance = format!("{} {address}", rustix::system::uname().nodename().to_string_lossy());
            let store = Postgres::open(database, instance, settings.restored, metrics.rows.clone()).await?;
            let store = Arc::new(store);
            Ok((Arc::clone(&store) as _, store))
        }
    }
}

fn assemble(config: Config, store: Arc<dyn Store>, metrics: Metrics, address: SocketAddr) -> Result<Relay, String> {
    for tenant in config.tenants.iter().filter(|tenant| tenant.gives_away_bzctrls_token()) {
        tracing::warn!(
            tenant = tenant.name,
            "in token mode with identity origin, whoever reaches the relay gets BzCtrl's own token: keep it to a closed network"
        );
    }
    if let Some(folder) = &config.widget_folder
        && let Err(error) = widget::keep(folder)
    {
        tracing::warn!(
            "the widget's files cannot be kept in {} for the next release ({error}): pages that are open while the relay is upgraded \
             may have to be reloaded",
            folder.display()
        );
    }
    let key = match (&config.seal.key, &config.store.place) {
        (Some(key), _) => key.clone(),
        (None, StorePlace::File(path)) => config::seal_key::beside_store(&store::sealing_key_of(path))?,
        (None, StorePlace::Database(_)) => return Err("seal.key_file is needed with store.url".to_owned()),
    };
    let sealer = Sealer::new(key, config.seal.previous_key.clone(), config.seal.token_lifetime);
    let outbound = Outbound { egress: config.egress.clone(), calls: metrics.calls.clone() };
    tracing::info!(trust = outbound.egress.trust(), proxy = outbound.egress.proxy_in_words(), "the way out");
    let public_url = config.server.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let pages = Pages { public_url };
    let tenants = Tenants::default();
    tenants.replace(tenants::set_up(&config.tenants, &pages.token_endpoint(), &outbound, &tenants)?);
    Ok(Relay {
        tenants,
        pages,
        sealer,
        delivery: Arc::new(Delivery::new(Arc::clone(&store), metrics.rows.clone())),
        store,
        outbound,
        rates: AddressRates::new(config.limits.requests_per_minute_of_an_address),
        waiting: body::places(),
        lifecycle: Lifecycle::default(),
        reloads: Reloads::default(),
        metrics,
        config,
    })
}

impl Running {
    /// Reloads: tries the accounts anew that BzCtrl has refused, and takes up tenants and accounts of the configuration as it was read
    /// anew. How many tenants they are.
    ///
    /// # Errors
    /// What is wrong with the configuration. Then the old one stays in force, and `/readyz` says so.
    pub fn reload(&self, read: Result<Config, Mistakes>) -> Result<usize, String> {
        for (account, _) in self.relay.tenants.accounts() {
            account.try_anew();
        }
        let taken = read
            .map_err(|mistakes| mistakes.to_string())
            .and_then(|config| self.take_up_tenants(&config).map(|()| config.tenants.len()));
        self.relay.reloads.note(taken.is_ok());
        self.relay.metrics.standing.reloaded(if taken.is_ok() { Reload::TakenUp } else { Reload::Refused });
        taken
    }

    /// Takes up tenants and accounts of another configuration, and nothing else of it. Requests under way end as they began.
    ///
    /// # Errors
    /// A sentence that says what cannot be set up; then everything is as it was.
    fn take_up_tenants(&self, config: &Config) -> Result<(), String> {
        let Relay { tenants, pages, outbound, .. } = &*self.relay;
        tenants.replace(tenants::set_up(&config.tenants, &pages.token_endpoint(), outbound, tenants)?);
        Ok(())
    }

    /// Where it listens for pages.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it tells its health, if it does.
    pub fn health_address(&self) -> Option<SocketAddr> {
        self.health_address
    }

    /// Ends it: no new requests, those under way are answered, and every send comes to its end. Whether everything is finished, and
    /// stored.
    pub async fn end(self) -> bool {
        self.relay.lifecycle.end();
        let pause = self.relay.config.server.pause_before_end;
        let ended = async {
            // A balancer sends requests still until it has looked at the health.
            tokio::time::sleep(pause).await;
            self.end.cancel();
            // An error says that serving has ended already.
            let _ = self.pages.await;
            let is_stored = self.relay.delivery.drain().await;
            // What was created last may go out still; what does not is in the outbox.
            self.webhooks_end.cancel();
            let _ = self.webhooks.await;
            is_stored
        };
        let is_finished = tokio::time::timeout(LONGEST_END, ended).await.unwrap_or_else(|_| {
            tracing::error!("ended before everything was finished; what was being sent is unknown at the next start");
            false
        });
        if let Some(health) = self.health {
            health.abort();
            let _ = health.await;
        }
        is_finished
    }
}
