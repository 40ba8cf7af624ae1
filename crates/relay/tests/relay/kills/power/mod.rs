//! The power fails. A kill does not tell what is on the disk: so what the relay writes and syncs is recorded, and laid anew as a disk may
//! have it that keeps nothing but what was synced, or some of the rest too, in whatever order, torn in the middle. The relay that starts
//! on that knows of each todo that was on its way to BzCtrl, and has told of each what it told.
//!
//! A disk that says it has synced and has not, is another one: what it loses is found as a doubt, and nothing is sent a second time.

mod disk;
mod trace;

use std::collections::HashMap;
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bzctrl_relay::config::Config;

use self::disk::{Cut, Disk, Pending};
use super::client::{Outcome, Page, Press};
use super::random::Random;
use super::{Place, SQLITE};
use crate::program::Program;
use crate::world::{Answer, client};

const STORE: &str = "relay.sqlite";
const WITNESS: &str = "relay.sqlite-witness";
const LOG: &str = "relay.sqlite-wal";

/// Pages that press side by side, and how often each does, in each of two lives: so often that pages are moved out of the log.
const PAGES: u64 = 6;
const PRESSES: u64 = 10;
/// So many are asked for after each power failure.
const ASKED: usize = 10;

/// What happened, and what is known of it.
struct Recording {
    place: Place,
    disk: Disk,
    presses: HashMap<String, Press>,
}

impl Recording {
    /// Two relays after each other, the first of which is killed.
    async fn make() -> Self {
        let place = Place::new(&SQLITE).await;
        let (mut presses, mut traces) = (HashMap::new(), Vec::new());
        for life in 0..2 {
            let trace = place.folder.path().join(format!("trace-{life}"));
            let words = ["-xx", "-s", "70000", "-e", trace::CALLS, "-o", trace.to_str().unwrap()];
            let words: Vec<_> = ["strace", "-D", "-f", "-q", "-y"].into_iter().chain(words).collect();
            let program = Program::started_by(&words, &place.folder, &place.settings, "warn");
            let pages = (0..PAGES).map(|number| press_often(&program, life * PAGES + number));
            presses.extend(futures_util::future::join_all(pages).await.into_iter().flatten());
            program.kill();
            traces.push(trace::whole(&trace).await);
        }
        let disk = Disk::of(&traces.concat(), place.folder.path());
        let made = usize::try_from(2 * PAGES * PRESSES).unwrap();
        assert_eq!((disk.sent.len(), disk.told.len()), (made, made), "each is in the trace");
        Self { place, disk, presses }
    }

