//! Ports for programs that are told where to listen, and that may end and come back.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::atomic::{AtomicU32, Ordering},
};

/// Below all that a system gives to those who ask for any port: nobody else comes by one of these while its program is away.
const FIRST: u32 = 20_000;
const COUNT: u32 = 10_000;

/// An address that nobody has, and that no other test is given.
pub(crate) fn free_address() -> SocketAddr {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    // Another run of tests on this machine begins somewhere else.
    let first = std::process::id().wrapping_mul(197);
    loop {
        let port = FIRST + first.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, u16::try_from(port).unwrap()));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
