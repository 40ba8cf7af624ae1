//! Canaries: words that nothing else has, in every secret and every field. They are looked for in all that the relay says and keeps.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::ValueRef;
use serde_json::{Value, json};

use crate::host::Host;
use crate::identity::GRANT;
use crate::program::Program;
use crate::world::{Answer, ORIGIN, PASSWORD, Page, Sandbox, client};

const REPORTER: &str = "canary-reporter@host.example";
const ASSIGNEE: &str = "canary-assignee@host.example";
const TITLE: &str = "canary-title";
const ORDER: &str = "canary-order";
const DESCRIPTION: &str = "canary-description";
const ADDRESS: &str = "203.0.113.77";
const COOKIE: &str = "canary-cookie";

/// A todo with a canary in each field of text.
fn todo() -> Value {
    json!({
        "todoType": "INCIDENT", "domainWorkSpace": "EXA-CON-BUS-WOR", "title": TITLE, "description": DESCRIPTION,
        "status": "IN PROGRESS", "assignee": ASSIGNEE, "reporter": "canary-claimed@host.example", "orderID": ORDER
    })
}

struct Flight {
    answers: Vec<Answer>,
    log: String,
    /// What nobody is told.
    secrets: Vec<String>,
    folder: tempfile::TempDir,
}

/// A relay at level trace, through all that can go wrong.
async fn flight() -> Flight {
    let (sandbox, folder, host) = (Sandbox::start().await, tempfile::tempdir().unwrap(), Host::new());
    std::fs::write(folder.path().join("host.jwks"), host.jwks().to_string()).unwrap();
    let identity = "identity = \"assertion\"\nissuer = \"https://host.example\"\nkeys_file = \"{folder}/host.jwks\"\n\
                    assignee = \"any\"\nrequests_per_minute = 40";
    let program = Program::with(&folder, &sandbox, identity);
    let url = |path: &str| format!("http://{}{path}", program.address);
    let posted = |path: &str| {
        let request = client().post(url(path)).header("origin", ORIGIN).header("x-bzctrl-widget", "1");
        request.header("x-forwarded-for", ADDRESS).header("cookie", COOKIE).header("user-agent", COOKIE)
    };
    let mut claims = host.claims(&url("/v1/token"));
    claims["email"] = json!(REPORTER);
    claims["sub"] = json!("canary-subject");
    let assertion = host.sign("EdDSA", &host.header("EdDSA"), &claims);
    let mut secrets = vec![
        PASSWORD.to_owned(),
        assertion.clone(),
        ADDRESS.to_owned(),
        COOKIE.to_owned(),
        "canary-subject".to_owned(),
    ];
    let ask =
        |assertion: &str| Answer::to(posted("/v1/token").form(&[("grant_type", GRANT), ("assertion", assertion)]));
    let token = ask(&assertion).await;
    let page = Page::of(program.address, &token);
    secrets.push(page.token.clone());
    // It is used; it is damaged; it is in an address.
    let mut answers = vec![
        ask(&assertion).await,
        ask(&assertion[..assertion.len() - 4]).await,
        Answer::to(posted(&format!("/v1/token?assertion={assertion}")).form(&[("grant_type", GRANT)])).await,
        Answer::to(posted(&format!("/v1/tasks?access_token={}", page.token)).json(&todo())).await,
        Answer::to(client().get(url("/v1/tasks?orderID=canary-order")).bearer_auth(format!("{}x", page.token))).await,
    ];
    for fault in [
        json!({ "status": { "code": 400, "body": "json" } }),
        json!({ "status": { "code": 500, "body": "html" } }),
        json!({ "status": { "code": 200, "body": "html" } }),
        json!("expired-token"),
        json!("half-answer"),
        json!("close-before-reading"),
        json!("close-after-storing"),
        json!("no-task-link"),
        json!("javascript-link"),
        json!({ "delay": { "ms": 1 } }),
    ] {
        sandbox.fault("add-task", fault).await;
        let key = page.new_key();
        answers.push(page.submit(&key, &todo()).await);
        let mut other = todo();
        other["title"] = json!("canary-title of another content");
        answers.push(page.submit(&key, &other).await);
    }
    for fault in [json!({ "status": { "code": 401, "body": "json" } }), json!("half-answer")] {
        sandbox.faults("add-task", json!("revoked-token"), 1).await;
        sandbox.fault("token", fault).await;
        answers.push(page.submit(&page.new_key(), &todo()).await);
        program.signal("-HUP");
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    }
    // What is no todo, and what is no JSON.
    let mut wrong = todo();
    (wrong["reporter"], wrong["status"], wrong["expectedCosts"]) =
        (json!(7), json!("canary-status"), json!("canary-costs"));
    answers.push(page.submit(&page.new_key(), &wrong).await);
    let no_json = page.request(&page.new_key()).header("content-type", "application/json");
    answers.push(Answer::to(no_json.body(format!("{{\"title\": \"{TITLE}\", \"reporter\": {REPORTER}}}"))).await);
    while answers.last().is_some_and(|answer| answer.status != 429) {
        answers.push(page.submit(&page.new_key(), &todo()).await);
    }

    for send in sandbox.sends().await {
        secrets.push(send["headers"]["authorization"].as_str().unwrap().trim_start_matches("Bearer ").to_owned());
    }
    secrets.push(std::fs::read_to_string(folder.path().join("relay.seal-key")).unwrap());
    program.signal("-TERM");
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    Flight { answers, log: program.log(), secrets, folder }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_canary_is_in_the_log_nor_in_a_problem_and_those_in_the_store_are_where_the_documents_say() {
    let flight = flight().await;
    let statuses: BTreeSet<u16> = flight.answers.iter().map(|answer| answer.status).collect();
    for status in [201, 400, 401, 403, 422, 429, 502, 503, 504] {
        assert!(statuses.contains(&status), "nothing came to {status}: {statuses:?}");
    }
    assert!(flight.log.contains("TRACE") && flight.log.contains("add-task"), "it is logged at length");
    let canaries = [REPORTER, ASSIGNEE, TITLE, ORDER, DESCRIPTION, "canary-"].map(str::to_owned);
    for secret in flight.secrets.iter().chain(&canaries) {
        let line = flight.log.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(line, None, "{secret} is in the log");
    }
    for answer in flight.answers.iter().filter(|answer| answer.header("content-type") == "application/problem+json") {
        for secret in flight.secrets.iter().chain(&canaries) {
            assert!(!answer.text.contains(secret.as_str()), "{secret} is in {answer:?}");
        }
    }
    let found = columns_with_canaries(&flight.folder.path().join("relay.sqlite"));
    for (column, canary) in &found {
        assert!(documented().contains(column), "{canary} is in {column}, of which docs/OPERATING.md does not tell");
    }
    // The documents tell of nothing that is not kept, and the flight has filled what they tell of.
    for column in ["keys.identity", "keys.title", "keys.order_id"] {
        assert!(found.contains_key(column), "{column}: {found:?}");
    }
    let columns = all_columns(&flight.folder.path().join("relay.sqlite"));
    assert!(documented().iter().all(|column| columns.contains(column)), "{columns:?}");
    // Files that the relay has made are its own.
    for secret in &flight.secrets[5..] {
        let bytes = std::fs::read(flight.folder.path().join("relay.sqlite")).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "a secret is in the store");
    }
}

