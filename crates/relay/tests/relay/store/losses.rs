//! A store that has lost rows, in whatever way: what it does not know any more is never sent a second time.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

use crate::program::{Program, relay, started_quietly};
use crate::world::{Page, Sandbox, incident, settings};

pub(super) const KEYS: usize = 20;
/// After so long the times of files tell who has written them last.
pub(super) const TOLD_APART: Duration = Duration::from_millis(2300);

/// Todos that are created, each by a key of its own.
pub(super) async fn create(page: &Page) -> Vec<String> {
    let mut keys = Vec::new();
    for at in 0..KEYS {
        let key = page.new_key();
        assert_eq!(page.submit(&key, &incident(&format!("todo {at}"))).await.status, 201);
        keys.push(key);
    }
    keys
}

pub(super) fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg("-T").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
}

/// The store's files.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("relay.sqlite")).collect()
}

/// Takes the store's files into another folder.
pub(super) fn take(folder: &TempDir) -> TempDir {
    let taken = tempfile::tempdir().unwrap();
    for file in files(folder.path()) {
        copy(&file, &taken.path().join(file.file_name().unwrap()));
    }
    taken
}

/// No key makes another todo, and what is not known is said to be unknown. A press by a new key creates one.
pub(super) async fn nothing_is_sent_twice(sandbox: &Sandbox, program: &Program, keys: &[String]) -> usize {
    let before = sandbox.todos().await.len();
    let page = Page::open(program.address).await;
    let mut unknown = 0;
    for (at, key) in keys.iter().enumerate() {
        let answer = page.submit(key, &incident(&format!("todo {at}"))).await;
        match answer.status {
            201 => assert_eq!(answer.header("idempotency-replayed"), "true"),
            410 => unknown += usize::from(answer.problem().1 == "key-unknown"),
            504 => unknown += 1,
            _ => panic!("{answer:?}"),
        }
    }
    assert_eq!(sandbox.todos().await.len(), before, "nothing was created twice");
    let (status, says) = program.readiness().await;
    assert!(status == 200 && says.contains("the store may have lost rows"), "{says}");
    assert!(program.log().contains("the store may have lost rows"));
    assert_eq!(page.submit(&page.new_key(), &incident("new")).await.status, 201);
    unknown
}

/// Puts back what the test puts back, over the store of a relay that was killed or ended with [`KEYS`] keys more.
pub(super) async fn after(is_killed: bool, put_back: impl FnOnce(&TempDir, &TempDir)) -> usize {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&page.new_key(), &incident("before")).await.status, 201);
    program.end().await;
    let old = take(&folder);
    let program = Program::with_filter(&folder, &sandbox, "info");
    assert!(program.readiness().await.1 == "ready\n", "an end in order leaves no doubt");
    let keys = create(&Page::open(program.address).await).await;
    match is_killed {
        true => program.kill(),
        false => program.end().await,
    }
    put_back(&folder, &old);
    let program = Program::with_filter(&folder, &sandbox, "info");
    nothing_is_sent_twice(&sandbox, &program, &keys).await
}

#[tokio::test]
async fn an_old_copy_of_the_file_that_is_put_back_alone() {
    let unknown =
        after(false, |folder, old| copy(&old.path().join("relay.sqlite"), &folder.path().join("relay.sqlite"))).await;
    assert_eq!(unknown, KEYS);
}

#[tokio::test]
async fn an_old_copy_that_is_put_back_beside_the_log_of_a_relay_that_was_killed() {
    let unknown = after(true, |folder, old| {
        // As if the log had been emptied once since the copy.
        std::thread::sleep(TOLD_APART);
        copy(&old.path().join("relay.sqlite"), &folder.path().join("relay.sqlite"));
    })
    .await;
    assert_eq!(unknown, 0, "the log has them all, this time");
}

#[tokio::test]
async fn a_whole_old_folder_with_its_witness_in_the_place_of_the_files() {
    let unknown = after(false, |folder, old| {
        for file in files(folder.path()) {
            std::fs::remove_file(file).unwrap();
        }
        for file in files(old.path()) {
            copy(&file, &folder.path().join(file.file_name().unwrap()));
        }
    })
    .await;
    assert_eq!(unknown, KEYS);
}

