//! Why the last Submit did not make it, or what nobody knows yet.

use yew::prelude::*;

use super::parts::Parts;
use crate::form::event::{KnownTodo, Phase};
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
            {known(parts)}
        </>
    }
}

/// What the relay knows of this order. It stands beside the notice, which is an alert: that would be read aloud once more.
fn known(parts: &Parts<'_>) -> Html {
    let known = parts.state.known();
    html! {
        if !known.is_empty() {
            <div class="notice known" role="status">
                <h3>{parts.say(text::KNOWN_OF_ORDER)}</h3>
                <ul>{ for known.iter().map(|todo| known_todo(parts, todo)) }</ul>
            </div>
        }
    }
}

fn known_todo(parts: &Parts<'_>, todo: &KnownTodo) -> Html {
    let outcome = parts.say(if todo.created { text::KNOWN_CREATED } else { text::KNOWN_UNKNOWN });
    html! {
        <li>
            if let Some(link) = &todo.link {
                {link_to(parts, link.as_str(), &todo.title)}
            } else {
                {&todo.title}
            }
            <p>{outcome}{" · "}{&todo.sent_at}</p>
        </li>
    }
}

/// What the notice says in a few words.
pub(crate) fn title(state: &State) -> String {
    let words = Words::of_form(state);
    let heading = |notice| words.notice(notice, state.todo_type(), state.standing()).heading;
    state.notice.as_ref().map(heading).unwrap_or_default()
}

fn link_to(parts: &Parts<'_>, address: &str, words: &str) -> Html {
    html! {
        <a href={address.to_owned()} target="_blank" rel="noopener noreferrer" onclick={parts.follow()}>{words}</a>
    }
}