/// The columns of the table in the documents.
fn documented() -> BTreeSet<String> {
    let text = include_str!("../../../../docs/OPERATING.md");
    let (_, section) = text.split_once("### What of people it holds").expect("the section");
    let section = section.split("\n## ").next().unwrap();
    section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next().map(str::to_owned)).collect()
}

fn tables(store: &rusqlite::Connection) -> Vec<String> {
    let mut statement = store.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn all_columns(file: &std::path::Path) -> BTreeSet<String> {
    let store = rusqlite::Connection::open(file).unwrap();
    let of = |table: String| {
        let statement = store.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
        statement.column_names().iter().map(|column| format!("{table}.{column}")).collect::<Vec<_>>()
    };
    tables(&store).into_iter().flat_map(of).collect()
}

/// Each column that has a canary of a person or a todo in it, and one of them.
fn columns_with_canaries(file: &std::path::Path) -> BTreeMap<String, String> {
    let store = rusqlite::Connection::open(file).unwrap();
    let mut found = BTreeMap::new();
    for table in tables(&store) {
        let mut statement = store.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
        let names: Vec<_> = statement.column_names().iter().map(|name| format!("{table}.{name}")).collect();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for (at, name) in names.iter().enumerate() {
                let bytes = match row.get_ref(at).unwrap() {
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
                    _ => continue,
                };
                let text = String::from_utf8_lossy(bytes);
                if text.contains("canary-") || text.contains(ADDRESS) {
                    found.insert(name.clone(), text.into_owned());
                }
            }
        }
    }
    found
}
