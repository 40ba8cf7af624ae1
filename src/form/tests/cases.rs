//! How cases are made, run and shrunk.

use std::rc::Rc;

use bzctrl_contract::Field;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::actions::Action::{
    Answer, Fill, Frame, FullForLong, Hear, LateWord, Open, OpenCopy, OpenFrame, PageCloses, PageForgets, PageSays,
    Pass, Reload, Settle, Sleep, Tenant,
};
use super::actions::{Action, NUMBERS, action};
use super::adapter::{Defaults, PAGES, Press, name, page, told, uncovered};
use super::relay::Fault;
use super::world::{Page, Setting, World};

/// How many steps the gate takes, in all four tests together. `FORM_STEPS` says another number.
const STEPS: u64 = 1_000_000;
const TESTS: u64 = 4;
const LONGEST: usize = 40;

type Pages = Rc<[Page]>;

fn pages() -> Pages {
    let page = |(number, whose)| {
        let config = page(number);
        Page { name: name(&config), whose, config: Rc::new(config) }
    };
    PAGES.into_iter().enumerate().map(page).collect()
}

/// A number that somebody gives by the environment.
fn given(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn happens(setting: Setting, actions: &[Action], goes_on: bool, pages: &Pages) -> Result<(), String> {
    let mut world = World::new(setting, pages);
    for (at, action) in actions.iter().enumerate() {
        world.act(*action);
        if let Some(broken) = world.broken.take() {
            return Err(format!("{broken}, at step {at}"));
        }
    }
    if goes_on {
        world.falls_silent();
        world.is_brought_to_an_end();
    } else {
        // Wherever it stands.
        world.is_closed_by_the_user();
        world.falls_silent();
    }
    world.broken.take().map_or(Ok(()), |broken| Err(format!("{broken}, at the end")))
}

fn holds(setting: Setting) {
    let only = std::env::var("FORM_PROMISE").ok().map(|name| &*name.leak());
    let setting = Setting { only, ..setting };
    let steps = given("FORM_STEPS").unwrap_or(STEPS) / TESTS;
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
    let cases = (cases(), any::<bool>());
    let outcome = runner
        .run(&cases, |(actions, goes_on)| happens(setting, &actions, goes_on, &pages).map_err(TestCaseError::fail));
    match outcome {
        Ok(()) => {
            assert_eq!(
                uncovered(setting.flips, setting.sealed, setting.storage_is_forbidden, steps),
                [""; 0],
                "what never happens is held by nothing"
            );
            if std::env::var_os("FORM_COVERAGE").is_some() {
                println!("{}", told());
            }
        }
        Err(TestError::Fail(why, (actions, goes_on))) => {
            panic!("{why}\n{setting:?}, goes_on: {goes_on}\n{actions:?}\nFORM_SEED={seed}")
        }
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

/// How a case may begin, so that less of it is needed to get anywhere: the form stands in each of its places.
const BEGINNINGS: [&[Action]; 31] = [
    &[],
    &[Open(0), Fill, Settle],
    &[Open(0), Fill, SUBMIT],
    &[PageSays(None), Open(0), Fill, Settle, SUBMIT],
    &[Open(0), Fill, Settle, SUBMIT],
    &[Open(4), Settle, Fill, SUBMIT],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::AnswerLost)],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::Unavailable)],
    &[Open(0), Fill, Pass(20), SUBMIT, Answer(Fault::StoreDown)],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::AnswerLost), Reload, Open(0)],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::RequestLost), Pass(400)],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::MadeUnheard)],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::MadeUnheard), SUBMIT, Answer(Fault::Credentials)],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::MadeUnheard), SUBMIT, Answer(Fault::Denied), LateWord],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::AnswerLost), PageForgets, Reload, Open(0)],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::MadeUnheard), FullForLong, PageForgets, Open(0), Settle],
    &[Open(0), Fill, Settle, SUBMIT, PageForgets, Open(0), Settle, Answer(Fault::Well)],
    &[Open(0), Fill, Settle, SUBMIT, PageCloses],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::AnswerLost), PageCloses],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::AnswerLost), SUBMIT, Answer(Fault::TokenRefused), PageCloses],
    &[PageSays(None), Open(4), Settle, Fill, SUBMIT],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::Well)],
    &[Open(0), Fill, Settle, OpenCopy, Answer(Fault::Well), SUBMIT],
    &[PageSays(None), Open(0), Fill, Settle, OpenCopy, Answer(Fault::Well), SUBMIT],
    &[Open(0), Fill, Settle, OpenCopy, Answer(Fault::Well), SUBMIT, Answer(Fault::AnswerLost)],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::AnswerLost), OpenCopy, Answer(Fault::Well)],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::MadeUnheard), OpenCopy, Answer(Fault::Well)],
    &[Open(0), Fill, Settle, OpenFrame, Action::Type(Field::Title, 1)],
    &[Open(0), Fill, Settle, OpenFrame, Settle, Fill],
    &[Open(0), Fill, Settle, SUBMIT, Answer(Fault::AnswerLost), OpenFrame],
    &[Open(0), Fill, Settle, OpenFrame, Settle, Fill, SUBMIT, Answer(Fault::AnswerLost), Reload, Open(0)],
];

