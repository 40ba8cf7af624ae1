//! What no one means to send: damaged requests, tokens, assertions and configurations, and damaged answers of BzCtrl, each made of
//! a right one. A short run stands in the gate; `cargo xtask soak relay` takes ten minutes for each target. What was found is kept
//! in `tests/relay/fuzz.regressions`, and tried first at each run.

mod bzctrl;
mod damage;

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use bzctrl_contract::Code;
use bzctrl_relay::config::Config as Settings;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestCaseError, TestCaseResult, TestRunner};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::host::Host;
use crate::identity::{GRANT, audience, world_of};
use crate::world::{Answer, ORIGIN, PASSWORD, Page, World, incident, settings};
use bzctrl::BzCtrl;
use damage::{Damaged, damaged};

/// A long run asks too often, and with a token that is too old: it would be told so, and try nothing else.
const UNLIMITED: &str = "requests_per_minute = 4294967295\nrequests_per_minute_of_a_user = 4294967295\n[limits]\n\
                         requests_per_minute_of_an_address = 4294967295\n\
                         [seal]\ntoken_lifetime_seconds = 3600";

/// What the run is told by its environment.
fn told(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Tries a target in rounds: one in a gate, or as many as it is told, or for so long. Each round damages anew what `damaged` gives it.
fn fuzz<S: Strategy>(
    target: &str,
    in_a_round: u32,
    mut damaged: impl FnMut() -> S,
    test: impl Fn(S::Value) -> TestCaseResult,
) {
    let until = told("FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let steps = told("FUZZ_STEPS").unwrap_or(1);
    let tried = Cell::new(0_u64);
    for round in 0.. {
        let found = runner(in_a_round, round).run(&damaged(), |value| {
            tried.set(tried.get() + 1);
            test(value)
        });
        if let Err(found) = found {
            panic!("{found}");
        }
        if until.map_or(tried.get() >= steps, |until| Instant::now() > until) {
            break;
        }
    }
    println!("{target}: {} tried", tried.get());
}

/// Of a round.
fn runner(cases: u32, round: u64) -> TestRunner {
    let kept = FileFailurePersistence::Direct("tests/relay/fuzz.regressions");
    let rng_seed = told("FUZZ_SEED").map_or(RngSeed::Random, |seed| RngSeed::Fixed(seed.wrapping_add(round)));
    TestRunner::new(Config {
        cases,
        rng_seed,
        failure_persistence: Some(Box::new(kept)),
        max_shrink_iters: 2000,
        ..Config::default()
    })
}

fn holds(holds: bool, says: impl FnOnce() -> String) -> Result<(), TestCaseError> {
    if holds { Ok(()) } else { Err(TestCaseError::fail(says())) }
}

/// What came back to bytes that were written. Who waits for the rest of a request is told that there is none.
async fn answer_to(world: &World, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(world.relay.address()).await.unwrap();
    // It may have refused before it has read all.
    let _ = stream.write_all(bytes).await;
    let (mut answer, mut part) = (Vec::new(), [0; 4096]);
    let mut ended = false;
    for _ in 0..200 {
        match tokio::time::timeout(Duration::from_millis(200), stream.read(&mut part)).await {
            Ok(Ok(count @ 1..)) => answer.extend_from_slice(&part[..count]),
            Ok(_) => return Some(answer),
            Err(_) if !answer.is_empty() => return Some(answer),
            Err(_) if !ended => {
                ended = true;
                let _ = stream.shutdown().await;
            }
            Err(_) => {}
        }
    }
    None
}

#[test]
fn no_damaged_request_breaks_anything() {
    let runtime = Runtime::new().unwrap();
    let (world, page) = runtime.block_on(async {
        let world = World::with(UNLIMITED).await;
        let page = world.page().await;
        (world, page)
    });
    let todo = incident("Seal broken").to_string();
    let head = format!("host: relay\r\norigin: {ORIGIN}\r\nx-bzctrl-widget: 1\r\nconnection: close\r\n");
    let with_token = format!("{head}authorization: Bearer {}\r\n", page.token);
    let key = page.new_key();
    let sent = [
        format!(
            "POST /v1/token HTTP/1.1\r\n{head}content-type: application/x-www-form-urlencoded\r\ncontent-length: 29\r\n\r\ngrant_type=client_credentials"
        ),
        format!(
            "POST /v1/tasks HTTP/1.1\r\n{with_token}idempotency-key: \"{key}\"\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{todo}",
            todo.len()
        ),
        format!(
            "POST /v1/tasks HTTP/1.1\r\n{with_token}idempotency-key: {key}\r\nx-bzctrl-replaces: \"{key}\"\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{todo}\r\n0\r\n\r\n",
            todo.len()
        ),
        format!("GET /v1/tasks?orderID=ORDER%20777 HTTP/1.1\r\n{with_token}\r\n"),
        format!("OPTIONS /v1/tasks HTTP/1.1\r\n{head}access-control-request-method: POST\r\n\r\n"),
        format!("GET /widget/v1/bzctrl.js HTTP/1.1\r\n{head}accept-encoding: br\r\n\r\n"),
        format!("GET /problems/internal HTTP/1.1\r\n{head}\r\n"),
    ];
    let samples: Vec<Vec<u8>> = sent.into_iter().map(String::into_bytes).collect();
    fuzz(
        "requests",
        60,
        || damaged(samples.clone()),
        |Damaged(bytes)| {
            // Half a request: its sender is gone, so that nobody waits for the rest.
            let whole = bytes.windows(4).any(|part| part == b"\r\n\r\n");
            let answer = if whole { runtime.block_on(answer_to(&world, &bytes)) } else { Some(Vec::new()) };
            let Some(answer) = answer else {
                return Err(TestCaseError::fail("neither an answer nor an end within 40 s"));
            };
            let shown = String::from_utf8_lossy(&answer);
            holds(!shown.contains(PASSWORD), || format!("it tells the password: {shown}"))?;
            // After a request may stand another one; an answer to HEAD has a length and no body.
            let mut rest = if bytes.windows(5).any(|part| part == b"HEAD ") { "" } else { &*shown };
            while let Some((head, behind)) = rest.split_once("\r\n\r\n") {
                let status: u16 = head.get(9..12).and_then(|digits| digits.parse().ok()).unwrap_or_default();
                let right = head.starts_with("HTTP/1.") && status != 0 && status != 500;
                holds(right, || format!("an answer that is none: {shown}"))?;
                let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
                let (body, behind) = behind.split_at_checked(length.unwrap_or(0)).unwrap_or((behind, ""));
                if status >= 400 && status != 408 {
                    let problem: Value = serde_json::from_str(body).unwrap_or_default();
                    let code = problem["code"].as_str().and_then(Code::parse);
                    holds(code.is_some_and(|code| code.status() == status), || format!("no problem of ours: {shown}"))?;
                }
                rest = behind;
            }
            Ok(())
        },
    );
    runtime.block_on(async {
        let page = world.page().await;
        let todo = incident("after all that");
        assert_eq!(page.submit(&page.new_key(), &todo).await.status, 201, "it still works");
    });
}

#[test]
fn no_damaged_token_opens() {
    let runtime = Runtime::new().unwrap();
    let (world, page) = runtime.block_on(async {
        let world = World::with(UNLIMITED).await;
        let page = world.page().await;
        (world, page)
    });
    let url = world.url("/v1/tasks?orderID=1");
    fuzz(
        "tokens",
        60,
        || damaged(vec![page.token.clone().into_bytes()]),
        |Damaged(bytes)| {
            // Space around a token is none of it.
            let trimmed: &[u8] = bytes.trim_ascii();
            let Ok(value) = reqwest::header::HeaderValue::from_bytes(&[b"Bearer ", trimmed].concat()) else {
                return Ok(());
            };
            if trimmed == page.token.as_bytes() {
                return Ok(());
            }
            let request = world.http.get(&url).header("origin", ORIGIN).header("authorization", value);
            let answer = runtime.block_on(Answer::to(request));
            holds(answer.status == 401 || answer.status == 400, || format!("{answer:?}"))
        },
    );
}

#[test]
fn no_damaged_assertion_is_taken() {
    let runtime = Runtime::new().unwrap();
    let host = Host::new();
    let world = runtime.block_on(world_of(&host, UNLIMITED));
    let audience = audience(&world);
    // One is good for a minute, so each round has its own; and by then nobody has used the one before.
    let right = RefCell::new(host.assertion(&audience));
    let ask = |assertion: &str| {
        let form = [("grant_type", GRANT), ("assertion", assertion)];
        runtime.block_on(Answer::to(world.post("/v1/token").form(&form)))
    };
    let still_good = || assert_eq!(ask(&right.borrow()).status, 200, "the right one was used by none of them");
    let fresh = || {
        still_good();
        right.replace(host.assertion(&audience));
        damaged(vec![right.borrow().clone().into_bytes()])
    };
    fuzz("assertions", 60, fresh, |Damaged(bytes)| {
        let assertion = String::from_utf8_lossy(&bytes);
        if assertion == *right.borrow() {
            return Ok(());
        }
        let answer = ask(&assertion);
        holds(matches!(answer.status, 400 | 403 | 413), || format!("{answer:?}"))
    });
    still_good();
}

#[test]
fn no_damaged_configuration_is_more_than_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let own = settings(([127, 0, 0, 1], 9).into(), &folder, "mode = \"sealed\"\nassignee = \"any\"");
    let samples = vec![own.into_bytes(), include_bytes!("../../relay.example.toml").to_vec()];
    let damaged_settings = || {
        let names = [b"BZCTRL_RELAY__TENANTS__DEMO__ORIGINS".to_vec(), b"BZCTRL_RELAY__SERVER__LISTEN".to_vec()];
        let values = [b"[\"https://host.example\"]".to_vec(), b"127.0.0.1:0".to_vec()];
        (damaged(samples.clone()), damaged(names.into()), damaged(values.into()))
    };
    fuzz("configurations", 300, damaged_settings, |(file, name, value)| {
        let environment = [(name.text(), value.text())];
        match Settings::read(&file.text(), environment) {
            Ok(_) => Ok(()),
            Err(mistakes) => holds(!mistakes.0.is_empty(), || "wrong, and nobody knows where".to_owned()),
        }
    });
}

#[test]
fn whatever_bzctrl_answers_a_key_is_sent_once_and_its_word_is_of_the_table() {
    let runtime = Runtime::new().unwrap();
    let start = || {
        runtime.block_on(async {
            let bzctrl = BzCtrl::start().await;
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
            let config = Settings::read(&settings(bzctrl.address, &folder, UNLIMITED), []).unwrap();
            let relay = bzctrl_relay::start(config).await.unwrap();
            let page = Page::open(relay.address()).await;
            (bzctrl, folder, relay, page)
        })
    };
    let world = RefCell::new(start());
    let seen = Cell::new((0_u32, 0_u32, 0_u32));
    let todo = incident("Seal broken");
    fuzz(
        "answers of BzCtrl",
        60,
        || damaged(bzctrl::answers()),
        |Damaged(bytes)| {
            let credentials = {
                let (bzctrl, _, relay, page) = &*world.borrow();
                // Some in a row are no answer, and the next would be held back.
                relay.reload(Settings::read("", [])).unwrap_err();
                let before = bzctrl.answer_with(bytes);
                let key = page.new_key();
                let first = runtime.block_on(page.submit(&key, &todo));
                let sends = bzctrl.sends() - before;
                let again = runtime.block_on(page.submit(&key, &todo));
                let (status, code) = (first.status, first.json["code"].as_str().unwrap_or_default().to_owned());
                let kept = matches!((status, &*code), (201, _) | (502, "upstream-rejected") | (504, "outcome-unknown"));
                let free = matches!((status, &*code), (503, "upstream-unavailable" | "upstream-credentials"));
                holds(kept || free, || format!("no word of the table: {first:?}"))?;
                if status == 201 {
                    let link = first.json["taskLink"].as_str().is_some_and(|link| link.contains("http"));
                    let echoes = first.json["title"] == todo["title"] || first.json.get("taskType").is_some();
                    holds(first.json.is_object() && (link || echoes), || format!("created by what word? {first:?}"))?;
                }
                if kept {
                    holds(sends <= 2 && bzctrl.sends() - before == sends, || format!("sent again: {again:?}"))?;
                    holds(again.status == status && again.text == first.text, || {
                        format!("{first:?}, and then {again:?}")
                    })?;
                }
                let (created, rejected, unknown) = seen.get();
                seen.set(match status {
                    201 => (created + 1, rejected, unknown),
                    502 => (created, rejected + 1, unknown),
                    _ => (created, rejected, unknown + 1),
                });
                code == "upstream-credentials"
            };
            if credentials {
                // It tries the account again in some minutes: a new one has the whole day.
                world.replace(start());
            }
            Ok(())
        },
    );
    let (created, rejected, unknown) = seen.get();
    assert!(created > 1 && rejected > 1 && unknown > 1, "{created} created, {rejected} rejected, {unknown} in doubt");
    println!("answers of BzCtrl: {created} created, {rejected} rejected, {unknown} in doubt");
}
