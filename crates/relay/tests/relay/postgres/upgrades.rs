//! Relays that come and go one by one, on one database, while pages press: nothing is lost, nothing is made twice.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::cluster::{is_here, shared};
use super::on;
use crate::program::{Program, relay};
use crate::world::{Answer, Page, Sandbox, incident, without_limits};

const PAGES: usize = 6;

/// The relays that a balancer knows.
type Serving = Arc<Mutex<Vec<SocketAddr>>>;

/// Asks by one key until it is answered for good: whoever is gone is left, as a balancer does, and another one asked.
async fn press(page: &Page, serving: &Serving, key: &str, title: &str) -> Answer {
    let began = Instant::now();
    for turn in 0.. {
        assert!(began.elapsed() < Duration::from_secs(30), "{title} has no answer");
        let relay = {
            let serving = serving.lock().unwrap();
            serving[turn % serving.len()]
        };
        let asked = page.at(relay).request(key).json(&incident(title)).send().await;
        let Ok(answer) = asked else { continue };
        match Answer::of(answer).await {
            Some(answer) if [201, 504].contains(&answer.status) => return answer,
            Some(answer) => assert!([409, 503].contains(&answer.status), "{title}: {answer:?}"),
            None => {}
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    unreachable!("it is asked until it is answered")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_relays_are_started_ended_added_and_upgraded_one_by_one_nothing_is_lost() {
    if !is_here() {
        return;
    }
    let database = "upgrades";
    shared().database(database);
    let sandbox = Sandbox::start().await;
    let folders = [(); 5].map(|()| tempfile::tempdir().unwrap());
    let start = |at: usize| {
        let settings = without_limits(&on(shared(), database, &sandbox, &folders[at]));
        Program::of(&folders[at], &settings, "info")
    };
    let (first, second) = (start(0), start(1));
    let serving: Serving = Arc::new(Mutex::new(vec![first.address, second.address]));
    let page = Page::open(first.address).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let mut pressing = JoinSet::new();
    for number in 0..PAGES {
        let (page, serving, is_over) = (page.at(first.address), Arc::clone(&serving), Arc::clone(&is_over));
        pressing.spawn(async move {
            let mut answered = BTreeMap::new();
            for at in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                let (key, title) = (page.new_key(), format!("<{number}-{at}>"));
                let answer = press(&page, &serving, &key, &title).await;
                assert_eq!(answer.status, 201, "{title}: an end in order leaves no doubt: {answer:?}");
                answered.insert(key, (title, answer.text));
            }
            answered
        });
    }
    let pause = || tokio::time::sleep(Duration::from_millis(300));
    let serves = |programs: &[&Program]| *serving.lock().unwrap() = programs.iter().map(|it| it.address).collect();

    // One is added, and the first one ended: the balancer hears of that only when it is gone.
    pause().await;
    let third = start(2);
    serves(&[&first, &second, &third]);
    pause().await;
    first.end().await;
    serves(&[&second, &third]);
    // One of the next release changes the tables: those of this one go on with them, and cannot be started on them.
    shared().sql(
        database,
        "BEGIN; ALTER TABLE bzctrl_relay.keys ADD COLUMN of_the_next_release text; UPDATE bzctrl_relay.schema_version SET version = 2;
         COMMIT",
    );
    pause().await;
    let settings = on(shared(), database, &sandbox, &folders[3]);
    std::fs::write(folders[3].path().join("relay.toml"), settings).unwrap();
    std::fs::write(folders[3].path().join("password"), crate::world::PASSWORD).unwrap();
    let refused = relay(&folders[3]).output().unwrap();
    let says = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && says.contains("it was made by a newer relay (schema 2"), "{says}");
    // The way back, by hand.
    shared().sql(
        database,
        "BEGIN; ALTER TABLE bzctrl_relay.keys DROP COLUMN of_the_next_release; UPDATE bzctrl_relay.schema_version SET version = 1;
         COMMIT",
    );
    let fourth = start(4);
    serves(&[&second, &third, &fourth]);
    second.end().await;
    third.end().await;
    serves(&[&fourth]);
    pause().await;
    is_over.store(true, Ordering::Relaxed);

    let answered: BTreeMap<_, _> = pressing.join_all().await.into_iter().flatten().collect();
    let page = page.at(fourth.address);
    for (key, (title, text)) in &answered {
        let again = page.submit(key, &incident(title)).await;
        assert_eq!((again.header("idempotency-replayed"), &again.text), ("true", text), "{title}");
    }
    let todos = sandbox.todos().await;
    assert_eq!(todos.len(), answered.len(), "each press has made one todo");
    assert!(answered.len() > PAGES, "{} presses", answered.len());
    println!("{} presses while relays came and went", answered.len());
}
