#![allow(clippy::unwrap_used, clippy::panic)]

mod doubt;
mod dropping;
mod environments;
mod replacing;
mod speed;
mod transitions;

use super::*;
use crate::store::operator::{Operator as _, Selection};
use crate::store::{Digest, Entry, Row};
use crate::upstream::Created;
use bzctrl_contract::UpstreamAnswer;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

const ACC: &str = "https://acc.example/add-task";

struct Fixture {
    store: Sqlite,
    epoch: String,
    folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("relay.sqlite")).unwrap();
        let epoch = store.epoch(ACC).await.unwrap();
        Self { store, epoch, folder }
    }

    fn claim(&self, key: u8) -> Claim {
        Claim {
            id: Uuid::new_v4(),
            key: Key::new(&self.epoch, [key; 16]).unwrap(),
            owner: owner("demo"),
            environment: ACC.to_owned(),
            digest: Digest([1; 32]),
            replaces: None,
            entry: Entry {
                todo_type: "INCIDENT".to_owned(),
                title: format!("todo {key}"),
                order_id: "ORDER 777".to_owned(),
            },
            notify: true,
            traceparent: None,
        }
    }

    fn replacing(&self, key: u8, old: &Claim) -> Claim {
        Claim { replaces: Some(old.key.clone()), ..self.claim(key) }
    }

    /// A key that is sent and comes to this.
    async fn sent(&self, key: u8, report: Report) -> Claim {
        let claim = self.claim(key);
        assert_eq!(self.store.claim(&claim).await.unwrap(), Claimed::Yes);
        self.store.conclude(&claim, &report).await.unwrap();
        claim
    }

    async fn look_up(&self, claim: &Claim) -> KeyLookup {
        self.store.look_up(&claim.key, &claim.owner, &claim.environment).await.unwrap()
    }

    /// Another connection to the file.
    fn beside(&self) -> Connection {
        let connection = Connection::open(self.path()).unwrap();
        connection.busy_timeout(BUSY).unwrap();
        connection
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("relay.sqlite")
    }

    fn sql(&self, sql: &str) {
        self.beside().execute_batch(sql).unwrap();
    }

    fn restart(self) -> Self {
        let Self { store, epoch, folder } = self;
        drop(store);
        let store = Sqlite::open(&folder.path().join("relay.sqlite")).unwrap();
        Self { store, epoch, folder }
    }
}

fn owner(tenant: &str) -> Owner {
    Owner { tenant: tenant.to_owned(), identity: None }
}

