//! Two relays on one database under load, one of them killed again and again. `STORE_KILLS` says how often: `cargo xtask soak postgres`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use super::cluster::{is_here, shared};
use super::{on, without_limits};
use crate::program::Program;
use crate::world::{Page, Sandbox, incident};

const CONNECTIONS: usize = 24;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn however_one_of_two_relays_is_killed_no_key_makes_two_todos_and_none_is_forgotten() {
    if !is_here() {
        return;
    }
    let database = "kills";
    shared().database(database);
    let kills: u64 = std::env::var("STORE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(6);
    let sandbox = Sandbox::start().await;
    let [folder, beside] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let settings_of = |folder| without_limits(&on(shared(), database, &sandbox, folder));
    let survivor = Program::of(&beside, &settings_of(&beside), "warn");
    let (mut asked, mut told_unknown, mut cut_off) = (BTreeMap::new(), 0, 0);
    for kill in 0..kills {
        let program = Program::of(&folder, &settings_of(&folder), "warn");
        let page = Arc::new(Page::open(program.address).await);
        let other = Arc::new(page.at(survivor.address));
        let mut posts = JoinSet::new();
        let answered = Arc::new(AtomicUsize::new(0));
        for connection in 0..CONNECTIONS {
            let (page, other, answered) = (Arc::clone(&page), Arc::clone(&other), Arc::clone(&answered));
            posts.spawn(async move {
                let mut mine = Vec::new();
                for at in 0.. {
                    let (key, title) = (page.new_key(), format!("<{kill}-{connection}-{at}>"));
                    let answer = page.request(&key).json(&incident(&title)).send().await;
                    let status = answer.as_ref().map(|answer| answer.status().as_u16()).ok();
                    if status.is_none() {
                        // The page asks again, and a balancer leads it to the other relay.
                        let again = other.submit(&key, &incident(&title)).await;
                        assert!([201, 409, 503].contains(&again.status), "{again:?}");
                        mine.push((key, title, Some(again.status).filter(|status| *status == 201), true));
                        break;
                    }
                    mine.push((key, title, status, false));
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
        for (key, title, status, was_cut_off) in posts.join_all().await.into_iter().flatten() {
            cut_off += usize::from(was_cut_off);
            asked.insert(key, (title, status));
        }
    }
    // The leases of whom nobody hears of any more.
    shared().sql(database, "UPDATE bzctrl_relay.keys SET lease_until = 0 WHERE state = 'sending'");
    while shared().sql(database, "SELECT count(*) FROM bzctrl_relay.keys WHERE state = 'sending'") != "0" {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let page = Page::open(survivor.address).await;
    for (key, (title, status)) in &asked {
        let answer = page.submit(key, &incident(title)).await;
        match (status, answer.status) {
            (Some(201), 201) => assert_eq!(answer.header("idempotency-replayed"), "true"),
            (None | Some(503), 201) => {}
            (None, 504) => told_unknown += 1,
            other => panic!("{title}: {other:?}, {answer:?}"),
        }
    }
    let titles: Vec<_> = sandbox.todos().await.iter().map(|todo| todo["title"].as_str().unwrap().to_owned()).collect();
    let once: BTreeSet<_> = titles.iter().collect();
    assert_eq!(once.len(), titles.len(), "no todo was made twice");
    println!("{kills} kills, {} keys, {cut_off} of them cut off, {told_unknown} unknown, 0 twice", asked.len());
    assert!(cut_off > 0 && told_unknown > 0, "no kill fell where it hurts");
    survivor.end().await;
}
