//! What the package lays on an operator's machine.

use bzctrl_relay::config::Config;

const EXAMPLE: &str = include_str!("../../../../packaging/relay.toml");

#[test]
fn the_packages_example_is_right_as_it_is_but_for_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "secret\n").unwrap();
    let place = ("BZCTRL_RELAY__BZCTRL__PASSWORD_FILE".to_owned(), password.display().to_string());
    let config = Config::read(EXAMPLE, [place]).unwrap();
    assert_eq!(config.server.public_url.as_deref(), Some("https://relay.example.com"));
    assert_eq!(EXAMPLE.matches("# SET: ").count(), 7, "docs/OPERATING.md counts them");
    let without = Config::read(EXAMPLE, []).unwrap_err().to_string();
    assert!(without.contains("/etc/bzctrl-relay/password cannot be read"), "{without}");
}
