//! The rules that no test of one store would miss. The others are in the tests of the stores, and in the model.

#![allow(clippy::unwrap_used)]

use bzctrl_contract::UpstreamAnswer;

use super::*;
use crate::upstream::Created;

const CLAIM: Uuid = Uuid::from_u128(1);

fn stored(state: KeyState, is_whole: bool) -> StoredKey {
    let owner = Owner { tenant: "demo".to_owned(), identity: None };
    let row = StoredRow { owner, claim: CLAIM, digest: Digest([1; 32]), state, replaced_by: None };
    StoredKey { row: Some(row), epoch: Some(Epoch { is_whole, environment: None }) }
}

#[test]
fn in_a_broken_epoch_no_row_becomes_free_any_more() {
    let changed = |state| Conclusion { state, change: Change::Update };
    assert_eq!(stored(KeyState::Sending, true).conclude(CLAIM, &Report::NotSent), changed(KeyState::Free));
    assert_eq!(stored(KeyState::Sending, false).conclude(CLAIM, &Report::NotSent), changed(KeyState::Unknown));
    let of_no_epoch = StoredKey { epoch: None, ..stored(KeyState::Sending, true) };
    assert_eq!(of_no_epoch.conclude(CLAIM, &Report::NotSent), changed(KeyState::Unknown));
    // A result is one all the same.
    let said = UpstreamAnswer { status: 400, reason: String::new() };
    let rejected = stored(KeyState::Sending, false).conclude(CLAIM, &Report::Rejected(said.clone()));
    assert_eq!(rejected, changed(KeyState::Rejected(said)));
}

#[test]
fn an_operators_word_is_taken_of_an_unknown_row_alone_and_late() {
    let found = Report::Created(Created { answer: "{}".to_owned(), task_link: None });
    let resolve = |state, since| stored(state, true).row.unwrap().resolve(since, &found);
    assert_eq!(resolve(KeyState::Unknown, RESOLVE_AFTER - 1), Err(Unresolvable::TooEarly(1)));
    assert_eq!(resolve(KeyState::Unknown, i64::MIN), Err(Unresolvable::TooEarly(i64::MAX)));
    assert_eq!(resolve(KeyState::Unknown, RESOLVE_AFTER), Ok(KeyState::from(&found)));
    for known in [KeyState::Free, KeyState::Sending, KeyState::from(&found)] {
        assert_eq!(resolve(known.clone(), RESOLVE_AFTER), Err(Unresolvable::Known(known)));
    }
    let mut erased = stored(KeyState::Unknown, true).row.unwrap();
    erased.owner.identity = Some(String::new());
    assert_eq!(erased.resolve(RESOLVE_AFTER, &found), Err(Unresolvable::Erased));
}
