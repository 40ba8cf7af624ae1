//! How cases are made, run and shrunk.

use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::actions::{Action, NUMBERS, action};
use super::adapter::{PAGES, name, page};
use super::world::{Setting, World};
use crate::config::Config;

/// How many steps each test takes, if nobody says otherwise by `FORM_STEPS`.
const STEPS: u64 = 250_000;
const LONGEST: usize = 40;

type Pages = Vec<(String, Rc<Config>)>;

fn pages() -> Pages {
    (0..PAGES).map(|at| page(at)).map(|page| (name(&page), Rc::new(page))).collect()
}

/// A number that somebody gives by the environment.
fn given(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn happens(setting: Setting, actions: &[Action], pages: &Pages) -> Result<(), String> {
    let mut world = World::new(setting, pages);
    for (at, action) in actions.iter().enumerate() {
        world.act(*action);
        if let Some(broken) = world.broken.take() {
            return Err(format!("{broken}, at step {at}"));
        }
    }
    world.falls_silent();
    if actions.len().is_multiple_of(2) {
        world.is_closed_by_the_user();
    } else {
        world.is_brought_to_an_end();
    }
    world.broken.take().map_or(Ok(()), |broken| Err(format!("{broken}, at the end")))
}

fn holds(setting: Setting) {
    let only = std::env::var("FORM_PROMISE").ok().map(|name| &*name.leak());
    let setting = Setting { only, ..setting };
    let steps = given("FORM_STEPS").unwrap_or(STEPS);
    let seed = given("FORM_SEED").unwrap_or_else(rand_seed);
    println!("FORM_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let runs = Runs {
        cases: u32::try_from(steps / (LONGEST as u64 / 2)).unwrap_or(u32::MAX),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Runs::default()
    };
    let mut runner = TestRunner::new_with_rng(runs, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let pages = pages();
    let cases = vec((0..NUMBERS).prop_map(action), 0..LONGEST);
    let outcome = runner.run(&cases, |actions| happens(setting, &actions, &pages).map_err(TestCaseError::fail));
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, actions)) => panic!("{why}\n{setting:?}\n{actions:?}\nFORM_SEED={seed}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

fn rand_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

#[test]
fn its_word_is_true_with_a_relay() {
    holds(Setting { sealed: true, flips: false, storage_is_forbidden: false, only: None });
}

#[test]
fn its_word_is_true_without_a_relay() {
    holds(Setting { sealed: false, flips: false, storage_is_forbidden: false, only: None });
}

#[test]
fn its_word_is_true_where_the_endpoint_changes_its_mode() {
    holds(Setting { sealed: true, flips: true, storage_is_forbidden: false, only: None });
}

#[test]
fn its_word_is_true_where_storage_is_forbidden() {
    holds(Setting { sealed: true, flips: true, storage_is_forbidden: true, only: None });
}
