#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

mod changed_by_others;
mod unreadable;

use super::*;
use crate::config::PREFIX;

const EXAMPLE: &str = include_str!("../../relay.example.toml");
const PASSWORD: (&str, &str) = ("BZCTRL__PASSWORD", "of the environment");

fn environment(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    variables.iter().map(|(name, value)| (format!("{PREFIX}{name}"), (*value).to_owned())).collect()
}

/// What is said of the surroundings where this store, and these settings, are named.
fn said_of(store: &Path, variables: &[(&str, &str)]) -> Vec<String> {
    let store = store.to_str().unwrap();
    let all: Vec<_> = [PASSWORD, ("STORE__PATH", store), ("WIDGET__FOLDER", "/")]
        .into_iter()
        .chain(variables.iter().copied())
        .collect();
    let config = Config::read(EXAMPLE, environment(&all)).unwrap();
    mistakes(&config, Path::new("relay.toml")).iter().map(ToString::to_string).collect()
}

/// A folder that everybody may enter, as `/etc` and `/var/lib` are.
fn open_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    permit(folder.path(), 0o755);
    folder
}

fn permit(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_store_is_a_file_that_can_be_made_or_is_one_of_ours() {
    let folder = open_folder();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(
        at("text"),
        "no database at all, and longer than the header of one would be, which has a hundred bytes in it",
    )
    .unwrap();
    std::fs::write(at("empty"), "").unwrap();
    std::fs::write(at("cut"), "SQLite format 3\0").unwrap();
    for private in ["text", "empty", "cut"] {
        permit(&at(private), 0o600);
    }
    let newer = rusqlite::Connection::open(at("newer")).unwrap();
    newer.execute_batch("create table t (a); pragma user_version = 999;").unwrap();
    permit(&at("newer"), 0o600);
    drop(crate::store::Sqlite::open(&at("ours")).unwrap());
    for right in ["ours", "empty", "not-yet", "not/yet/at/all"] {
        assert_eq!(said_of(&at(right), &[]), [""; 0], "{right}");
    }
    for (wrong, says) in [
        (folder.path().to_owned(), "is a folder: name a file in it"),
        (at("text"), "is no SQLite database"),
        (at("cut"), "is no SQLite database"),
        (at("newer"), "was made by a newer relay"),
        (at("text/relay.sqlite"), "Not a directory"),
        (at("text/a/relay.sqlite"), "Not a directory"),
        ("/dev/null".into(), "is no file"),
        #[cfg(target_os = "linux")]
        ("/proc/relay.sqlite".into(), "is on no disk"),
        #[cfg(target_os = "linux")]
        ("/proc/self/relay.sqlite".into(), "is on no disk"),
        #[cfg(target_os = "linux")]
        ("/sys/relay/relay.sqlite".into(), "is on no disk"),
    ] {
        let told = said_of(&wrong, &[]);
        assert!(
            told.len() == 1 && told[0].starts_with("BZCTRL_RELAY__STORE__PATH: ") && told[0].contains(says),
            "{says}: {told:?}"
        );
    }
    for (link, target) in
        [("loop", "loop"), ("nowhere", "gone/relay.sqlite"), ("to-be", "not-yet"), ("to-text", "text")]
    {
        std::os::unix::fs::symlink(target, at(link)).unwrap();
    }
    assert_eq!(said_of(&at("to-be"), &[]), [""; 0], "it would be made where the link leads");
    for (link, says) in [
        ("loop", "Too many levels of symbolic links"),
        ("loop/relay.sqlite", "Too many levels of symbolic links"),
        ("nowhere", "gone, which there is not"),
        ("to-text", "is no SQLite database"),
        (&*"n".repeat(300), "File name too long"),
    ] {
        let told = said_of(&at(link), &[]);
        assert!(told.len() == 1 && told[0].contains(says), "{says}: {told:?}");
    }
    assert!(!at("not").exists() && !at("not-yet").exists(), "nothing is made");
    // Root may write everywhere.
    permit(folder.path(), 0o555);
    if std::fs::write(at("tried"), "").is_err() {
        let told = said_of(&at("not-yet"), &[]);
        assert!(told.len() == 1 && told[0].contains("cannot be written"), "{told:?}");
    }
    permit(folder.path(), 0o755);
}

#[test]
fn what_is_secret_is_read_by_the_relay_alone_and_what_is_believed_written_by_its_owner_alone() {
    const KEY: &str = "k4.local.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8";
    let folder = open_folder();
    let file = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        permit(&path, mode);
        path.to_str().unwrap().to_owned()
    };
    let store = folder.path().join("relay.sqlite");
    for (mode, told) in
        [(0o644, "may read"), (0o604, "may read"), (0o646, "may write"), (0o602, "may write"), (0o640, ""), (0o600, "")]
    {
        let key = file("a.key", KEY, mode);
        for variable in ["SEAL__KEY_FILE", "SEAL__PREVIOUS_KEY_FILE"] {
            let said = said_of(&store, &[(variable, &key)]);
            assert_eq!(said.len(), usize::from(!told.is_empty()), "{variable} {mode:o}: {said:?}");
            assert!(
                said.iter()
                    .all(|said| said.starts_with(&format!("{PREFIX}{variable}: everybody")) && said.contains(told))
            );
        }
        // The one that the relay has made itself, if no other is named.
        file("relay.seal-key", KEY, mode);
        let said = said_of(&store, &[]);
        assert!(said.len() == usize::from(!told.is_empty()) && said.iter().all(|said| said.contains(told)), "{said:?}");
        std::fs::remove_file(folder.path().join("relay.seal-key")).unwrap();
    }
    file("relay.seal-key", "k4.local.short", 0o600);
    assert!(said_of(&store, &[])[0].contains("expected a key of the form"));
    std::fs::remove_file(folder.path().join("relay.seal-key")).unwrap();

    let password = file("password", "secret", 0o644);
    let text = EXAMPLE.replace("crates/relay/sandbox-password.txt", &password);
    let of = |text: &str| {
        let variables = [("STORE__PATH", store.to_str().unwrap()), ("WIDGET__FOLDER", "/")];
        let config = Config::read(text, environment(&variables)).unwrap();
        mistakes(&config, Path::new("relay.toml")).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let said = of(&text);
    assert!(
        said.len() == 1 && said[0].starts_with("bzctrl.password_file (line ") && said[0].contains("everybody"),
        "{said:?}"
    );
    // Behind a folder that lets nobody in, nobody gets at it.
    permit(folder.path(), 0o750);
    assert_eq!(of(&text), [""; 0]);
    permit(folder.path(), 0o755);
    permit(Path::new(&password), 0o600);

    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
    for (mode, count) in [(0o644, 0), (0o666, 1)] {
        let keys = file("host.pem", pem, mode);
        let identity = format!("identity = 'assertion'\nissuer = 'https://a.example'\nkeys_file = '{keys}'");
        let said = of(&text.replacen("identity = \"origin\"", &identity, 1));
        assert!(said.len() == count && said.iter().all(|said| said.contains("may write")), "{said:?}");
        let settings = file("relay.toml", EXAMPLE, mode);
        let config = Config::read(
            EXAMPLE,
            environment(&[PASSWORD, ("STORE__PATH", store.to_str().unwrap()), ("WIDGET__FOLDER", "/")]),
        )
        .unwrap();
        assert_eq!(mistakes(&config, Path::new(&settings)).len(), count);
        let rows = file("relay.sqlite", "", if count == 0 { 0o640 } else { 0o644 });
        assert_eq!(said_of(Path::new(&rows), &[]).len(), count);
    }
}

#[test]
fn it_listens_at_this_machines_addresses_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("relay.sqlite");
    // Of a network that is kept for documents.
    let told = said_of(&store, &[("SERVER__LISTEN", "192.0.2.7:8081"), ("SERVER__HEALTH_LISTEN", "192.0.2.7:9081")]);
    assert_eq!(
        told,
        [
            "BZCTRL_RELAY__SERVER__LISTEN: 192.0.2.7 is no address of this machine",
            "BZCTRL_RELAY__SERVER__HEALTH_LISTEN: 192.0.2.7 is no address of this machine"
        ]
    );
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    assert_eq!(
        said_of(&store, &[("SERVER__LISTEN", &taken.local_addr().unwrap().to_string())]),
        [""; 0],
        "a relay runs there"
    );
}

