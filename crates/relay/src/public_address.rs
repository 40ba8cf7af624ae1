//! Which IP addresses are on the public internet, by IANA's registries of special-purpose addresses. It knows nothing of who
//! wants to connect to one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks that are not public, each by its first address and the length of its prefix.
const SPECIAL_V4: [([u8; 4], u32); 14] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast, reserved and broadcast.
    ([224, 0, 0, 0], 3),
];

/// Of the one public network of version 6, the parts that are not: protocols and tunnels (which lead to addresses of version
/// 4), and examples.
const SPECIAL_V6: [([u16; 2], u32); 4] =
    [([0x2001, 0], 23), ([0x2001, 0xdb8], 32), ([0x2002, 0], 16), ([0x3fff, 0], 20)];

/// Whether an address is on the public internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            !SPECIAL_V4.iter().any(|(first, prefix)| same(address.to_bits(), Ipv4Addr::from(*first).to_bits(), *prefix))
        }
        IpAddr::V6(address) => {
            let top = (address.to_bits() >> 96) as u32;
            same(top, 0x2000_0000, 3)
                && !SPECIAL_V6.iter().any(|([first, second], prefix)| {
                    let first = Ipv6Addr::new(*first, *second, 0, 0, 0, 0, 0, 0);
                    same(top, (first.to_bits() >> 96) as u32, *prefix)
                })
        }
    }
}

fn same(address: u32, network: u32, prefix: u32) -> bool {
    (address ^ network) >> (32 - prefix) == 0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_reachable_from_anywhere_is_public_and_nothing_else() {
        for public in
            ["1.1.1.1", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "100.128.0.0", "223.255.255.255"]
                .into_iter()
                .chain(["2606:4700::1", "2a00:1450::1", "2001:200::1", "2003::1", "::ffff:1.1.1.1"])
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in
            ["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1"]
                .into_iter()
                .chain(["172.31.255.255", "192.168.1.1", "198.19.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"])
                .chain([
                    "::",
                    "::1",
                    "fe80::1",
                    "fd00::1",
                    "fc00::1",
                    "ff02::1",
                    "64:ff9b::a00:1",
                    "2001::1",
                    "2001:db8::1",
                ])
                .chain(["2002:7f00:1::", "3fff::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "100::1"])
        {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }
}
