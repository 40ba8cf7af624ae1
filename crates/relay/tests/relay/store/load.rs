//! Many at once: they share commits, and each keeps its promise. `STORE_KILLS` says how often the relay is killed under load:
//! `cargo xtask soak store`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::json;
use tokio::task::JoinSet;

use crate::program::Program;
use crate::world::{Page, Sandbox, incident, settings, without_limits};

const CONNECTIONS: usize = 64;

/// What a trace says: one system call a line, with its end, and who made it.
struct Call<'a> {
    thread: &'a str,
    name: &'a str,
    rest: &'a str,
}

/// The calls in the order in which each began (and, of what syncs, ended): strace writes one that another interrupts in two parts.
fn calls(trace: &str) -> Vec<Call<'_>> {
    let of_line = |line: &'_ str| -> Option<(bool, usize)> {
        let start = line.find(|c: char| !c.is_ascii_digit() && c != ' ')?;
        Some((line[start..].starts_with("<... "), start))
    };
    trace
        .lines()
        .filter_map(|line| {
            let (resumed, start) = of_line(line)?;
            let (thread, rest) = line.split_at(start);
            let rest = if resumed { rest.strip_prefix("<... ")? } else { rest };
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
            Some(Call { thread: thread.trim(), name: &rest[..end], rest })
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_each_claim_is_synced_before_its_todo_is_sent() {
    if !std::process::Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success()) {
        eprintln!("not run here: there is no strace");
        return;
    }
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    let trace = folder.path().join("trace");
    let calls_of = "trace=pwrite64,fdatasync,fsync,sendto,write,writev";
    let words = ["strace", "-D", "-f", "-q", "-y", "-s", "9000", "-e", calls_of, "-o", trace.to_str().unwrap()];
    let program = Program::started_by(&words, &folder, &settings(sandbox.address, &folder, ""), "info");
    let page = Arc::new(Page::open(program.address).await);
    // A token is at hand before it begins.
    assert_eq!(page.submit(&page.new_key(), &incident("first")).await.status, 201);
    // Claims, and results, wait together because another program has the file: whatever else this machine does.
    let other = Connection::open(folder.path().join("relay.sqlite")).unwrap();
    other.busy_timeout(Duration::from_secs(10)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    sandbox.faults("add-task", json!({ "delay": { "ms": 3000 } }), u32::try_from(CONNECTIONS).unwrap()).await;
    let mut posts = JoinSet::new();
    for at in 0..CONNECTIONS {
        let page = Arc::clone(&page);
        posts.spawn(async move {
            let (key, todo) = (page.new_key(), incident(&format!("<todo-{at}>")));
            let mut answer = page.submit(&key, &todo).await;
            // The file was kept for longer than anybody waits for it.
            while answer.status == 503 {
                answer = page.submit(&key, &todo).await;
            }
            assert_eq!(answer.status, 201, "{answer:?}");
        });
    }
    let under_way = async |count: usize| {
        let series = format!("bzctrl_relay_sends_under_way {count}\n");
        for _ in 0..400 {
            if program.health("/metrics").await.1.contains(&series) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    under_way(CONNECTIONS).await;
    other.execute_batch("COMMIT").unwrap();
    while sandbox.sends().await.len() <= CONNECTIONS {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    tokio::time::sleep(Duration::from_millis(3000)).await;
    other.execute_batch("COMMIT").unwrap();
    posts.join_all().await;
    program.signal("-TERM");
    let process = program.id().to_string();
    let mut whole = String::new();
    // The trace ends a little later than what it tells of.
    for _ in 0..500 {
        whole = std::fs::read_to_string(&trace).unwrap();
        let last = whole.lines().last().unwrap_or_default();
        if last.starts_with(&process) && last.contains("+++ exited") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let calls = calls(&whole);
    let is_sync = |call: &&Call<'_>| matches!(call.name, "fsync" | "fdatasync") && call.rest.ends_with("= 0");
    let first = |is_it: &dyn Fn(&Call<'_>) -> bool, from: usize| Some(from + calls[from..].iter().position(is_it)?);
    for at in 0..CONNECTIONS {
        let title = format!("<todo-{at}>");
        let is_page = |call: &Call<'_>| call.rest.contains("relay.sqlite-wal>") && call.rest.contains(&title);
        let is_send = |call: &Call<'_>| call.rest.contains("/add-task HTTP/1.1") && call.rest.contains(&title);
        let written = first(&is_page, 0).expect("its claim was written");
        let synced = first(&|call| is_sync(&call), written).expect("its claim was synced");
        let is_witness = |call: &Call<'_>| call.rest.contains("relay.sqlite-witness>");
        let raised =
            first(&|call| is_witness(call) && call.rest.contains(", 41, 0"), synced).expect("the witness was raised");
        let begun = first(&|call| call.name == "fdatasync" && is_witness(call), raised).expect("its sync began");
        let is_end = |call: &Call<'_>| is_sync(&call) && call.thread == calls[begun].thread;
        let witnessed = first(&is_end, begun).expect("the witness was synced");
        let sent = first(&is_send, 0).expect("it was sent");
        assert!(
            witnessed < sent,
            "{title} went out before its claim was on the disk: {written}, {synced}, {witnessed}, {sent}"
        );
    }
    let syncs = calls.iter().filter(is_sync).count();
    // A claim, the witness of it and a result each, if nothing were shared.
    let unshared = 3 * CONNECTIONS;
    println!("{syncs} syncs of {unshared} claims, witnesses and results");
    assert!(syncs < 64, "{syncs} syncs of {unshared} claims, witnesses and results: they share commits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn however_it_is_killed_under_load_no_key_makes_two_todos_and_none_is_forgotten() {
    let kills: u64 = std::env::var("STORE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(6);
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    let (mut asked, mut told_unknown, mut cut_off) = (BTreeMap::new(), 0, 0);
    for kill in 0..kills {
        let program = Program::of(&folder, &without_limits(&settings(sandbox.address, &folder, "")), "warn");
        let page = Arc::new(Page::open(program.address).await);
        let mut posts = JoinSet::new();
        let answered = Arc::new(AtomicUsize::new(0));
        for connection in 0..CONNECTIONS {
            let (page, answered) = (Arc::clone(&page), Arc::clone(&answered));
            posts.spawn(async move {
                let mut mine = Vec::new();
                for at in 0.. {
                    let (key, title) = (page.new_key(), format!("<{kill}-{connection}-{at}>"));
                    let answer = page.request(&key).json(&incident(&title)).send().await;
                    let status = answer.as_ref().map(|answer| answer.status().as_u16()).ok();
                    mine.push((key, title, status));
                    if status.is_none() {
                        break;
                    }
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                mine
            });
        }
        while answered.load(Ordering::Relaxed) < CONNECTIONS {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(kill * 37 % 50)).await;
        program.kill();
        for (key, title, status) in posts.join_all().await.into_iter().flatten() {
            cut_off += usize::from(status.is_none());
            asked.insert(key, (title, status));
        }
    }
    let program = Program::of(&folder, &without_limits(&settings(sandbox.address, &folder, "")), "warn");
    let page = Page::open(program.address).await;
    let mut sends: HashMap<String, u32> = HashMap::new();
    for todo in sandbox.todos().await {
        *sends.entry(todo["title"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    for (key, (title, status)) in &asked {
        let before = sends.get(title).copied().unwrap_or_default();
        assert!(before <= 1, "{title} was made {before} times");
        let answer = page.submit(key, &incident(title)).await;
        match (status, answer.status, before) {
            // What was answered is told again.
            (Some(201), 201, 1) => assert_eq!(answer.header("idempotency-replayed"), "true"),
            (None, 201, 1) => assert_eq!(answer.header("idempotency-replayed"), "true"),
            // It was never claimed: now it is sent.
            (None, 201, 0) => assert_eq!(answer.header("idempotency-replayed"), ""),
            (None, 504, _) => told_unknown += 1,
            // The disk had stood still for so long that nothing was decided: it may have been claimed, and was never sent.
            (Some(503), 201 | 504, 0) => {}
            other => panic!("{title}: {other:?}, {answer:?}"),
        }
    }
    let titles: Vec<_> = sandbox.todos().await.iter().map(|todo| todo["title"].as_str().unwrap().to_owned()).collect();
    let once: BTreeSet<_> = titles.iter().collect();
    assert_eq!(once.len(), titles.len(), "no todo was made twice");
    println!("{kills} kills, {} keys, {cut_off} of them cut off, {told_unknown} unknown, 0 twice", asked.len());
    assert!(cut_off > 0 && told_unknown > 0, "no kill fell where it hurts");
}
