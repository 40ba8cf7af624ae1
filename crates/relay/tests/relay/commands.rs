//! What an operator does beside a running relay, by the program itself.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Program, relay, started};
use crate::rows;
use crate::webhooks::{Receiver, SECRET, Says, row, row_with};
use crate::world::{Answer, Page, Sandbox, client, incident};

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    relay(folder).args(arguments).env("USER", "operator").env_remove("SUDO_USER").output().unwrap()
}

/// Exit code, standard output, standard error.
pub(crate) fn told(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = run(folder, arguments);
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

pub(crate) fn json_of(folder: &TempDir, arguments: &[&str]) -> Vec<Value> {
    let (code, stdout, stderr) = told(folder, arguments);
    assert_eq!((code, &*stderr), (0, ""), "{arguments:?}");
    serde_json::from_str(&stdout).unwrap()
}

fn sql(folder: &TempDir, sql: &str) {
    rows::change(folder.path(), sql);
}

/// What a quarter of an hour does.
pub(crate) fn wait_a_quarter(folder: &TempDir) {
    sql(folder, "UPDATE keys SET claimed_at = claimed_at - 900");
}

/// A todo of which nobody knows what became.
pub(crate) async fn unknown(sandbox: &Sandbox, page: &Page, title: &str) -> String {
    let key = page.new_key();
    sandbox.fault("add-task", json!("half-answer")).await;
    assert_eq!(page.submit(&key, &incident(title)).await.problem(), (504, "outcome-unknown"));
    key
}

/// A link to one of the environment's pages.
pub(crate) fn link_at(sandbox: &Sandbox) -> String {
    format!("http://{}/app/#/todo/EXA-1", sandbox.address)
}

#[tokio::test]
async fn an_unknown_todo_that_the_operator_finds_is_created_and_told_to_page_and_host() {
    let (sandbox, receiver, folder) = (Sandbox::start().await, Receiver::start().await, tempfile::tempdir().unwrap());
    let program = Program::with(&folder, &sandbox, &receiver.settings(&folder));
    let page = Page::open(program.address).await;
    let key = unknown(&sandbox, &page, "Seal broken").await;

    let link = link_at(&sandbox);
    let listed = json_of(&folder, &["show", "--unknown", "--json"]);
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0]["key"], &listed[0]["state"]), (&json!(key), &json!("unknown")));
    assert_eq!((&listed[0]["title"], &listed[0]["orderID"]), (&json!("Seal broken"), &json!("ORDER 777")));

    let resolve = ["resolve", &key, "--created", &link, "--why", "seen in the workspace", "--by", "Ada"];
    let (code, _, stderr) = told(&folder, &resolve);
    assert!(code == 3 && stderr.contains("less than 15 minutes ago") && stderr.contains("15 min"), "{code} {stderr}");
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.problem(), (504, "outcome-unknown"));

    wait_a_quarter(&folder);
    let (code, _, stderr) = told(&folder, &["resolve", &key, "--not-created", "--why", " ", "--by", "Ada"]);
    assert!(code == 2 && stderr.contains("how you know"), "{code} {stderr}");
    let (code, stdout, _) = told(&folder, &resolve);
    assert!(code == 0 && stdout.contains("known to be created"), "{code} {stdout}");
    let answer = page.submit(&key, &incident("Seal broken")).await;
    assert_eq!(
        (answer.status, answer.header("idempotency-replayed"), &answer.json["taskLink"]),
        (201, "true", &json!(link))
    );
    let told_host = receiver.wait_for(1).await;
    assert_eq!(told_host[0].json["data"]["taskLink"], link);
    row_with(folder.path(), told_host[0].id(), 1).await;

    let (code, shown, _) = told(&folder, &["show", &key]);
    assert_eq!(code, 0);
    for part in [&*link, "resolvedBy   Ada", "why          seen in the workspace", "state        created", " told\n"] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
    let (code, _, stderr) = told(&folder, &["resolve", &key, "--not-created", "--why", "a slip"]);
    assert!(code == 3 && stderr.contains("known to be created"), "{code} {stderr}");
    assert_eq!(sandbox.sends().await.len(), 1);
}

