//! Who else may change what the relay believes: by the file, by a folder above it, by a link on the way.

use std::os::unix::fs::{chown, symlink};

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

use super::*;

const KEYS: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
pub(super) const NOBODY: u32 = 65534;

fn authority() -> String {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

const FILES: [&str; 6] = [
    "etc/relay.toml",
    "etc/password",
    "etc/keys/host.pem",
    "etc/ca.pem",
    "widget/v1/bzctrl.js",
    "widget/0.1.0/manifest.json",
];

/// A relay's folders and files, none of which others may change.
pub(super) struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    pub(super) fn new() -> Self {
        let machine = Self { folder: open_folder() };
        for folder in ["etc", "etc/keys", "var", "widget", "widget/v1", "widget/0.1.0"] {
            std::fs::create_dir(machine.at(folder)).unwrap();
            permit(&machine.at(folder), 0o755);
        }
        for (file, text) in [
            ("etc/relay.toml", ""),
            ("etc/password", "secret"),
            ("etc/keys/host.pem", KEYS),
            ("etc/ca.pem", &authority()),
            ("widget/v1/bzctrl.js", ""),
            ("widget/0.1.0/manifest.json", "{}"),
        ] {
            std::fs::write(machine.at(file), text).unwrap();
            permit(&machine.at(file), 0o640);
        }
        machine
    }

    /// As an operator lets the relay read what is root's.
    pub(super) fn let_nobody_read(&self) {
        for file in FILES {
            chown(self.at(file), None, Some(NOBODY)).unwrap();
        }
    }

    pub(super) fn at(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// What is said of it, each once.
    pub(super) fn told(&self) -> Vec<String> {
        let at = |name: &str| self.at(name).display().to_string();
        let identity =
            format!("identity = 'assertion'\nissuer = 'https://a.example'\nkeys_file = '{}'", at("etc/keys/host.pem"));
        let text = EXAMPLE.replacen("identity = \"origin\"", &identity, 1);
        let text = text.replace("crates/relay/sandbox-password.txt", &at("etc/password"));
        let variables = [
            ("EGRESS__TRUST", "system"),
            ("STORE__PATH", &*at("var/relay.sqlite")),
            ("WIDGET__FOLDER", &*at("widget")),
            ("EGRESS__CA_FILE", &*at("etc/ca.pem")),
        ];
        let config = Config::read(&text, environment(&variables)).unwrap();
        let told = mistakes(&config, &self.at("etc/relay.toml"));
        told.iter().map(ToString::to_string).collect()
    }
}

#[track_caller]
pub(super) fn assert_told(told: &[String], settings: &[&str], says: &str) {
    assert_eq!(told.len(), settings.len(), "{told:#?}");
    for (told, setting) in told.iter().zip(settings) {
        assert!(told.starts_with(setting) && told.contains(says), "{setting}: {says}: {told}");
    }
}

pub(super) const STORE: &str = "BZCTRL_RELAY__STORE__PATH: ";
pub(super) const WIDGET: &str = "BZCTRL_RELAY__WIDGET__FOLDER: ";
pub(super) const AUTHORITIES: &str = "BZCTRL_RELAY__EGRESS__CA_FILE: ";
pub(super) const PASSWORD_FILE: &str = "bzctrl.password_file (line ";
pub(super) const KEYS_FILE: &str = "tenants.demo.keys_file (line ";

#[test]
fn whoever_may_write_a_file_or_a_folder_above_it_is_told() {
    let machine = Machine::new();
    assert_eq!(machine.told(), [""; 0]);
    let in_etc = [PASSWORD_FILE, AUTHORITIES, KEYS_FILE, "everybody"];
    for (open, mode, settings) in [
        ("widget", 0o777, &[WIDGET][..]),
        ("widget/v1", 0o757, &[WIDGET]),
        ("widget/v1/bzctrl.js", 0o646, &[WIDGET]),
        ("widget/0.1.0/manifest.json", 0o642, &[WIDGET]),
        ("etc/keys", 0o777, &[KEYS_FILE]),
        ("etc/keys/host.pem", 0o666, &[KEYS_FILE]),
        ("etc/ca.pem", 0o666, &[AUTHORITIES]),
        ("etc/password", 0o622, &[PASSWORD_FILE]),
        ("etc/relay.toml", 0o666, &["everybody"]),
        ("etc", 0o777, &in_etc),
        ("var", 0o777, &[STORE]),
        // Nobody removes what is another's; but a store's files are still to be made.
        ("etc", 0o1777, &[]),
        ("var", 0o1777, &[STORE]),
        // Groups are believed.
        ("etc", 0o775, &[]),
        ("widget/v1/bzctrl.js", 0o664, &[]),
    ] {
        let before = std::fs::metadata(machine.at(open)).unwrap().permissions();
        permit(&machine.at(open), mode);
        let mut told = machine.told();
        told.sort_by_key(|told| settings.iter().position(|setting| told.starts_with(setting)));
        assert_told(&told, settings, "everybody on this machine may ");
        // Behind a folder that lets nobody in, nobody gets at it.
        permit(machine.folder.path(), 0o750);
        assert_eq!(machine.told(), [""; 0], "{open}");
        permit(machine.folder.path(), 0o755);
        std::fs::set_permissions(machine.at(open), before).unwrap();
    }
    // The root of them all.
    permit(machine.folder.path(), 0o777);
    let told = machine.told();
    assert_eq!(told.len(), 6, "{told:#?}");
}

#[test]
fn a_link_on_the_way_is_followed_through_every_folder() {
    let machine = Machine::new();
    std::fs::create_dir(machine.at("open")).unwrap();
    std::fs::create_dir(machine.at("open/inner")).unwrap();
    permit(&machine.at("open"), 0o777);
    permit(&machine.at("open/inner"), 0o755);
    std::fs::rename(machine.at("etc/keys/host.pem"), machine.at("etc/host.pem")).unwrap();
    for target in ["../../open/../etc/host.pem", "../../open/inner/host.pem"] {
        let _ = std::fs::remove_file(machine.at("open/inner/host.pem"));
        symlink(machine.at("etc/host.pem"), machine.at("open/inner/host.pem")).unwrap();
        let _ = std::fs::remove_file(machine.at("etc/keys/host.pem"));
        symlink(target, machine.at("etc/keys/host.pem")).unwrap();
        assert_told(&machine.told(), &[KEYS_FILE], "/open, and put other files into it");
    }
    permit(&machine.at("open"), 0o755);
    assert_eq!(machine.told(), [""; 0]);
}

#[test]
fn what_is_not_there_yet_nobody_else_may_make() {
    let machine = Machine::new();
    std::fs::remove_dir_all(machine.at("var")).unwrap();
    std::fs::create_dir(machine.at("shared")).unwrap();
    permit(&machine.at("shared"), 0o1777);
    symlink("shared/var", machine.at("var")).unwrap();
    let told = machine.told();
    // No folder is made where a link leads.
    assert!(told.len() == 1 && told[0].starts_with(STORE), "{told:#?}");
    std::fs::remove_file(machine.at("var")).unwrap();
    symlink("shared", machine.at("var")).unwrap();
    assert_told(&machine.told(), &[STORE], "everybody on this machine may make ");
}

#[test]
fn what_belongs_to_another_user_is_told_and_what_is_the_relays_own_is_not() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let machine = Machine::new();
    let give = |name: &str, user: u32| chown(machine.at(name), Some(user), None).unwrap();
    for (name, settings) in [
        ("etc/keys/host.pem", &[KEYS_FILE][..]),
        ("etc/keys", &[KEYS_FILE]),
        ("etc/ca.pem", &[AUTHORITIES]),
        ("etc/password", &[PASSWORD_FILE]),
        ("etc/relay.toml", &[""]),
        ("widget/v1/bzctrl.js", &[WIDGET]),
        ("widget", &[WIDGET]),
    ] {
        give(name, NOBODY);
        assert_told(&machine.told(), settings, "belongs to user 65534, who may change it");
        give(name, 0);
    }
    // Whose folder the store is in: the relay's user.
    machine.let_nobody_read();
    give("var", NOBODY);
    give("widget/v1/bzctrl.js", NOBODY);
    assert_eq!(machine.told(), [""; 0]);
    // In a sticky folder everybody removes their own.
    permit(&machine.at("etc"), 0o1777);
    give("etc/password", 1234);
    assert_told(&machine.told(), &[PASSWORD_FILE], "belongs to user 1234");
    give("etc/password", 0);
    drop(crate::store::Sqlite::open(&machine.at("var/relay.sqlite")).unwrap());
    let told = machine.told();
    assert_told(&told, &[STORE], "user nobody may not read and write ");
    for file in ["relay.sqlite", "relay.sqlite-witness"] {
        give(&format!("var/{file}"), NOBODY);
    }
    assert_eq!(machine.told(), [""; 0]);
}

