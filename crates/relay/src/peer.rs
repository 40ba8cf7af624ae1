//! Who sits at the other end of a request's connection: a page's browser, or a proxy before the relay.

use std::net::SocketAddr;

/// The address at the other end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);
