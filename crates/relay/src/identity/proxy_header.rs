//! The user that a sign-in proxy before the relay names in a header, believed from listed addresses alone.

use std::net::IpAddr;

use axum::http::HeaderMap;

use super::{Refused, email};
use crate::config::ProxyHeader;

/// The user by the header.
pub(super) fn verify(settings: &ProxyHeader, peer: Option<IpAddr>, headers: &HeaderMap) -> Result<String, Refused> {
    let believed = peer.is_some_and(|peer| {
        let peer = peer.to_canonical();
        settings.peers.iter().any(|network| network.contains(&peer))
    });
    if !believed {
        return Err(Refused::Denied("the request does not come from a listed sign-in proxy"));
    }
    // Some servers read `_` as `-`: then the page could name a user beside the proxy.
    let alike = headers.keys().filter(|name| name.as_str().replace('_', "-") == settings.name.as_str()).count();
    let mut values = headers.get_all(&settings.name).iter();
    match (alike, values.next(), values.next()) {
        (1, Some(value), None) => {
            let address = value.to_str().ok().and_then(email);
            address.ok_or(Refused::Denied("the proxy's header holds no e-mail address"))
        }
        (0, ..) => Err(Refused::Denied("the proxy has named no user")),
        _ => Err(Refused::Denied("the proxy's header came more than once, or in two spellings")),
    }
}
