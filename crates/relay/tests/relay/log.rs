//! The log of the real program: one name for a request on all its way, and nothing of it on the way to BzCtrl.

use std::time::Duration;

use std::path::Path;

use serde_json::{Value, json};

use crate::program::{Program, started};
use crate::world::{Answer, ORIGIN, Page, client, incident};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn lines(program: &Program) -> Vec<Value> {
    program.log().lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect()
}

/// What the lines of a request say, in their order.
fn of_request(program: &Program, id: &str) -> Vec<Value> {
    lines(program).into_iter().filter(|line| line["span"]["id"] == id).collect()
}

fn says<'l>(lines: &'l [Value], message: &str) -> Option<&'l Value> {
    lines.iter().find(|line| line["message"] == message)
}

#[tokio::test]
async fn every_line_of_a_request_has_its_name_those_of_its_send_too() {
    let (sandbox, _folder, program) = started().await;
    let page = Page::open(program.address).await;
    let answer = Answer::to(
        page.request(&page.new_key())
            .header("x-request-id", "from-the-proxy.7")
            .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
            .json(&incident("Seal broken")),
    )
    .await;
    assert_eq!((answer.status, answer.header("x-request-id")), (201, "from-the-proxy.7"));
    let told = of_request(&program, "from-the-proxy.7");
    for message in ["BzCtrl has given a token", "add-task", "delivered", "answered"] {
        let line = says(&told, message).unwrap_or_else(|| panic!("no line says {message}: {told:#?}"));
        assert_eq!((&line["span"]["tenant"], &line["span"]["trace_id"]), (&json!("demo"), &json!(TRACE)), "{line}");
    }
    for send in sandbox.sends().await.into_iter().chain(sandbox.logins().await) {
        let sent = send["headers"].to_string();
        assert!(!sent.contains("from-the-proxy") && !sent.contains(TRACE) && !sent.contains("trace"), "{sent}");
    }
}

#[tokio::test]
async fn a_send_whose_client_has_left_is_still_found_by_the_requests_name() {
    let (sandbox, _folder, program) = started().await;
    let page = Page::open(program.address).await;
    sandbox.fault("add-task", json!({ "delay": { "ms": 800 } })).await;
    let request = page.request(&page.new_key()).header("x-request-id", "left").json(&incident("Seal broken"));
    assert!(request.timeout(Duration::from_millis(400)).send().await.is_err());
    for _ in 0..100 {
        if says(&of_request(&program, "left"), "delivered").is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let told = of_request(&program, "left");
    assert!(says(&told, "the client has left before its answer").is_some(), "{told:#?}");
    assert_eq!(says(&told, "add-task").expect("the send's line")["verdict"], "created");
    assert_eq!(says(&told, "delivered").expect("its end")["outcome"], "created");
    assert!(says(&told, "answered").is_none());
}

#[tokio::test]
async fn names_and_traces_that_are_none_are_not_taken() {
    let (_sandbox, _folder, program) = started().await;
    let ask = async |id: &[u8], trace: &str| {
        let request = client().post(format!("http://{}/v1/token", program.address)).header("origin", ORIGIN);
        let id = reqwest::header::HeaderValue::from_bytes(id).unwrap();
        Answer::to(request.header("x-request-id", id).header("traceparent", trace)).await
    };
    let forged = b"a\",\"level\":\"ERROR\",\"x\":\"";
    for id in [&forged[..], b"two words", b"", b"\xff\xfe", &[b'7'; 65]] {
        let answer = ask(id, "00-zz-forged-01").await;
        let own = answer.header("x-request-id");
        assert!(own.len() == 32 && own.bytes().all(|byte| byte.is_ascii_hexdigit()), "{own}");
        let told = of_request(&program, own);
        assert!(told.iter().all(|line| line["span"].get("trace_id").is_none()) && !told.is_empty(), "{told:#?}");
    }
    assert!(!program.log().contains("forged"));
}

#[tokio::test]
async fn a_warning_has_the_requests_name_also_where_nothing_less_is_logged() {
    let (sandbox, folder, program) = started().await;
    drop(program);
    let program = Program::with_filter(&folder, &sandbox, "warn");
    let page = Page::open(program.address).await;
    sandbox.fault("token", json!({ "status": { "code": 503, "body": "html" } })).await;
    let request = page.request(&page.new_key()).header("x-request-id", "warned").json(&incident("Seal broken"));
    assert_eq!(Answer::to(request).await.json["code"], "upstream-unavailable");
    let told = of_request(&program, "warned");
    assert!(says(&told, "BzCtrl gives no token").is_some(), "{told:#?}");
}

#[tokio::test]
async fn a_failure_of_bzctrls_that_a_user_saw_is_a_warning_and_a_flood_of_them_is_one_a_second() {
    let (sandbox, folder, program) = started().await;
    drop(program);
    let program = Program::with_filter(&folder, &sandbox, "warn");
    let page = Page::open(program.address).await;
    let warnings = || {
        let told = lines(&program).into_iter().filter(|line| line["message"] == "add-task");
        told.filter(|line| line["level"] == "WARN").count()
    };
    for (at, fault) in
        [json!("half-answer"), json!({ "status": { "code": 429, "body": "empty" } }), json!("close-before-reading")]
            .into_iter()
            .enumerate()
    {
        tokio::time::sleep(Duration::from_millis(1050)).await;
        sandbox.fault("add-task", fault).await;
        page.submit(&page.new_key(), &incident("Seal broken")).await;
        assert_eq!(warnings(), at + 1);
    }
    tokio::time::sleep(Duration::from_millis(1050)).await;
    let began = std::time::Instant::now();
    sandbox.faults("add-task", json!({ "status": { "code": 429, "body": "empty" } }), 30).await;
    for _ in 0..30 {
        page.submit(&page.new_key(), &incident("Seal broken")).await;
    }
    let most = 4 + usize::try_from(began.elapsed().as_secs()).unwrap();
    assert!((4..=most).contains(&warnings()), "{}", warnings());
}

const OPERATING: &str = include_str!("../../../../docs/OPERATING.md");

/// The sentences of the program's lines at one of these levels.
fn sentences(levels: &[&str]) -> Vec<String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut sentences = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap_or_default();
            for level in levels {
                sentences.extend(text.split(&format!("tracing::{level}!(")).skip(1).map(sentence));
            }
        }
    }
    sentences
}

