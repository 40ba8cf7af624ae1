//! Sequences that want several machines: relays on one PostgreSQL, its replica, an operator.

use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::commands::{json_of, link_at, told};
use crate::postgres::cluster::{Cluster, is_here, shared};
use crate::postgres::{on, store};
use crate::program::Program;
use crate::world::{Answer, Page, Sandbox, incident, settings_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fourth_the_copy_of_a_request_whose_row_a_failover_has_lost_makes_nothing_and_no_new_key() {
    if !is_here() {
        return;
    }
    let database = "relays";
    let mut primary = Cluster::new(&[]);
    primary.database(database);
    let mut standby = primary.standby();
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    // Of both, the one that takes writes is meant.
    let url = format!("postgres://relay@127.0.0.1:{},127.0.0.1:{}/{database}", primary.port(), standby.port());
    let program = Program::of(&folder, &settings_of(sandbox.address, &folder, "", &store(&url, &folder)), "info");
    let page = Page::open(program.address).await;
    // With the key's epoch: what the failover loses is its row alone.
    standby.catch_up_with(&primary);
    // What is written from now on is not streamed, and is lost.
    standby.stop("fast");
    let (key, todo) = (page.new_key(), incident("Seal broken"));
    assert_eq!(page.submit(&key, &todo).await.status, 201);
    primary.stop("immediate");
    standby.start(&[]);
    standby.promote();

    // The proxy's copy comes to the relay that has made the todo, and runs still.
    let mut copy = page.submit(&key, &todo).await;
    let began = Instant::now();
    while copy.problem() == (503, "store-unavailable") && began.elapsed() < Duration::from_secs(20) {
        copy = page.submit(&key, &todo).await;
    }
    assert_eq!(copy.problem(), (410, "key-unknown"), "{}", program.log());
    // The page asks by the same key, with a new token too, and hears the same.
    let new = Page::open(program.address).await;
    assert_ne!(new.epoch, page.epoch, "no key of before is vouched for");
    for page in [&page, &new] {
        assert_eq!(page.submit(&key, &todo).await.problem(), (410, "key-unknown"));
    }
    assert_eq!(sandbox.todos().await.len(), 1, "nothing was made twice");
    // Only a press that knows of it makes another one.
    assert_eq!(new.submit_again(&new.new_key(), &key, &todo).await.status, 201);
    assert_eq!(sandbox.todos().await.len(), 2);
}

/// A relay that is stopped once it has claimed a key, before it sends; another one; and what the page hears in the end.
struct Stopped {
    sandbox: Sandbox,
    database: &'static str,
    stopped: Program,
    other: Program,
    beside: TempDir,
    page: Page,
    key: String,
    asking: tokio::task::JoinHandle<Answer>,
    _folder: TempDir,
}

impl Stopped {
    async fn at(database: &'static str, place: &str) -> Self {
        shared().database(database);
        let sandbox = Sandbox::start().await;
        let [folder, beside] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let settings = |folder| on(shared(), database, &sandbox, folder);
        let other = Program::of(&beside, &settings(&beside), "info");
        let fail_point = format!("{place}=stop");
        let stopped = Program::with_fail_point(&folder, &settings(&folder), "info", Some(&fail_point)).unwrap();
        let page = Page::open(stopped.address).await;
        let key = page.new_key();
        let asking = {
            let (page, key) = (page.at(stopped.address), key.clone());
            tokio::spawn(async move { page.submit(&key, &incident("Seal broken")).await })
        };
        let began = Instant::now();
        while !stopped.is_stopped() {
            assert!(began.elapsed() < Duration::from_secs(20), "{place}: {}", stopped.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Self { page: page.at(other.address), sandbox, database, stopped, other, beside, key, asking, _folder: folder }
    }

    /// Its lease is over, by the database's clock: the other relay tells that nobody can know.
    async fn is_given_up(&self) {
        let sql = "UPDATE bzctrl_relay.keys SET lease_until = 0 WHERE state = 'sending'";
        shared().sql(self.database, sql);
        let began = Instant::now();
        let mut answer = self.ask().await;
        while answer.problem() == (409, "in-progress") && began.elapsed() < Duration::from_secs(20) {
            tokio::time::sleep(Duration::from_millis(100)).await;
            answer = self.ask().await;
        }
        assert_eq!(answer.problem(), (504, "outcome-unknown"), "{}", self.other.log());
    }

    fn a_quarter_passes(&self) {
        shared().sql(self.database, "UPDATE bzctrl_relay.keys SET claimed_at = claimed_at - 900");
    }

    async fn ask(&self) -> Answer {
        self.page.submit(&self.key, &incident("Seal broken")).await
    }

    /// What the page heard that had asked the relay which was stopped.
    async fn goes_on(&mut self) -> Answer {
        self.stopped.signal("-CONT");
        (&mut self.asking).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenth_an_owner_that_was_stopped_before_it_sent_sends_nothing_after_the_operators_word() {
    if !is_here() {
        return;
    }
    let mut it = Stopped::at("tenth_not_created", "before-first-byte").await;
    let began = Instant::now();
    let not_created = ["resolve", &it.key, "--not-created", "--why", "looked"];
    let (code, _, says) = told(&it.beside, &not_created);
    assert!(code == 3 && says.contains("it is being sent right now"), "{code} {says}");
    it.is_given_up().await;
    let (code, _, says) = told(&it.beside, &not_created);
    assert!(code == 3 && says.contains("less than 15 minutes ago"), "{code} {says}");
    it.a_quarter_passes();
    assert_eq!(told(&it.beside, &not_created).0, 0);
    assert_eq!(it.ask().await.problem(), (502, "upstream-rejected"));
    // The page makes a new key of its next press.
    let again = it.page.new_key();
    assert_eq!(it.page.submit(&again, &incident("Seal broken")).await.status, 201);
    // It has stood still for longer than a send may take to begin.
    tokio::time::sleep(Duration::from_millis(5_500).saturating_sub(began.elapsed())).await;
    let late = it.goes_on().await;
    assert_eq!(late.problem(), (502, "upstream-rejected"), "the answer is the row's");
    assert_eq!(it.sandbox.todos().await.len(), 1, "{}", it.stopped.log());
    assert!(it.stopped.log().contains("the relay stood still"), "{}", it.stopped.log());
    assert_eq!(it.ask().await.problem(), (502, "upstream-rejected"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenth_a_late_not_sent_after_the_operators_created_changes_nothing() {
    if !is_here() {
        return;
    }
    let mut it = Stopped::at("tenth_created", "before-first-byte").await;
    it.is_given_up().await;
    it.a_quarter_passes();
    let link = link_at(&it.sandbox);
    assert_eq!(told(&it.beside, &["resolve", &it.key, "--created", &link, "--why", "seen"]).0, 0);
    // BzCtrl asks the owner to come again later: nothing was sent.
    it.sandbox.fault("add-task", json!({ "status": { "code": 429, "body": "json" } })).await;
    let late = it.goes_on().await;
    assert_eq!((late.status, &late.json["taskLink"]), (201, &json!(link)), "{late:?}");
    for _ in 0..2 {
        let again = it.ask().await;
        assert_eq!((again.status, &again.json["taskLink"]), (201, &json!(link)), "the operator's word stays");
    }
    assert_eq!(it.sandbox.todos().await.len(), 0);
    let shown = json_of(&it.beside, &["show", &it.key, "--json"]);
    assert_eq!((&shown[0]["state"], shown[0]["resolvedBy"].is_null()), (&json!("created"), false));
}
