//! What the form promises, whatever happens: each a function with a plain name. `true`: it holds. Beside each stands a fault of
//! `src/form` with which it was seen to fail.

use super::adapter::{Closed, Place, Sent, stored_submission};
use super::relay::Made;
use crate::text::Claim;

/// Two minutes.
const PATIENCE_MS: u64 = 120_000;

/// A press of Submit, or of "Send again", makes one todo at most.
///
/// Broken where each try takes a new key.
pub(super) fn no_more_todos_than_knowing_presses(made_by_one_press: u32) -> bool {
    made_by_one_press <= 1
}

/// What one press has sent is what it sends again, after a reload too.
///
/// Broken where a renewed token's defaults fill what is being sent.
pub(super) fn what_is_sent_under_a_press_never_changes_by_itself(before: Option<&str>, sent: &Sent) -> bool {
    before.is_none_or(|before| before == sent.content)
}

/// Nobody sends, asks or waits without a press that is younger than two minutes.
///
/// Broken where a press never grows old.
pub(super) fn nothing_goes_on_without_a_young_press(pressed_at: Option<u64>, now: u64) -> bool {
    pressed_at.is_some_and(|pressed_at| now < pressed_at + PATIENCE_MS)
}

/// What closed as cancelled sends nothing.
///
/// Broken where a form that is closed before it sends goes on.
pub(super) fn what_was_cancelled_sends_nothing(cancelled: bool) -> bool {
    !cancelled
}

/// What is sent stands in the storage before it is sent.
///
/// Broken where it is sent before it is kept.
pub(super) fn it_is_kept_before_it_is_sent(stored: Option<&str>, sent: &Sent) -> bool {
    let Some((undecided, _, key)) = stored.and_then(stored_submission) else { return false };
    undecided && (!sent.sealed || key == sent.key)
}

/// No token and no e-mail address is kept.
///
/// Broken where e-mail addresses are kept as other fields are.
pub(super) fn no_secret_is_kept(stored: &str) -> bool {
    !stored.contains('@') && !stored.contains("token-")
}

/// Where a todo may exist, the form says so.
///
/// Broken where what was sent before is not kept over a reload.
pub(super) fn what_may_exist_is_never_denied(may_exist: bool, says_so: bool, place: Place) -> bool {
    !may_exist || says_so || matches!(place, Place::Task | Place::Created)
}

/// `cancelled`, and `null` for the page, where nothing may exist.
///
/// Broken where closing looks at the step that is under way, and at no doubt.
pub(super) fn it_closes_as_cancelled_only_where_nothing_may_exist(closed: Closed, may_exist: bool) -> bool {
    closed != Closed::Cancelled || !may_exist
}

/// `created` where something was.
///
/// Broken where a doubt closes as created.
pub(super) fn it_closes_as_created_only_where_it_was(closed: Closed, told_of_one: bool) -> bool {
    closed != Closed::Created || told_of_one
}

/// "Nothing was sent", "no incident was created".
///
/// Broken where a notice does not know that something was sent.
pub(super) fn no_claim_denies_what_this_press_has_done(claim: Option<Claim>, press_may_have_made: bool) -> bool {
    !matches!(claim, Some(Claim::NotSent | Claim::NotMade)) || !press_may_have_made
}

/// "Asking again cannot create it twice" stands beside a press that asks under the same key.
///
/// Broken where the sentence stands beside "Send again" too.
pub(super) fn asking_is_called_safe_only_where_the_next_press_asks(says_safe: bool, place: Place) -> bool {
    !says_safe || matches!(place, Place::AskAgain | Place::Waiting | Place::Token | Place::Task)
}

/// A link that the form shows leads to a todo that exists, of this order.
///
/// Broken where the order is not in the name under which a draft is kept, so that a key meets the todo of another order.
pub(super) fn a_link_is_of_what_exists(link: &str, order: &str, made: &[Made]) -> bool {
    made.iter().any(|made| made.link == link && made.order == order)
}

