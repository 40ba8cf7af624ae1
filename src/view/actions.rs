//! The foot of the form, always in sight: the one place that tells where it stands, and what can be done now.

use yew::prelude::*;

use super::parts::{Parts, Press};
use crate::form::event::Phase;
use crate::form::state::State;
use crate::form::submit::WaysOut;
use crate::text::{self, Word};

pub(crate) fn view(parts: &Parts<'_>, lacks: bool) -> Html {
    let state = parts.state;
    html! {
        <div class="actions" part="actions">
            if lacks {
                <div class="notice" data-tone="unsure" role="alert" part="status">
                    <h3>{parts.say(text::NOT_LOADED)}</h3>
                    <p>{parts.say(text::NOT_LOADED_MEANS)}</p>
                </div>
            }
            {parts.later.map(|later| (later.told)(parts)).unwrap_or_default()}
            if !state.closing {
                { for presses(state, parts.waits).into_iter().map(|(press, class, words)| button(parts, press, class, words)) }
            }
            {parts.later.map(|later| (later.last)(parts)).unwrap_or_default()}
        </div>
    }
}

/// What can be pressed, the last thing first in mind.
pub(super) fn presses(state: &State, waits: bool) -> [(Press, &'static str, Word); 2] {
    let cancel = (Press::Close, "cancel", text::CANCEL);
    let leave = (Press::Leave, "leave", text::LEAVE);
    let submit = |words| (Press::Submit, SUBMIT, words);
    match &state.phase {
        Phase::Created(_) => [(Press::StartAnew, "another", text::ANOTHER), (Press::Close, "done", text::CLOSE)],
        Phase::Doubt(WaysOut::AskAgain) => [leave, submit(text::ASK_AGAIN)],
        Phase::Doubt(WaysOut::SendAgain) => [leave, (Press::SendAgain, "again", text::SEND_AGAIN)],
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
            data-as={parts.later.filter(|_| submits).map(|later| (later.all_words)(parts))} aria-disabled={(class == BUSY).then_some("true")} onclick={parts.press(press)}
            onmousedown={|event: MouseEvent| event.prevent_default()}
        >
            {parts.say(words)}
        </button>
    }
}
