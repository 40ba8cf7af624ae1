//! What happens to the database of two relays while pages press: it is stopped and started, it is crashed, its commits are not answered, a
//! replica is promoted that has not all rows. No key makes two todos, and each has an outcome.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::client::Page;
use super::random::Random;
use super::story::{Figures, Pages};
use super::{Place, kills};
use crate::postgres::cluster::{Cluster, USER, is_here, shared};
use crate::postgres::cutting::{Cutting, cutting};
use crate::postgres::{own_database, store};
use crate::program::Program;

/// Two relays on one database, and their pages.
struct Loaded {
    place: Place,
    relays: [Program; 2],
    pages: Pages,
    random: Random,
}

const DATABASE: &str = "relays";
/// So often something happens to it in a gate.
const FEW: u64 = 3;

/// How often something happens.
fn times() -> u64 {
    kills().unwrap_or(FEW).div_ceil(50).max(FEW)
}

impl Loaded {
    async fn new(url: impl FnOnce(&tempfile::TempDir) -> String) -> Self {
        let [folder, beside] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let section = store(&url(&folder), &folder);
        let place = Place::in_store(&section, folder, beside).await;
        let relays = [place.start(None).expect("it starts"), place.start_beside()];
        let pages = Pages::of(0);
        pages.relays.are(relays.iter().map(|relay| relay.address));
        Self { place, relays, pages, random: Random::of(1) }
    }

    /// Pages press for about so long.
    async fn load(&mut self, longest: Duration) {
        let pieces = 2;
        for _ in 0..pieces {
            self.pages.press();
            tokio::time::sleep(longest / pieces).await;
        }
    }

    /// All that pages were told holds, and each key has one todo at most.
    async fn end(mut self, happened: &str, may_be_forgotten: bool) -> Figures {
        let mut told = self.pages.told().await;
        let mut page = Page::opened(&self.pages.relays).await;
        for press in &mut told {
            let again = page.ask(press).await.expect("it answers");
            let first = press.told.replace(again.clone()).unwrap();
            let holds = again == first || first.is_unknown() || (may_be_forgotten && again.is_unknown());
            assert!(holds, "{happened}: {press:?} was told to be {first:?}");
        }
        let mut figures = Figures::default();
        figures.count(happened, &told, &page, &self.place.sandbox, may_be_forgotten).await;
        println!("{happened}: {figures}");
        for relay in self.relays {
            relay.end().await;
        }
        figures
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_database_that_is_stopped_and_started_under_load() {
    if !is_here() {
        return;
    }
    let mut cluster = Cluster::new(&[]);
    cluster.database(DATABASE);
    let mut loaded = Loaded::new(|_| cluster.url(DATABASE)).await;
    for at in 0..times() {
        loaded.load(Duration::from_millis(400)).await;
        // As a crash ends it, or a service's manager does.
        tokio::task::block_in_place(|| cluster.stop(["immediate", "fast"][usize::try_from(at % 2).unwrap()]));
        loaded.load(Duration::from_millis(200)).await;
        tokio::task::block_in_place(|| cluster.start(&[]));
    }
    loaded.load(Duration::from_millis(200)).await;
    let figures = loaded.end("a database that is stopped and started", false).await;
    assert!(figures.created > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commits_that_are_not_answered_under_load() {
    if !is_here() {
        return;
    }
    let Cutting { address, at } = cutting(([127, 0, 0, 1], shared().port()).into()).await;
    let mut loaded = Loaded::new(|folder| format!("postgres://{USER}@{address}/{}", own_database(folder))).await;
    for _ in 0..4 * times() {
        at.store(1 + u32::try_from(loaded.random.below(8)).unwrap(), Ordering::SeqCst);
        loaded.pages.press();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    at.store(0, Ordering::SeqCst);
    let figures = loaded.end("commits that are not answered", false).await;
    assert!(figures.created > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_replica_that_is_promoted_under_load() {
    if !is_here() {
        return;
    }
    let mut primary = Cluster::new(&[]);
    primary.database(DATABASE);
    let standby = primary.standby();
    let hosts = [&primary, &standby].map(|cluster| format!("127.0.0.1:{}", cluster.port())).join(",");
    let mut loaded = Loaded::new(|_| format!("postgres://{USER}@{hosts}/{DATABASE}")).await;
    loaded.load(Duration::from_millis(500)).await;
    // What is committed from now on does not reach it.
    standby.sql("postgres", "ALTER SYSTEM SET primary_conninfo = ''");
    standby.sql("postgres", "SELECT pg_reload_conf()");
    loaded.load(Duration::from_millis(500)).await;
    tokio::task::block_in_place(|| {
        primary.stop("immediate");
        standby.promote();
    });
    let promoted = Instant::now();
    // The relays find it when they connect anew.
    while !loaded.relays.iter().any(|relay| relay.log().contains("a replica was promoted")) {
        assert!(promoted.elapsed() < Duration::from_secs(20), "{:?}", loaded.relays.each_ref().map(Program::log));
        loaded.load(Duration::from_millis(500)).await;
    }
    let figures = loaded.end("a replica that is promoted", true).await;
    assert!(figures.created > 0 && figures.unknown > 0);
}
