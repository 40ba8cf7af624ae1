//! The question whether to close, asked in the dialog itself.

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
    html! {
        if state.closing {
            <div class="question" role="alertdialog" aria-labelledby="question" aria-describedby="question-means">
                <div>
                    <h3 id="question">{parts.say(text::CLOSE_QUESTION)}</h3>
                    <p id="question-means">{means.join(" ")}</p>
                </div>
                {button(parts, Press::CloseNow, "leave", text::CLOSE)}
                {button(parts, Press::Stay, "accent", text::STAY)}
            </div>
        }
    }
}
