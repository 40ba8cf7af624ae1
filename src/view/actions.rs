//! The foot of the form: what can be done now.

use yew::prelude::*;

use super::todo_form::{Message, Parts};
use crate::form::state::{Event, Phase};
use crate::form::submit::Ways;
use crate::text;

pub(crate) fn view(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    html! {
        <footer class="actions" part="actions">
            <div class="aside">
                if state.restored && state.editable() {
                    <span>{text::RESTORED}</span>
                    <button class="quiet" type="button" onclick={parts.on(|| Event::StartAnew)}>{text::START_ANEW}</button>
                }
            </div>
            {buttons(parts)}
        </footer>
    }
}

fn buttons(parts: &Parts<'_>) -> Html {
    match &parts.state.phase {
        Phase::Created(_) => html! {
            <>
                <button type="button" part="another" onclick={parts.on(|| Event::StartAnew)}>{text::ANOTHER}</button>
                <button class="accent" type="button" part="cancel" onclick={parts.on(|| Event::Close)}>{text::CLOSE}</button>
            </>
        },
        Phase::Doubt(ways) => html! {
            <>
                <button type="button" part="leave" onclick={parts.on(|| Event::Leave)}>{text::LEAVE}</button>
                if *ways == Ways::AskAgain {
                    {submit(parts, text::ASK_AGAIN, false)}
                } else if *ways == Ways::SendAgain {
                    <button class="accent" type="button" part="send-again" onclick={parts.send.reform(|_| Message::SendAgain)}>
                        {text::SEND_AGAIN}
                    </button>
                }
            </>
        },
        phase => html! {
            <>
                <button type="button" part="cancel" onclick={parts.on(|| Event::Close)}>{text::CANCEL}</button>
                if let Phase::Waiting(_) = phase {
                    {submit(parts, text::TRY_NOW, false)}
                } else if let Phase::Sending(_) = phase {
                    {submit(parts, text::SENDING, true)}
                } else {
                    {submit(parts, text::SUBMIT, false)}
                }
            </>
        },
    }
}

/// The one submit button. While it is busy it stays in place and keeps the focus; pressing it does nothing.
fn submit(parts: &Parts<'_>, words: &'static str, busy: bool) -> Html {
    let onclick = parts.send.reform(|event: MouseEvent| {
        event.prevent_default();
        Message::Submit
    });
    html! {
        <button
            class="accent submit" type="submit" part="submit" aria-disabled={busy.then_some("true")} {onclick}
        >
            {words}
        </button>
    }
}