#[tokio::test]
async fn an_unknown_todo_that_the_operator_does_not_find_may_be_submitted_anew() {
    let (sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    let key = unknown(&sandbox, &page, "Seal broken").await;
    wait_a_quarter(&folder);
    assert_eq!(told(&folder, &["resolve", &key, "--not-created", "--why", "looked"]).0, 0);
    let answer = page.submit(&key, &incident("Seal broken")).await;
    assert_eq!(answer.problem(), (502, "upstream-rejected"));
    assert!(answer.json["upstream"]["reason"].as_str().unwrap().contains("was not created"));
    let shown = &json_of(&folder, &["show", &key, "--json"])[0];
    assert_eq!((&shown["state"], &shown["resolvedBy"]), (&json!("rejected"), &json!("operator")));
    assert_eq!(shown.get("status"), None, "BzCtrl has said nothing");
}

#[tokio::test]
async fn nothing_but_an_unknown_key_is_resolved() {
    let (sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    let [created, free, sending] = [page.new_key(), page.new_key(), page.new_key()];
    assert_eq!(page.submit(&created, &incident("created")).await.status, 201);
    sandbox.fault("add-task", json!({ "status": { "code": 429, "body": "json" } })).await;
    assert_eq!(page.submit(&free, &incident("free")).await.status, 503);
    sandbox.fault("add-task", json!({ "delay": { "ms": 3000 } })).await;
    let todo = incident("sending");
    let submitted = page.request(&sending).json(&todo).send();
    let looked = async {
        while sandbox.sends().await.len() < 3 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        wait_a_quarter(&folder);
        for (key, says) in [
            (&*created, "known to be created"),
            (&free, "nothing was sent"),
            (&sending, "being sent right now"),
            ("e.00000000000000000000000000000000", "knows no key"),
        ] {
            let (code, stdout, stderr) = told(&folder, &["resolve", key, "--not-created", "--why", "looked"]);
            assert!(code == 3 && stdout.is_empty() && stderr.contains(says), "{key}: {code} {stderr}");
        }
    };
    let (answer, ()) = tokio::join!(submitted, looked);
    assert_eq!(answer.unwrap().status().as_u16(), 201);
    let link = link_at(&sandbox);
    for wrong in [
        &["resolve", &created, "--why", "looked"][..],
        &["resolve", &created, "--created", &link, "--not-created", "--why", "looked"],
        &["resolve", &created, "--created", "javascript:alert(1)", "--why", "looked"],
        &["resolve", &created, "--not-created"],
    ] {
        assert_eq!(told(&folder, wrong).0, 2, "{wrong:?}");
    }
}

#[tokio::test]
async fn an_order_is_shown_across_tenants_and_what_is_not_there_is_said() {
    let (_sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    for title in ["first", "second"] {
        page.submit(&page.new_key(), &incident(title)).await;
    }
    let shown = json_of(&folder, &["show", "ORDER 777", "--json"]);
    let titles: Vec<_> = shown.iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["first", "second"]);
    assert_eq!(json_of(&folder, &["show", "ORDER 777", "--tenant", "demo", "--json"]).len(), 2);
    for none in [&["show", "ORDER 778"][..], &["show", &page.new_key()], &["show", "ORDER 777", "--tenant", "other"]] {
        let (code, stdout, stderr) = told(&folder, none);
        assert!(code == 3 && stdout.is_empty() && stderr.contains("the store"), "{none:?}: {code} {stdout} {stderr}");
    }
    assert_eq!(told(&folder, &["show", "--unknown"]).0, 0);
    assert_eq!(told(&folder, &["show"]).0, 2);
}

#[tokio::test]
async fn a_title_does_not_speak_to_the_operators_terminal() {
    let (_sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    page.submit(&page.new_key(), &incident("Seal broken")).await;
    sql(&folder, "UPDATE keys SET title = 'a\u{1b}[2Jb\nstate created\u{202e}'");
    let (_, shown, _) = told(&folder, &["show", "ORDER 777"]);
    assert!(!shown.contains('\u{1b}') && shown.contains("[2Jb\u{fffd}state created\u{fffd}"), "{shown:?}");
}

/// Whether a text stands in any of the store's files.
pub(crate) fn in_the_files(folder: &Path, text: &str) -> bool {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files = files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("relay.sqlite"));
    files.any(|path| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    })
}

#[tokio::test]
async fn what_is_erased_is_in_no_file_of_the_store_and_is_told_to_nobody_and_never_sent_again() {
    let (sandbox, receiver, folder) = (Sandbox::start().await, Receiver::start().await, tempfile::tempdir().unwrap());
    let program = Program::with(&folder, &sandbox, &receiver.settings(&folder));
    receiver.says([Says::Status(500)]);
    let page = Page::open(program.address).await;
    let key = page.new_key();
    let todo = incident("Seal of grace@host.example");
    assert_eq!(page.submit(&key, &todo).await.status, 201);
    let other = page.new_key();
    let mut others = incident("Another title");
    others["orderID"] = json!("ORDER 778");
    assert_eq!(page.submit(&other, &others).await.status, 201);
    let id = receiver.wait_for(1).await[0].id().to_owned();
    row_with(folder.path(), &id, 1).await;
    assert!(in_the_files(folder.path(), "Seal of grace@host.example"));

    let person = ["erase", "--person", "Grace@host.example"];
    let (code, stdout, _) = told(&folder, &person);
    assert!(code == 3 && stdout.contains("would be erased") && stdout.contains("1 todo"), "{code} {stdout}");
    assert!(in_the_files(folder.path(), "Seal of grace@host.example"));
    let (code, stdout, stderr) = told(&folder, &[&person[..], &["--yes"]].concat());
    assert!(code == 0 && stdout.contains("erased: 1 todo") && stdout.contains("1 webhook"), "{code} {stdout} {stderr}");
    for text in ["Seal of", "grace@host.example", "ORDER 777"] {
        assert!(!in_the_files(folder.path(), text), "{text}");
    }
    assert!(in_the_files(folder.path(), "Another title"));
    assert_eq!(page.submit(&key, &todo).await.problem(), (410, "key-unknown"));
    assert_eq!(sandbox.sends().await.len(), 2);
    let shown = &json_of(&folder, &["show", &key, "--json"])[0];
    assert_eq!((&shown["state"], &shown["erased"], shown.get("taskLink")), (&json!("created"), &json!(true), None));
    assert_eq!(told(&folder, &[&person[..], &["--yes"]].concat()).0, 3, "there is nothing any more");

    // A verified reporter, and one whom BzCtrl's answer names.
    for places in
        ["identity = 'grace@host.example'", "identity = NULL, answer = '{\"reporter\":\"Grace@host.example\"}'"]
    {
        sql(&folder, &format!("UPDATE keys SET {places} WHERE title = 'Another title'"));
        assert!(told(&folder, &person).1.contains("1 todo"), "{places}");
    }
    sql(
        &folder,
        r#"UPDATE keys SET answer = '{"reporter":"anna\u002Bbz\u0040host.example"}' WHERE title = 'Another title'"#,
    );
    assert!(told(&folder, &["erase", "--person", "anna+bz@host.example"]).1.contains("1 todo"));

    // In many rows, of many lengths, over many pages.
    sql(
        &folder,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
         INSERT INTO keys (key, epoch, state, claim, tenant, digest, todo_type, title, order_id, claimed_at)
         SELECT printf('%s.%032x', epoch, 1000000 + i), epoch, 'unknown', claim, tenant, digest, todo_type,
             'Another title ' || substr(hex(zeroblob(300)), 1, i), order_id, claimed_at FROM keys, n WHERE title = 'Another title';",
    );
    assert_eq!(told(&folder, &["erase", "--order", "ORDER 778", "--tenant", "other", "--yes"]).0, 3);
    assert_eq!(page.submit(&other, &others).await.status, 201);
    assert_eq!(told(&folder, &["erase", "--order", "ORDER 778", "--yes"]).0, 0);
    assert!(!in_the_files(folder.path(), "Another title"));
    let list = format!("http://{}/v1/tasks?orderID=", program.address);
    let listed = Answer::to(client().get(list).header("authorization", format!("Bearer {}", page.token))).await;
    assert_eq!(listed.json, json!({ "tasks": [] }), "what has no order any more is in no list");
    assert_eq!(told(&folder, &["erase", "--yes"]).0, 2);
    assert_eq!(told(&folder, &["erase", "--person", "", "--yes"]).0, 2);
}

#[tokio::test]
async fn what_was_erased_is_neither_sent_nor_filled_again() {
    let (sandbox, receiver, folder) = (Sandbox::start().await, Receiver::start().await, tempfile::tempdir().unwrap());
    let program = Program::with(&folder, &sandbox, &receiver.settings(&folder));
    let page = Page::open(program.address).await;
    page.submit(&page.new_key(), &incident("Seal broken")).await;
    let id = receiver.wait_for(1).await[0].id().to_owned();
    row_with(folder.path(), &id, 1).await;
    let key = unknown(&sandbox, &page, "Seal broken").await;
    wait_a_quarter(&folder);
    assert_eq!(told(&folder, &["erase", "--order", "ORDER 777", "--yes"]).0, 0);

    let link = link_at(&sandbox);
    for refused in [
        &["webhooks", "resend", &id][..],
        &["resolve", &key, "--created", &link, "--why", "seen"],
        &["resolve", &key, "--not-created", "--why", "not seen"],
    ] {
        let (code, stdout, stderr) = told(&folder, refused);
        assert!(code == 3 && stderr.contains("was erased"), "{refused:?}: {code} {stdout} {stderr}");
    }
    let shown = &json_of(&folder, &["show", &key, "--json"])[0];
    assert_eq!((&shown["state"], &shown["erased"]), (&json!("unknown"), &json!(true)));
    for filled in ["taskLink", "why", "webhook"] {
        assert_eq!(shown.get(filled), None);
    }
    // Nor if something else has written that it waits.
    sql(&folder, "UPDATE outbox SET state = 'waiting', due_at = 0, attempts = 0");
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    assert_eq!(receiver.wait_for(1).await.len(), 1);
}

#[tokio::test]
async fn dead_webhooks_are_shown_and_sent_again_by_the_running_relay() {
    let (sandbox, receiver, folder) = (Sandbox::start().await, Receiver::start().await, tempfile::tempdir().unwrap());
    let program = Program::with(&folder, &sandbox, &receiver.settings(&folder));
    let page = Page::open(program.address).await;
    assert_eq!(told(&folder, &["webhooks", "list"]), (0, "no webhook waits or is dead\n".to_owned(), String::new()));
    receiver.says([Says::Status(410), Says::Status(500)]);
    let mut ids = Vec::new();
    for count in 1..=3 {
        page.submit(&page.new_key(), &incident(&format!("todo {count}"))).await;
        let id = receiver.wait_for(count).await[count - 1].id().to_owned();
        row_with(folder.path(), &id, 1).await;
        ids.push(id);
    }
    let states = |arguments: &[&str]| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let listed = json_of(&folder, &[&["webhooks", "list", "--json"], arguments].concat());
        listed.iter().map(|one| (text(&one["webhookId"]), text(&one["state"]))).collect()
    };
    let row_of = |at: usize, state: &str| (ids[at].clone(), state.to_owned());
    assert_eq!(states(&["--dead"]), [row_of(0, "dead")]);
    assert_eq!(states(&[]), [row_of(0, "dead"), row_of(1, "waiting")]);
    assert_eq!(states(&["--all"]), [row_of(0, "dead"), row_of(1, "waiting"), row_of(2, "told")]);
    assert!(states(&["--tenant", "other"]).is_empty());
    let (_, listed, _) = told(&folder, &["webhooks", "list", "--dead"]);
    assert!(listed.contains("failure      answered 410") && listed.contains("todo 1"), "{listed}");

    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains(&ids[0]) && log.contains("answered 500"));
    for secret in [SECRET, SECRET.trim_start_matches("whsec_"), "v1,", "todo 1", "ORDER 777"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }

    assert_eq!(told(&folder, &["webhooks", "resend", "msg_none"]).0, 3);
    let (code, stdout, _) = told(&folder, &["webhooks", "resend", "--dead"]);
    assert_eq!((code, &*stdout), (0, "1 webhook(s) will be sent again\n"));
    let again = receiver.wait_for(4).await;
    assert!(again.iter().skip(3).all(|one| ids.contains(&one.id().to_owned())));
    assert_eq!(row_with(folder.path(), &ids[0], 1).await.0, "told");
    assert_eq!(told(&folder, &["webhooks", "resend", &ids[2]]).0, 0);
    let all = receiver.wait_for(again.len() + 1).await;
    assert!(all.iter().filter(|one| one.id() == ids[2]).count() == 2 || row(folder.path(), &ids[2]).0 == "waiting");
}

