//! What a journey plays on: the programs, the host's page between them, and a browser. It knows nothing of orders and
//! forms.

mod backend;
mod browser;
mod demo;
mod engine;
mod examples;
mod host;
mod installed;
mod kept;
mod looks;
mod own_backend;
mod program;
mod proxy;
mod relay;
mod sandbox;

use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;

pub(crate) use self::{
    backend::{Backend, Session, USER},
    browser::{Browser, Key, Tab},
    demo::Demo,
    engine::Engine,
    host::Host,
    installed::Installed,
    looks::Looks,
    own_backend::OwnBackend,
    program::{root, target},
    proxy::{Answer, Proxy, Trouble},
    relay::{Relay, Releases},
    sandbox::{Request, Sandbox},
};

/// This machine.
const HERE: &str = "127.0.0.1";

/// How long anything may take to become what is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The sandbox, a relay before it, and a host that embeds the widget.
pub(crate) struct Stage {
    pub(crate) host: Host,
    /// It signs who the host's user is.
    pub(crate) backend: Backend,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) relay: Relay,
    pub(crate) sandbox: Sandbox,
    /// What the relay serves, if that is not just what was built.
    pub(crate) releases: Option<Releases>,
    _store: TempDir,
}

/// How todos go to BzCtrl.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Through the relay.
    Sealed,
    /// From the page itself.
    Token,
}

impl Stage {
    /// With a relay in sealed mode.
    pub(crate) async fn set() -> Self {
        Self::with(Mode::Sealed, false, None, HERE).await
    }

    /// With a relay that gives pages BzCtrl's own token.
    pub(crate) async fn in_token_mode() -> Self {
        Self::with(Mode::Token, false, None, HERE).await
    }

    /// With a proxy of the host's before the relay.
    pub(crate) async fn behind_a_proxy() -> Self {
        Self::with(Mode::Sealed, true, None, HERE).await
    }

    /// Under a name that the browser knows for this machine.
    pub(crate) async fn for_the_name(name: &str) -> Self {
        Self::with(Mode::Sealed, false, None, name).await
    }

    /// With a relay that has an older release of the widget alone, and the proxy.
    pub(crate) async fn before_an_upgrade() -> Self {
        Self::with(Mode::Sealed, true, Some(Releases::older_alone()), HERE).await
    }

    /// With a relay that takes the host's signed word for who its user is, and no other.
    pub(crate) async fn whose_host_signs() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = host::origin(&listener);
        let sandbox = Sandbox::start(None);
        let store = tempfile::tempdir().unwrap();
        let identity = [
            ("TENANTS__DEMO__IDENTITY", "assertion".to_owned()),
            ("TENANTS__DEMO__ISSUER", backend::ISSUER.to_owned()),
            ("TENANTS__DEMO__JWKS_URL", format!("{origin}/jwks.json")),
        ];
        let relay =
            Relay::identified(&sandbox, &origin, store.path(), &target().join("widget"), Mode::Sealed, identity.into());
        let backend = Backend::new();
        backend.signs_for(relay.address());
        let host = Host::serve(listener, &origin, relay.address(), "", &backend);
        Self { host, backend, proxy: None, relay, sandbox, releases: None, _store: store }
    }

    async fn with(mode: Mode, behind_a_proxy: bool, releases: Option<Releases>, name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = host::origin(&listener).replace(HERE, name);
        let sandbox = Sandbox::start((mode == Mode::Token).then_some(origin.as_str()));
        let store = tempfile::tempdir().unwrap();
        let widget = releases.as_ref().map_or_else(|| target().join("widget"), Releases::folder);
        let relay = Relay::start(&sandbox, &origin, store.path(), &widget, mode);
        let proxy = if behind_a_proxy { Some(Proxy::before(relay.address()).await) } else { None };
        let to_relay = proxy.as_ref().map_or(relay.address(), Proxy::address);
        let to_bzctrl = if mode == Mode::Token { sandbox.address() } else { "" };
        let backend = Backend::new();
        let host = Host::serve(listener, &origin, &to_relay.replace(HERE, name), to_bzctrl, &backend);
        Self { host, backend, proxy, relay, sandbox, releases, _store: store }
    }
}