/// The last text in quotes before the call ends.
fn sentence(call: &str) -> String {
    let (mut depth, mut text, mut last) = (1, None::<String>, String::new());
    let mut letters = call.chars();
    while let Some(letter) = letters.next() {
        match (&mut text, letter) {
            (Some(_), '"') => last = text.take().unwrap(),
            (Some(text), '\\') => text.extend(letters.next()),
            (Some(text), letter) => text.push(letter),
            (None, '"') => text = Some(String::new()),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
        if depth == 0 {
            break;
        }
    }
    last
}

/// What `check` says of the surroundings.
const SURROUNDINGS: [&str; 3] = [
    include_str!("../../src/surroundings.rs"),
    include_str!("../../src/surroundings/disks.rs"),
    include_str!("../../src/surroundings/exposure.rs"),
];

#[test]
fn every_line_that_deserves_a_look_is_in_the_document_and_nothing_else() {
    let (_, table) = OPERATING.split_once("What deserves a look:").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let cells = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let told: Vec<_> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let serious = sentences(&["warn", "error"]);
    assert!(serious.len() > 20, "{serious:?}");
    for line in serious.iter().filter(|line| !["{mistake}", "{says}"].contains(&line.as_str())) {
        assert!(told.iter().any(|told| line.starts_with(told)), "not in the document: {line}");
    }
    // `check` says the same, so that its words are no line's: they begin with the setting.
    let (of_check, told): (Vec<_>, Vec<_>) =
        told.into_iter().filter(|it| it.contains(' ')).partition(|it| it.contains(": "));
    assert!(of_check.len() > 5, "{of_check:?}");
    for says in of_check.iter().filter_map(|told| told.split([':', '\u{2026}']).next_back()) {
        assert!(SURROUNDINGS.iter().any(|text| text.contains(says.trim())), "check does not say: {says}");
    }
    let all = sentences(&["warn", "error", "info"]);
    for told in told {
        assert!(all.iter().any(|line| line.starts_with(told)), "no line of the program's: {told}");
    }
}

#[tokio::test]
async fn a_page_that_no_tenant_has_is_logged_with_its_origin_and_nobody_writes_lines_by_it() {
    let (_sandbox, _folder, program) = started().await;
    for (origin, shown) in [
        (&b"https://new.customer.example:8443"[..], "https://new.customer.example:8443"),
        (b"https://a.example\",\"level\":\"ERROR", "https://a.example\u{2026}"),
        (&b"https://long.".iter().chain(&[b'a'; 5_000]).copied().collect::<Vec<_>>(), "https://long.\u{2026}"),
    ] {
        let origin = reqwest::header::HeaderValue::from_bytes(origin).unwrap();
        for path in ["/v1/token", "/v1/tasks"] {
            let request = client().post(format!("http://{}{path}", program.address)).header("origin", &origin);
            let answer = Answer::to(request.header("x-bzctrl-widget", "1")).await;
            assert_eq!(answer.problem(), (403, "origin-denied"));
            let told = of_request(&program, answer.header("x-request-id"));
            let line = says(&told, "answered").unwrap();
            let logged = line["span"]["origin"].as_str().unwrap();
            assert!(logged.starts_with(shown) && logged.len() < 120, "{logged}");
        }
    }
    // Of pages that are admitted it is not.
    let page = Page::open(program.address).await;
    let answer = page.submit(&page.new_key(), &incident("Seal broken")).await;
    assert!(
        of_request(&program, answer.header("x-request-id")).iter().all(|line| line["span"].get("origin").is_none())
    );
}
