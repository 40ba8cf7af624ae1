//! An old store that somebody puts back, at a moment or in a way in which it could be taken for the one that it was.

use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;

use rusqlite::Connection;
use tempfile::TempDir;

use super::losses::{KEYS, TOLD_APART, after, copy, create, files, nothing_is_sent_twice, take};
use crate::program::{Program, relay, started_quietly};
use crate::world::{Page, incident};

/// Nothing is left of the store.
fn remove(folder: &TempDir) {
    for file in files(folder.path()) {
        std::fs::remove_file(file).unwrap();
    }
}

/// As a release left it that kept no witness.
fn without_a_witness(database: &Path) {
    let connection = Connection::open(database).unwrap();
    connection.execute_batch("DROP TABLE witness; PRAGMA user_version = 5").unwrap();
}

#[tokio::test]
async fn a_store_from_before_there_were_witnesses_that_is_put_back_after_the_upgrade() {
    for is_upgraded_first in [false, true] {
        let unknown = after(false, |folder, old| {
            remove(folder);
            let (from, to) = (old.path().join("relay.sqlite"), folder.path().join("relay.sqlite"));
            copy(&from, &to);
            if is_upgraded_first {
                std::fs::remove_file(&to).unwrap();
                std::fs::copy(&from, &to).unwrap();
            }
            without_a_witness(&to);
        })
        .await;
        assert_eq!(unknown, KEYS);
    }
}

