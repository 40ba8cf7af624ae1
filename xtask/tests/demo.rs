//! What the demo does before it starts anything.

#![allow(clippy::unwrap_used)]

use std::{
    net::{Ipv4Addr, TcpListener},
    process::Command,
    time::{Duration, Instant},
};

#[test]
fn a_taken_port_is_told_in_one_line_before_anything_long_starts() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    for base in [port, port - 1, port - 2] {
        let start = Instant::now();
        let demo = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["demo", "--no-open", "--base-port", &base.to_string()])
            .output()
            .unwrap();
        assert!(!demo.status.success());
        assert!(start.elapsed() < Duration::from_secs(3));
        let words = String::from_utf8(demo.stderr).unwrap();
        assert_eq!(words.trim().lines().count(), 1, "{words}");
        assert!(words.contains("--base-port"), "{words}");
    }
}
