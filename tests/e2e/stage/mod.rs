//! What a journey plays on: the programs, the host's page between them, and a browser. It knows nothing of orders and
//! forms.

mod browser;
mod host;
mod program;
mod relay;
mod sandbox;

use tempfile::TempDir;
use tokio::net::TcpListener;

pub(crate) use self::{
    browser::{Browser, Tab},
    host::Host,
    relay::Relay,
    sandbox::{Request, Sandbox},
};

/// The sandbox, a relay before it, and a host that embeds the widget.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) relay: Relay,
    pub(crate) host: Host,
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
    pub(crate) async fn set(mode: Mode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = host::origin(&listener);
        let sandbox = Sandbox::start((mode == Mode::Token).then_some(&origin));
        let store = tempfile::tempdir().unwrap();
        let relay = Relay::start(&sandbox, &origin, store.path(), mode);
        let bzctrl = if mode == Mode::Token { sandbox.address() } else { "" };
        let host = Host::serve(listener, relay.address(), bzctrl);
        Self { sandbox, relay, host, _store: store }
    }
}