/// What is put back while a command has the store open that the relay has ended beside.
async fn beside_an_open_show(is_killed: bool, put_back: impl FnOnce(&TempDir, &TempDir)) {
    let (sandbox, folder, program) = started_quietly().await;
    assert_eq!(
        {
            let page = Page::open(program.address).await;
            page.submit(&page.new_key(), &incident("before")).await.status
        },
        201
    );
    // So many that their showing fills a pipe.
    Connection::open(folder.path().join("relay.sqlite"))
        .unwrap()
        .execute_batch(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
             INSERT INTO keys (key, epoch, state, claim, tenant, digest, todo_type, title, order_id, answer, claimed_at)
             SELECT printf('%s.%032x', epoch, 1000000 + i), epoch, state, claim, tenant, digest, todo_type, title, 'MANY', answer,
                 claimed_at FROM keys, n",
        )
        .unwrap();
    program.end().await;
    let old = take(&folder);
    let program = Program::with_filter(&folder, &sandbox, "info");
    let keys = create(&Page::open(program.address).await).await;
    let mut show = relay(&folder).args(["show", "MANY"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut shown = show.stdout.take().unwrap();
    shown.read_exact(&mut [0; 100]).unwrap();
    match is_killed {
        true => program.kill(),
        false => program.end().await,
    }
    std::thread::sleep(TOLD_APART);
    assert!(show.try_wait().unwrap().is_none(), "it waits for whoever reads it");
    put_back(&folder, &old);
    shown.read_to_end(&mut Vec::new()).unwrap();
    assert!(show.wait().is_ok());
    let program = Program::with_filter(&folder, &sandbox, "info");
    nothing_is_sent_twice(&sandbox, &program, &keys).await;
}

#[tokio::test]
async fn a_folder_that_is_put_back_while_a_show_is_read_page_by_page() {
    for is_killed in [false, true] {
        beside_an_open_show(is_killed, |folder, old| {
            for end in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(folder.path().join(format!("relay.sqlite{end}")));
            }
            for file in files(old.path()) {
                copy(&file, &folder.path().join(file.file_name().unwrap()));
            }
        })
        .await;
    }
}

#[tokio::test]
async fn what_a_restore_has_set_aside_and_somebody_moves_back_at_once() {
    for (is_killed, ends) in
        [(false, &[""][..]), (false, &["", "-witness"]), (true, &["", "-wal"]), (true, &["", "-wal", "-witness"])]
    {
        let (sandbox, folder, program) = started_quietly().await;
        let page = Page::open(program.address).await;
        // More claims are in what is set aside than will be made after it.
        for at in 0..3 {
            assert_eq!(page.submit(&page.new_key(), &incident(&format!("before {at}"))).await.status, 201);
        }
        let backup = folder.path().join("backup");
        assert!(relay(&folder).arg("backup").arg(&backup).status().unwrap().success());
        let late = page.new_key();
        match is_killed {
            true => program.kill(),
            false => program.end().await,
        }
        let restored = relay(&folder).arg("restore").arg(&backup).output().unwrap();
        assert!(restored.status.success(), "{restored:?}");
        let told = String::from_utf8(restored.stdout).unwrap();
        let aside = told.lines().find_map(|line| line.strip_prefix("what was there is kept: ")).unwrap();

        let program = Program::with_filter(&folder, &sandbox, "info");
        assert_eq!(program.readiness().await.1, "ready\n", "the operator knows");
        let page = Page::open(program.address).await;
        assert_eq!(page.submit(&late, &incident("todo 0")).await.problem(), (410, "key-unknown"));
        assert_eq!(page.submit_again(&page.new_key(), &late, &incident("todo 0")).await.status, 201);
        program.end().await;
        let witness = folder.path().join("relay.sqlite-witness");
        if ends.contains(&"-witness") {
            std::fs::remove_file(&witness).unwrap();
        }
        for end in ends {
            std::fs::rename(format!("{aside}{end}"), folder.path().join(format!("relay.sqlite{end}"))).unwrap();
        }
        let program = Program::with_filter(&folder, &sandbox, "info");
        assert_eq!(nothing_is_sent_twice(&sandbox, &program, &[late]).await, 1, "killed: {is_killed}, with {ends:?}");
    }
}

#[tokio::test]
async fn a_doubt_that_is_lost_with_the_log_is_found_again() {
    for is_put_back in [false, true] {
        let (sandbox, folder, program) = started_quietly().await;
        let page = Page::open(program.address).await;
        assert_eq!(page.submit(&page.new_key(), &incident("before")).await.status, 201);
        program.end().await;
        let old = take(&folder);
        let program = Program::with_filter(&folder, &sandbox, "info");
        let keys = create(&Page::open(program.address).await).await;
        program.end().await;
        if is_put_back {
            copy(&old.path().join("relay.sqlite"), &folder.path().join("relay.sqlite"));
        }
        let program = Program::at(folder.path(), "info", if is_put_back { &[] } else { &["run", "--restored"] });
        // Nobody asks it anything: a look at its readiness would be written, and counted.
        assert!(program.log().contains("may have lost rows"));
        program.kill();
        std::fs::remove_file(folder.path().join("relay.sqlite-wal")).unwrap();
        let program = Program::with_filter(&folder, &sandbox, "info");
        nothing_is_sent_twice(&sandbox, &program, &keys).await;
    }
}

#[tokio::test]
async fn a_copy_of_the_folder_of_a_relay_that_runs_and_is_put_back_at_once() {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    let keys = [page.new_key(), page.new_key()];
    assert_eq!(page.submit(&keys[0], &incident("todo 0")).await.status, 201);
    let old = take(&folder);
    assert_eq!(page.submit(&keys[1], &incident("todo 1")).await.status, 201);
    program.kill();
    remove(&folder);
    // So soon that no time of a change tells of it: it is another file.
    for file in files(old.path()) {
        copy(&file, &folder.path().join(file.file_name().unwrap()));
    }
    let program = Program::with_filter(&folder, &sandbox, "info");
    assert_eq!(nothing_is_sent_twice(&sandbox, &program, &keys).await, 1);
}

#[tokio::test]
async fn an_old_log_beside_a_store_that_was_closed() {
    let (sandbox, folder, program) = started_quietly().await;
    let keys = create(&Page::open(program.address).await).await;
    let old = take(&folder);
    let page = Page::open(program.address).await;
    let more: Vec<_> = (0..3).map(|_| page.new_key()).collect();
    for (at, key) in more.iter().enumerate() {
        assert_eq!(page.submit(key, &incident(&format!("todo {at}"))).await.status, 201);
    }
    program.end().await;
    for end in ["-wal", "-shm"] {
        let name = format!("relay.sqlite{end}");
        copy(&old.path().join(&name), &folder.path().join(&name));
    }
    let program = Program::with_filter(&folder, &sandbox, "info");
    nothing_is_sent_twice(&sandbox, &program, &more).await;
    drop((program, keys));
}

#[tokio::test]
async fn a_store_that_is_gone_is_told_of() {
    for (is_killed, taken) in
        [(false, "file"), (false, "content"), (true, "file"), (true, "content and log"), (true, "log")]
    {
        let (sandbox, folder, program) = started_quietly().await;
        let keys = create(&Page::open(program.address).await).await;
        match is_killed {
            true => program.kill(),
            false => program.end().await,
        }
        let file = folder.path().join("relay.sqlite");
        let log = folder.path().join("relay.sqlite-wal");
        match taken {
            "file" => std::fs::remove_file(&file).unwrap(),
            "log" => std::fs::remove_file(&log).unwrap(),
            _ => std::fs::write(&file, "").unwrap(),
        }
        if is_killed && taken != "log" {
            std::fs::remove_file(&log).unwrap();
        }
        let program = Program::with_filter(&folder, &sandbox, "info");
        assert_eq!(nothing_is_sent_twice(&sandbox, &program, &keys).await, KEYS, "killed: {is_killed}, {taken} taken");
        let metrics = program.health("/metrics").await.1;
        assert!(metrics.contains("bzctrl_relay_store_doubted 1\n"), "{metrics}");
    }
}
