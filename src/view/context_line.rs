//! The head of the form: what it is, where it goes, and what the host said. Read, not typed.

use bzctrl_contract::{Draft, Field};
use yew::prelude::*;

use super::parts::{Parts, Press};
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

/// What a form shows of what the host gave, in this order.
fn context(draft: &Draft) -> impl Iterator<Item = (Field, &str)> {
    [Field::OrderId, Field::Lrn, Field::DomainWorkSpace, Field::Reporter]
        .into_iter()
        .map(|field| (field, draft.text(field)))
        .filter(|(_, text)| !text.is_empty())
}