fn created() -> Created {
    Created { answer: r#"{"taskLink":"https://x/1"}"#.to_owned(), task_link: Some("https://x/1".to_owned()) }
}

fn rejected() -> UpstreamAnswer {
    UpstreamAnswer { status: 422, reason: "no".to_owned() }
}

fn known(state: KeyState) -> KeyLookup {
    KeyLookup::Found(Row { digest: Digest([1; 32]), state, replaced_by: None })
}

#[tokio::test]
async fn a_key_is_claimed_once_until_it_was_not_sent() {
    let it = Fixture::new().await;
    let first = it.claim(1);
    assert_eq!(it.look_up(&first).await, KeyLookup::Claimable);
    assert_eq!(it.store.claim(&first).await.unwrap(), Claimed::Yes);
    assert_eq!(it.store.claim(&it.claim(1)).await.unwrap(), Claimed::No(known(KeyState::Sending)));
    assert_eq!(it.store.conclude(&first, &Report::NotSent).await.unwrap(), KeyState::Free);
    assert_eq!(it.look_up(&first).await, KeyLookup::Claimable);

    let second = Claim { digest: Digest([2; 32]), ..it.claim(1) };
    assert_eq!(it.store.claim(&second).await.unwrap(), Claimed::Yes);
    let taken = Row { digest: Digest([2; 32]), state: KeyState::Sending, replaced_by: None };
    assert_eq!(it.look_up(&second).await, KeyLookup::Found(taken), "a claim of a free row takes the new content");
}

#[tokio::test]
async fn a_late_word_of_an_earlier_claim_changes_nothing() {
    let it = Fixture::new().await;
    let first = it.sent(1, Report::NotSent).await;
    let second = it.claim(1);
    assert_eq!(it.store.claim(&second).await.unwrap(), Claimed::Yes);
    for report in [Report::NotSent, Report::Created(created()), Report::Unknown] {
        assert_eq!(it.store.conclude(&first, &report).await.unwrap(), KeyState::Sending, "{report:?}");
    }
    assert_eq!(it.store.conclude(&second, &Report::Created(created())).await.unwrap(), KeyState::Created(created()));
    assert_eq!(it.store.conclude(&second, &Report::Unknown).await.unwrap(), KeyState::Created(created()));
}

#[tokio::test]
async fn a_word_that_comes_after_erase_fills_nothing_again_and_is_told_to_nobody() {
    let it = Fixture::new().await;
    let path = it.folder.path().join("relay.sqlite");
    for (key, report, state) in
        [(1, Report::Created(created()), "created"), (2, Report::Rejected(rejected()), "rejected")]
    {
        let claim = it.sent(key, Report::Unknown).await;
        let selection = Selection::Key(claim.key.as_str().to_owned());
        assert_eq!(Operator::open(&path).unwrap().erase(&selection, None, true).unwrap().keys, 1);
        it.store.conclude(&claim, &report).await.unwrap();
        let shown = Operator::open(&path).unwrap().show(&selection, None).unwrap().remove(0);
        assert_eq!((&*shown.state, shown.task_link, shown.webhook), (state, None, None));
        assert_eq!(shown.upstream.map(|(_, reason)| reason).unwrap_or_default(), "");
        assert_eq!(it.look_up(&claim).await, KeyLookup::Unverifiable);
    }
    let connection = it.beside();
    let answers = "SELECT count(*) FROM keys WHERE coalesce(answer, '{}') <> '{}'";
    assert_eq!(connection.query_row(answers, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[tokio::test]
async fn an_unknown_key_takes_a_real_outcome_that_comes_late() {
    let it = Fixture::new().await;
    let claim = it.sent(1, Report::Unknown).await;
    assert_eq!(it.store.conclude(&claim, &Report::NotSent).await.unwrap(), KeyState::Unknown);
    assert_eq!(it.store.conclude(&claim, &Report::Rejected(rejected())).await.unwrap(), KeyState::Rejected(rejected()));
    assert_eq!(it.look_up(&claim).await, known(KeyState::Rejected(rejected())));
}

#[tokio::test]
async fn a_result_whose_row_is_gone_is_kept() {
    let it = Fixture::new().await;
    let claim = it.claim(1);
    it.store.claim(&claim).await.unwrap();
    it.sql("DELETE FROM keys");
    assert_eq!(it.store.conclude(&claim, &Report::NotSent).await.unwrap(), KeyState::Free);
    assert_eq!(it.look_up(&claim).await, KeyLookup::Claimable);
    it.store.conclude(&claim, &Report::Created(created())).await.unwrap();
    assert_eq!(it.look_up(&claim).await, known(KeyState::Created(created())));
}

#[tokio::test]
async fn nothing_is_vouched_for_outside_whole_epochs() {
    let it = Fixture::new().await;
    let mut foreign = it.claim(1);
    foreign.key = Key::new("another-epoch", [1; 16]).unwrap();
    assert_eq!(it.look_up(&foreign).await, KeyLookup::Unverifiable);
    assert_eq!(it.store.claim(&foreign).await.unwrap(), Claimed::No(KeyLookup::Unverifiable));

    let sent = it.sent(2, Report::Created(created())).await;
    it.sql("UPDATE epochs SET broken = 1");
    assert_eq!(it.store.claim(&it.claim(3)).await.unwrap(), Claimed::No(KeyLookup::Unverifiable));
    assert_eq!(it.look_up(&sent).await, known(KeyState::Created(created())), "a row speaks in a broken epoch too");
    assert_ne!(it.store.epoch(ACC).await.unwrap(), it.epoch, "new keys are of a whole epoch");
}

#[tokio::test]
async fn another_tenants_key_is_not_spoken_of() {
    let it = Fixture::new().await;
    let claim = it.sent(1, Report::Created(created())).await;
    assert_eq!(it.store.look_up(&claim.key, &owner("other"), ACC).await.unwrap(), KeyLookup::Unverifiable);
    let theirs = Claim { owner: owner("other"), ..it.claim(1) };
    assert_eq!(it.store.claim(&theirs).await.unwrap(), Claimed::No(KeyLookup::Unverifiable));
}

#[tokio::test]
async fn an_epoch_begins_each_day() {
    let it = Fixture::new().await;
    let connection = it.beside();
    let tomorrow = now() + 24 * 60 * 60;
    let next = rows::epoch(&connection, ACC, tomorrow).unwrap();
    assert_ne!(next, it.epoch);
    assert_eq!(rows::epoch(&connection, ACC, tomorrow).unwrap(), next);
    assert_eq!(rows::epoch(&connection, ACC, now()).unwrap(), next, "a clock that goes back begins none");
}

#[tokio::test]
async fn only_an_unknown_key_is_replaced_and_by_one_key() {
    let it = Fixture::new().await;
    let old = it.sent(1, Report::Unknown).await;
    let new = it.replacing(2, &old);
    assert_eq!(it.store.claim(&new).await.unwrap(), Claimed::Yes);
    let replaced = |new: KeyState| Row { digest: Digest([1; 32]), state: KeyState::Unknown, replaced_by: Some(new) };
    assert_eq!(it.look_up(&old).await, KeyLookup::Found(replaced(KeyState::Sending)));

    let third = it.replacing(3, &old);
    let refused = Claimed::NotReplaced(KeyLookup::Found(replaced(KeyState::Sending)));
    assert_eq!(it.store.claim(&third).await.unwrap(), refused);

    it.store.conclude(&new, &Report::NotSent).await.unwrap();
    assert_eq!(it.store.claim(&it.replacing(2, &old)).await.unwrap(), Claimed::Yes, "the same new key is no conflict");
}

#[tokio::test]
async fn of_a_key_that_is_not_unknown_nothing_is_sent_again() {
    let it = Fixture::new().await;
    for (key, report, state) in [
        (1, Report::Created(created()), KeyState::Created(created())),
        (2, Report::Rejected(rejected()), KeyState::Rejected(rejected())),
    ] {
        let old = it.sent(key, report).await;
        let claimed = it.store.claim(&it.replacing(key + 100, &old)).await.unwrap();
        assert_eq!(claimed, Claimed::NotReplaced(known(state)));
    }
    let sending = it.claim(3);
    it.store.claim(&sending).await.unwrap();
    assert_eq!(
        it.store.claim(&it.replacing(103, &sending)).await.unwrap(),
        Claimed::NotReplaced(known(KeyState::Sending))
    );
}

#[tokio::test]
async fn of_a_key_that_nobody_can_vouch_for_nothing_is_marked_and_the_new_one_is_sent() {
    let it = Fixture::new().await;
    let mut old = it.claim(1);
    old.key = Key::new("lost-epoch", [1; 16]).unwrap();
    assert_eq!(it.store.claim(&it.replacing(2, &old)).await.unwrap(), Claimed::Yes);

    let mine = it.sent(3, Report::Unknown).await;
    let theirs = Claim { owner: owner("other"), ..it.replacing(4, &mine) };
    assert_eq!(it.store.claim(&theirs).await.unwrap(), Claimed::Yes);
    assert_eq!(it.look_up(&mine).await, known(KeyState::Unknown), "another tenant marks nothing");
}

#[tokio::test]
async fn a_late_result_of_the_old_key_stops_the_new_one() {
    let it = Fixture::new().await;
    let old = it.sent(1, Report::Unknown).await;
    let new = it.replacing(2, &old);
    it.store.claim(&new).await.unwrap();
    it.store.conclude(&new, &Report::NotSent).await.unwrap();
    it.store.conclude(&old, &Report::Created(created())).await.unwrap();
    // Named or not: the store remembers which key this one replaces.
    for again in [it.replacing(2, &old), it.claim(2)] {
        // Nothing was sent under the new one, so the old one's result says all.
        let claimed = it.store.claim(&again).await.unwrap();
        assert_eq!(claimed, Claimed::NotReplaced(known(KeyState::Created(created()))));
    }
}

#[tokio::test]
async fn a_claim_that_is_refused_bars_nothing() {
    let it = Fixture::new().await;
    let old = it.sent(1, Report::Unknown).await;
    let new = it.replacing(2, &old);
    it.store.claim(&new).await.unwrap();
    it.store.conclude(&new, &Report::NotSent).await.unwrap();
    it.store.conclude(&old, &Report::Created(created())).await.unwrap();
    let other = it.sent(3, Report::Unknown).await;
    let claimed = it.store.claim(&it.replacing(2, &other)).await.unwrap();
    assert!(
        matches!(claimed, Claimed::NotReplaced(KeyLookup::Found(Row { state: KeyState::Created(_), .. }))),
        "{claimed:?}"
    );
    assert_eq!(it.look_up(&other).await, known(KeyState::Unknown), "it may still be sent again under another key");
}

#[tokio::test]
async fn what_was_being_sent_when_the_relay_ended_is_unknown() {
    let it = Fixture::new().await;
    let sending = it.claim(1);
    it.store.claim(&sending).await.unwrap();
    let done = it.sent(2, Report::Created(created())).await;
    let free = it.sent(3, Report::NotSent).await;
    let it = it.restart();
    assert_eq!(it.look_up(&sending).await, known(KeyState::Unknown));
    assert_eq!(it.look_up(&done).await, known(KeyState::Created(created())));
    assert_eq!(it.look_up(&free).await, KeyLookup::Claimable);
    assert_eq!(it.store.epoch(ACC).await.unwrap(), it.epoch);
}

#[tokio::test]
async fn the_register_of_an_order_shows_what_may_exist_newest_first() {
    let it = Fixture::new().await;
    it.sent(1, Report::Created(created())).await;
    it.sent(2, Report::Rejected(rejected())).await;
    it.sent(3, Report::NotSent).await;
    it.sent(4, Report::Unknown).await;
    let shown = it.store.of_order("demo", ACC, "ORDER 777").await.unwrap();
    let shown: Vec<_> =
        shown.iter().map(|todo| (&*todo.entry.title, todo.created, todo.task_link.as_deref())).collect();
    assert_eq!(shown, [("todo 4", false, None), ("todo 1", true, Some("https://x/1"))]);
    assert_eq!(it.store.of_order("other", ACC, "ORDER 777").await.unwrap(), []);
}

#[tokio::test]
async fn no_second_relay_uses_the_same_file() {
    let it = Fixture::new().await;
    let path = it.folder.path().join("relay.sqlite");
    let says = Sqlite::open(&path).unwrap_err();
    assert!(says.contains("another relay uses"), "{says}");
    drop(it.store);
    Sqlite::open(&path).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn no_second_relay_uses_the_same_file_under_another_name() {
    use std::os::unix::fs::symlink;
    let it = Fixture::new().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let (folder, file) = (elsewhere.path().join("folder"), elsewhere.path().join("file.sqlite"));
    symlink(it.folder.path(), &folder).unwrap();
    symlink(it.path(), &file).unwrap();
    let hard = it.folder.path().join("hard.sqlite");
    std::fs::hard_link(it.path(), &hard).unwrap();
    for path in [folder.join("relay.sqlite"), file, it.folder.path().join("./relay.sqlite"), hard] {
        let says = Sqlite::open(&path).unwrap_err();
        assert!(says.contains("another relay uses"), "{says}");
    }
}

#[test]
fn a_slow_store_leaves_threads_to_the_rest_of_the_relay() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().max_blocking_threads(5).build().unwrap();
    runtime.block_on(async {
        let it = Arc::new(Fixture::new().await);
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let ended = Arc::new(std::sync::Mutex::new(ended));
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                let (it, ended) = (it.clone(), ended.clone());
                tokio::spawn(async move { it.store.read(move |_| Ok(ended.lock().unwrap().recv().is_err())).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let other = tokio::time::timeout(Duration::from_secs(2), tokio::task::spawn_blocking(|| ()));
        assert!(other.await.is_ok(), "whoever waits for the store holds no thread");
        drop(end);
        for waiting in waiting {
            assert!(waiting.await.unwrap().unwrap());
        }
    });
}

#[tokio::test]
async fn a_read_with_a_fault_takes_no_connection_with_it() {
    let it = Fixture::new().await;
    for _ in 0..10 {
        assert!(it.store.read(|_| -> rusqlite::Result<()> { panic!("a fault") }).await.is_err());
    }
    assert_eq!(it.look_up(&it.claim(1)).await, KeyLookup::Claimable);
}

#[tokio::test]
async fn a_commit_outlives_a_power_loss() {
    let it = Fixture::new().await;
    let of = async |pragma: &'static str| {
        let read = move |connection: &Connection| {
            connection.pragma_query_value(None, pragma, |row| row.get::<_, rusqlite::types::Value>(0))
        };
        it.store.write(read).await.unwrap()
    };
    assert_eq!(of("journal_mode").await, "wal".to_owned().into());
    assert_eq!(of("synchronous").await, 2.into());
}

#[tokio::test]
async fn who_is_told_anew_goes_on_from_there_whatever_the_attempt_says_that_was_under_way() {
    use crate::store::outbox::{Attempt, Outbox};
    let fixture = Fixture::new().await;
    fixture.sent(1, Report::Created(created())).await;
    fixture.sql("UPDATE outbox SET attempts = 10, due_at = due_at - 60");
    let under_way = fixture.store.due("demo", 8, &[]).await.unwrap().remove(0);
    fixture.sql("UPDATE outbox SET attempts = 0, due_at = due_at + 60");
    let dead = Attempt::Dead { failure: "answered 500".to_owned() };
    fixture.store.record(&under_way, &dead).await.unwrap();
    let anew = fixture.store.due("demo", 8, &[]).await.unwrap();
    assert_eq!((anew.len(), anew[0].attempts), (1, 0));
    // What it has taken it has taken.
    fixture.store.record(&under_way, &Attempt::Told).await.unwrap();
    assert!(fixture.store.due("demo", 8, &[]).await.unwrap().is_empty());
}

/// Many rows of one person.
async fn many(it: &Fixture, rows: u32) {
    it.sent(1, Report::Created(created())).await;
    it.sql(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         INSERT INTO keys (key, epoch, state, claim, tenant, identity, digest, todo_type, title, order_id, answer, claimed_at)
         SELECT printf('%s.%032x', epoch, 1000000 + i), epoch, 'created', claim, tenant, 'anna@host.example', digest,
             todo_type, title, order_id, answer, claimed_at FROM keys, n WHERE title = 'todo 1'"
    ));
}

fn anna() -> Selection {
    Selection::Person("anna@host.example".to_owned())
}

#[tokio::test]
async fn an_erase_that_only_tells_takes_no_lock_of_writers() {
    let it = Fixture::new().await;
    many(&it, 300).await;
    let path = it.folder.path().join("relay.sqlite");
    let connection = it.beside();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = Instant::now();
    let told = Operator::open(&path).unwrap().erase(&anna(), None, false).unwrap();
    assert_eq!(told, crate::store::operator::Erased { keys: 300, ..Default::default() });
    assert!(began.elapsed() < BUSY);
}

#[tokio::test]
async fn an_erase_of_many_rows_lets_others_write_meanwhile() {
    let it = Fixture::new().await;
    many(&it, 5_000).await;
    let path = it.folder.path().join("relay.sqlite");
    let erasing = std::thread::spawn(move || Operator::open(&path).unwrap().erase(&anna(), None, true).unwrap());
    let (mut writes, mut between) = (0, 0);
    let connection = it.beside();
    while !erasing.is_finished() {
        it.store.ready().await.unwrap();
        let left = "SELECT count(*) FROM keys WHERE identity = 'anna@host.example'";
        let left: u32 = connection.query_row(left, [], |row| row.get(0)).unwrap();
        writes += 1;
        between += u32::from((1..5_000).contains(&left));
    }
    let erased = erasing.join().unwrap();
    assert_eq!((erased.keys, erased.old_pages), (5_000, false));
    assert!(between > 3, "of {writes} writes {between} were in the midst of it");
}

#[tokio::test]
async fn beside_another_reader_an_erase_keeps_nobody_from_writing_and_says_what_is_left() {
    let it = Fixture::new().await;
    many(&it, 10).await;
    let path = it.folder.path().join("relay.sqlite");
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM keys").unwrap();
    let of_path = path.clone();
    let erasing = std::thread::spawn(move || Operator::open(&of_path).unwrap().erase(&anna(), None, true).unwrap());
    let mut longest = Duration::ZERO;
    while !erasing.is_finished() {
        let began = Instant::now();
        it.store.ready().await.unwrap();
        longest = longest.max(began.elapsed());
    }
    let erased = erasing.join().unwrap();
    assert_eq!((erased.keys, erased.old_pages), (10, true));
    assert!(longest < Duration::from_secs(3), "{longest:?}");
    drop(reader);
    assert!(!Operator::open(&path).unwrap().erase(&anna(), None, true).unwrap().old_pages);
}

#[tokio::test]
async fn a_doubt_counts_as_a_claim_so_that_it_is_missed_where_the_log_is_lost_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("relay.sqlite");
    let store = Sqlite::open(&file).unwrap();
    store.epoch("https://bzctrl.example").await.unwrap();
    drop(store);
    let store = Sqlite::open_restored(&file).unwrap();
    assert_eq!(witness::Testimony::beside(&store.file).unwrap().unwrap().claims, 1);
}
