//! What is told beside the buttons: where the form stands, in one place, read aloud as it changes.

use yew::prelude::*;

use super::actions::button;
use super::notice::link_to;
use super::parts::{Parts, Press};
use super::{created, notice, question, register};
use crate::form::event::{Phase, Step};
use crate::form::submit::WaysOut;
use crate::text;

pub(crate) fn view(parts: &Parts<'_>) -> Html {
    html! {
        <>
            <div class="news">{notice::view(parts)}{register::open(parts)}</div>
            <div class="aside">
                // The same element for as long as the form stands: what comes into it is read aloud.
                <div class="told" role="status">{told(parts)}</div>
                {aside(parts)}
            </div>
        </>
    }
}

fn told(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    let says = |word| html! { {parts.say(word)} };
    match &state.phase {
        Phase::Sending(Step::Host) => says(text::ASKS_PAGE),
        Phase::Sending(_) if state.asks_again() => says(text::ASKS_AGAIN),
        Phase::Sending(_) => html! { {parts.words().sends(state.todo_type())} },
        Phase::Created(made) => created::told(parts, made),
        Phase::Editing if state.undecided() => says(text::SENT_BEFORE),
        // It stands on top, too.
        Phase::Editing if state.restored && state.notice.is_none() => {
            html! { <span data-unseen="">{parts.say(text::RESTORED)}</span> }
        }
        // The notice says it, as it comes.
        Phase::Waiting(_) | Phase::Doubt(_) | Phase::Editing => html! { <></> },
    }
}

/// What stands there besides, and is not read aloud by itself.
fn aside(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    html! {
        <>
            if let Phase::Waiting(wait) = &state.phase {
                // What counts down is not read aloud each second.
                <span role="timer">{parts.words().seconds(text::NEXT_TRY, wait.seconds)}</span>
            }
            if state.editable() && !state.undecided() && !state.closing {
                <span class="keys">{parts.say(text::KEYS)}</span>
            }
            if state.can_look_again() && !state.closing {
                {button(parts, Press::Submit, "quiet", text::LOOK_AGAIN)}
            }
            if state.editable() && state.can_be_left() && !state.closing {
                {button(parts, Press::Leave, "quiet", text::LEAVE)}
            }
        </>
    }
}

/// What comes with the token: the name of a test system, and what is registered for the order already.
pub(super) fn beside_heading(parts: &Parts<'_>) -> Html {
    html! {
        <>
            if let Some(environment) = parts.state.environment() {
                <span class="chip" part="environment">{environment.to_ascii_uppercase()}{" · "}{parts.say(text::TEST)}</span>
            }
            {register::folded(parts)}
        </>
    }
}

/// What Submit says at one time or another: it is as wide as the longest of it.
pub(super) fn all_words(parts: &Parts<'_>) -> String {
    [text::SUBMIT, text::SENDING, text::TRY_NOW, text::ASK_AGAIN].map(|word| parts.say(word)).join("\n")
}

/// What stands on top of a draft that came back: when it was kept and how to be rid of it, as long as that can be.
pub(super) fn restored(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    let can_go = state.editable() && state.can_start_anew();
    let calendar = parts.world.calendar().filter(|_| can_go && state.at > 0);
    let when = calendar.map(|calendar| [", ", &(calendar.time)(state.at, state.config.tag())].concat());
    html! {
        if state.restored {
            <span class="restored">
                <span>{parts.say(text::RESTORED)}<span class="when">{when}</span>{" "}</span>
                if can_go {
                    {button(parts, Press::StartAnew, "quiet", text::START_ANEW)}
                }
            </span>
        }
    }
}

/// What stands last: the question whether to close, in the place of the buttons; or where BzCtrl can be looked into, which is the
/// first thing to do where the next press would send it twice.
pub(super) fn last(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    let looks = matches!(state.phase, Phase::Doubt(WaysOut::SendAgain | WaysOut::Leave)) && !state.closing;
    html! {
        <>
            {question::view(parts)}
            if let Some(address) = state.look_at().filter(|_| looks) {
                {link_to(parts, address.as_str(), html! { {parts.say(text::OPEN_BZCTRL)} }, "look")}
            }
        </>
    }
}
