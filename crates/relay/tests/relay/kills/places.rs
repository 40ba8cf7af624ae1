//! Each place by itself: what a page is told after a kill there, and that a relay which was stopped there for long does no harm.

use std::time::{Duration, Instant};

use bzctrl_relay::fail_point::FailPoint;
use tokio::task::JoinSet;

use super::client::{Outcome, Page, Press};
use super::{Place, StoreKind, killed_itself, on_each_store};
use crate::postgres::leases_are_over;
use crate::rows::database_of;

/// What a relay knows of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// It was never sent: now it is.
    SentNow,
    /// It may be on its way: as long as its lease goes, for another relay that has the store.
    InProgress,
    /// It may have been sent.
    MayExist,
    /// Its result.
    Known,
}

impl After {
    /// Asks a relay.
    async fn told(page: &Page, press: &Press) -> Self {
        let answer = page.ask_for(press, Duration::from_secs(20)).await.expect("it answers");
        match answer.status {
            201 if answer.header("idempotency-replayed") == "true" => Self::Known,
            201 => Self::SentNow,
            409 => Self::InProgress,
            504 => Self::MayExist,
            _ => panic!("{answer:?}"),
        }
    }
}

/// What is known after a kill, and how many todos there were then.
fn after(point: FailPoint) -> (After, usize) {
    match point {
        FailPoint::EpochBeforeCommit | FailPoint::EpochAfterCommit | FailPoint::ClaimBeforeCommit => {
            (After::SentNow, 0)
        }
        // These are killed when a claim stands of which nothing was sent.
        FailPoint::StartBeforeCommit | FailPoint::StartAfterCommit => (After::MayExist, 0),
        FailPoint::ClaimAfterCommit | FailPoint::BeforeFirstByte => (After::MayExist, 0),
        FailPoint::UpstreamAnswered | FailPoint::ResultBeforeCommit => (After::MayExist, 1),
        FailPoint::ResultAfterCommit | FailPoint::BeforeAnswer => (After::Known, 1),
    }
}

async fn kill_at(kind: &'static StoreKind, point: FailPoint) {
    let place = Place::new(kind).await;
    let name = point.name();
    // A page that has its token, and its key, from a relay before.
    let is_of_epoch = matches!(point, FailPoint::EpochBeforeCommit | FailPoint::EpochAfterCommit);
    let is_of_start = matches!(point, FailPoint::StartBeforeCommit | FailPoint::StartAfterCommit);
    let mut press = None;
    let mut lives = vec![point];
    if is_of_start {
        lives.insert(0, FailPoint::BeforeFirstByte);
    }
    for point in lives {
        let Some(mut program) = place.start(Some(&format!("{}=kill", point.name()))) else {
            assert!(is_of_start, "{name}: it has ended at its start");
            continue;
        };
        match Page::open(program.address).await {
            Ok(mut page) => {
                let press = press.get_or_insert_with(|| page.press(1, "one".to_owned()));
                assert!(page.ask(press).await.is_err(), "{name}: nobody has answered");
            }
            Err(_) => assert!(is_of_epoch, "{name}: there was no token"),
        }
        killed_itself(&mut program, point).await;
    }
    let (mut expected, mut todos) = after(point);
    assert_eq!(place.todos_of("one").await, todos, "{name}");

    if kind.is_shared {
        // A balancer leads the page to the other relay at once.
        let beside = place.start_beside();
        let page = Page::open(beside.address).await.expect("it answers");
        let press = press.get_or_insert_with(|| page.press(1, "one".to_owned()));
        let meanwhile = match expected {
            After::MayExist if point != FailPoint::StartAfterCommit => After::InProgress,
            expected => expected,
        };
        assert_eq!(After::told(&page, press).await, meanwhile, "{name}: by the other relay");
        if expected == After::SentNow {
            (expected, todos) = (After::Known, 1);
        }
        assert_eq!(place.todos_of("one").await, todos, "{name}");
        beside.end().await;
    }
    let program = place.start(None).expect("it starts");
    let mut page = Page::open(program.address).await.expect("it answers");
    let press = press.unwrap_or_else(|| page.press(1, "one".to_owned()));
    let told = After::told(&page, &press).await;
    assert_eq!(told, expected, "{name}");
    let todos = if expected == After::SentNow { 1 } else { todos };
    for _ in 0..2 {
        assert_eq!(page.ask(&press).await.expect("it answers").is_unknown(), told == After::MayExist, "{name}");
        assert_eq!(place.todos_of("one").await, todos, "{name}");
    }
}

async fn a_kill_at_each(kind: &'static StoreKind) {
    let mut killing = JoinSet::new();
    FailPoint::ALL.into_iter().for_each(|point| drop(killing.spawn(kill_at(kind, point))));
    killing.join_all().await;
}

on_each_store!(after_a_kill_at_each_place_the_page_is_told_what_is_known, a_kill_at_each);

/// Longer than anybody waits for a write. `KILLS_STOP` names more seconds: past 15 the relay has given up on BzCtrl's answer too, and past
/// 60 its leases are over.
fn stop() -> Duration {
    let seconds = std::env::var("KILLS_STOP").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(3))
}

/// A claim's lease in a store that is shared.
const LEASE: Duration = Duration::from_secs(60);

