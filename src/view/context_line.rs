//! The head of the form: what it is, where it goes, and what the host said. Read, not typed.

use yew::prelude::*;

use super::parts::{Parts, Press};
use crate::form::state::context;
use crate::text;

pub(crate) fn view(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    let made = parts.later.and_then(|later| (later.heading)(parts));
    let heading = made.unwrap_or_else(|| parts.words().heading(state.todo_type()));
    html! {
        <div class="head" inert={state.closing}>
            <h2 class="heading" id="heading">{heading}</h2>
            {parts.later.map(|later| (later.beside_heading)(parts)).unwrap_or_default()}
            <button class="close" type="button" part="close" aria-label={parts.say(text::CLOSE)} onclick={parts.press(Press::Close)} />
            <dl class="context" part="context">
                { for context(&state.draft).map(|(field, given)| html! {
                    <div><dt>{parts.words().label(field)}</dt><dd dir="auto">{given}</dd></div>
                }) }
            </dl>
        </div>
    }
}