#[test]
fn a_store_by_a_name_that_the_relay_has_not_used_and_another_programs_database_are_told() {
    let machine = Machine::new();
    let store = machine.at("var/relay.sqlite");
    let of_another = rusqlite::Connection::open(&store).unwrap();
    permit(&store, 0o600);
    assert_eq!(machine.told(), [""; 0], "there is nothing in it");
    for version in [0, 3] {
        of_another
            .execute_batch(&format!("create table if not exists moz_places (a); pragma user_version = {version};"))
            .unwrap();
        assert_told(&machine.told(), &[STORE], "is a database of another program");
    }
    drop(of_another);
    std::fs::remove_file(&store).unwrap();
    drop(crate::store::Sqlite::open(&machine.at("var/used.sqlite")).unwrap());
    assert_eq!(machine.told(), [""; 0]);
    std::fs::hard_link(machine.at("var/used.sqlite"), &store).unwrap();
    assert_told(&machine.told(), &[STORE], "is one of 2 names of the same file");
}

#[cfg(target_os = "linux")]
#[test]
fn a_store_in_memory_is_doubtful_and_no_mistake() {
    let Ok(memory) = tempfile::tempdir_in("/dev/shm") else { return };
    let store = memory.path().join("relay.sqlite");
    let variables = [PASSWORD, ("STORE__PATH", store.to_str().unwrap()), ("WIDGET__FOLDER", "/nowhere/at/all")];
    let config = Config::read(EXAMPLE, environment(&variables)).unwrap();
    let told: Vec<_> = doubts(&config).iter().map(ToString::to_string).collect();
    assert_told(&told, &[STORE], "is in memory: with a restart of the machine the store is gone");
    assert!(!mistakes(&config, Path::new("relay.toml")).iter().any(|told| told.to_string().starts_with(STORE)));
    // A folder that pages get no widget from.
    let variables = [PASSWORD, ("WIDGET__FOLDER", memory.path().to_str().unwrap())];
    let config = Config::read(EXAMPLE, environment(&variables)).unwrap();
    let told: Vec<_> = doubts(&config).iter().map(ToString::to_string).filter(|it| it.starts_with(WIDGET)).collect();
    if !cfg!(embedded_widget) {
        assert_told(&told, &[WIDGET], "has no v1/bzctrl.js");
    }
}
