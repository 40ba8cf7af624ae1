//! What the package lays on an operator's machine.

use bzctrl_relay::config::{Config, StorePlace};

const EXAMPLE: &str = include_str!("../../../../packaging/relay.toml");
const UNIT: &str = include_str!("../../../../packaging/bzctrl-relay.service");
const COMPOSE: &str = include_str!("../../../../packaging/compose.yaml");

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

/// All that the unit says under a name.
fn unit(name: &str) -> Vec<&'static str> {
    let of = |line: &'static str| line.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
    UNIT.lines().filter_map(of).flat_map(str::split_whitespace).collect()
}

/// What was seen under systemd by `cargo xtask soak installed`; this holds it where there is none.
#[test]
fn the_unit_leaves_the_relay_what_it_needs() {
    let families = unit("RestrictAddressFamilies");
    for (family, whom) in [
        ("AF_INET", "pages, BzCtrl, and who tells its address"),
        ("AF_INET6", "the same"),
        ("AF_UNIX", "a PostgreSQL on this machine, which the example names"),
    ] {
        assert!(families.contains(&family), "{whom}: {family} is not among {families:?}");
    }
    assert!(EXAMPLE.contains("?host=/run/postgresql"));
    // Not a user's folder, nor one that others write.
    for hidden in ["ProtectHome", "PrivateTmp"] {
        assert_eq!(unit(hidden), ["yes"]);
    }
    let written = unit("StateDirectory").iter().map(|name| format!("\"/var/lib/{name}/")).collect::<Vec<_>>();
    for setting in ["path = ", "folder = "] {
        let place = EXAMPLE.lines().find_map(|line| line.strip_prefix(setting)).unwrap();
        assert!(written.iter().any(|folder| place.starts_with(folder)), "{setting}{place} is not in {written:?}");
    }
    // Ten thousand connections and more, and what it opens besides: `serve.rs` counts them.
    assert!(unit("LimitNOFILE")[0].parse::<usize>().unwrap() >= 12_288 + 512);
    // An end takes a minute at most, and some seconds more where the store does not answer.
    assert!(unit("TimeoutStopSec")[0].parse::<u64>().unwrap() >= 75);
    assert!(COMPOSE.contains("stop_grace_period: 75s"));
    // What is wrong with the settings stays wrong; a database that is not there yet comes.
    assert_eq!(unit("RestartPreventExitStatus"), ["2"]);
    assert_eq!(unit("StartLimitIntervalSec"), ["0"]);
    assert!(unit("After").contains(&"postgresql.service"));
}

#[test]
fn the_packages_example_is_right_with_a_database_too() {
    let url = EXAMPLE.lines().find_map(|line| line.strip_prefix("# url = ")).expect("the example names one");
    let text = EXAMPLE.lines().filter(|line| !line.starts_with("path = ")).collect::<Vec<_>>().join("\n");
    let text = text.replace(&format!("# url = {url}"), &format!("url = {url}"));
    let set = |name: &str, value: &str| (format!("BZCTRL_RELAY__{name}"), value.to_owned());
    let secrets =
        [set("BZCTRL__PASSWORD", "secret"), set("SEAL__KEY", "k4.local.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8")];
    let config = Config::read(&text, secrets).unwrap();
    let StorePlace::Database(database) = config.store.place else { panic!("{:?}", config.store.place) };
    assert_eq!(database.name, "bzctrl at /run/postgresql");
}