/// What happens in a case. In each some kinds of things never happen, so that others come together more often.
fn cases() -> impl Strategy<Value = Vec<Action>> {
    let never = (any::<u64>(), any::<u64>()).prop_map(|(one, other)| one & other);
    (0..BEGINNINGS.len(), never, vec(0..NUMBERS, 0..LONGEST)).prop_map(|(begins, never, numbers)| {
        let all = numbers.into_iter().map(action);
        let happens = all.filter(|(kind, _)| *kind < ALWAYS || never >> (kind % 64) & 1 == 0).map(|(_, action)| action);
        BEGINNINGS[begins].iter().copied().chain(happens).collect()
    })
}

/// So many kinds of things happen in every case: without them nothing does.
const ALWAYS: usize = 4;

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

const SUBMIT: Action = Action::GoOn;
const UNHEARD: Action = Answer(Fault::MadeUnheard);
const EDIT: Action = Action::Type(Field::FinancialImpact, 1);

/// What was found, as short as it got: nothing that any promise but those that fail today forbids.
#[test]
fn what_was_found_once_is_not_found_again() {
    let found: [&[Action]; 5] = [
        // A refused token was renewed by itself, however old the press was.
        &[Open(0), Fill, Settle, SUBMIT, Sleep, Answer(Fault::Well)],
        // "Nothing was sent this time", beside a request of this press that was lost.
        &[Open(0), Fill, Settle, Pass(130), SUBMIT, Answer(Fault::RequestLost), Pass(400)],
        // The renewed token's defaults went into what was being sent.
        &[Open(2), Settle, Fill, SUBMIT, Answer(Fault::TokenRefused), Tenant(Defaults::Tasks), Settle],
        // The relay answers for the key that was to be replaced: what the page states has changed since, or the user edits it.
        &[
            Open(0),
            Fill,
            Settle,
            SUBMIT,
            UNHEARD,
            SUBMIT,
            Answer(Fault::Busy),
            Reload,
            Open(1),
            LateWord,
            SUBMIT,
            Settle,
        ],
        &[
            Open(0),
            Fill,
            Settle,
            SUBMIT,
            UNHEARD,
            SUBMIT,
            Answer(Fault::Denied),
            EDIT,
            LateWord,
            SUBMIT,
            Reload,
            Settle,
        ],
    ];
    found.into_iter().for_each(is_not_found);
}

#[test]
fn a_form_that_hears_of_its_copy_while_it_sends_asks_again_under_the_same_key() {
    let (well, lost, credentials) = (Answer(Fault::Well), Answer(Fault::AnswerLost), Answer(Fault::Credentials));
    is_not_found(&[Open(0), Fill, Settle, SUBMIT, credentials, OpenCopy, well, SUBMIT, Hear, well, lost, Settle]);
}

#[test]
fn a_draft_that_another_frame_has_made_a_todo_of_is_looked_for_no_more() {
    let (unheard, credentials, close) =
        (Answer(Fault::MadeUnheard), Answer(Fault::Credentials), Action::Press(Press::Close));
    let sent = [Open(0), Fill, Settle, SUBMIT, unheard, SUBMIT];
    let other_frame_is_told = [OpenFrame, Frame, Settle, Frame];
    is_not_found(&[&sent[..], &[credentials], &other_frame_is_told, &[close, close, Settle]].concat());
    is_not_found(&[&sent[..], &other_frame_is_told, &[Reload, Open(0)]].concat());
}

fn is_not_found(actions: &[Action]) {
    let relay = Setting { sealed: true, flips: false, storage_is_forbidden: false, only: None };
    for goes_on in [false, true] {
        assert_eq!(happens(relay, actions, goes_on, &pages()), Ok(()), "{actions:?}");
    }
}