/// What the other relay of a shared store tells of a key whose relay stands still at this place, past its lease; and what is known once that
/// one goes on: one of these.
fn past_the_lease(point: FailPoint) -> (Outcome, Vec<Outcome>) {
    let created = || Outcome::Created(String::new());
    match point {
        // Nothing is committed, and the database waits for nobody: the other one sends it.
        FailPoint::ClaimBeforeCommit => (created(), vec![created()]),
        // Its relay hears of the claim too late to send.
        FailPoint::ClaimAfterCommit => (Outcome::Unknown, vec![Outcome::Unknown]),
        // It sends if it has stood still for less than 5 s.
        FailPoint::BeforeFirstByte => (Outcome::Unknown, vec![Outcome::Unknown, created()]),
        // A late word says more than that nobody knows.
        FailPoint::UpstreamAnswered | FailPoint::ResultBeforeCommit => (Outcome::Unknown, vec![created()]),
        _ => (created(), vec![created()]),
    }
}

/// Whether these say the same, in whatever words.
fn is_alike(one: &Outcome, other: &Outcome) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// What the other relay does while one stands still.
async fn goes_on_beside(place: &Place, page: &Page, press: &Press, point: FailPoint) {
    let beside = place.start_beside();
    if stop() < LEASE {
        leases_are_over(&database_of(place.folder.path()));
    }
    let told = page.at(beside.address).ask(press).await.expect("it answers");
    let (expected, _) = past_the_lease(point);
    assert!(is_alike(&told, &expected), "{}: the other relay says {told:?}", point.name());
    beside.end().await;
}

async fn stop_at(kind: &'static StoreKind, point: FailPoint) {
    let place = Place::new(kind).await;
    let name = point.name();
    let program = place.start(Some(&format!("{name}=stop"))).expect("it starts");
    let mut page = Page::open(program.address).await.expect("it answers");
    let press = page.press(1, "one".to_owned());
    // Its page gives up once it stands still, and asks again later, as after a lost answer.
    let asking = {
        let (page, press) = (page.clone(), press.clone());
        tokio::spawn(async move { page.ask_for(&press, Duration::from_secs(20)).await })
    };
    let began = Instant::now();
    while !program.is_stopped() {
        assert!(began.elapsed() < Duration::from_secs(20), "nothing has come to {name}");
        assert!(!asking.is_finished(), "{name}: it was not stopped before it has answered");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    asking.abort();
    tokio::time::sleep(stop()).await;
    if kind.is_shared {
        goes_on_beside(&place, &page, &press, point).await;
    } else {
        assert!(place.start(None).is_none(), "{name}: however long it is stopped, no other relay has its store");
    }
    let asked = {
        let (mut page, press) = (page.clone(), press.clone());
        tokio::spawn(async move { page.ask(&press).await })
    };
    program.signal("-CONT");
    let mut first = asked.await.unwrap().expect("it answers");
    if kind.is_shared {
        let (_, expected) = past_the_lease(point);
        let began = Instant::now();
        // A word that is late may have to be told once more.
        while !expected.iter().any(|expected| is_alike(&first, expected)) {
            assert!(began.elapsed() < Duration::from_secs(20), "{name}: {first:?} is what is told for ever");
            tokio::time::sleep(Duration::from_millis(50)).await;
            first = page.ask(&press).await.expect("it answers");
        }
    }
    if kind.is_shared && point == FailPoint::BeforeFirstByte {
        // Whether it was sent is known once that one has told the store.
        tokio::time::sleep(Duration::from_secs(2)).await;
        first = page.ask(&press).await.expect("it answers");
    }
    let again = page.ask(&press).await.expect("it answers");
    // An answer that came in time, after all, is told by who heard of it first.
    assert_eq!(first, again, "{name}: what was told is told again");
    let made = place.todos_of("one").await;
    let right = match &first {
        Outcome::Created(_) => made == 1,
        Outcome::Rejected => false,
        Outcome::Unknown => made <= 1,
    };
    assert!(right, "{name}: {made} todos, {first:?}");
    println!(
        "{}, {name}: stopped for {:?}, then {}",
        kind.name,
        stop(),
        if made == 1 { "made once" } else { "never made" }
    );
    program.end().await;
    let program = place.start(None).expect("it starts");
    let mut page = Page::open(program.address).await.expect("it answers");
    assert_eq!(page.ask(&press).await.expect("it answers"), first, "{name}: nor by the next one in other words");
    assert_eq!(place.todos_of("one").await, made, "{name}");
}

async fn a_stop_at_each(kind: &'static StoreKind) {
    use FailPoint::{EpochAfterCommit, EpochBeforeCommit, StartAfterCommit, StartBeforeCommit};
    // Before a page has its token nothing is claimed.
    let before = [StartBeforeCommit, StartAfterCommit, EpochBeforeCommit, EpochAfterCommit];
    let mut stopping = JoinSet::new();
    let places = FailPoint::ALL.into_iter().filter(|point| !before.contains(point));
    places.for_each(|point| drop(stopping.spawn(stop_at(kind, point))));
    stopping.join_all().await;
}

on_each_store!(a_relay_that_was_stopped_at_each_place_for_long_makes_no_second_todo, a_stop_at_each);
