//! The question whether to close, asked in the dialog itself.

use yew::prelude::*;

use super::actions::button;
use super::parts::{Parts, Press};
use crate::form::event::Phase;
use crate::text;

pub(crate) fn view(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    let unsure = state.undecided() || matches!(state.phase, Phase::Sending(_));
    html! {
        if state.closing {
            <div class="question" role="alertdialog" aria-labelledby="question" aria-describedby="question-means">
                <div>
                    <h3 id="question">{parts.say(text::CLOSE_QUESTION)}</h3>
                    <p id="question-means">{parts.say(if unsure { text::CLOSE_UNSURE } else { text::CLOSE_KEEPS })}</p>
                </div>
                {button(parts, Press::CloseNow, "leave", text::CLOSE)}
                {button(parts, Press::Stay, "accent", text::STAY)}
            </div>
        }
    }
}
