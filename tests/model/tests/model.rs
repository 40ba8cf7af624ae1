//! What is promised holds in every order of what can go wrong, within bounds; and without any one rule it does not.
#![allow(clippy::panic)]

use std::time::Instant;

use bzctrl_model::Fault::*;
use bzctrl_model::{Bounds, Fault, Model, RULES, Rule};
use stateright::{Checker, HasDiscoveries, Model as _};

/// What is broken first, by the fewest steps, and how.
fn search(name: &str, bounds: Bounds) -> Option<(&'static str, String)> {
    let began = Instant::now();
    let checker = Model::new(bounds).checker().threads(2).finish_when(HasDiscoveries::Any).spawn_bfs().join();
    println!(
        "{name}: {} states, {} forms, depth {}, {:.1} s",
        checker.unique_state_count(),
        checker.model().forms(),
        checker.max_depth(),
        began.elapsed().as_secs_f32()
    );
    let found = checker.discoveries().into_iter().next();
    found.map(|(promise, path)| {
        let steps: Vec<_> = path.into_actions().iter().map(|action| format!("  {action:?}")).collect();
        (promise, format!("{name}: {promise}:\n{}", steps.join("\n")))
    })
}

/// Where a rule is missed.
fn missed(rule: Rule) -> Bounds {
    match rule {
        Rule::OneClaim => Bounds::of(&[Doubled]),
        Rule::ClaimBeforeSend => Bounds::of(&[Doubled]),
        Rule::ResultBeforeAnswer => Bounds::of(&[Killed]),
        Rule::UnfinishedIsUnknown => Bounds::of(&[Killed]),
        Rule::ClaimIsNamed => Bounds::of(&[CommitUnheard, Doubled]).twice(CommitUnheard),
        Rule::LateIsNeverFree => Bounds::of(&[Stopped, NotConnected, Doubled, Cut]).two_relays(),
        Rule::UnheardSendsNothing => Bounds::of(&[CommitUnheard, Doubled]),
        Rule::UnheardIsFreed => Bounds::of(&[CommitUnheard]),
        Rule::GoneIsInserted => Bounds::of(&[PutBack, Closed]),
        Rule::RestoreBreaksEpochs => Bounds::of(&[Restored, Doubled]),
        Rule::DoubtedIsUnknown => Bounds::of(&[NotConnected, Restored, Doubled]),
        Rule::DoubtedSendingIsUnknown => Bounds::of(&[CommitUnheard, PutBack, Doubled]).twice(CommitUnheard),
        Rule::PutBackIsFound => Bounds::of(&[PutBack, Doubled]),
        Rule::OnlyUnknownIsReplaced => Bounds::of(&[Stopped, Cut]).two_relays().presses(2),
        Rule::ReplacedIsBarred => Bounds::of(&[Hasty]).presses(2),
        Rule::EpochGoesWithItsRows => Bounds::of(&[Dropped, Doubled]),
        Rule::UnknownKeepsItsEpoch => Bounds::of(&[Killed, Closed, Dropped]),
        Rule::EraseKeepsTheKey => Bounds::of(&[Erased, Doubled]),
        Rule::ResolveWaits => Bounds::of(&[Stopped, Resolved, Cut]).two_relays(),
        Rule::KeyIsKept => Bounds::of(&[Reloaded, PutBack]),
        Rule::EditKeepsTheKey => Bounds::of(&[Refused, Edited, Doubled]),
        Rule::PortalSaysNothing => Bounds::of(&[Cut]),
        Rule::RefusalDecidesNothing => Bounds::of(&[Refused, Doubled]),
        Rule::UnknownWaitsForAPress => Bounds::of(&[Unheard]),
        Rule::AskingEnds => Bounds::of(&[Cut, Refused]),
    }
}

#[test]
fn without_any_one_rule_a_promise_is_broken() {
    let (mut kept, mut broken) = (Vec::new(), Vec::new());
    for rule in RULES {
        match search(&format!("without {rule}"), missed(rule).without(rule)) {
            Some((_, story)) => println!("{story}"),
            None => kept.push(rule),
        }
        if let Some((_, story)) = search(&format!("with {rule}"), missed(rule)) {
            broken.push(story);
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert_eq!(kept, [], "nothing is broken without these");
}

fn states(faults: &[Fault]) -> usize {
    let bounds = Bounds::of(faults).presses(2);
    Model::new(bounds).checker().spawn_bfs().join().unique_state_count()
}

#[test]
fn each_fault_happens() {
    // What is resolved was unknown, and what is edited was refused.
    let before = [Unheard, Refused];
    let without = states(&before);
    for fault in Fault::ALL.into_iter().filter(|fault| !before.contains(fault)) {
        assert!(states(&[before[0], before[1], fault]) > without, "{fault:?}");
    }
    for fault in before {
        assert!(states(&[fault]) > states(&[]), "{fault:?}");
    }
}

/// Every two faults, in every order, is what a gate has time for; `cargo xtask soak model` searches further.
#[test]
fn with_all_rules_every_promise_holds() {
    let of_all = || Bounds::of(&Fault::ALL);
    let mut searches = vec![
        ("one relay", of_all().at_most(2).presses(2)),
        ("two relays", of_all().at_most(2).presses(2).two_relays()),
    ];
    if std::env::var_os("MODEL_SOAK").is_some() {
        searches.push(("one relay, three faults", of_all().at_most(3)));
        searches.push(("two relays, three faults", of_all().at_most(3).two_relays()));
        searches.push(("one relay, two presses, three faults", of_all().at_most(3).presses(2)));
        searches.push(("two relays, two presses, three faults", of_all().at_most(3).presses(2).two_relays()));
    }
    for (name, bounds) in searches {
        if let Some((_, story)) = search(name, bounds) {
            panic!("{story}");
        }
    }
}