#[tokio::test]
async fn a_whole_old_folder_with_its_witness_that_is_written_into_the_files() {
    let unknown = after(false, |folder, old| {
        std::thread::sleep(TOLD_APART);
        for file in files(old.path()) {
            copy(&file, &folder.path().join(file.file_name().unwrap()));
        }
    })
    .await;
    assert_eq!(unknown, KEYS);
}

#[tokio::test]
async fn an_old_folder_out_of_an_archive() {
    let unknown = after(false, |folder, old| {
        let archive = old.path().join("store.tar");
        let tar = |arguments: &[&str], at: &Path| {
            let done = Command::new("tar").arg("-C").arg(at).args(arguments).status().unwrap();
            assert!(done.success());
        };
        tar(&["-cf", archive.to_str().unwrap(), "relay.sqlite", "relay.sqlite-witness"], old.path());
        tar(&["-xf", archive.to_str().unwrap()], folder.path());
    })
    .await;
    assert_eq!(unknown, KEYS);
}

#[tokio::test]
async fn a_log_that_is_removed_after_a_kill() {
    let unknown = after(true, |folder, _| std::fs::remove_file(folder.path().join("relay.sqlite-wal")).unwrap()).await;
    assert_eq!(unknown, KEYS);
}

#[tokio::test]
async fn a_log_of_which_half_is_garbled() {
    let unknown = after(true, |folder, _| {
        let log = folder.path().join("relay.sqlite-wal");
        let mut bytes = std::fs::read(&log).unwrap();
        let half = bytes.len() / 2;
        bytes[half..].fill(0x5a);
        std::fs::write(&log, bytes).unwrap();
    })
    .await;
    assert!(unknown > 0, "some are lost");
}

#[tokio::test]
async fn a_store_that_is_moved_without_its_log() {
    let unknown = after(true, |folder, _| {
        let away = folder.path().join("moved");
        std::fs::create_dir(&away).unwrap();
        for name in ["relay.sqlite", "relay.sqlite-witness"] {
            std::fs::rename(folder.path().join(name), away.join(name)).unwrap();
        }
        std::fs::remove_file(folder.path().join("relay.sqlite-wal")).unwrap();
        for name in ["relay.sqlite", "relay.sqlite-witness"] {
            std::fs::rename(away.join(name), folder.path().join(name)).unwrap();
        }
    })
    .await;
    assert_eq!(unknown, KEYS);
}

#[tokio::test]
async fn a_store_without_its_witness() {
    let unknown = after(true, |folder, _| {
        std::fs::remove_file(folder.path().join("relay.sqlite-wal")).unwrap();
        std::fs::remove_file(folder.path().join("relay.sqlite-witness")).unwrap();
    })
    .await;
    assert_eq!(unknown, KEYS);
}

/// The page of the index that leads to keys.
fn index_page(file: &Path) -> u32 {
    let connection = Connection::open(file).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_keys_1'";
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_page_of_the_index_that_is_overwritten_by_an_older_one() {
    let unknown = after(true, |folder, old| {
        let file = folder.path().join("relay.sqlite");
        let page = usize::try_from(index_page(&file)).unwrap();
        let [mut now, before] = [&file, &old.path().join("relay.sqlite")].map(|file| std::fs::read(file).unwrap());
        let place = (page - 1) * 4096..page * 4096;
        now[place.clone()].copy_from_slice(&before[place]);
        std::fs::write(&file, now).unwrap();
    })
    .await;
    assert_eq!(unknown, 0, "its table has them all");
}

#[tokio::test]
async fn a_key_that_its_index_does_not_lead_to_any_more() {
    let unknown = after(true, |folder, _| {
        let file = folder.path().join("relay.sqlite");
        let page = usize::try_from(index_page(&file)).unwrap();
        let mut bytes = std::fs::read(&file).unwrap();
        // The page is one that SQLite finds nothing wrong with: a key in it is another one.
        let place = (page - 1) * 4096..page * 4096;
        let key = bytes[place.clone()].windows(24).position(|part| part == b".00000000000000000000000").unwrap();
        bytes[place.start + key + 20] = b'7';
        std::fs::write(&file, bytes).unwrap();
    })
    .await;
    assert_eq!(unknown, 0, "its table has them all");
}

#[tokio::test]
async fn a_page_that_is_garbled_is_found_at_the_start_and_without_the_file_nothing_is_sent_twice() {
    let (sandbox, folder, program) = started_quietly().await;
    let keys = create(&Page::open(program.address).await).await;
    program.kill();
    let file = folder.path().join("relay.sqlite");
    let page = usize::try_from(index_page(&file)).unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(0x5a);
    std::fs::write(&file, bytes).unwrap();
    let refused = relay(&folder).output().unwrap();
    let says = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && says.contains("it is damaged") && says.contains("restore FILE"), "{says}");

    std::fs::rename(&file, folder.path().join("damaged")).unwrap();
    let program = Program::with_filter(&folder, &sandbox, "info");
    let page = Page::open(program.address).await;
    for (at, key) in keys.iter().enumerate() {
        assert_eq!(page.submit(key, &incident(&format!("todo {at}"))).await.problem(), (410, "key-unknown"));
    }
    assert_eq!(sandbox.todos().await.len(), KEYS);
    let (status, says) = program.readiness().await;
    assert!(status == 200 && says.contains("the store may have lost rows"), "the witness speaks of claims: {says}");
}