    /// Lays the disk as the cut has left it, starts a relay on it, and asks for what was on its way. Whether the relay doubts.
    async fn replay(&self, cut: &Cut, random: &mut Random) -> bool {
        let files = self.disk.after(cut, random);
        let path = |name: &str| self.place.folder.path().join(name);
        for name in [LOG, WITNESS, "relay.sqlite-shm", "relay.sqlite-witness.new"] {
            let _ = std::fs::remove_file(path(name));
        }
        // The database's file stays the one that it was, as it does when the power fails.
        let database = std::fs::File::options().write(true).truncate(true).open(path(STORE)).unwrap();
        database.write_all_at(&files[STORE], 0).unwrap();
        drop(database);
        for (name, bytes) in files.iter().filter(|(name, _)| *name != STORE && *name != WITNESS) {
            std::fs::write(path(name), bytes).unwrap();
        }
        if let Some(witness) = files.get(WITNESS) {
            std::fs::write(path(WITNESS), in_time(witness)).unwrap();
        }
        let settings = self.place.settings.clone();
        let started = loop {
            match bzctrl_relay::start(Config::read(&settings, []).unwrap()).await {
                // In one process, the last hand of the one before may let go a moment later.
                Err(says) if says.contains("another relay uses") => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                started => break started,
            }
        };
        let relay = match started {
            Ok(relay) => relay,
            Err(says) => {
                assert!(!cut.is_honest() && says.contains("it is damaged"), "{cut:?}: {says}");
                return true;
            }
        };
        let readiness = client().get(format!("http://{}/readyz", relay.health_address().unwrap()));
        let is_in_doubt = Answer::to(readiness).await.text.contains("may have lost rows");
        let before = self.place.sandbox.todos().await.len();
        let page = Page::open(relay.address()).await.expect("it answers");
        let mut sent: Vec<_> = self.disk.sent.iter().filter(|(_, at)| **at <= cut.at).collect();
        sent.sort_by_key(|(_, at)| **at);
        // Those that went out last, and some of those before.
        let last = sent.split_off(sent.len().saturating_sub(ASKED));
        let before_them = ASKED.min(sent.len());
        let some = (0..before_them).map(|_| sent[usize::try_from(random.below(sent.len() as u64)).unwrap()]);
        let sent = some.collect::<Vec<_>>().into_iter().chain(last).map(|(title, at)| {
            let mut page = page.clone();
            async move { (title, at, page.ask(&self.presses[title]).await.expect("it answers")) }
        });
        for (title, at, outcome) in futures_util::future::join_all(sent).await {
            let was_told = self.disk.told.get(title).is_some_and(|at| *at <= cut.at);
            let is_known = matches!(outcome, Outcome::Created(_));
            assert!(is_known || outcome == Outcome::Unknown, "{cut:?}: {title}: {outcome:?}");
            if cut.is_honest() && was_told {
                assert!(is_known, "{cut:?}: {title} was told to be created, and is not known any more (sent at {at})");
            }
        }
        assert_eq!(self.place.sandbox.todos().await.len(), before, "{cut:?}: a todo was made twice");
        relay.end().await;
        is_in_doubt
    }
}

async fn press_often(program: &Program, number: u64) -> Vec<(String, Press)> {
    let mut page = Page::open(program.address).await.expect("it answers");
    let mut presses = Vec::new();
    for at in 0..PRESSES {
        let number = number * PRESSES + at + 1;
        let press = page.press(number, format!("power-{number}-"));
        assert!(matches!(page.ask(&press).await, Ok(Outcome::Created(_))));
        presses.push((press.title.clone(), press));
    }
    presses
}

/// The files' times are those of now, and so is the witness's: it is the content that is asked about here.
fn in_time(witness: &[u8]) -> Vec<u8> {
    let mut witness = witness.to_vec();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    if let Some(time) = witness.get_mut(21..41) {
        time.copy_from_slice(format!("{now:020}").as_bytes());
    }
    witness
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_the_power_fails_what_was_sent_is_known_or_may_exist() {
    if !std::process::Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success()) {
        eprintln!("not run here: there is no strace");
        return;
    }
    let cuts: u64 = std::env::var("POWER_CUTS").ok().and_then(|cuts| cuts.parse().ok()).unwrap_or(20);
    let recording = Recording::make().await;
    let disk = &recording.disk;
    let mut random = Random::of(1);
    let sent: Vec<usize> = disk.sent.values().copied().collect();
    let mut doubts = 0;
    for number in 0..cuts {
        let at = match number % 2 {
            // The very moment at which a todo goes out.
            0 => sent[usize::try_from(random.below(sent.len() as u64)).unwrap()],
            _ => disk.first_sent() + usize::try_from(random.below((disk.end - disk.first_sent()) as u64)).unwrap(),
        };
        let pending = [Pending::Lost, Pending::Some, Pending::Kept][usize::try_from(random.below(3)).unwrap()];
        let honest = Cut { at, pending, forgets: None };
        assert!(
            !recording.replay(&honest, &mut random).await,
            "{honest:?}: a power failure alone is no reason to doubt"
        );
        // The same moment, and a disk that has forgotten the log of some time before.
        let since = disk.first_sent() + usize::try_from(random.below((at - disk.first_sent() + 1) as u64)).unwrap();
        let lying = Cut { forgets: Some(since), ..honest };
        doubts += u64::from(recording.replay(&lying, &mut random).await);
    }
    println!(
        "{cuts} power failures: 0 doubles, 0 forgotten, 0 doubts; on a disk that lies: 0 doubles, {doubts} doubts"
    );
    assert!(doubts > 0, "nothing was lost that matters");
}
