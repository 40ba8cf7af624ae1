//! Addresses: of a socket, of a network, and of the web. One of IPv4 that is written as one of IPv6 (`::ffff:10.1.2.3`) is the one of
//! IPv4, everywhere: so the relay sees its peers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, ParseError, Url};

use super::reader::Section;

/// An address to listen at.
pub(super) fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let mut address: SocketAddr =
        text.parse().map_err(|_| "expected an IP address and a port, such as 127.0.0.1:8081")?;
    if address.ip().to_canonical().is_ipv4() {
        address.set_ip(address.ip().to_canonical());
    }
    let is_many = address.ip().is_multicast() || address.ip() == IpAddr::V4(Ipv4Addr::BROADCAST);
    if is_many { Err("is the address of many machines: nobody connects to it") } else { Ok(address) }
}

/// The networks of a setting, which are not everybody's, also not taken together.
pub(super) fn networks(section: &Section<'_>, key: &str) -> Vec<IpNet> {
    let networks = section.list(key, |text| match network(text) {
        Ok(network) if network.prefix_len() == 0 => Err("this is everybody"),
        network => network,
    });
    if are_half_of_all(&networks) {
        section.wrong(key, "these are half of all addresses, or more: list those that are meant");
    }
    networks
}

/// Addresses of IPv4, as IPv6 writes them.
const MAPPED: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96);
/// All of IPv6 that is public.
const PUBLIC: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// A network, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, &'static str> {
    let network: Result<IpNet, _> = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    match network.map_err(|_| "expected an IP address, or a network such as 10.1.2.0/24")? {
        IpNet::V6(network) if MAPPED.contains(&network) => {
            let (address, prefix) = (network.addr().to_ipv4_mapped(), network.prefix_len() - MAPPED.prefix_len());
            let network = address.and_then(|address| Ipv4Net::new(address, prefix).ok());
            network.map(IpNet::V4).ok_or("expected a network of IPv4 as such: 10.1.2.0/24")
        }
        IpNet::V6(network) if network.prefix_len() > 0 && network.contains(&MAPPED) => {
            Err("holds all addresses of IPv4, as IPv6 writes them: list the networks that are meant")
        }
        network => Ok(network),
    }
}

/// Whether networks are at least half of all addresses, of IPv6 of those that are public.
fn are_half_of_all(networks: &[IpNet]) -> bool {
    let (mut of_4, mut of_6) = (0_u128, 0_u128);
    for network in IpNet::aggregate(&networks.to_vec()) {
        match network {
            IpNet::V4(network) => of_4 += 1 << (32 - network.prefix_len()),
            IpNet::V6(network) if network.contains(&PUBLIC) => of_6 += 1 << (128 - PUBLIC.prefix_len()),
            IpNet::V6(network) if PUBLIC.contains(&network) => of_6 += 1 << (128 - network.prefix_len()),
            IpNet::V6(_) => {}
        }
    }
    of_4 >= 1 << 31 || of_6 >= 1 << (127 - PUBLIC.prefix_len())
}

/// Whether an address begins twice (`https://https://…`): to who reads it the second beginning is a host.
pub(super) fn begins_twice(url: &Url) -> bool {
    matches!(url.host_str(), Some("http" | "https"))
}

const TWICE: &str = "begins twice: write https:// once";

/// An absolute http or https address without user info, query and fragment.
pub(super) fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| match error {
        ParseError::RelativeUrlWithoutBase => "expected an http or https address: write https:// before it".to_owned(),
        error => format!("expected an http or https address: {error}"),
    })?;
    if begins_twice(&url) {
        return Err(TWICE.to_owned());
    }
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
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
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
    fn an_address_of_ipv4_is_one_however_it_is_written() {
        for (text, canonical) in [("[::ffff:127.0.0.1]:7", "127.0.0.1:7"), ("[::]:7", "[::]:7"), ("[::1]:7", "[::1]:7")]
        {
            assert_eq!(address(text).unwrap().to_string(), canonical);
        }
        assert!(address("[::ffff:224.0.0.1]:7").is_err() && address("[::ffff:255.255.255.255]:7").is_err());
        for (text, canonical) in [
            ("::ffff:127.0.0.1", "127.0.0.1/32"),
            ("::ffff:10.1.2.0/120", "10.1.2.0/24"),
            ("::ffff:0.0.0.0/97", "0.0.0.0/1"),
            ("::ffff:a01:203", "10.1.2.3/32"),
            ("10.1.2.0/24", "10.1.2.0/24"),
            ("fd00::/8", "fd00::/8"),
            ("::1", "::1/128"),
        ] {
            assert_eq!(network(text).unwrap().to_string(), canonical);
        }
        for refused in ["::ffff:0:0/95", "::/64", "::/1", "::ffff:0.0.0.0/129", "10.1.2.3:80", "*", "10.1.2"] {
            assert!(network(refused).is_err(), "{refused}");
        }
        for (here, url) in [(true, "http://[::ffff:127.0.0.2]/"), (false, "http://[::ffff:10.0.0.2]/")] {
            assert_eq!(is_here(&Url::parse(url).unwrap()), here);
        }
    }

    #[test]
    fn networks_that_are_everybody_in_pieces_are_told_from_those_of_a_company() {
        let half = |networks: &[&str]| {
            are_half_of_all(&networks.iter().map(|text| network(text).unwrap()).collect::<Vec<_>>())
        };
        for everybody in [
            &["0.0.0.0/1", "128.0.0.0/1"][..],
            &["0.0.0.0/1"],
            &["::ffff:0.0.0.0/97", "::ffff:128.0.0.0/97"],
            &["0.0.0.0/2", "64.0.0.0/2", "0.0.0.0/2"],
            &["2000::/3"],
            &["2000::/4", "3000::/5"],
            &["8000::/1", "4000::/2", "2000::/3"],
        ] {
            assert!(half(everybody), "{everybody:?}");
        }
        for companys in [
            &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "11.0.0.0/8"][..],
            &["0.0.0.0/2", "0.0.0.0/2"],
            &["fc00::/7", "fe80::/10", "2001:db8::/32"],
            &[],
        ] {
            assert!(!half(companys), "{companys:?}");
        }
    }

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
