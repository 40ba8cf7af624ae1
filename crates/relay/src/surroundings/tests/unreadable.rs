//! What root sees and the relay's user does not: each is told to root, with what opens it, and that is enough.

use std::os::unix::fs::chown;
use std::process::Command;

use super::changed_by_others::{AUTHORITIES, KEYS_FILE, Machine, NOBODY, PASSWORD_FILE, STORE, WIDGET, assert_told};
use super::*;

/// Of a file or a folder that is root's alone; and the settings at which it is told.
const CLOSED: [(&str, u32, &[&str]); 9] = [
    ("etc/password", 0o600, &[PASSWORD_FILE]),
    ("etc/keys/host.pem", 0o600, &[KEYS_FILE]),
    ("etc/ca.pem", 0o400, &[AUTHORITIES]),
    ("etc/relay.toml", 0o600, &["user nobody"]),
    ("etc/keys", 0o700, &[KEYS_FILE]),
    ("etc", 0o700, &["user nobody", PASSWORD_FILE, AUTHORITIES, KEYS_FILE]),
    ("widget", 0o700, &[WIDGET]),
    ("widget/v1", 0o750, &[WIDGET]),
    ("widget/v1/bzctrl.js", 0o600, &[WIDGET]),
];

#[test]
fn what_the_relays_user_cannot_read_is_told_to_root_and_opened_by_what_is_told() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for (closed, mode, settings) in CLOSED {
        let machine = Machine::new();
        machine.let_nobody_read();
        chown(machine.at("var"), Some(NOBODY), Some(NOBODY)).unwrap();
        assert_eq!(machine.told(), [""; 0], "{closed}");
        chown(machine.at(closed), Some(0), Some(0)).unwrap();
        permit(&machine.at(closed), mode);
        let mut told = machine.told();
        told.sort_by_key(|told| settings.iter().position(|setting| told.starts_with(setting)));
        assert_told(&told, settings, "user nobody may not ");
        // What is told is done, until nothing more is: a folder may hide a file.
        for told in told {
            let (_, mends) = told.rsplit_once(": ").unwrap();
            assert!(mends.starts_with("chgrp nogroup "), "{told}");
            assert!(Command::new("sh").args(["-c", mends]).status().unwrap().success(), "{mends}");
        }
        assert_eq!(machine.told(), [""; 0], "{closed}");
        let mode = std::fs::metadata(machine.at(closed)).unwrap().permissions().mode();
        assert_eq!(mode & 0o007, 0, "{closed}: nothing is opened to everybody");
    }
}

#[test]
fn a_store_that_the_relays_user_cannot_write_is_told_to_root() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let machine = Machine::new();
    machine.let_nobody_read();
    chown(machine.at("var"), Some(NOBODY), Some(NOBODY)).unwrap();
    drop(crate::store::Sqlite::open(&machine.at("var/relay.sqlite")).unwrap());
    let mut told = machine.told();
    while let Some(one) = told.first() {
        assert_told(std::slice::from_ref(one), &[STORE], "user nobody may not read and write ");
        let (_, mends) = one.rsplit_once(": ").unwrap();
        assert!(mends.starts_with("chown nobody "), "{one}");
        assert!(Command::new("sh").args(["-c", mends]).status().unwrap().success(), "{mends}");
        let next = machine.told();
        assert_ne!(told, next);
        told = next;
    }
    permit(&machine.at("var"), 0o500);
    assert_told(&machine.told(), &[STORE], "chmod u+w ");
}

#[test]
fn groups_beside_the_users_own_count() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = open_folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    chown(&file, Some(0), Some(4321)).unwrap();
    permit(&file, 0o640);
    for (groups, is_open) in [(&[NOBODY, 4321][..], true), (&[NOBODY], false)] {
        let told = std::thread::scope(|scope| {
            let place = scope.spawn(|| {
                relay_user::become_user(NOBODY, groups).unwrap();
                closed(&file, Wanted::Read)
            });
            place.join().unwrap()
        });
        assert_eq!(told.is_none(), is_open, "{told:?}");
    }
    assert!(rustix::process::geteuid().is_root(), "nobody else has become that user");
}
