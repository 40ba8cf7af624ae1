//! The rules that no test of one store would miss. The others are in the tests of the stores, and in the model.

#![allow(clippy::unwrap_used)]

use bzctrl_contract::UpstreamAnswer;

use super::*;
use crate::upstream::Created;

const CLAIM: Uuid = Uuid::from_u128(1);

fn stored(state: KeyState) -> StoredKey {
    let owner = Owner { tenant: "demo".to_owned(), identity: None };
    let row = StoredRow { owner, claim: CLAIM, digest: Digest([1; 32]), state, replaced_by: None };
    StoredKey { row: Some(row), epoch: Some(Epoch { is_whole: false, environment: None }) }
}

#[test]
fn where_rows_may_be_lost_nothing_stays_free_nor_is_freed_by_a_word_that_comes_again() {
    assert_eq!(KeyState::DOUBTED, [KeyState::Free, KeyState::Sending]);
    let doubted = stored(KeyState::Unknown);
    let unchanged = Conclusion { state: KeyState::Unknown, change: Change::Nothing };
    assert_eq!(doubted.conclude(CLAIM, &Report::NotSent), unchanged);
    let said = UpstreamAnswer { status: 400, reason: String::new() };
    let rejected = Conclusion { state: KeyState::Rejected(said.clone()), change: Change::Update };
    assert_eq!(doubted.conclude(CLAIM, &Report::Rejected(said)), rejected, "a result is one all the same");
}

#[test]
fn an_operators_word_is_taken_of_an_unknown_row_alone_and_late() {
    let found = Report::Created(Created { answer: "{}".to_owned(), task_link: None });
    let resolve = |state, since| stored(state).row.unwrap().resolve(since, &found);
    assert_eq!(resolve(KeyState::Unknown, RESOLVE_AFTER - 1), Err(Unresolvable::TooEarly(1)));
    assert_eq!(resolve(KeyState::Unknown, i64::MIN), Err(Unresolvable::TooEarly(i64::MAX)));
    assert_eq!(resolve(KeyState::Unknown, RESOLVE_AFTER), Ok(KeyState::from(&found)));
    for known in [KeyState::Free, KeyState::Sending, KeyState::from(&found)] {
        assert_eq!(resolve(known.clone(), RESOLVE_AFTER), Err(Unresolvable::Known(known)));
    }
    let mut erased = stored(KeyState::Unknown).row.unwrap();
    erased.owner.identity = Some(String::new());
    assert_eq!(erased.resolve(RESOLVE_AFTER, &found), Err(Unresolvable::Erased));
}

#[test]
fn an_epoch_is_over_400_days_after_its_last_use_unless_something_of_it_is_still_to_be_heard_or_told() {
    assert_eq!(KeyState::UNDECIDED, [KeyState::Sending, KeyState::Unknown]);
    let unused = EpochUse { last_used_at: 0, has_undecided: false, has_untold: false };
    assert_eq!([KEPT - 1, KEPT, KEPT + 1].map(|now| unused.is_over(now)), [false, false, true]);
    assert!(!EpochUse { has_undecided: true, ..unused }.is_over(i64::MAX));
    assert!(!EpochUse { has_untold: true, ..unused }.is_over(i64::MAX));
    assert!(!unused.is_over(i64::MIN), "by a clock that was set back");
}