#[tokio::test]
async fn what_nothing_inside_can_notice_is_said_at_the_start() {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    let free = page.new_key();
    sandbox.fault("add-task", json!({ "status": { "code": 429, "body": "json" } })).await;
    assert_eq!(page.submit(&free, &incident("todo 0")).await.status, 503);
    let absent = page.new_key();
    program.end().await;
    let program = Program::at(folder.path(), "info", &["run", "--restored"]);
    assert_eq!(nothing_is_sent_twice(&sandbox, &program, &[free, absent]).await, 2);
    program.end().await;
    let program = Program::with_filter(&folder, &sandbox, "info");
    assert_eq!(program.readiness().await.1, "ready\n", "it is said for one start");
}

#[tokio::test]
async fn kills_and_ends_and_commands_leave_no_doubt() {
    let (sandbox, folder, mut program) = started_quietly().await;
    for round in 0..6 {
        let page = Page::open(program.address).await;
        let key = page.new_key();
        sandbox.fault("add-task", json!({ "status": { "code": 429, "body": "json" } })).await;
        assert_eq!(page.submit(&key, &incident("free")).await.status, 503);
        match round % 2 {
            0 => program.kill(),
            _ => program.end().await,
        }
        std::thread::sleep(TOLD_APART);
        // Where no relay runs, a command moves the log into the file.
        let shown = relay(&folder).args(["show", &key]).output().unwrap();
        assert!(shown.status.success(), "{shown:?}");
        program = Program::with_filter(&folder, &sandbox, "info");
        assert_eq!(program.readiness().await.1, "ready\n", "round {round}");
        let page = Page::open(program.address).await;
        assert_eq!(page.submit(&key, &incident("free")).await.status, 201, "round {round}");
    }
    assert_eq!(sandbox.todos().await.len(), 6);
}

#[tokio::test]
async fn a_folder_that_is_moved_whole_on_its_file_system_leaves_no_doubt_and_a_copy_does() {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    let key = page.new_key();
    program.kill();
    let parent = tempfile::tempdir().unwrap();
    for (name, is_copied, status) in [("moved", false, 201), ("copied", true, 410)] {
        let place = parent.path().join(name);
        match is_copied {
            false => std::fs::rename(folder.path(), &place).unwrap(),
            true => copy(&parent.path().join("moved"), &place),
        }
        let at = |text: &str| text.replace(folder.path().to_str().unwrap(), place.to_str().unwrap());
        let toml = at(&settings(sandbox.address, &folder, ""));
        std::fs::write(place.join("relay.toml"), toml).unwrap();
        let program = Program::at(&place, "info", &[]);
        let page = Page::open(program.address).await;
        let asked =
            if is_copied { page.new_key().replace(&page.epoch, key.split('.').next().unwrap()) } else { key.clone() };
        assert_eq!(page.submit(&asked, &incident("Seal broken")).await.status, status, "{name}");
        program.end().await;
    }
}
