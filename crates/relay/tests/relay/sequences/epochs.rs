//! The ninth sequence: an old epoch is dropped while keys of it are claimed. Each moment of a claim is stopped at, on both stores.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

use crate::postgres::cluster::{is_here, shared};
use crate::postgres::{self, TheirLocks};
use crate::program::Program;
use crate::world::{Page, Sandbox, incident, settings_of};

/// Where the keys are.
#[derive(Clone, Copy)]
enum Kept {
    InAFile,
    InADatabase(&'static str),
}

/// A store, and the relays on it.
struct Relays {
    kept: Kept,
    sandbox: Sandbox,
    folder: TempDir,
    beside: TempDir,
}

impl Relays {
    async fn on(kept: Kept) -> Self {
        let [folder, beside] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        if let Kept::InADatabase(name) = kept {
            shared().database(name);
        }
        Self { kept, sandbox: Sandbox::start().await, folder, beside }
    }

    fn start(&self) -> Program {
        self.start_in(&self.folder)
    }

    fn start_in(&self, folder: &TempDir) -> Program {
        let settings = match self.kept {
            Kept::InAFile => {
                let store = format!("[store]\npath = \"{}/relay.sqlite\"", folder.path().display());
                settings_of(self.sandbox.address, folder, "", &store)
            }
            Kept::InADatabase(name) => postgres::on(shared(), name, &self.sandbox, folder),
        };
        Program::of(folder, &settings, "info")
    }

    /// What the store says to statements, the last of which asks for a number.
    fn sql(&self, sql: &str) -> i64 {
        match self.kept {
            Kept::InAFile => {
                let store = Connection::open(self.folder.path().join("relay.sqlite")).unwrap();
                store.busy_timeout(Duration::from_secs(5)).unwrap();
                let (first, last) = sql.rsplit_once(';').unwrap_or(("", sql));
                store.execute_batch(first).unwrap();
                store.query_row(last, [], |row| row.get(0)).unwrap()
            }
            Kept::InADatabase(name) => {
                shared().sql(name, &format!("SET search_path = bzctrl_relay; {sql}")).parse().unwrap()
            }
        }
    }

    /// So many days pass.
    fn days_pass(&self, days: i64) {
        let seconds = days * 24 * 60 * 60;
        self.sql(&format!(
            "UPDATE epochs SET began_at = began_at - {seconds};
             UPDATE keys SET claimed_at = claimed_at - {seconds}, decided_at = decided_at - {seconds};
             SELECT 1"
        ));
    }

    fn has_epoch(&self, epoch: &str) -> bool {
        self.sql(&format!("SELECT count(*) FROM epochs WHERE name = '{epoch}'")) == 1
    }

    /// Old epochs are dropped now; until this one, which is empty, is gone. What does it goes on.
    async fn drop_old(&self, relay: &Program, last: &str) -> Option<Program> {
        let dropping = match self.kept {
            // The first page of a day begins a new epoch, in whose transaction old ones are dropped.
            Kept::InAFile => {
                drop(Page::open(relay.address).await);
                None
            }
            // A relay looks for them when it starts.
            Kept::InADatabase(_) => Some(self.start_in(&self.beside)),
        };
        until("the old epochs are gone", || !self.has_epoch(last)).await;
        dropping
    }

