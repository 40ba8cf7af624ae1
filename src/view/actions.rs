//! The foot of the form: what can be done now.

use yew::prelude::*;

use super::parts::{Parts, Press};
use crate::form::event::{Phase, Step};
use crate::form::state::State;
use crate::form::submit::WaysOut;
use crate::text::{self, Word};

pub(crate) fn view(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    html! {
        <div class="actions" part="actions">
            <div class="aside">
                if state.restored && state.editable() && state.can_start_anew() {
                    {parts.say(text::RESTORED)}
                    {button(parts, Press::StartAnew, "quiet", text::START_ANEW)}
                }
                {parts.later.map(|later| (later.aside)(parts)).unwrap_or_default()}
            </div>
            { for presses(state, parts.waits).into_iter().map(|(press, class, words)| button(parts, press, class, words)) }
        </div>
    }
}

/// What stands beside the buttons once something was pressed.
pub(super) fn aside(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    html! {
        <>
            if matches!(state.phase, Phase::Sending(Step::Host)) {
                <span role="status">{parts.say(text::ASKS_PAGE)}</span>
            }
            if let Phase::Waiting(wait) = &state.phase {
                // What counts down is not read aloud each second.
                <span role="timer">{parts.words().seconds(text::NEXT_TRY, wait.seconds)}</span>
            }
            if state.can_look_again() {
                {button(parts, Press::Submit, "quiet", text::LOOK_AGAIN)}
            }
            if state.editable() && state.can_be_left() {
                {parts.say(text::SENT_BEFORE)}
                {button(parts, Press::Leave, "quiet", text::LEAVE)}
            }
        </>
    }
}

/// What can be pressed, the last thing first in mind.
pub(super) fn presses(state: &State, waits: bool) -> [(Press, &'static str, Word); 2] {
    let cancel = (Press::Close, "cancel", text::CANCEL);
    let leave = (Press::Leave, "leave", text::LEAVE);
    let submit = |words| (Press::Submit, SUBMIT, words);
    match &state.phase {
        Phase::Created(_) => [(Press::StartAnew, "another", text::ANOTHER), (Press::Close, "accent", text::CLOSE)],
        Phase::Doubt(WaysOut::AskAgain) => [leave, submit(text::ASK_AGAIN)],
        Phase::Doubt(WaysOut::SendAgain) => [leave, (Press::SendAgain, "accent", text::SEND_AGAIN)],
        Phase::Doubt(WaysOut::Leave) => [cancel, leave],
        Phase::Waiting(_) => [(Press::Stop, "cancel", text::STOP), submit(text::TRY_NOW)],
        Phase::Editing if !waits => [cancel, submit(text::SUBMIT)],
        Phase::Sending(_) | Phase::Editing => [cancel, (Press::Submit, BUSY, text::SENDING)],
    }
}

/// What can be pressed, as far as it changes under the pointer or the focus: the buttons' words, and whether the question
/// stands.
pub(super) type Offer = (Option<[Word; 2]>, bool);

pub(super) fn offer(state: &State) -> Offer {
    (Some(presses(state, false).map(|(.., words)| words)), state.closing)
}

const SUBMIT: &str = "submit";
const BUSY: &str = "submit busy";

/// One button, named by its class as by its part. While the submit button is busy it stays in place and keeps the focus;
/// pressing it does nothing. A press leaves the focus where it is: what is said of a field that is left would move the
/// button away from under it, and the press would be lost.
pub(super) fn button(parts: &Parts<'_>, press: Press, class: &'static str, words: Word) -> Html {
    let submits = class == SUBMIT || class == BUSY;
    html! {
        <button
            data-kind={class} part={class} type={if submits { "submit" } else { "button" }}
            aria-disabled={(class == BUSY).then_some("true")} onclick={parts.press(press)}
            onmousedown={|event: MouseEvent| event.prevent_default()}
        >
            {parts.say(words)}
        </button>
    }
}
