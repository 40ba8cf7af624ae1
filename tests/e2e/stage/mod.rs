//! What a journey plays on: the programs, the host's page between them, and a browser. It knows nothing of orders and
//! forms.

mod backend;
mod browser;
mod demo;
mod engine;
mod examples;
mod host;
mod program;
mod proxy;
mod relay;
mod sandbox;

use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;

use self::program::target;
pub(crate) use self::{
    backend::Backend,
    browser::{Browser, Key, Tab},
    demo::Demo,
    engine::Engine,
    host::Host,
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
        let host = Host::serve(listener, &origin, &to_relay.replace(HERE, name), to_bzctrl);
        Self { host, proxy, relay, sandbox, releases, _store: store }
    }
}