/// The todo of the created view is the one that was sent.
///
/// Broken where the answer for a replaced key is taken for this one's, whatever that key stands for.
pub(super) fn what_is_called_created_is_what_was_sent(made: Option<&Made>, sent: Option<&str>) -> bool {
    made.is_none_or(|made| sent == Some(made.content.as_str()))
}

/// What may exist is not edited under the press that sent it.
///
/// Broken where fields can be changed in doubt.
pub(super) fn nothing_is_edited_under_a_doubt(changed: bool, press_may_have_made: bool, place: Place) -> bool {
    !changed || !press_may_have_made && place == Place::Editing
}

/// What was typed comes back.
///
/// Broken where closing or leaving keeps nothing; another frame's draft takes the place of what is typed.
pub(super) fn what_was_typed_comes_back(typed: Option<&str>, found: &str) -> bool {
    typed.is_none_or(|typed| typed == found)
}

/// Another page's text never shows up. What is typed here begins with what the page is about.
///
/// Broken where the order, or the reporter, is not in the name under which a draft is kept.
pub(super) fn another_pages_form_is_never_found(whose: &str, title: &str) -> bool {
    title.strip_prefix(whose).is_some_and(|rest| rest.starts_with(':')) || title.is_empty()
}

/// Wherever the user stands still, what is there can be left or begun anew.
///
/// Broken where a form that can be edited, beside an earlier doubt, cannot be left.
pub(super) fn it_can_be_left_or_begun_anew(place: Place, can_be_left: bool, can_start_anew: bool) -> bool {
    matches!(place, Place::Token | Place::Host | Place::Task | Place::Waiting) || can_be_left || can_start_anew
}

/// Two minutes after the last press the form stands still.
///
/// Broken where a press never grows old, so that it asks and asks (first seen by `nothing_goes_on_without_a_young_press`).
pub(super) fn it_comes_to_rest(place: Place) -> bool {
    matches!(place, Place::Editing | Place::AskAgain | Place::SendAgain | Place::LeaveAlone | Place::Created)
}

/// Close, and Close again where it asks, closes.
///
/// Broken where a form that waits cannot be closed.
pub(super) fn it_can_be_closed(closed: bool) -> bool {
    closed
}

/// With a relay that answers, presses that are offered lead to a created todo.
///
/// Broken where a key that has an outcome is named as the one to replace, each time again.
pub(super) fn there_is_a_way_to_a_created_todo(created: bool) -> bool {
    created
}

/// While the browser holds half a date, nothing goes without it.
///
/// Broken where half a date is no fault.
pub(super) fn half_a_date_is_never_sent(half_date: bool, goes_on: bool) -> bool {
    !half_date || !goes_on
}

/// A tab opens for a form that stands there, and once a press.
///
/// Broken where each try of a press opens a tab; a closed form opens one.
pub(super) fn a_tab_opens_once_a_press_and_never_behind_the_page(is_open: bool, is_second: bool) -> bool {
    is_open && !is_second
}

/// `bzctrl-error` comes with each notice.
///
/// Broken where a frame's own doubt is shown, and not announced.
pub(super) fn the_page_hears_what_the_user_is_told(code: Option<&str>, announced: Option<&str>) -> bool {
    code.is_none() || code == announced
}

/// The seconds that it shows are those that are left, and something wakes it.
///
/// Broken where an older wait counts down in the place of this one; the end of a wait is not heard.
pub(super) fn it_counts_down_its_own_wait(shown_and_told: Option<(u32, Option<u32>)>) -> bool {
    shown_and_told.is_none_or(|(shown, told)| told == Some(shown))
}

/// The end of one fetch is never taken for another's.
///
/// Broken where starting anew forgets that a token is being fetched.
pub(super) fn one_token_is_fetched_at_a_time(is_fetching: bool) -> bool {
    !is_fetching
}
