//! What the form promises, whatever happens: each a function with a plain name. `true`: it holds.

use super::adapter::{Closed, Place, Sent, stored_submission};
use super::relay::Made;
use crate::text::Claim;

/// Two minutes.
const PATIENCE_MS: u64 = 120_000;

/// A press of Submit, or of "Send again", makes one todo at most.
pub(super) fn no_more_todos_than_knowing_presses(made_by_one_press: u32) -> bool {
    made_by_one_press <= 1
}

/// What one press has sent is what it sends again, after a reload too.
pub(super) fn what_is_sent_under_a_press_never_changes_by_itself(before: Option<&str>, sent: &Sent) -> bool {
    before.is_none_or(|before| before == sent.content)
}

/// Nobody sends, asks or waits without a press that is younger than two minutes.
pub(super) fn nothing_goes_on_without_a_young_press(pressed_at: Option<u64>, now: u64) -> bool {
    pressed_at.is_some_and(|pressed_at| now < pressed_at + PATIENCE_MS)
}

/// What closed as cancelled sends nothing.
pub(super) fn what_was_cancelled_sends_nothing(cancelled: bool) -> bool {
    !cancelled
}

/// What is sent stands in the storage before it is sent.
pub(super) fn it_is_kept_before_it_is_sent(stored: Option<&str>, sent: &Sent) -> bool {
    let Some((undecided, _, key)) = stored.and_then(stored_submission) else { return false };
    undecided && (!sent.sealed || key == sent.key)
}

/// No token and no e-mail address is kept.
pub(super) fn no_secret_is_kept(stored: &str) -> bool {
    !stored.contains('@') && !stored.contains("token-")
}

/// Where a todo may exist, the form says so.
pub(super) fn what_may_exist_is_never_denied(may_exist: bool, says_so: bool, place: Place) -> bool {
    !may_exist || says_so || matches!(place, Place::Task | Place::Created)
}

/// `cancelled`, and `null` for the page, where nothing may exist.
pub(super) fn it_closes_as_cancelled_only_where_nothing_may_exist(closed: Closed, may_exist: bool) -> bool {
    closed != Closed::Cancelled || !may_exist
}

/// `created` where something was.
pub(super) fn it_closes_as_created_only_where_it_was(closed: Closed, told_of_one: bool) -> bool {
    closed != Closed::Created || told_of_one
}

/// "Nothing was sent", "no incident was created".
pub(super) fn no_claim_denies_what_this_press_has_done(claim: Option<Claim>, press_may_have_made: bool) -> bool {
    !matches!(claim, Some(Claim::NotSent | Claim::NotMade)) || !press_may_have_made
}

/// "Asking again cannot create it twice" stands beside a press that asks under the same key.
pub(super) fn asking_is_called_safe_only_where_the_next_press_asks(says_safe: bool, place: Place) -> bool {
    !says_safe || matches!(place, Place::AskAgain | Place::Waiting | Place::Token | Place::Task)
}

/// A link that the form shows leads to a todo that exists, of this order.
pub(super) fn a_link_is_of_what_exists(link: &str, order: &str, made: &[Made]) -> bool {
    made.iter().any(|made| made.link == link && made.order == order)
}

/// The todo of the created view is the one that was sent.
pub(super) fn what_is_called_created_is_what_was_sent(made: Option<&Made>, sent: Option<&str>) -> bool {
    made.is_none_or(|made| sent == Some(made.content.as_str()))
}

/// What may exist is not edited under the press that sent it.
pub(super) fn nothing_is_edited_under_a_doubt(changed: bool, press_may_have_made: bool, place: Place) -> bool {
    !changed || !press_may_have_made && place == Place::Editing
}

/// What was typed comes back.
pub(super) fn what_was_typed_comes_back(typed: Option<&str>, found: &str) -> bool {
    typed.is_none_or(|typed| typed == found)
}

/// Another page's text never shows up. What is typed here begins with the name of the page's form.
pub(super) fn another_pages_form_is_never_found(name: &str, title: &str) -> bool {
    title.is_empty() || title.starts_with(name)
}

/// Wherever the user stands still, what is there can be left or begun anew.
pub(super) fn it_can_be_left_or_begun_anew(place: Place, can_be_left: bool, can_start_anew: bool) -> bool {
    matches!(place, Place::Token | Place::Host | Place::Task | Place::Waiting) || can_be_left || can_start_anew
}

/// Two minutes after the last press the form stands still.
pub(super) fn it_comes_to_rest(place: Place) -> bool {
    matches!(place, Place::Editing | Place::AskAgain | Place::SendAgain | Place::LeaveAlone | Place::Created)
}

/// Close, and Close again where it asks, closes.
pub(super) fn it_can_be_closed(closed: bool) -> bool {
    closed
}

/// With a relay that answers, presses that are offered lead to a created todo.
pub(super) fn there_is_a_way_to_a_created_todo(created: bool) -> bool {
    created
}
