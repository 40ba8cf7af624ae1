//! Why the last Submit did not make it, or what nobody knows yet.

use yew::prelude::*;

use super::parts::Parts;
use super::register;
use crate::form::event::Phase;
use crate::form::state::State;
use crate::text::{self, Words};

pub(crate) fn view(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    let Some(notice) = &state.notice else { return html! { <></> } };
    let text = parts.words().notice(notice, state.todo_type(), state.standing());
    let waits = matches!(state.phase, Phase::Waiting(_));
    let tone = if text.is_no && !waits { "no" } else { "unsure" };
    let links = state.links();
    let look = state.app_url().filter(|_| state.can_be_left() && links.is_empty());
    html! {
        <>
            <div class="notice" data-tone={tone} role="alert" part="status" tabindex="-1">
                <h3>{text.heading}</h3>
                <p>{text.meaning}{waits.then(|| [" ", &*parts.say(text::ASKS_BY_ITSELF)].concat())}</p>
                { for links.iter().map(|link| html! { <p>{link_to(parts, link.as_str(), link.as_str())}</p> }) }
                if let Some(look) = look {
                    <p>{link_to(parts, look.as_str(), &parts.say(text::OPEN_BZCTRL))}</p>
                }
            </div>
            {register::open(parts)}
        </>
    }
}

/// What the notice says in a few words.
pub(crate) fn title(state: &State) -> String {
    let words = Words(&state.config.texts);
    let heading = |notice| words.notice(notice, state.todo_type(), state.standing()).heading;
    state.notice.as_ref().map(heading).unwrap_or_default()
}

fn link_to(parts: &Parts<'_>, address: &str, words: &str) -> Html {
    html! {
        <a href={address.to_owned()} target="_blank" rel="noopener noreferrer" onclick={parts.follow()}>{words}</a>
    }
}
