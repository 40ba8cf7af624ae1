//! Who sits at the other end of a request's connection: a page's browser, or a proxy before the relay. And whom a proxy that
//! is listed names as its own client: by that address requests are counted, and nothing else is decided by it.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The address at the other end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// By what a client is told from others: its address, of IPv6 the network of 64 bits that one subscriber has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client(IpAddr);

const FORWARDED_FOR: &str = "x-forwarded-for";

impl Client {
    /// The client of a request: the peer, or, where that is a listed proxy, the last address that no listed proxy has. What
    /// stands before it anybody may have written.
    pub(crate) fn of(peer: Option<Peer>, headers: &HeaderMap, proxies: &[IpNet]) -> Self {
        let peer = peer.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |Peer(address)| address.ip().to_canonical());
        let is_proxy = |address: &IpAddr| proxies.iter().any(|network| network.contains(address));
        let mut client = peer;
        let forwarded = headers.get_all(FORWARDED_FOR).iter().rev();
        let mut named = forwarded.flat_map(|value| value.to_str().unwrap_or_default().rsplit(','));
        while is_proxy(&client)
            && let Some(before) = named.next().and_then(address)
        {
            client = before;
        }
        Self(network(client))
    }

    /// The client at the other end of a connection.
    pub(crate) fn at(peer: SocketAddr) -> Self {
        Self(network(peer.ip().to_canonical()))
    }

    /// The network that one customer of a provider, or one company, may have all of: of IPv6 48 bits, of IPv4 24.
    pub(crate) fn network(self) -> IpNet {
        let bits = if self.0.is_ipv4() { 24 } else { 48 };
        IpNet::new(self.0, bits).map_or_else(|_| IpNet::from(self.0), |network| network.trunc())
    }
}

/// An address as proxies write it, some with the port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text.parse().or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

fn network(address: IpAddr) -> IpAddr {
    const NETWORK: u128 = !(u64::MAX as u128);
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & NETWORK)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn client(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        headers.append("forwarded", "for=9.9.9.9".parse().unwrap());
        let proxies = ["127.0.0.1/32", "10.1.0.0/16"].map(|network| network.parse().unwrap());
        let peer = Peer(SocketAddr::new(peer.parse().unwrap(), 7));
        Client::of(Some(peer), &headers, &proxies).0.to_string()
    }

    #[test]
    fn the_forwarded_address_is_believed_of_listed_proxies_alone() {
        assert_eq!(client("192.0.2.1", &["9.9.9.9"]), "192.0.2.1");
        assert_eq!(client("127.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("::ffff:127.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn what_a_client_has_written_before_the_proxies_is_nobodys_word() {
        assert_eq!(client("127.0.0.1", &["9.9.9.9, 198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("127.0.0.1", &["9.9.9.9, 198.51.100.7, 10.1.2.3"]), "198.51.100.7");
        assert_eq!(client("127.0.0.1", &["9.9.9.9", "198.51.100.7,10.1.2.3"]), "198.51.100.7");
        assert_eq!(client("127.0.0.1", &["9.9.9.9, nobody"]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &["9.9.9.9, nobody, 10.1.2.3"]), "10.1.2.3");
        assert_eq!(client("127.0.0.1", &["10.1.2.3"]), "10.1.2.3");
    }

    #[test]
    fn an_address_is_read_in_every_form_and_of_ipv6_the_network_counts() {
        assert_eq!(client("127.0.0.1", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(client("127.0.0.1", &["::ffff:198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("127.0.0.1", &["[2001:db8:1:2:3:4:5:6]:4711"]), "2001:db8:1:2::");
        assert_eq!(client("2001:db8:1:2:7:7:7:7", &[]), client("2001:db8:1:2:3:4:5:6", &[]));
        assert_ne!(client("2001:db8:1:3::1", &[]), client("2001:db8:1:2::1", &[]));
    }
}
