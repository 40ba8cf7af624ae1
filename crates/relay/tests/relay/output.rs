//! What commands do where nobody reads any more what they write, and where it cannot be written.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::commands::{unknown, wait_a_quarter};
use crate::program::{relay, started};
use crate::world::{ORIGIN, Page, incident};

/// A writer's end of a pipe whose other end is closed.
fn nobody() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A device that is full; none where the system has none.
fn full() -> Option<Stdio> {
    File::options().write(true).open("/dev/full").ok().map(Stdio::from)
}

fn ended(command: &mut Command) -> (Option<i32>, String) {
    let out = command.output().unwrap();
    (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_no_more_is_told_nothing_and_what_cannot_be_written_is_told_with_a_code_of_its_own() {
    let (sandbox, folder, program) = started().await;
    std::fs::create_dir(folder.path().join("widget")).unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let page = Page::open(program.address).await;
    page.submit(&page.new_key(), &incident("Seal broken")).await;
    let keys = [unknown(&sandbox, &page, "one").await, unknown(&sandbox, &page, "two").await];
    wait_a_quarter(&folder);
    let url = format!("http://{}/v1/token", program.address);
    let backups = ["a", "b"].map(|name| folder.path().join(name).display().to_string());
    let resolve = |at: usize| vec!["resolve", &keys[at], "--not-created", "--why", "looked", "--by", "me"];
    let same = |command: &[&'static str]| [command.to_vec(), command.to_vec()];
    // Each for a closed reader, and for a full device.
    let commands: [([Vec<&str>; 2], i32); 13] = [
        (same(&["check"]), 0),
        (same(&["check", "--online"]), 0),
        (same(&["show", "--unknown"]), 0),
        (same(&["show", "--unknown", "--json"]), 0),
        (same(&["show", "ORDER 777"]), 0),
        (same(&["webhooks", "list"]), 0),
        (same(&["erase", "--order", "ORDER 777"]), 3),
        (same(&["man"]), 0),
        (same(&["--help"]), 0),
        (same(&["--version"]), 0),
        ([vec!["backup", &backups[0]], vec!["backup", &backups[1]]], 0),
        ([resolve(0), resolve(1)], 0),
        // It ends where nobody reads what it finds.
        ([vec!["conform", &url, "--origin", ORIGIN], vec!["conform", &url, "--origin", ORIGIN]], 4),
    ];
    for ([closed, unwritten], code) in commands {
        let (found, stderr) = ended(relay(&folder).args(&closed).stdout(nobody()));
        assert!(found == Some(code), "{closed:?}: {found:?} {stderr}");
        assert!(code == 3 || stderr.is_empty(), "{closed:?}: {stderr}");
        let Some(full) = full() else { continue };
        let (found, stderr) = ended(relay(&folder).args(&unwritten).stdout(full));
        assert_eq!(found, Some(4), "{unwritten:?}: {stderr}");
        let told = "bzctrl-relay: what came of it cannot be written to standard output: No space left on device";
        assert!(stderr.starts_with(told) && stderr.lines().count() == 1, "{unwritten:?}: {stderr}");
    }
    assert!(backups.iter().all(|file| std::path::Path::new(file).exists()), "what was done is done");
    // Nor does what cannot be written to standard error change anything.
    for (command, code) in [(&["check", "--offline"][..], 2), (&["show", "nothing"], 3), (&["resolve"], 2)] {
        for stderr in [Some(nobody()), full()].into_iter().flatten() {
            let status = relay(&folder).args(command).stderr(stderr).stdout(Stdio::null()).status().unwrap();
            assert_eq!(status.code(), Some(code), "{command:?}");
        }
    }
    let wrong = relay(&folder).arg("check").env("BZCTRL_RELAY__SERVER__LISTEN", "7").stderr(nobody()).status().unwrap();
    assert_eq!(wrong.code(), Some(2));
}
