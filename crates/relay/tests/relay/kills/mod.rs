//! The relay is a process that is killed, or stopped, at any moment; it is started anew, and the page goes on by the client's rules. No key
//! ever makes two todos, each one ends with a result or with "may exist", and what was told once is told for ever.
//!
//! `KILLS` says how often: `cargo xtask soak kills`. What a store is to that, is a row of [`STORES`].

mod client;
mod places;
mod power;
mod random;
mod story;

use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

use bzctrl_relay::fail_point::FailPoint;
use tempfile::TempDir;
use tokio::task::JoinSet;

use self::story::{Figures, Story};
use crate::program::Program;
use crate::store::load::without_limits;
use crate::world::Sandbox;

/// A store that relays are started on.
pub(crate) struct StoreKind {
    pub(crate) name: &'static str,
    /// What stands in `[store]`, for a folder of its own.
    section: fn(&TempDir) -> String,
    /// Whether one relay at a time has it, however long that one stands still.
    is_of_one_relay: bool,
}

pub(crate) static STORES: [StoreKind; 1] = [StoreKind { name: "SQLite", section: in_sqlite, is_of_one_relay: true }];

fn in_sqlite(folder: &TempDir) -> String {
    format!("path = \"{}/relay.sqlite\"", folder.path().display())
}

/// A store of this kind, in a folder of its own, before a sandbox of its own.
pub(crate) struct Place {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: TempDir,
    settings: String,
}

impl Place {
    pub(crate) async fn new(kind: &StoreKind) -> Self {
        let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
        let settings = without_limits(&sandbox, &folder).replace(&in_sqlite(&folder), &(kind.section)(&folder));
        Self { sandbox, folder, settings }
    }

    /// Starts a relay on it. None if it ends at its start.
    pub(crate) fn start(&self, fail_point: Option<&str>) -> Option<Program> {
        tokio::task::block_in_place(|| Program::with_fail_point(&self.folder, &self.settings, "warn", fail_point))
    }

    /// How many todos of this title were made.
    pub(crate) async fn todos_of(&self, title: &str) -> usize {
        self.sandbox.todos().await.iter().filter(|todo| todo["title"] == title).count()
    }
}

/// Waits until the relay has ended by itself, at its fail point.
async fn killed_itself(program: &mut Program, point: FailPoint) {
    let began = Instant::now();
    let ended = loop {
        match program.has_ended() {
            Some(ended) => break ended,
            None => tokio::time::sleep(Duration::from_millis(2)).await,
        }
        assert!(began.elapsed() < Duration::from_secs(30), "nothing has come to {}", point.name());
    };
    assert_eq!(ended.signal(), Some(9), "{}", point.name());
}

/// So many stories are told at a time.
const AT_A_TIME: u64 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn however_often_it_is_killed_no_key_makes_two_todos_and_each_has_an_outcome() {
    let kills: u64 = std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(100);
    let stories = kills.div_ceil(story::KILLS);
    for kind in &STORES {
        let began = Instant::now();
        let mut telling = JoinSet::new();
        for first in 0..AT_A_TIME {
            telling.spawn(async move {
                let mut figures = Figures::default();
                for number in (first..stories).step_by(usize::try_from(AT_A_TIME).unwrap()) {
                    let left = kills - number * story::KILLS;
                    figures.add(Story::new(kind, number).await.tell(left.min(story::KILLS)).await);
                }
                figures
            });
        }
        let mut figures = Figures::default();
        telling.join_all().await.into_iter().for_each(|told| figures.add(told));
        println!("{}: {figures} in {:.0?}", kind.name, began.elapsed());
        assert!(figures.unknown > 0 && figures.created > 0, "no kill fell where it hurts");
    }
}
