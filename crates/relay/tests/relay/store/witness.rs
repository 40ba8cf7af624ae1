//! The witness beside the store: what is no witness, clocks that are wrong, and those who leave no doubt.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rusqlite::Connection;

use super::losses::{TOLD_APART, copy, create, files, nothing_is_sent_twice, take};
use crate::program::{Program, relay, started_quietly};
use crate::world::{Page, Sandbox, incident, settings};

#[tokio::test]
async fn what_stands_in_the_witness_place_is_a_doubt_and_nobody_waits_for_it() {
    let (sandbox, folder, mut program) = started_quietly().await;
    let keys = create(&Page::open(program.address).await).await;
    let witness = folder.path().join("relay.sqlite-witness");
    let counts = |claims: i64, of: &Path| {
        let whole = std::fs::read(of).unwrap();
        std::fs::write(of, [format!("{claims:020}").as_bytes(), &whole[20..]].concat()).unwrap();
    };
    for what in ["pipe", "huge", "most", "text", "nobody's"] {
        program.end().await;
        match what {
            "most" => counts(i64::MAX, &witness),
            "text" => std::fs::write(&witness, "so many").unwrap(),
            "nobody's" => {
                std::fs::remove_file(&witness).unwrap();
                std::os::unix::fs::symlink("relay.sqlite-witness", &witness).unwrap();
            }
            _ => {
                std::fs::remove_file(&witness).unwrap();
                match what {
                    "pipe" => assert!(Command::new("mkfifo").arg(&witness).status().unwrap().success()),
                    _ => std::fs::File::create(&witness).unwrap().set_len(20_000_000_000).unwrap(),
                }
            }
        }
        let show = relay(&folder);
        let mut shown = Command::new("timeout");
        let shown = shown.arg("20").arg(show.get_program()).args(show.get_args()).args(["show", "--unknown"]).status();
        assert_ne!(shown.unwrap().code(), Some(124), "a command does not wait for it either: {what}");
        program = Program::with_filter(&folder, &sandbox, "info");
        nothing_is_sent_twice(&sandbox, &program, &keys).await;
    }
    program.end().await;
    program = Program::with_filter(&folder, &sandbox, "info");
    assert_eq!(program.readiness().await.1, "ready\n", "it was replaced");

    // A folder cannot be.
    program.end().await;
    std::fs::remove_file(&witness).unwrap();
    std::fs::create_dir(&witness).unwrap();
    let refused = relay(&folder).output().unwrap();
    let says = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && says.contains("its witness"), "{says}");
}

#[tokio::test]
async fn a_count_in_the_store_that_is_damaged_is_a_doubt() {
    for claims in ["-1", "9223372036854775807"] {
        let (sandbox, folder, program) = started_quietly().await;
        let keys = create(&Page::open(program.address).await).await;
        let sql = format!("UPDATE witness SET claims = {claims}");
        Connection::open(folder.path().join("relay.sqlite")).unwrap().execute_batch(&sql).unwrap();
        program.kill();
        let program = Program::with_filter(&folder, &sandbox, "info");
        nothing_is_sent_twice(&sandbox, &program, &keys).await;
    }
}

#[tokio::test]
async fn starts_that_are_killed_at_any_moment_leave_no_doubt() {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    let key = page.new_key();
    let backup = folder.path().join("backup");
    assert!(relay(&folder).arg("backup").arg(&backup).status().unwrap().success());
    program.end().await;
    for round in 0..16_u64 {
        // After an end in order, after a kill, and the first one after a restore.
        if round == 8 {
            assert!(relay(&folder).arg("restore").arg(&backup).status().unwrap().success());
        }
        let mut begun =
            relay(&folder).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20 + round % 8 * 12));
        begun.kill().unwrap();
        begun.wait().unwrap();
        if round % 8 != 7 {
            continue;
        }
        let program = Program::with_filter(&folder, &sandbox, "info");
        assert_eq!(program.readiness().await.1, "ready\n", "round {round}");
        let page = Page::open(program.address).await;
        let answer = page.submit(&key, &incident("Seal broken")).await;
        assert_eq!(answer.status, if round == 7 { 201 } else { 410 }, "{answer:?}");
        program.end().await;
    }
}

#[tokio::test]
async fn a_first_start_that_is_killed_before_its_witness_leaves_no_doubt() {
    let (sandbox, folder, program) = started_quietly().await;
    program.end().await;
    std::fs::remove_file(folder.path().join("relay.sqlite-witness")).unwrap();
    let program = Program::with_filter(&folder, &sandbox, "info");
    assert_eq!(program.readiness().await.1, "ready\n", "it has given out no key");
}

#[tokio::test]
async fn who_reads_the_store_and_outlasts_the_relay_leaves_no_doubt() {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    let key = page.new_key();
    create(&page).await;
    let reader = Connection::open(folder.path().join("relay.sqlite")).unwrap();
    let count = |reader: &Connection| reader.query_row("SELECT count(*) FROM keys", [], |row| row.get::<_, u32>(0));
    count(&reader).unwrap();
    program.end().await;
    std::thread::sleep(TOLD_APART);
    count(&reader).unwrap();
    drop(reader);
    let program = Program::with_filter(&folder, &sandbox, "info");
    assert_eq!(program.readiness().await.1, "ready\n");
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.status, 201);
}

const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// A relay whose clock is ahead by an hour. None where nothing moves clocks.
pub(super) fn with_clock(folder: &tempfile::TempDir, sandbox: &Sandbox, ahead: &str) -> Option<Program> {
    if !Path::new(FAKETIME).exists() {
        eprintln!("not run here: there is no faketime");
        return None;
    }
    let (library, clock) = (format!("LD_PRELOAD={FAKETIME}"), format!("FAKETIME={ahead}"));
    Some(Program::started_by(&["env", &library, &clock], folder, &settings(sandbox.address, folder, ""), "info"))
}

#[tokio::test]
async fn a_clock_that_was_ahead_when_a_copy_was_made_hides_nothing_and_is_no_doubt_by_itself() {
    for is_killed in [false, true] {
        let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
        let Some(program) = with_clock(&folder, &sandbox, "+1h") else { return };
        assert_eq!(
            {
                let page = Page::open(program.address).await;
                page.submit(&page.new_key(), &incident("before")).await.status
            },
            201
        );
        match is_killed {
            true => program.kill(),
            false => program.end().await,
        }
        let old = take(&folder);
        let program = Program::with_filter(&folder, &sandbox, "info");
        let is_doubted = program.readiness().await.1.contains("may have lost rows");
        assert_eq!(is_doubted, is_killed, "only after a kill its time is needed");
        let keys = create(&Page::open(program.address).await).await;
        program.end().await;
        for file in files(old.path()) {
            copy(&file, &folder.path().join(file.file_name().unwrap()));
        }
        let program = Program::with_filter(&folder, &sandbox, "info");
        nothing_is_sent_twice(&sandbox, &program, &keys).await;
    }
}
