//! The life of one store: a relay after the other, each killed, at a place or at a moment that nobody chose.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use bzctrl_relay::fail_point::FailPoint;
use serde_json::json;
use tokio::task::JoinSet;

use super::client::{Outcome, Page, Press};
use super::random::Random;
use super::{Place, StoreKind, killed_itself};
use crate::program::Program;

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
    /// How often a page was left without an answer.
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

/// The life of one store.
pub(super) struct Story {
    place: Place,
    random: Random,
    number: u64,
    next: u64,
    open: Vec<Press>,
    told: Vec<Press>,
    figures: Figures,
}

impl Story {
    pub(super) async fn new(kind: &StoreKind, number: u64) -> Self {
        let (random, figures) = (Random::of(number + 1), Figures::default());
        Self { place: Place::new(kind).await, random, number, next: 0, open: Vec::new(), told: Vec::new(), figures }
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
        let is_of_start = matches!(at, At::Place(FailPoint::StartBeforeCommit | FailPoint::StartAfterCommit));
        let program = self.place.start(fail_point.as_deref());
        assert_eq!(program.is_none(), is_of_start, "{name}: story {}", self.number);
        let Some(mut program) = program else { return };
        self.something_goes_wrong(matches!(at, At::Place(_))).await;
        let mut asking = JoinSet::new();
        if let Ok(page) = Page::open(program.address).await {
            for _ in 0..PRESSES {
                self.next += 1;
                let title = format!("s{}-{}", self.number, self.next);
                self.open.push(page.press(self.next, title));
            }
            for mut press in self.open.drain(..) {
                let mut page = page.clone();
                asking.spawn(async move {
                    press.told = page.ask(&press).await.ok();
                    press
                });
            }
        }
        match at {
            At::Place(point) => killed_itself(&mut program, point).await,
            At::Moment(moment) => tokio::time::sleep(moment).await,
        }
        program.kill();
        for press in asking.join_all().await {
            self.figures.cut_off += u64::from(press.told.is_none());
            match press.told {
                Some(_) => self.told.push(press),
                None => self.open.push(press),
            }
        }
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
        let number = self.number;
        for round in 0..2 {
            let program = self.place.start(None).expect("it starts");
            let mut page = Page::open(program.address).await.expect("it answers");
            for mut press in self.open.drain(..) {
                press.told = Some(page.ask(&press).await.expect("it answers"));
                self.told.push(press);
            }
            for press in &self.told {
                let again = page.ask(press).await.expect("it answers");
                assert_eq!(Some(&again), press.told.as_ref(), "story {number}, round {round}: {press:?}");
            }
            if round == 0 {
                self.count(&page, &program).await;
            }
            program.end().await;
        }
        self.figures
    }

    async fn count(&mut self, page: &Page, program: &Program) {
        let number = self.number;
        let mut todos: BTreeMap<String, u64> = BTreeMap::new();
        for todo in self.place.sandbox.todos().await {
            *todos.entry(todo["title"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        self.figures.todos = todos.values().map(|count| usize::try_from(*count).unwrap()).sum();
        for press in &self.told {
            let made = todos.remove(&press.title).unwrap_or_default();
            let told = press.told.as_ref().unwrap();
            let (figure, right, state) = match told {
                Outcome::Created(_) => (&mut self.figures.created, made == 1, Some("created")),
                Outcome::Rejected => (&mut self.figures.rejected, made == 0, None),
                Outcome::Unknown => (&mut self.figures.unknown, made <= 1, Some("unknown")),
            };
            assert!(right, "story {number}: {made} todos of {press:?}");
            *figure += 1;
            // Nor does the register forget one, or call it what it is not.
            let listed = page.registered(press).await;
            let expected: Vec<_> = state.iter().map(|state| ((*state).to_owned(), press.title.clone())).collect();
            assert_eq!(listed, expected, "story {number}: {press:?}");
        }
        assert!(todos.is_empty(), "story {number}: todos that nobody knows of: {todos:?}");
        let log = program.log();
        assert!(!log.contains("may have lost rows"), "story {number}: a kill is no reason to doubt: {log}");
    }
}
