//! Random lives of a form: what users press, what hosts do, what networks, relays, clocks and storages do to them. After
//! each step the form's promises are held against the truth, which this world knows. See [`world::World`].
//!
//! `FORM_STEPS` says how many steps are taken; `cargo xtask soak form` takes many. A life that breaks a promise is made as
//! short as it gets, and told step by step.

mod life;
mod page;
mod promises;
mod relay;
mod tab;
mod world;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

use world::World;

/// Steps of the gate.
const STEPS: u32 = 1_000_000;
/// Steps of the longest life.
const LONGEST: u32 = 100;

/// The world of one life.
#[derive(Clone, Copy, Debug)]
enum Mode {
    /// The relay alone sends.
    Sealed,
    /// The browser sends to BzCtrl.
    Token,
    /// It is now the one, now the other.
    Both,
}

fn live(mode: Mode, steps: u32) {
    let seed = std::env::var("FORM_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        now.as_nanos() as u64
    });
    println!("{mode:?}: {steps} steps, FORM_SEED={seed}");
    let config = Config {
        cases: steps / (LONGEST / 2),
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let lives = prop::collection::vec(any::<u32>(), 1..=LONGEST as usize);
    let lives_on = |mut world: World, life: &[u32]| {
        let lived = life.iter().try_for_each(|step| world.steps(*step)).and_then(|()| world.ends());
        lived.map_err(|broken| format!("{broken}\n{}", world.story()))
    };
    let world = || World::new(matches!(mode, Mode::Token), matches!(mode, Mode::Both));
    let told = TestRunner::new(config).run(&lives, |life| {
        lives_on(world(), &life).map_err(|_| {
            // Once more, and told.
            let mut world = world();
            world.is_told();
            TestCaseError::fail(lives_on(world, &life).err().unwrap_or_default())
        })
    });
    if let Err(broken) = told {
        panic!("FORM_SEED={seed}\n{}", broken.to_string().replace("\\n", "\n"));
    }
}

fn steps() -> u32 {
    std::env::var("FORM_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(STEPS) / 3
}

#[test]
fn no_life_of_a_form_breaks_its_word_where_the_relay_sends() {
    live(Mode::Sealed, steps());
}

#[test]
fn no_life_of_a_form_breaks_its_word_where_the_browser_sends() {
    live(Mode::Token, steps());
}

#[test]
fn no_life_of_a_form_breaks_its_word_where_it_is_now_the_one_now_the_other() {
    live(Mode::Both, steps());
}
