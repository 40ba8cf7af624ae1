//! Addresses: of a socket, and of the web.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::IpNet;
use url::{Host, ParseError, Url};

/// An address to listen at.
pub(super) fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let address: SocketAddr = text.parse().map_err(|_| "expected an IP address and a port, such as 127.0.0.1:8081")?;
    let is_many = address.ip().is_multicast() || address.ip() == IpAddr::V4(Ipv4Addr::BROADCAST);
    if is_many { Err("is the address of many machines: nobody connects to it") } else { Ok(address) }
}

/// A network, or one address; not everybody's.
pub(super) fn network(text: &str) -> Result<IpNet, &'static str> {
    let network: Result<IpNet, _> = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    match network {
        Err(_) => Err("expected an IP address, or a network such as 10.1.2.0/24"),
        Ok(network) if network.prefix_len() == 0 => Err("this is everybody"),
        Ok(network) => Ok(network),
    }
}

/// An absolute http or https address without user info, query and fragment.
pub(super) fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| match error {
        ParseError::RelativeUrlWithoutBase => "expected an http or https address: write https:// before it".to_owned(),
        error => format!("expected an http or https address: {error}"),
    })?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    match url.scheme() {
        "http" | "https" if plain => Ok(url),
        "http" | "https" => Err("expected an address without user info, query and fragment".to_owned()),
        _ => Err("expected an http or https address".to_owned()),
    }
}

/// Whether an address is on this machine.
pub(super) fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether two listeners would want the same port of the same address.
pub(super) fn meet(one: SocketAddr, other: SocketAddr) -> bool {
    // `::` is every address, of IPv4 too; `0.0.0.0` is every one of IPv4.
    let covers = |one: SocketAddr, other: SocketAddr| one.ip().is_unspecified() && (one.is_ipv6() || other.is_ipv4());
    one.port() == other.port()
        && one.port() != 0
        && (one.ip() == other.ip() || covers(one, other) || covers(other, one))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn listeners_meet_where_one_takes_the_others_place() {
        let meet = |one: &str, other: &str| meet(one.parse().unwrap(), other.parse().unwrap());
        for (one, other) in [
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("0.0.0.0:1", "127.0.0.1:1"),
            ("[::]:1", "127.0.0.1:1"),
            ("[::]:1", "0.0.0.0:1"),
            ("[::1]:1", "[::]:1"),
        ] {
            assert!(meet(one, other) && meet(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("127.0.0.1:1", "127.0.0.1:2"),
            ("127.0.0.1:1", "127.0.0.2:1"),
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("0.0.0.0:1", "[::1]:1"),
        ] {
            assert!(!meet(one, other) && !meet(other, one), "{one} {other}");
        }
    }
}