    /// A key of an epoch that is not there is a key that nobody can be told of.
    fn no_key_is_without_its_epoch(&self) {
        assert_eq!(self.sql("SELECT count(*) FROM keys WHERE epoch NOT IN (SELECT name FROM epochs)"), 0);
    }
}

async fn until(what: &str, is: impl Fn() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ninth_a_key_whose_epoch_is_dropped_before_its_claim_is_not_sent_and_one_that_is_being_sent_keeps_it_in_a_file()
{
    each_claim_comes_before_or_after(Kept::InAFile).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ninth_a_key_whose_epoch_is_dropped_before_its_claim_is_not_sent_and_one_that_is_being_sent_keeps_it_in_a_database()
 {
    if is_here() {
        each_claim_comes_before_or_after(Kept::InADatabase("ninth")).await;
    }
}

async fn each_claim_comes_before_or_after(kept: Kept) {
    let relays = Relays::on(kept).await;
    let (sandbox, todo) = (&relays.sandbox, incident("Seal broken"));
    let program = relays.start();
    let page = Page::open(program.address).await;
    let [known, free, never_sent] = [(); 3].map(|()| page.new_key());
    assert_eq!(page.submit(&known, &todo).await.status, 201);
    sandbox.fault("add-task", json!({ "status": { "code": 429, "body": "json" } })).await;
    assert_eq!(page.submit(&free, &todo).await.problem(), (503, "upstream-unavailable"));
    program.end().await;

    // A relay without a token of BzCtrl's: who has looked his key up, and may claim it, waits for one first.
    let program = relays.start();
    let page = page.at(program.address);
    sandbox.fault("token", json!({ "delay": { "ms": 2500 } })).await;
    relays.days_pass(401);
    let logins = sandbox.logins().await.len();
    let claims = async { tokio::join!(page.submit(&free, &todo), page.submit(&never_sent, &todo)) };
    let dropping = async {
        while sandbox.logins().await.len() == logins {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        relays.drop_old(&program, &page.epoch).await
    };
    let ((first, second), beside) = tokio::join!(claims, dropping);
    for answer in [first, second, page.submit(&known, &todo).await] {
        assert_eq!(answer.problem(), (410, "key-unknown"), "{}", program.log());
    }
    assert_eq!(sandbox.todos().await.len(), 1);
    assert_eq!(relays.sql("SELECT count(*) FROM keys"), 0);
    if let Some(beside) = beside {
        beside.end().await;
    }

    // One that is being sent while its epoch's time is over. The empty epoch is looked at after it.
    let page = Page::open(program.address).await;
    let key = page.new_key();
    sandbox.fault("add-task", json!({ "delay": { "ms": 2500 } })).await;
    let sends = sandbox.sends().await.len();
    let sending = page.submit(&key, &todo);
    let dropping = async {
        while sandbox.sends().await.len() == sends {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        relays.days_pass(401);
        relays.sql(&format!(
            "INSERT INTO epochs (name, began_at, environment) SELECT 'empty', began_at + 1, environment FROM epochs
             WHERE name = '{}'; SELECT 1",
            page.epoch
        ));
        relays.drop_old(&program, "empty").await
    };
    let (answer, _beside) = tokio::join!(sending, dropping);
    assert_eq!(answer.status, 201);
    let again = page.submit(&key, &todo).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    assert!(relays.has_epoch(&page.epoch));
    assert_eq!(sandbox.todos().await.len(), 2);
    relays.no_key_is_without_its_epoch();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ninth_a_claim_that_is_not_committed_when_its_epoch_is_dropped_keeps_it() {
    if !is_here() {
        return;
    }
    let database = "ninth_claims";
    let relays = Relays::on(Kept::InADatabase(database)).await;
    let program = relays.start();
    let page = Page::open(program.address).await;
    let (known, todo) = (page.new_key(), incident("Seal broken"));
    assert_eq!(page.submit(&known, &todo).await.status, 201);
    relays.days_pass(401);

    // Whoever drops is held at the key that is known, whoever claims is held at the key that another would write.
    let (holds_known, holds_new) = (shared().connect(database).await, shared().connect(database).await);
    holds_known.batch_execute(&format!("BEGIN; SELECT FROM keys WHERE key = '{known}' FOR UPDATE")).await.unwrap();
    let locks = TheirLocks::of(database).await;
    let beside = relays.start_in(&relays.beside);
    locks.wait_for("SELECT FROM keys").await;
    let new = page.new_key();
    let copy = format!(
        "BEGIN; INSERT INTO keys (key, epoch, state, claim, instance, lease_until, tenant, digest, todo_type, title, order_id, claimed_at)
         SELECT '{new}', epoch, 'free', claim, instance, lease_until, tenant, digest, todo_type, title, order_id, claimed_at FROM keys"
    );
    holds_new.batch_execute(&copy).await.unwrap();
    let claiming = {
        let (page, new, todo) = (page.at(program.address), new.clone(), todo.clone());
        tokio::spawn(async move { page.submit(&new, &todo).await })
    };
    locks.wait_for("INSERT INTO keys").await;
    holds_known.batch_execute("ROLLBACK").await.unwrap();
    // Now it is dropped, or whoever drops waits for the claim.
    let began = Instant::now();
    while relays.has_epoch(&page.epoch) && !locks.waits_for("pg_advisory_xact_lock(").await {
        assert!(began.elapsed() < Duration::from_secs(10), "{}", beside.log());
    }
    holds_new.batch_execute("ROLLBACK").await.unwrap();
    let answer = claiming.await.unwrap();
    assert_eq!(answer.status, 201, "{answer:?} {}", program.log());
    for key in [&new, &known] {
        assert_eq!(page.submit(key, &todo).await.header("idempotency-replayed"), "true");
    }
    relays.no_key_is_without_its_epoch();
    assert_eq!(relays.sandbox.todos().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ninth_while_an_epoch_is_being_dropped_its_keys_are_told_and_none_is_sent_again() {
    if !is_here() {
        return;
    }
    let database = "ninth_copies";
    let relays = Relays::on(Kept::InADatabase(database)).await;
    let program = relays.start();
    let page = Page::open(program.address).await;
    let ([known, free], todo) = ([(); 2].map(|()| page.new_key()), incident("Seal broken"));
    assert_eq!(page.submit(&known, &todo).await.status, 201);
    relays.sandbox.fault("add-task", json!({ "status": { "code": 429, "body": "json" } })).await;
    assert_eq!(page.submit(&free, &todo).await.problem(), (503, "upstream-unavailable"));
    relays.days_pass(401);

    let (holds_known, claims) = (shared().connect(database).await, shared().connect(database).await);
    holds_known.batch_execute(&format!("BEGIN; SELECT FROM keys WHERE key = '{known}' FOR UPDATE")).await.unwrap();
    let locks = TheirLocks::of(database).await;
    let beside = relays.start_in(&relays.beside);
    locks.wait_for("SELECT FROM keys").await;
    // As a claim of another key would, this holds whoever drops, with the keys deleted and not committed.
    claims.batch_execute("BEGIN; SELECT pg_advisory_xact_lock_shared(x'627a6374'::int, 1)").await.unwrap();
    holds_known.batch_execute("ROLLBACK").await.unwrap();
    locks.wait_for("pg_advisory_xact_lock(").await;
    let copy = page.submit(&known, &todo).await;
    assert_eq!((copy.status, copy.header("idempotency-replayed")), (201, "true"), "{copy:?}");
    let (claimed, ()) = tokio::join!(page.submit(&free, &todo), async {
        locks.wait_for("pg_advisory_xact_lock_shared").await;
        claims.batch_execute("ROLLBACK").await.unwrap();
    });
    assert_eq!(claimed.problem(), (410, "key-unknown"), "{}", program.log());
    until("the epoch is dropped", || !relays.has_epoch(&page.epoch)).await;
    assert_eq!(page.submit(&known, &todo).await.problem(), (410, "key-unknown"));
    assert_eq!(relays.sandbox.todos().await.len(), 1);
    assert!(beside.log().contains("is dropped with its keys"), "{}", beside.log());
}
