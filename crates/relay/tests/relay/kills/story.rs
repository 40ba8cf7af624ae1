//! The life of one store: a relay after the other, each killed, at a place or at a moment that nobody chose.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use bzctrl_relay::fail_point::FailPoint;
use serde_json::json;
use tokio::task::JoinSet;

use super::client::{Outcome, Page, Press, Relays};
use super::random::Random;
use super::{Place, StoreKind, has_killed_itself};
use crate::program::Program;
use crate::world::Sandbox;

/// Of a story: each place once, the others at random. So of a thousand each place has forty.
pub(super) const KILLS: u64 = 25;
/// So many press at a time.
const PRESSES: u64 = 5;

/// What came of it.
#[derive(Default)]
pub(super) struct Figures {
    kills: BTreeMap<&'static str, u64>,
    pub(super) created: u64,
    rejected: u64,
    pub(super) unknown: u64,
    cut_off: u64,
    todos: usize,
}

impl Figures {
    pub(super) fn add(&mut self, more: Self) {
        for (place, kills) in more.kills {
            *self.kills.entry(place).or_default() += kills;
        }
        self.created += more.created;
        self.rejected += more.rejected;
        self.unknown += more.unknown;
        self.cut_off += more.cut_off;
        self.todos += more.todos;
    }

    /// What was made of all these, and what they were told: no key made two, and the register says the same. Of a store that may have
    /// forgotten, it says at least what exists.
    pub(super) async fn count(
        &mut self,
        of: &str,
        told: &[Press],
        page: &Page,
        sandbox: &Sandbox,
        may_be_forgotten: bool,
    ) {
        let mut todos: BTreeMap<String, u64> = BTreeMap::new();
        for todo in sandbox.todos().await {
            *todos.entry(todo["title"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        self.todos = todos.values().map(|count| usize::try_from(*count).unwrap()).sum();
        for press in told {
            let made = todos.remove(&press.title).unwrap_or_default();
            let (figure, right, state) = match press.told.as_ref().unwrap() {
                Outcome::Created(_) => (&mut self.created, made == 1, Some("created")),
                Outcome::Rejected => (&mut self.rejected, made == 0, None),
                Outcome::Unknown => (&mut self.unknown, made <= 1, Some("unknown")),
            };
            assert!(right, "{of}: {made} todos of {press:?}");
            *figure += 1;
            // Nor does the register forget one, or call it what it is not.
            let listed = page.registered(press).await;
            let expected: Vec<_> = state.iter().map(|state| ((*state).to_owned(), press.title.clone())).collect();
            let is_forgotten = may_be_forgotten && state == Some("unknown") && listed.is_empty();
            assert!(listed == expected || is_forgotten, "{of}: {press:?} is listed as {listed:?}");
        }
        assert!(todos.is_empty(), "{of}: todos that nobody knows of: {todos:?}");
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, created, rejected, unknown, cut_off, todos } = self;
        let (all, keys): (u64, _) = (kills.values().sum(), created + rejected + unknown);
        write!(
            f,
            "{all} kills ({kills:?}); {cut_off} requests were cut off; {keys} keys: {created} created, {rejected} "
        )?;
        write!(f, "rejected, {unknown} may exist; {todos} todos: 0 keys with two, 0 keys without an outcome")
    }
}

/// When the relay is killed.
#[derive(Clone, Copy, Debug)]
enum At {
    Place(FailPoint),
    /// So long after pages have begun to ask.
    Moment(Duration),
}

/// The pages of one store's relays.
#[derive(Default)]
pub(super) struct Pages {
    pub(super) relays: Relays,
    story: u64,
    next: u64,
    asking: JoinSet<Vec<Press>>,
}

impl Pages {
    pub(super) fn of(story: u64) -> Self {
        Self { story, ..Self::default() }
    }

    /// One more is opened, its user presses, and it asks until it is told what became of that, whatever relays come and go.
    pub(super) fn press(&mut self) {
        let (relays, story, first) = (self.relays.clone(), self.story, self.next + 1);
        self.next += PRESSES;
        self.asking.spawn(async move {
            let page = Page::opened(&relays).await;
            let asking = (first..first + PRESSES).map(|number| {
                let (mut page, mut press) = (page.clone(), page.press(number, format!("s{story}-{number}")));
                async move {
                    press.told = Some(page.ask_until_told(&press).await);
                    press
                }
            });
            futures_util::future::join_all(asking).await
        });
    }

    /// What all of them were told.
    pub(super) async fn told(&mut self) -> Vec<Press> {
        std::mem::take(&mut self.asking).join_all().await.concat()
    }
}

/// The life of one store.
pub(super) struct Story {
    place: Place,
    is_shared: bool,
    /// The one that nobody kills.
    beside: Option<Program>,
    pages: Pages,
    random: Random,
    number: u64,
    figures: Figures,
}

impl Story {
    pub(super) async fn new(kind: &StoreKind, number: u64) -> Self {
        Self {
            place: Place::new(kind).await,
            is_shared: kind.is_shared,
            beside: None,
            pages: Pages::of(number),
            random: Random::of(number + 1),
            number,
            figures: Figures::default(),
        }
    }

    /// So many kills, and how it ends.
    pub(super) async fn tell(mut self, kills: u64) -> Figures {
        for at in self.plan(kills) {
            self.life(at).await;
        }
        self.end().await
    }

    /// An epoch is written once a day, so those places come first: the others are met in any order.
    fn plan(&mut self, kills: u64) -> Vec<At> {
        let (first, mut others): (Vec<_>, Vec<_>) = FailPoint::ALL
            .map(At::Place)
            .into_iter()
            .partition(|at| matches!(at, At::Place(FailPoint::EpochBeforeCommit | FailPoint::EpochAfterCommit)));
        while others.len() + first.len() < usize::try_from(kills).unwrap() {
            others.push(At::Moment(Duration::from_micros(self.random.below(120_000))));
        }
        for at in (1..others.len()).rev() {
            others.swap(at, usize::try_from(self.random.below(at as u64 + 1)).unwrap());
        }
        let mut plan: Vec<_> = first.into_iter().chain(others).collect();
        plan.truncate(usize::try_from(kills).unwrap());
        plan
    }

    /// A relay from its start to its end by force.
    async fn life(&mut self, at: At) {
        let (name, fail_point) = match at {
            At::Place(point) => (point.name(), Some(format!("{}=kill", point.name()))),
            At::Moment(_) => ("at random", None),
        };
        *self.figures.kills.entry(name).or_default() += 1;
        // Who is there first writes the epoch.
        let is_of_epoch = matches!(at, At::Place(FailPoint::EpochBeforeCommit | FailPoint::EpochAfterCommit));
        if self.is_shared && self.beside.is_none() && !is_of_epoch {
            self.beside = Some(self.place.start_beside());
        }
        let is_of_start = matches!(at, At::Place(FailPoint::StartBeforeCommit | FailPoint::StartAfterCommit));
        let program = self.place.start(fail_point.as_deref());
        assert_eq!(program.is_none(), is_of_start, "{name}: story {}", self.number);
        let Some(mut program) = program else { return };
        self.something_goes_wrong(matches!(at, At::Place(_))).await;
        self.pages.relays.are(self.beside.iter().chain([&program]).map(|relay| relay.address));
        self.pages.press();
        match at {
            At::Place(point) => {
                let began = Instant::now();
                // A balancer may have led all of them to the other relay.
                while !has_killed_itself(&mut program, point, Duration::from_secs(1)).await {
                    assert!(began.elapsed() < Duration::from_secs(60), "nothing has come to {name}");
                    self.pages.press();
                }
            }
            At::Moment(moment) => tokio::time::sleep(moment).await,
        }
        program.kill();
        self.pages.relays.are(self.beside.iter().map(|relay| relay.address));
    }

    /// BzCtrl has its own days. Where a place is to be met, it is no worse than slow.
    async fn something_goes_wrong(&mut self, is_only_slow: bool) {
        for _ in 0..self.random.below(4) {
            let slow = json!({ "delay": { "ms": self.random.below(25) } });
            let fault = match self.random.below(8) {
                _ if is_only_slow => slow,
                0 => json!("close-after-storing"),
                1 => json!("half-answer"),
                2 => json!({ "status": { "code": 429, "body": "json" } }),
                3 => json!({ "status": { "code": 422, "body": "json" } }),
                4 => json!({ "status": { "code": 502, "body": "html" } }),
                _ => slow,
            };
            self.place.sandbox.fault("add-task", fault).await;
        }
    }

    /// A relay that nobody kills tells what became of each key; and so does the one after it.
    async fn end(mut self) -> Figures {
        let mut told = Vec::new();
        for round in 0..2 {
            let program = self.place.start(None).expect("it starts");
            self.pages.relays.are(self.beside.iter().chain([&program]).map(|relay| relay.address));
            told.append(&mut self.pages.told().await);
            let mut page = Page::opened(&self.pages.relays).await;
            for press in &told {
                let again = page.ask(press).await.expect("it answers");
                assert_eq!(Some(&again), press.told.as_ref(), "story {}, round {round}: {press:?}", self.number);
            }
            if round == 0 {
                let of = format!("story {}", self.number);
                self.figures.count(&of, &told, &page, &self.place.sandbox, false).await;
                let log = program.log();
                assert!(!log.contains("may have lost rows"), "{of}: a kill is no reason to doubt: {log}");
            }
            program.end().await;
        }
        if let Some(beside) = self.beside {
            beside.end().await;
        }
        self.figures.cut_off = self.pages.relays.cut_off();
        self.figures
    }
}
