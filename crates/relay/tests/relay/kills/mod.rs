//! The relay is a process that is killed, or stopped, at any moment; it is started anew, and its pages go on by the client's rules. No key
//! ever makes two todos, each one ends with a result or with "may exist", and what was told once is told for ever. Where a store is shared,
//! a second relay has it all the while, and a balancer leads pages to either.
//!
//! `KILLS` says how often: `cargo xtask soak kills`. What a store is to that, is a [`StoreKind`].

mod client;
mod databases;
mod places;
mod power;
mod random;
mod story;

use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::ExitStatusExt as _;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use bzctrl_relay::fail_point::FailPoint;
use tempfile::TempDir;
use tokio::task::JoinSet;

use self::story::{Figures, Story};
use crate::postgres::{self, cluster};
use crate::program::Program;
use crate::world::{Sandbox, settings_of, without_limits};

/// A store that relays are started on.
pub(crate) struct StoreKind {
    pub(crate) name: &'static str,
    /// Its section of the settings, for a folder of its own.
    section: fn(&TempDir) -> String,
    /// Whether other relays have it too; else one at a time has it, however long that one stands still.
    is_shared: bool,
    is_here: fn() -> bool,
}

pub(crate) static SQLITE: StoreKind =
    StoreKind { name: "SQLite", section: in_sqlite, is_shared: false, is_here: || true };
static POSTGRESQL: StoreKind =
    StoreKind { name: "PostgreSQL", section: postgres::own_store, is_shared: true, is_here: cluster::is_here };

fn in_sqlite(folder: &TempDir) -> String {
    format!("[store]\npath = \"{}/relay.sqlite\"", folder.path().display())
}

/// A test for each store.
macro_rules! on_each_store {
    ($promise:ident, $story:ident) => {
        mod $promise {
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_sqlite() {
                super::$story(&crate::kills::SQLITE).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_postgresql() {
                if (crate::kills::POSTGRESQL.is_here)() {
                    super::$story(&crate::kills::POSTGRESQL).await;
                }
            }
        }
    };
}
use on_each_store;

/// A store of this kind, in a folder of its own, before a sandbox of its own.
pub(crate) struct Place {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: TempDir,
    settings: String,
    address: SocketAddr,
    /// Of the relay that has the store too.
    beside: TempDir,
}

const LISTEN: &str = "listen = \"127.0.0.1:0\"";

impl Place {
    pub(crate) async fn new(kind: &StoreKind) -> Self {
        let [folder, beside] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        Self::in_store(&(kind.section)(&folder), folder, beside).await
    }

    /// With this section for the store.
    pub(crate) async fn in_store(section: &str, folder: TempDir, beside: TempDir) -> Self {
        let sandbox = Sandbox::start().await;
        let settings = without_limits(&settings_of(sandbox.address, &folder, "", section));
        Self { sandbox, folder, settings, address: own_address(), beside }
    }

    /// Starts a relay on it. None if it ends at its start.
    pub(crate) fn start(&self, fail_point: Option<&str>) -> Option<Program> {
        // By its address it knows after a crash what it was sending.
        let listen = format!("listen = \"{}\"", self.address);
        let settings = self.settings.replacen(LISTEN, &listen, 1);
        tokio::task::block_in_place(|| Program::with_fail_point(&self.folder, &settings, "warn", fail_point))
    }

    /// Starts another one, in a store that several may have.
    pub(crate) fn start_beside(&self) -> Program {
        tokio::task::block_in_place(|| Program::of(&self.beside, &self.settings, "warn"))
    }

    /// How many todos of this title were made.
    pub(crate) async fn todos_of(&self, title: &str) -> usize {
        self.sandbox.todos().await.iter().filter(|todo| todo["title"] == title).count()
    }
}

/// Where nobody else listens while a relay is gone.
fn own_address() -> SocketAddr {
    static TAKEN: AtomicU8 = AtomicU8::new(1);
    let taken = TAKEN.fetch_add(1, Ordering::Relaxed);
    // All of these are this machine, on Linux.
    let address = if cfg!(target_os = "linux") { [127, std::process::id() as u8, taken, 1] } else { [127, 0, 0, 1] };
    TcpListener::bind(SocketAddr::from((address, 0))).unwrap().local_addr().unwrap()
}

/// Whether the relay has ended by itself, at its fail point, within this time.
async fn has_killed_itself(program: &mut Program, point: FailPoint, within: Duration) -> bool {
    let began = Instant::now();
    let ended = loop {
        match program.has_ended() {
            Some(ended) => break ended,
            None if began.elapsed() > within => return false,
            None => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    };
    assert_eq!(ended.signal(), Some(9), "{}", point.name());
    true
}

/// Waits until it has.
async fn killed_itself(program: &mut Program, point: FailPoint) {
    let has = has_killed_itself(program, point, Duration::from_secs(30)).await;
    assert!(has, "nothing has come to {}", point.name());
}

/// How often something is to be killed, where somebody says.
fn kills() -> Option<u64> {
    std::env::var("KILLS").ok()?.parse().ok()
}

/// So many stories are told at a time.
const AT_A_TIME: u64 = 3;

async fn many_stories(kind: &'static StoreKind) {
    let kills = kills().unwrap_or(100);
    let stories = kills.div_ceil(story::KILLS);
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

on_each_store!(however_often_it_is_killed_no_key_makes_two_todos_and_each_has_an_outcome, many_stories);
