//! What the operator's commands end with, and what they say where: results on standard output, why something was not done on standard
//! error, and a slip in the words of a command ends with 2, before anything is done.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::commands::{in_the_files, json_of, link_at, told, unknown, wait_a_quarter};
use crate::program::{Program, relay, started};
use crate::webhooks::{Receiver, Says, row_with};
use crate::world::{PASSWORD, Page, Sandbox, incident};

const NO_KEY: &str = "e.00000000000000000000000000000000";

#[tokio::test]
async fn what_is_not_done_is_said_on_standard_error_and_nowhere_else() {
    let (_sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    page.submit(&page.new_key(), &incident("Seal broken")).await;
    for (command, says) in [
        (&["show", "ORDER 778"][..], "the store knows of nothing"),
        (&["show", NO_KEY], "does not know this key"),
        (&["resolve", NO_KEY, "--not-created", "--why", "looked"], "knows no key"),
        (&["erase", "--order", "ORDER 778"], "there is nothing to erase"),
        (&["erase", "--order", "ORDER 778", "--yes"], "there is nothing to erase"),
        (&["erase", "--person", "nobody@host.example", "--yes"], "there is nothing to erase"),
        (&["erase", "--key", NO_KEY, "--yes"], "there is nothing to erase"),
        (&["webhooks", "resend", "--dead"], "no webhook is dead"),
        (&["webhooks", "resend", "--dead", "--tenant", "demo"], "no webhook is dead"),
        (&["webhooks", "resend", "msg_none"], "there is no webhook msg_none"),
    ] {
        let (code, stdout, stderr) = told(&folder, command);
        assert_eq!((code, &*stdout), (3, ""), "{command:?}: {stderr}");
        assert!(stderr.starts_with("bzctrl-relay: ") && stderr.contains(says), "{command:?}: {stderr}");
    }
    let (code, stdout, stderr) = told(&folder, &["show", "ORDER 778", "--json"]);
    assert!(code == 3 && stdout == "[]\n" && stderr.contains("knows of nothing"), "{code} {stdout} {stderr}");
    // What would be erased is a result; that it was not is the reason for the 3.
    let (code, stdout, stderr) = told(&folder, &["erase", "--order", "ORDER 777"]);
    assert!(code == 3 && stdout.starts_with("would be erased, with --yes: 1 todo(s)\n"), "{code} {stdout}");
    assert_eq!(stderr, "bzctrl-relay: nothing was erased: --yes does it\n");
    // That there is nothing may be what was asked for.
    for (command, says) in [
        (&["show", "--unknown"][..], "nothing is unknown\n"),
        (&["show", "--unknown", "--json"], "[]\n"),
        (&["webhooks", "list"], "no webhook waits or is dead\n"),
        (&["webhooks", "list", "--dead"], "no webhook is dead\n"),
        (&["webhooks", "list", "--json"], "[]\n"),
        (&["erase", "--order", "ORDER 777", "--yes"], "erased: 1 todo(s)\n"),
    ] {
        assert_eq!(told(&folder, command), (0, says.to_owned(), String::new()), "{command:?}");
    }
}

#[tokio::test]
async fn what_is_sent_again_is_a_result_and_what_is_not_is_said_beside_it() {
    let (sandbox, receiver, folder) = (Sandbox::start().await, Receiver::start().await, tempfile::tempdir().unwrap());
    let program = Program::with(&folder, &sandbox, &receiver.settings(&folder));
    receiver.says([Says::Status(410)]);
    let page = Page::open(program.address).await;
    page.submit(&page.new_key(), &incident("Seal broken")).await;
    let id = receiver.wait_for(1).await[0].id().to_owned();
    row_with(folder.path(), &id, 1).await;
    let (code, stdout, stderr) = told(&folder, &["webhooks", "resend", &id, "msg_none"]);
    assert_eq!((code, &*stdout), (3, "1 webhook(s) will be sent again\n"));
    assert_eq!(stderr, "bzctrl-relay: there is no webhook msg_none\n");
}

#[tokio::test]
async fn a_slip_in_a_commands_words_ends_with_2_and_does_nothing() {
    let (sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    let key = unknown(&sandbox, &page, "Seal broken").await;
    wait_a_quarter(&folder);
    let link = link_at(&sandbox);
    for command in [
        &["resolve", &key[..key.len() - 1], "--not-created", "--why", "looked"][..],
        &["resolve", "", "--not-created", "--why", "looked"],
        &["resolve", &key, "--not-created", "--why", ""],
        &["resolve", &key, "--not-created", "--why", "looked", "--by", ""],
        &["resolve", &key, "--not-created", "--why", "looked", "--by", " "],
        &["resolve", &key, "--why", "looked"],
        &["erase", "--person", ""],
        &["erase", "--person", " ", "--yes"],
        &["erase", "--person", "Grace", "--yes"],
        &["erase", "--person", "@host.example", "--yes"],
        &["erase", "--order", "", "--yes"],
        &["erase", "--order", " ", "--yes"],
        &["erase", "--key", "", "--yes"],
        &["erase", "--key", "ORDER 777", "--yes"],
        &["erase", "--yes"],
        &["show"],
        &["show", ""],
        &["show", " "],
        &["show", "--tenant", ""],
        &["show", "ORDER 777", "--tenant", ""],
        &["webhooks"],
        &["webhooks", "resend"],
        &["webhooks", "resend", ""],
        &["webhooks", "resend", "msg_none", "--tenant", "demo"],
        &["webhooks", "list", "--dead", "--all"],
        &["conform"],
        &["chek"],
    ] {
        let (code, stdout, stderr) = told(&folder, command);
        assert!(code == 2 && stdout.is_empty() && !stderr.is_empty(), "{command:?}: {code} {stdout} {stderr}");
    }
    // Nobody who could be kept as who said so.
    for user in [None, Some(""), Some(" ")] {
        let mut command = relay(&folder);
        command.args(["resolve", &key, "--not-created", "--why", "looked"]).env_remove("SUDO_USER").env_remove("USER");
        let out = command.envs(user.map(|user| ("USER", user))).output().unwrap();
        let stderr = String::from_utf8(out.stderr).unwrap();
        assert!(out.status.code() == Some(2) && stderr.contains("who says so? Set --by NAME"), "{stderr}");
    }
    assert_eq!(json_of(&folder, &["show", "--unknown", "--json"]).len(), 1, "nothing was done");
    // Who used sudo is named before whom that made them.
    let mut command = relay(&folder);
    command.args(["resolve", &key, "--created", &link, "--why", "seen"]).env("SUDO_USER", "ada").env("USER", "root");
    assert!(command.status().unwrap().success());
    assert_eq!(json_of(&folder, &["show", &key, "--json"])[0]["resolvedBy"], "ada");
}

#[tokio::test]
async fn a_link_is_one_of_the_environments_pages() {
    let (sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    let key = unknown(&sandbox, &page, "Seal broken").await;
    wait_a_quarter(&folder);
    let here = format!("http://{}", sandbox.address);
    let port = sandbox.address.port();
    let resolve = |link: &str| told(&folder, &["resolve", &key, "--created", link, "--why", "seen"]);
    for link in [
        "https://evil.example/app/#/todo/EXA-1",
        "https://www.bzctrl.com/app/#/todo/EXA-1",
        &format!("https://127.0.0.1:{port}/app/#/todo/EXA-1"),
        &format!("http://127.0.0.1:{}/app/#/todo/EXA-1", port ^ 1),
        &format!("http://localhost:{port}/app/#/todo/EXA-1"),
        &format!("{here}/elsewhere/#/todo/EXA-1"),
        &format!("{here}/application/#/todo/EXA-1"),
        &format!("{here}/app/../elsewhere"),
        &format!("{here}/app/%2e%2e/elsewhere"),
        &format!("{here}.evil.example/app/"),
        &here,
        // Whoever opens these finds no todo.
        &format!("{here}/app"),
        &format!("{here}/app/"),
        &format!("{here}/app//"),
        &format!("{here}/app/#"),
        &format!("{here}/app/#/"),
        &format!("{here}/app/#!/"),
        &format!("{here}/app/?#"),
    ] {
        let (code, stdout, stderr) = resolve(link);
        assert_eq!((code, &*stdout), (2, ""), "{link}: {stderr}");
        assert!(stderr.contains(&format!("that the browser shows of it, below {here}/app/")), "{link}: {stderr}");
    }
    for link in [
        "javascript:alert(1)",
        "//127.0.0.1/app/",
        "app/#/todo/EXA-1",
        "",
        &format!("http://user@127.0.0.1:{port}/app/"),
        &format!("http://user:pw@127.0.0.1:{port}/app/"),
        &format!("{here}/app/ x"),
        &format!("{here}/app/\u{202e}x"),
        &format!("{here}\\app/"),
    ] {
        let (code, stdout, stderr) = resolve(link);
        assert!(
            code == 2 && stdout.is_empty() && stderr.contains("expected an http or https link"),
            "{link}: {stderr}"
        );
    }
    assert_eq!(json_of(&folder, &["show", "--unknown", "--json"])[0]["state"], json!("unknown"), "nothing was done");
    assert_eq!(resolve(&format!("{here}/app/#/todo/EXA-1")).0, 0);
}

#[tokio::test]
async fn what_backup_and_restore_cannot_be_done_on_is_told_and_is_no_fault_of_the_stores() {
    let (_sandbox, folder, _program) = started().await;
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("text"), "x".repeat(200)).unwrap();
    std::fs::write(at("empty"), "").unwrap();
    for (name, version) in [("foreign", 0), ("versioned", 3), ("bare", 2)] {
        let table = if name == "bare" { "" } else { "create table moz_places (a);" };
        let database = rusqlite::Connection::open(at(name)).unwrap();
        database.execute_batch(&format!("{table} pragma user_version = {version};")).unwrap();
    }
    let store = at("relay.sqlite");
    for (command, says) in [
        (["restore", &at("nope")], "there is no file "),
        (["restore", folder.path().to_str().unwrap()], "is no file"),
        (["restore", &at("text")], "is no SQLite database"),
        (["restore", &at("empty")], "is empty"),
        (["restore", &at("foreign")], "is a database of another program"),
        (["restore", &at("versioned")], "is a database of another program"),
        (["restore", &at("bare")], "is a database without anything in it"),
        (["restore", &store], "it is the store itself"),
        (["backup", &at("nofolder/x")], "there is no folder "),
        (["backup", &at("text/x")], "is no folder"),
        (["backup", &at("text")], "is there already"),
        (["backup", &at("foreign")], "is there already"),
        (["backup", &store], "it is the store itself"),
        (["backup", "/"], "/ is no file's name"),
    ] {
        let (code, stdout, stderr) = told(&folder, &command);
        assert_eq!((code, &*stdout), (3, ""), "{command:?}: {stderr}");
        assert!(stderr.contains(says) && stderr.lines().count() == 1 && !stderr.contains("SELECT"), "{stderr}");
    }
}

#[tokio::test]
async fn a_backup_that_is_damaged_is_no_fault_of_the_stores_and_what_is_unknown_in_a_whole_one_is_counted() {
    let (sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    for title in ["one", "two"] {
        unknown(&sandbox, &page, title).await;
    }
    let erased = unknown(&sandbox, &page, "three").await;
    wait_a_quarter(&folder);
    assert_eq!(told(&folder, &["erase", "--key", &erased, "--yes"]).0, 0);
    let [backup, damaged] = ["backup", "damaged"].map(|name| folder.path().join(name).display().to_string());
    assert_eq!(told(&folder, &["backup", &backup]).0, 0);
    let (code, _, stderr) = told(&folder, &["restore", &backup]);
    assert!(code == 3 && stderr.contains("a relay uses the store: end it first"), "{code} {stderr}");
    assert!(!stderr.contains("a store of its own"), "that is for relays: {stderr}");
    program.end().await;
    let mut bytes = std::fs::read(&backup).unwrap();
    for page in bytes.chunks_mut(4096).skip(1) {
        page[..64].fill(0x5a);
    }
    std::fs::write(&damaged, bytes).unwrap();
    let (code, stdout, stderr) = told(&folder, &["restore", &damaged]);
    assert!((code, &*stdout) == (3, "") && stderr.contains("cannot be restored: it is damaged"), "{code} {stderr}");
    let (code, stdout, stderr) = told(&folder, &["restore", &backup]);
    assert!(
        code == 0 && stdout.contains("\nof 2 todo(s) of the backup, too, nobody knows what became"),
        "{stdout} {stderr}"
    );
    assert_eq!(json_of(&folder, &["show", "--unknown", "--json"]).len(), 2);
}

#[tokio::test]
async fn what_check_calls_wrong_ends_a_start_with_the_same_code() {
    let sandbox = Sandbox::start().await;
    let codes = |settings: &dyn Fn(String, &str) -> String, prepare: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        std::fs::create_dir(folder.path().join("widget")).unwrap();
        std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
        let text = settings(crate::world::settings(sandbox.address, &folder, ""), folder.path().to_str().unwrap());
        std::fs::write(folder.path().join("relay.toml"), text).unwrap();
        prepare(folder.path());
        let code = |words: &[&str]| relay(&folder).args(words).output().unwrap().status.code();
        (code(&["check"]), code(&[]))
    };
    let same = |text: String, _: &str| text;
    let pipe = |path: &Path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    let wrong = (Some(2), Some(2));
    assert_eq!(codes(&same, &|folder| std::fs::write(folder.join("relay.seal-key"), "garbage").unwrap()), wrong);
    assert_eq!(codes(&same, &|folder| pipe(&folder.join("relay.seal-key"))), wrong, "nobody is waited for");
    assert_eq!(codes(&same, &|folder| std::fs::write(folder.join("relay.sqlite"), "no database").unwrap()), wrong);
    assert_eq!(codes(&same, &|folder| std::fs::create_dir(folder.join("relay.sqlite")).unwrap()), wrong);
    assert_eq!(codes(&same, &|folder| pipe(&folder.join("relay.sqlite"))), wrong);
    let elsewhere = |text: String, _: &str| text.replacen("listen = \"127.0.0.1:0", "listen = \"192.0.2.1:8081", 1);
    assert_eq!(codes(&elsewhere, &|_| ()), wrong);
    // A port that another has is right, and free later.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let in_use =
        |text: String, _: &str| text.replacen("listen = \"127.0.0.1:0", &format!("listen = \"127.0.0.1:{port}"), 1);
    assert_eq!(codes(&in_use, &|_| ()), (Some(0), Some(1)));
}

#[tokio::test]
async fn a_key_in_quotes_or_capitals_is_pointed_out_and_a_todo_shows_where_it_may_be() {
    let (_sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    let key = page.new_key();
    page.submit(&key, &incident("Seal broken")).await;
    let (epoch, digits) = key.split_once('.').unwrap();
    let digits = format!("{}A", &digits[..31]);
    let lower = format!("{epoch}.{}", digits.to_lowercase());
    for (written, meant) in [
        (format!("\"{key}\""), &key),
        (format!("'{key}'"), &key),
        (format!("\u{201c}{key}\u{201d}"), &key),
        (format!("{epoch}.{digits}"), &lower),
    ] {
        let (code, _, stderr) = told(&folder, &["show", &written]);
        assert!(code == 3 && stderr.contains(&format!("if the key {meant} is meant")), "{written}: {stderr}");
        let (code, _, stderr) = told(&folder, &["resolve", &written, "--not-created", "--why", "looked"]);
        assert!(code == 2 && stderr.contains("without quotes"), "{written}: {stderr}");
    }
    let shown = &json_of(&folder, &["show", &key, "--json"])[0];
    assert_eq!(shown["workspaces"], "EXA-CON-BUS-WOR, EXA-CON-BUS-UNKNOWN");
}

#[tokio::test]
async fn an_erasure_that_a_reader_has_kept_from_its_end_is_finished_by_the_next_which_says_so() {
    if crate::rows::is_postgres() {
        return;
    }
    let (_sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    page.submit(&page.new_key(), &incident("Seal broken")).await;
    let reader = rusqlite::Connection::open(folder.path().join("relay.sqlite")).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM keys").unwrap();
    let erase = || told(&folder, &["erase", "--order", "ORDER 777", "--yes"]);
    let (code, stdout, stderr) = erase();
    assert!(code == 1 && stdout.starts_with("erased: 1 todo(s)") && stderr.contains("do the same again"), "{stderr}");
    let (code, stdout, _) = erase();
    assert_eq!((code, &*stdout), (1, ""), "it is still reading");
    drop(reader);
    let (code, _, stderr) = told(&folder, &["erase", "--order", "ORDER 777"]);
    assert!(code == 3 && stderr.contains("an earlier one has left"), "{stderr}");
    let (code, stdout, stderr) = erase();
    assert!(code == 0 && stdout.contains("is gone from there"), "{code} {stdout} {stderr}");
    assert!(!in_the_files(folder.path(), "Seal broken"));
    let (code, stdout, stderr) = erase();
    assert_eq!((code, &*stdout, &*stderr), (3, "", "bzctrl-relay: there is nothing to erase\n"));
}

#[tokio::test]
async fn a_key_of_which_letters_are_missing_is_told_from_an_order() {
    let (_sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    let key = page.new_key();
    page.submit(&key, &incident("Seal broken")).await;
    for cut in [&key[..key.len() - 1], &format!("{key}0"), &key[..key.len() - 32]] {
        let (code, _, stderr) = told(&folder, &["show", cut]);
        assert!(code == 3 && stderr.contains("a key, if it is one, has 32 letters after its point"), "{stderr}");
    }
    let (_, _, stderr) = told(&folder, &["show", "ORDER 7.7"]);
    assert!(!stderr.contains("a key"), "{stderr}");
}
