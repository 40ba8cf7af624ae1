//! Many at once, and for long: nobody is lost, nobody waits for another's trouble, and memory has its bound.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

use crate::program::Program;
use crate::world::{Page, Sandbox, incident, settings, without_limits};

/// A relay that nobody has asked too often, in a process of its own.
async fn unlimited() -> (Sandbox, tempfile::TempDir, Program) {
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    let program = Program::of(&folder, &without_limits(&settings(sandbox.address, &folder, "")), "info");
    (sandbox, folder, program)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_that_are_under_way_at_the_end_are_all_answered() {
    const UNDER_WAY: usize = 200;
    let (sandbox, folder, program) = unlimited().await;
    let page = Arc::new(Page::open(program.address).await);
    sandbox.faults("add-task", json!({ "delay": { "ms": 3000 } }), u32::try_from(UNDER_WAY).unwrap()).await;
    let mut posts = JoinSet::new();
    for at in 0..UNDER_WAY {
        let page = Arc::clone(&page);
        posts.spawn(async move {
            let key = page.new_key();
            (page.submit(&key, &incident(&format!("todo {at}"))).await, key, at)
        });
    }
    let began = Instant::now();
    while sandbox.sends().await.len() < UNDER_WAY {
        assert!(began.elapsed() < Duration::from_secs(20), "{} are under way", sandbox.sends().await.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    program.end().await;
    let posts = posts.join_all().await;
    assert!(posts.iter().all(|(answer, ..)| answer.status == 201), "each has its answer");
    assert_eq!(sandbox.todos().await.len(), UNDER_WAY);

    let program = Program::of(&folder, &without_limits(&settings(sandbox.address, &folder, "")), "info");
    let page = Page::open(program.address).await;
    for (answer, key, at) in posts {
        let again = page.submit(&key, &incident(&format!("todo {at}"))).await;
        assert_eq!((again.status, again.text), (201, answer.text), "and the next relay knows it");
    }
    assert_eq!(sandbox.todos().await.len(), UNDER_WAY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_with_a_wrong_password_make_one_login() {
    let (sandbox, folder, program) = unlimited().await;
    let page = Arc::new(Page::open(program.address).await);
    std::fs::write(folder.path().join("password"), "wrong").unwrap();
    let mut posts = JoinSet::new();
    for _ in 0..20 {
        let page = Arc::clone(&page);
        posts.spawn(async move {
            for _ in 0..50 {
                let answer = page.submit(&page.new_key(), &incident("Seal broken")).await;
                assert_eq!(answer.problem(), (503, "upstream-credentials"));
            }
        });
    }
    posts.join_all().await;
    assert_eq!(sandbox.logins().await.len(), 1);
}

/// What it holds of the machine's memory, in kB.
fn memory(program: &Program) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Connections that say nothing, or the beginning of a request.
const IDLE: usize = 10_000;
const AT_A_TIME: usize = 500;
/// The first of them is let go after 5 s.
const OPENING: Duration = Duration::from_millis(4500);
/// In MB, for all of them.
const MOST_MEMORY: u64 = 256;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_idle_connections_keep_nobody_waiting_and_have_a_bound() {
    let (_sandbox, _folder, program) = unlimited().await;
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    let before = memory(&program);
    let began = Instant::now();
    let mut idle = Vec::new();
    // Some at a time, so that none waits in the system's queue to be taken.
    while idle.len() < IDLE && began.elapsed() < OPENING {
        let mut opening = JoinSet::new();
        for at in 0..AT_A_TIME {
            let relay = program.address;
            opening.spawn(async move {
                let mut connection = tokio::net::TcpStream::connect(relay).await.ok()?;
                if at % 2 == 0 {
                    connection.write_all(b"POST /v1/tasks HTTP/1.1\r\nhost: relay\r\n").await.ok()?;
                }
                Some(connection)
            });
        }
        idle.extend(opening.join_all().await.into_iter().flatten());
        while open_files(&program) < idle.len() && began.elapsed() < OPENING {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    let opened = began.elapsed();
    // A newcomer, by a connection of its own, waits until those before it are taken.
    let asked = Instant::now();
    let page = Page::open(program.address).await;
    let answer = page.submit(&page.new_key(), &incident("Seal broken")).await;
    let waited = asked.elapsed();
    let (held, grown) = (open_files(&program), memory(&program).saturating_sub(before) / 1024);
    println!(
        "{} connections, {held} files open after {opened:.1?}, {grown} MB more; a newcomer's todo in {waited:.1?}",
        idle.len()
    );
    assert_eq!(answer.status, 201);
    assert!(waited < Duration::from_secs(5), "it has waited for {waited:?}");
    assert!(grown < MOST_MEMORY, "{grown} MB");
    // Where the machine does much else, the first are let go before the last are there.
    assert!(idle.len() > IDLE / 2, "{} of {IDLE} came in", idle.len());
    // Who says nothing is let go.
    let mut byte = [0];
    let ended = tokio::time::timeout(Duration::from_secs(20), idle.last_mut().unwrap().read(&mut byte));
    assert!(ended.await.is_ok());
    drop(idle);
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
}

fn open_files(program: &Program) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", program.id())).unwrap().count()
}

fn parameter(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// `STEADY_SECONDS` and `STEADY_RATE`, a second: `cargo xtask soak steady`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_a_steady_rate_everything_is_created_and_memory_stays_as_it_is() {
    let (seconds, rate) = (parameter("STEADY_SECONDS", 4), parameter("STEADY_RATE", 20));
    let (sandbox, _folder, program) = unlimited().await;
    let mut page = Arc::new(Page::open(program.address).await);
    let mut asked = JoinSet::new();
    let mut tick = tokio::time::interval(Duration::from_micros(1_000_000 / rate));
    let (mut at_first, mut most, mut waited, mut asked_again) = (0, 0, Vec::new(), 0);
    for at in 0..seconds * rate {
        tick.tick().await;
        // A token is good for five minutes.
        if at > 0 && at % (200 * rate) == 0 {
            page = Arc::new(Page::open(program.address).await);
        }
        let page = Arc::clone(&page);
        asked.spawn(async move {
            let (key, began, mut lost) = (page.new_key(), Instant::now(), 0);
            // A connection may end under a request, where all the machine stands still for seconds. Then a page asks again.
            let answer = loop {
                match page.request(&key).json(&incident("Seal broken")).send().await {
                    Ok(answer) => break answer,
                    Err(_) if lost < 5 => lost += 1,
                    Err(error) => panic!("nobody answers: {error:?}"),
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            };
            assert_eq!(answer.status(), 201, "{answer:?}");
            (began.elapsed(), lost)
        });
        while let Some(answered) = asked.try_join_next() {
            let (took, lost) = answered.unwrap();
            waited.push(took);
            asked_again += lost;
        }
        if at % rate == 0 {
            let now = memory(&program);
            most = most.max(now);
            // Buffers, connections and the store's pages have grown to what they need by then.
            if at <= seconds * rate / 5 {
                at_first = at_first.max(now);
            }
            if at % (60 * rate) == 0 {
                println!("{} s: {} MB, {} created", at / rate, now / 1024, waited.len());
            }
        }
    }
    for (took, lost) in asked.join_all().await {
        waited.push(took);
        asked_again += lost;
    }
    waited.sort_unstable();
    let (at_last, of) = (memory(&program), |share: usize| waited[(waited.len() - 1) * share / 1000]);
    println!(
        "{} todos in {seconds} s, none refused, {asked_again} asked for again; half within {:.1?}, 99 % within {:.1?}, all within {:.1?}; memory {} MB after a \
         fifth, {} MB at the end, {} MB at most",
        waited.len(),
        of(500),
        of(990),
        of(1000),
        at_first / 1024,
        at_last / 1024,
        most / 1024
    );
    assert_eq!(sandbox.todos().await.len(), waited.len());
    assert!(most < at_first + 16 * 1024, "its memory has grown from {at_first} to {most} kB");
    program.end().await;
}
