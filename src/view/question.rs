//! The question whether to close, asked in the dialog itself. It stands in the place of the buttons, and nothing else can be
//! done meanwhile.

use yew::prelude::*;

use super::actions::button;
use super::parts::{Parts, Press};
use crate::form::event::{Phase, Step};
use crate::text;

pub(crate) fn view(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    let unsure = state.undecided() || matches!(state.phase, Phase::Sending(Step::Task));
    let kept = if state.keeps { text::CLOSE_KEEPS } else { text::CLOSE_LOSES };
    let means: Vec<_> =
        unsure.then_some(text::CLOSE_UNSURE).into_iter().chain([kept]).map(|word| parts.say(word)).collect();
    let (discards, close) = match state.can_start_anew() {
        true if state.keeps => (true, text::CLOSE_AS_DRAFT),
        true => (false, text::DISCARD),
        false => (false, text::CLOSE),
    };
    html! {
        if state.closing {
            <div class="question" role="alertdialog" aria-labelledby="question" aria-describedby="question-means">
                <div>
                    <h3 id="question">{parts.say(text::CLOSE_QUESTION)}</h3>
                    <p id="question-means">{means.join(" ")}</p>
                </div>
                if discards {
                    {button(parts, Press::Discard, "discard", text::DISCARD)}
                }
                {button(parts, Press::CloseNow, "leave", close)}
                {button(parts, Press::Stay, "accent", text::STAY)}
            </div>
        }
    }
}
