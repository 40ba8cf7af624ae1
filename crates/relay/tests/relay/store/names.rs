//! One file under several names. SQLite keeps what was written last beside the name by which it was opened.

use std::os::unix::fs::symlink;
use std::process::Output;

use serde_json::json;

use crate::program::{Program, relay, started_quietly};
use crate::world::{Page, incident};

fn says(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test]
async fn commands_go_by_the_name_that_the_relay_uses_and_refuse_any_other_of_the_same_file() {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    let key = page.new_key();
    sandbox.fault("add-task", json!("half-answer")).await;
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.problem(), (504, "outcome-unknown"));
    let store = folder.path().join("relay.sqlite");
    let link = folder.path().join("link.sqlite");
    let hard = folder.path().join("hard.sqlite");
    symlink(&store, &link).unwrap();
    let by = |name: &std::path::Path, arguments: &[&str]| {
        relay(&folder).args(arguments).env("BZCTRL_RELAY__STORE__PATH", name).env("USER", "operator").output().unwrap()
    };
    let resolve = ["resolve", &key, "--not-created", "--why", "looked"];
    let backup = folder.path().join("backup");
    let commands: [&[&str]; 5] = [
        &["show", &key],
        &["erase", "--key", &key, "--yes"],
        &resolve,
        &["webhooks", "list"],
        &["backup", backup.to_str().unwrap()],
    ];
    assert!(by(&link, commands[0]).status.success(), "a link is followed");
    for is_running in [true, false] {
        if !is_running {
            std::fs::remove_file(&hard).unwrap();
            program.signal("-KILL");
            while std::fs::read_to_string(format!("/proc/{}/stat", program.id()))
                .is_ok_and(|stat| !stat.contains(") Z "))
            {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
        }
        std::fs::hard_link(&store, &hard).unwrap();
        for command in commands {
            let output = by(&hard, command);
            assert_eq!(output.status.code(), Some(1), "{command:?}");
            let says = says(&output);
            assert!(
                says.contains("names of the same file") || says.contains("witness is not beside"),
                "{command:?}: {says}"
            );
            assert!(!folder.path().join("hard.sqlite-wal").exists() && !folder.path().join("hard.sqlite-shm").exists());
        }
        assert!(by(&store, commands[0]).status.success(), "its own name is right still");
    }
    // Nor does a relay start by the other one.
    let relay = relay(&folder);
    let refused = std::process::Command::new("timeout")
        .arg("20")
        .arg(relay.get_program())
        .args(relay.get_args())
        .env("BZCTRL_RELAY__STORE__PATH", &hard)
        .output()
        .unwrap();
    assert!(!refused.status.success() && says(&refused).contains("names of the same file"), "{}", says(&refused));
    std::fs::remove_file(&hard).unwrap();
    let program = Program::with_filter(&folder, &sandbox, "info");
    assert_eq!(program.readiness().await, (200, "ready\n".to_owned()));
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.problem(), (504, "outcome-unknown"));
}

#[tokio::test]
async fn a_copy_that_no_relay_has_started_on_is_not_worked_on() {
    let (_sandbox, folder, program) = started_quietly().await;
    program.end().await;
    let copy = folder.path().join("copy.sqlite");
    std::fs::copy(folder.path().join("relay.sqlite"), &copy).unwrap();
    let output = relay(&folder).args(["show", "--unknown"]).env("BZCTRL_RELAY__STORE__PATH", &copy).output().unwrap();
    assert!(output.status.code() == Some(1) && says(&output).contains("witness is not beside"), "{}", says(&output));
}
