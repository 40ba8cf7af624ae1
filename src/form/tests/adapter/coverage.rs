//! What has happened where: a fuzzer that never gets somewhere holds no promise there.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::super::actions::Action;
use super::{Event, Place};

/// What can happen to a form, in words.
const EVENTS: [&str; 28] = [
    "Opened",
    "Reopened",
    "PutBack",
    "Typed",
    "Left",
    "KeepNow",
    "Kept",
    "IsCopy",
    "IsAnothers",
    "GoTo",
    "Submit",
    "HostSaid",
    "TokenCame",
    "TaskCame",
    "WaitGoesOn",
    "WaitOver",
    "Stop",
    "TabOpened",
    "SendAgain",
    "Leave",
    "StartAnew",
    "Close",
    "Stay",
    "CloseNow",
    "KnownCame",
    "Discard",
    "Copied",
    "Today",
];

/// Which of [`EVENTS`] it is. A new event has to get its place here, and then has to happen.
fn number(event: &Event) -> usize {
    match event {
        Event::Opened => 0,
        Event::Reopened => 1,
        Event::PutBack => 2,
        Event::Typed(..) => 3,
        Event::Left(..) => 4,
        Event::KeepNow => 5,
        Event::Kept(_) => 6,
        Event::IsCopy => 7,
        Event::IsAnothers(_) => 8,
        Event::GoTo(_) => 9,
        Event::Submit(_) => 10,
        Event::HostSaid(..) => 11,
        Event::TokenCame(..) => 12,
        Event::TaskCame(..) => 13,
        Event::WaitGoesOn(_) => 14,
        Event::WaitOver(..) => 15,
        Event::Stop => 16,
        Event::TabOpened(_) => 17,
        Event::SendAgain(_) => 18,
        Event::Leave => 19,
        Event::StartAnew => 20,
        Event::Close => 21,
        Event::Stay => 22,
        Event::CloseNow => 23,
        Event::KnownCame(_) => 24,
        Event::Discard => 25,
        Event::Copied(_) => 26,
        Event::Today(_) => 27,
    }
}

const PLACES: [Place; 9] = [
    Place::Editing,
    Place::Token,
    Place::Host,
    Place::Task,
    Place::Waiting,
    Place::AskAgain,
    Place::SendAgain,
    Place::LeaveAlone,
    Place::Created,
];

/// How often each event has come to a form that stood in each place.
type Covered = [[u64; PLACES.len()]; EVENTS.len()];

thread_local! {
    static COVERED: RefCell<Covered> = const { RefCell::new([[0; PLACES.len()]; EVENTS.len()]) };
}

/// Where an event comes, often enough to be waited for. Left out is where nobody waits for such an answer, and where a wait that is
/// long over, or what another life has asked for, comes by rare chance.
fn places(event: &str) -> &'static [Place] {
    use Place::{AskAgain, Created, Editing, Host, LeaveAlone, SendAgain, Task, Token, Waiting};
    match event {
        "Opened" => &[Editing, AskAgain, SendAgain, LeaveAlone],
        "Reopened" => &[Token, Task, Waiting],
        "Kept" => &[Editing, Token, Task, Waiting, AskAgain, SendAgain],
        "IsCopy" => &[Editing, Host, Task, Waiting, AskAgain, SendAgain],
        "GoTo" | "Discard" => &[Editing],
        "HostSaid" => &[Editing, Host],
        "TokenCame" => &[Editing, Token, AskAgain, SendAgain, LeaveAlone],
        "TaskCame" => &[Task],
        "WaitGoesOn" => &[Editing, Token, Task, Waiting],
        "WaitOver" => &[Editing, Token, Task, Waiting, AskAgain, SendAgain, Created],
        "KnownCame" => &[Editing, AskAgain, SendAgain],
        "Copied" => &[Created],
        "TabOpened" => &[Editing, Created],
        _ => &PLACES,
    }
}

/// What has not happened as often as it has to in so many steps, of one test: the events that never came and, where a life has all
/// that there is, the places where they did not. Where storage is forbidden no frame knows another, and a
/// relay alone has a list.
pub(in crate::form::tests) fn uncovered(
    has_both_modes: bool,
    has_relay: bool,
    storage_is_forbidden: bool,
    steps: u64,
) -> Vec<String> {
    // Each comes ten times as often and more, so that a run does not fail by chance.
    let enough = steps / 250_000;
    let covered = COVERED.with_borrow(|covered| *covered);
    let mut lacks = Vec::new();
    for (event, counts) in EVENTS.into_iter().zip(covered) {
        if counts.iter().sum::<u64>() < enough
            && !(storage_is_forbidden && event == "IsAnothers")
            && (has_relay || event != "KnownCame")
        {
            lacks.push(event.to_owned());
        }
        if has_both_modes && !storage_is_forbidden {
            let missed = places(event).iter().filter(|place| counts[**place as usize] < enough);
            lacks.extend(missed.map(|place| format!("{event} at {place:?}")));
        }
    }
    lacks
}

pub(super) fn counts(place: Place, event: &Event) {
    COVERED.with_borrow_mut(|covered| covered[number(event)][place as usize] += 1);
}

thread_local! {
    static ACTIONS: RefCell<BTreeMap<String, [u64; PLACES.len()]>> = const { RefCell::new(BTreeMap::new()) };
}

/// Counts what happens beside a form that stands in a place, where somebody wants to see it.
pub(in crate::form::tests) fn acts(place: Place, action: Action) {
    static COUNTS: OnceLock<bool> = OnceLock::new();
    if *COUNTS.get_or_init(|| std::env::var_os("FORM_COVERAGE").is_some()) {
        ACTIONS.with_borrow_mut(|actions| actions.entry(format!("{action:?}")).or_default()[place as usize] += 1);
    }
}

/// As a table.
pub(in crate::form::tests) fn told() -> String {
    let covered = COVERED.with_borrow(|covered| *covered);
    let mut lines = format!("{:26}", "");
    PLACES.iter().for_each(|place| lines.push_str(&format!("{:>11}", format!("{place:?}"))));
    let actions = ACTIONS.with_borrow(Clone::clone);
    let events = EVENTS.iter().map(|event| event.to_string()).zip(covered);
    for (event, places) in events.chain(actions) {
        lines.push_str(&format!("\n{event:26}"));
        places.iter().for_each(|count| lines.push_str(&format!("{count:>11}")));
    }
    lines
}