#[test]
fn the_widgets_folder_is_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (store, file) = (folder.path().join("relay.sqlite"), folder.path().join("widget"));
    std::fs::write(&file, "").unwrap();
    let told = said_of(&store, &[("WIDGET__FOLDER", file.to_str().unwrap())]);
    assert_eq!(told, [format!("BZCTRL_RELAY__WIDGET__FOLDER: {} is no folder", file.display())]);
    let link = folder.path().join("loop");
    std::os::unix::fs::symlink("loop", &link).unwrap();
    let told = said_of(&store, &[("WIDGET__FOLDER", link.to_str().unwrap())]);
    assert!(told.len() == 1 && told[0].contains("loop cannot be used: Too many levels of symbolic links"), "{told:?}");
}

#[test]
fn what_stands_in_the_file_is_told_with_its_line() {
    let text = "[server]\nlisten = '192.0.2.7:1'\nhealth_listen = '192.0.2.7:2'\n[store]\npath = '/dev/null'\n[widget]\nfolder = \
                '/dev/null'\n[bzctrl]\nenvironment = 'acc'\nusername = 'u'\n[tenants.a]\norigins = ['https://a.example']\nworkspaces = \
                ['A-W']\nidentity = 'origin'\n";
    let config = Config::read(text, environment(&[PASSWORD])).unwrap();
    let told: Vec<_> = mistakes(&config, Path::new("relay.toml")).iter().map(ToString::to_string).collect();
    let begins = [
        "widget.folder (line 7): ",
        "store.path (line 5): ",
        "server.listen (line 2): ",
        "server.health_listen (line 3): ",
    ];
    assert_eq!(told.len(), begins.len(), "{told:?}");
    assert!(told.iter().zip(begins).all(|(told, begins)| told.starts_with(begins)), "{told:?}");
}
