//! What a journey plays on: the programs, the host's page between them, and a browser. It knows nothing of orders and
//! forms.

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

pub(crate) use self::{
    browser::{Browser, Key, Tab},
    demo::Demo,
    engine::Engine,
    host::Host,
    proxy::{Files, Proxy},
    relay::Relay,
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
        Self::with(Mode::Sealed, false, HERE).await
    }

    /// With a relay that gives pages BzCtrl's own token.
    pub(crate) async fn in_token_mode() -> Self {
        Self::with(Mode::Token, false, HERE).await
    }

    /// With a proxy of the host's before the relay.
    pub(crate) async fn behind_a_proxy() -> Self {
        Self::with(Mode::Sealed, true, HERE).await
    }

    /// Under a name that the browser knows for this machine.
    pub(crate) async fn for_the_name(name: &str) -> Self {
        Self::with(Mode::Sealed, false, name).await
    }

    async fn with(mode: Mode, behind_a_proxy: bool, name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = host::origin(&listener).replace(HERE, name);
        let sandbox = Sandbox::start((mode == Mode::Token).then_some(origin.as_str()));
        let store = tempfile::tempdir().unwrap();
        let relay = Relay::start(&sandbox, &origin, store.path(), mode);
        let proxy = if behind_a_proxy { Some(Proxy::before(relay.address()).await) } else { None };
        let to_relay = proxy.as_ref().map_or(relay.address(), Proxy::address);
        let to_bzctrl = if mode == Mode::Token { sandbox.address() } else { "" };
        let host = Host::serve(listener, &origin, &to_relay.replace(HERE, name), to_bzctrl);
        Self { host, proxy, relay, sandbox, _store: store }
    }
}