#[tokio::test]
async fn commands_and_a_busy_relay_do_not_get_into_each_others_way() {
    let (sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    let key = unknown(&sandbox, &page, "Seal broken").await;
    wait_a_quarter(&folder);
    let folder = std::sync::Arc::new(folder);
    let commands = {
        let folder = std::sync::Arc::clone(&folder);
        tokio::task::spawn_blocking(move || {
            for _ in 0..6 {
                assert_eq!(told(&folder, &["show", "ORDER 777"]).0, 0);
                assert_eq!(told(&folder, &["erase", "--order", "none", "--yes"]).0, 3);
            }
            assert_eq!(told(&folder, &["resolve", &key, "--not-created", "--why", "looked"]).0, 0);
        })
    };
    let mut sent = 0;
    while !commands.is_finished() {
        assert_eq!(page.submit(&page.new_key(), &incident("busy")).await.status, 201);
        sent += 1;
    }
    commands.await.unwrap();
    assert!(sent > 5, "{sent}");
}

#[tokio::test]
async fn without_a_store_of_this_release_or_a_right_configuration_nothing_is_done() {
    let (_sandbox, folder, program) = started().await;
    program.kill();
    sql(&folder, "PRAGMA user_version = 2");
    let (code, _, stderr) = told(&folder, &["show", "--unknown"]);
    assert!(code == 1 && stderr.contains("older release"), "{code} {stderr}");
    sql(&folder, "PRAGMA user_version = 99");
    let (code, _, stderr) = told(&folder, &["show", "--unknown"]);
    assert!(code == 1 && stderr.contains("newer release"), "{code} {stderr}");
    for file in ["relay.sqlite", "relay.sqlite-wal", "relay.sqlite-shm"] {
        let _ = std::fs::remove_file(folder.path().join(file));
    }
    let (code, _, stderr) = told(&folder, &["webhooks", "list"]);
    assert!(code == 1 && stderr.contains("no such file"), "{code} {stderr}");
    assert!(!folder.path().join("relay.sqlite").exists(), "a command makes no store");
    std::fs::write(folder.path().join("relay.toml"), "[store]\npath = 7").unwrap();
    let (code, _, stderr) = told(&folder, &["show", "--unknown"]);
    assert!(code == 2 && stderr.contains("is not right"), "{code} {stderr}");
}

#[tokio::test]
async fn a_todo_whose_replacement_was_never_sent_is_told_as_the_operator_has_found_it_under_both_keys() {
    let (sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    let link = link_at(&sandbox);
    for (finding, status, code) in
        [(&["--created", &link][..], 201, ""), (&["--not-created"], 502, "upstream-rejected")]
    {
        let (old, new) = (unknown(&sandbox, &page, "Seal broken").await, page.new_key());
        sandbox.fault("add-task", json!({ "status": { "code": 429, "body": "html" } })).await;
        let todo = incident("Seal broken");
        assert_eq!(page.submit_again(&new, &old, &todo).await.problem(), (503, "upstream-unavailable"));
        assert_eq!(page.submit(&old, &todo).await.problem(), (410, "key-replaced"), "it may be sent at any moment");
        wait_a_quarter(&folder);
        let resolve = [&["resolve", &old, "--why", "looked"], finding].concat();
        assert_eq!(told(&folder, &resolve).0, 0);
        let sent = sandbox.sends().await.len();
        for answer in
            [page.submit(&old, &todo).await, page.submit_again(&new, &old, &todo).await, page.submit(&new, &todo).await]
        {
            assert_eq!((answer.status, answer.json["code"].as_str().unwrap_or_default()), (status, code), "{answer:?}");
            assert!(status != 201 || answer.json["taskLink"] == link, "{answer:?}");
        }
        assert_eq!(sandbox.sends().await.len(), sent, "nothing is sent");
    }
}

#[tokio::test]
async fn a_person_is_erased_from_operators_words_and_what_was_erased_is_no_more_to_be_looked_up() {
    let (sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    let [by, why, of_person, unknown_one] = [
        unknown(&sandbox, &page, "one").await,
        unknown(&sandbox, &page, "two").await,
        unknown(&sandbox, &page, "three of ada@example.com").await,
        unknown(&sandbox, &page, "four of ada@example.com").await,
    ];
    wait_a_quarter(&folder);
    for (key, by, why) in
        [(&by, "Ada@Example.com", "looked"), (&why, "Bob", "ada@example.com has looked"), (&of_person, "Bob", "looked")]
    {
        assert_eq!(told(&folder, &["resolve", key, "--not-created", "--by", by, "--why", why]).0, 0);
    }
    let erase = ["erase", "--person", "ada@example.com", "--yes"];
    let (_, would, _) = told(&folder, &erase[..3]);
    assert!(
        would.starts_with("would be erased, with --yes: 2 todo(s), and what an operator has written of 2 other(s)\n"),
        "{would}"
    );
    let (code, said, _) = told(&folder, &erase);
    assert!(
        code == 0 && said.starts_with("erased: 2 todo(s), and what an operator has written of 2 other(s)\n"),
        "{code} {said}"
    );
    assert!(!in_the_files(folder.path(), "ada@example.com") && !in_the_files(folder.path(), "Ada@Example.com"));
    for key in [&by, &why] {
        let shown = &json_of(&folder, &["show", key, "--json"])[0];
        assert!(
            shown["title"].is_string() && shown.get("resolvedBy").is_none() && shown.get("why").is_none(),
            "{shown}"
        );
    }
    assert_eq!(json_of(&folder, &["show", "--unknown", "--json"]), Vec::<Value>::new());
    let shown = &json_of(&folder, &["show", &unknown_one, "--json"])[0];
    assert_eq!((&shown["state"], &shown["erased"]), (&json!("unknown"), &json!(true)), "by its key it is there");
    assert_eq!(told(&folder, &erase).0, 3, "there is nothing left");
}

#[tokio::test]
async fn a_tenant_that_is_misspelt_is_no_good_news() {
    let (sandbox, folder, program) = started().await;
    let page = Page::open(program.address).await;
    unknown(&sandbox, &page, "Seal broken").await;
    for command in [
        &["show", "--unknown"][..],
        &["show", "ORDER 777"],
        &["erase", "--order", "ORDER 777"],
        &["erase", "--order", "ORDER 777", "--yes"],
        &["webhooks", "list"],
        &["webhooks", "resend", "--dead"],
    ] {
        let (code, stdout, stderr) = told(&folder, &[command, &["--tenant", "dem"]].concat());
        assert_eq!((code, &*stdout), (2, ""), "{command:?}");
        assert!(stderr.contains("there is no tenant dem, neither in the configuration nor in the store"), "{stderr}");
        assert_ne!(told(&folder, &[command, &["--tenant", "other"]].concat()).0, 2, "one without rows: {command:?}");
    }
    // One that is served no more has its rows still.
    let file = folder.path().join("relay.toml");
    let text = std::fs::read_to_string(&file).unwrap().replace("[tenants.demo]", "[tenants.renamed]");
    std::fs::write(&file, text).unwrap();
    assert_eq!(json_of(&folder, &["show", "--unknown", "--json", "--tenant", "demo"]).len(), 1);
}
