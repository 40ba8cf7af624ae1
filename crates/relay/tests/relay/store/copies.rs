//! `backup` and `restore`.

use serde_json::json;

use crate::program::{Program, relay, started_quietly};
use crate::world::{Page, incident};

#[tokio::test]
async fn after_a_restore_nothing_is_sent_a_second_time_and_what_the_backup_knows_is_told() {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    let known = page.new_key();
    assert_eq!(page.submit(&known, &incident("known")).await.status, 201);
    let free = page.new_key();
    sandbox.fault("add-task", json!({ "status": { "code": 429, "body": "json" } })).await;
    assert_eq!(page.submit(&free, &incident("free")).await.status, 503);

    let backup = folder.path().join("backup.sqlite");
    let run = |command: &str| {
        let output = relay(&folder).arg(command).arg(&backup).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    assert_eq!(run("backup").0, 0, "beside the relay");
    let (code, _, says) = run("backup");
    assert!(code == 3 && says.contains("is there already"), "{says}");
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let of_backup = names.iter().filter(|name| name.to_str().unwrap().starts_with("backup")).count();
    assert_eq!(of_backup, 1, "{names:?}");
    // What another has put there is not touched, and of backups that meet one is whole.
    let foreign = folder.path().join("met.sqlite.part");
    std::fs::write(&foreign, "precious").unwrap();
    let met = folder.path().join("met.sqlite");
    let meeting: Vec<_> = (0..5).map(|_| relay(&folder).arg("backup").arg(&met).spawn().unwrap()).collect();
    let codes = meeting.into_iter().map(|backup| backup.wait_with_output().unwrap().status.code());
    assert_eq!(codes.filter(|code| *code == Some(0)).count(), 1);
    assert_eq!(std::fs::read_to_string(&foreign).unwrap(), "precious");
    assert_eq!(std::fs::read(&met).unwrap()[..6], *b"SQLite");

    // The free one is sent after the backup, and twenty more are.
    let mut keys = vec![(free.clone(), "free".to_owned())];
    keys.extend((0..20).map(|at| (page.new_key(), format!("todo {at}"))));
    for (key, title) in &keys {
        assert_eq!(page.submit(key, &incident(title)).await.status, 201);
    }
    let (code, _, says) = run("restore");
    assert!(code == 3 && says.contains("a relay uses the store"), "{says}");
    program.kill();
    let (code, told, says) = run("restore");
    assert!(code == 0 && told.contains("what was there is kept"), "{told} {says}");

    let program = Program::with_filter(&folder, &sandbox, "info");
    assert_eq!(program.readiness().await.1, "ready\n", "the operator knows");
    let page = Page::open(program.address).await;
    for (key, title) in &keys {
        let answer = page.submit(key, &incident(title)).await;
        let expected = if *key == free { (504, "outcome-unknown") } else { (410, "key-unknown") };
        assert_eq!(answer.problem(), expected, "{title}");
    }
    assert_eq!(page.submit(&known, &incident("known")).await.header("idempotency-replayed"), "true");
    assert_eq!(sandbox.todos().await.len(), 22);
    assert_eq!(page.submit(&page.new_key(), &incident("new")).await.status, 201);

    // Restores that fall into one second keep what each has found.
    program.end().await;
    let kept =
        |told: String| told.lines().find_map(|line| Some(line.strip_prefix("what was there is kept: ")?.to_owned()));
    let asides: std::collections::BTreeSet<_> = (0..3).map(|_| kept(run("restore").1).unwrap()).collect();
    assert_eq!(asides.len(), 3, "{asides:?}");

    // What was kept aside is a whole store: it can be put back in the same way.
    let aside = told.lines().find_map(|line| line.strip_prefix("what was there is kept: ")).unwrap();
    let wal = format!("{aside}-wal");
    assert!(std::path::Path::new(&wal).exists(), "the killed relay's log is with it");
    let output = relay(&folder).arg("restore").arg(aside).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let program = Program::with_filter(&folder, &sandbox, "info");
    let page = Page::open(program.address).await;
    for (key, title) in &keys {
        assert_eq!(page.submit(key, &incident(title)).await.header("idempotency-replayed"), "true", "{title}");
    }
    assert_eq!(sandbox.todos().await.len(), 23);
}

#[tokio::test]
async fn a_backup_gets_no_name_that_is_taken_for_a_part_of_a_database_nor_one_that_has_parts() {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    let key = page.new_key();
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.status, 201);
    let refused = |name: &str, says: &str| {
        let file = folder.path().join(name);
        let output = relay(&folder).arg("backup").arg(&file).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && stderr.contains(says), "{name}: {stderr}");
    };
    for database in ["relay.sqlite", "other.sqlite"] {
        for end in ["-journal", "-wal", "-shm", "-witness", "-witness.new", "-restoring"] {
            let name = format!("{database}{end}");
            let was = std::fs::metadata(folder.path().join(&name)).map(|it| it.len()).ok();
            refused(&name, "as what belongs to a database does");
            assert_eq!(std::fs::metadata(folder.path().join(&name)).map(|it| it.len()).ok(), was, "{name}");
        }
    }
    std::fs::write(folder.path().join("backup-wal"), "of another").unwrap();
    refused("backup", "would be taken for a part of it");
    program.kill();
    let program = Program::with_filter(&folder, &sandbox, "info");
    assert_eq!(program.readiness().await.1, "ready\n");
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn what_is_no_backup_is_not_restored_and_the_store_stays() {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    let key = page.new_key();
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.status, 201);
    program.end().await;
    let wrong = folder.path().join("wrong");
    for (content, says) in [(None, "there is no file"), (Some(""), "is empty"), (Some("text"), "is no SQLite database")]
    {
        if let Some(content) = content {
            std::fs::write(&wrong, content).unwrap();
        }
        let output = relay(&folder).arg("restore").arg(&wrong).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(3) && stderr.contains(says), "{stderr}");
    }
    let program = Program::with_filter(&folder, &sandbox, "info");
    assert_eq!(program.readiness().await.1, "ready\n");
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.header("idempotency-replayed"), "true");
}
