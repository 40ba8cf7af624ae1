//! Why the last Submit did not make it, or what nobody knows yet.

use bzctrl_contract::{Field, clean_line};
use yew::prelude::*;

use super::parts::Parts;
use crate::form::event::{KnownTodo, Phase};
use crate::form::state::State;
use crate::form::submit::WaysOut;
use crate::text::{self, Words};

pub(crate) fn view(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    let Some(notice) = &state.notice else { return html! { <></> } };
    let text = parts.words().notice(notice, state.todo_type(), state.standing());
    let waits = matches!(state.phase, Phase::Waiting(_));
    let tone = if text.is_no && !waits { "no" } else { "unsure" };
    let links = state.links();
    // Where the next press would send it twice, it stands among the buttons.
    let look = state.look_at().filter(|_| matches!(state.phase, Phase::Doubt(WaysOut::AskAgain) | Phase::Editing));
    html! {
        <div class="notice" data-tone={tone} role="alert" part="status" tabindex="-1">
            <h3>{text.heading}</h3>
            <p>{text.meaning}{waits.then(|| [" ", &*parts.say(text::ASKS_BY_ITSELF)].concat())}</p>
            { for links.iter().map(|link| html! { <p>{link_to(parts, link.as_str(), link.as_str(), "link")}</p> }) }
            if let Some(look) = look {
                <p>{link_to(parts, look.as_str(), &parts.say(text::OPEN_BZCTRL), "link")}</p>
            }
            if matches!(state.phase, Phase::Doubt(_)) {
                <p>{look_for(parts)}</p>
            }
        </div>
    }
}

/// By what it is found: when it was sent, and its title.
fn look_for(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    let title = clean_line(state.draft.text(Field::Title));
    let sent_at = parts.world.calendar().filter(|_| state.at > 0).map(|calendar| (calendar.time)(state.at));
    html! {
        if !title.is_empty() {
            {parts.words().look_for(&title, sent_at.as_deref())}
        }
    }
}

/// What the relay knows of this order.
pub(super) fn known(parts: &Parts<'_>) -> Html {
    let known = parts.state.known();
    html! {
        if !known.is_empty() {
            <div class="notice known">
                <h3>{parts.say(text::KNOWN_OF_ORDER)}</h3>
                <ul>{ for known.iter().map(|todo| known_todo(parts, todo)) }</ul>
            </div>
        }
    }
}

fn known_todo(parts: &Parts<'_>, todo: &KnownTodo) -> Html {
    let outcome = parts.say(if todo.created { text::KNOWN_CREATED } else { text::KNOWN_UNKNOWN });
    html! {
        <li dir="auto">
            if let Some(link) = &todo.link {
                {link_to(parts, link.as_str(), &todo.title, "link")}
            } else {
                {&todo.title}
            }
            <p>{outcome}{" · "}{&todo.sent_at}</p>
        </li>
    }
}

/// What the notice says in a few words.
pub(crate) fn title(state: &State) -> String {
    let words = Words(&state.config.texts);
    let heading = |notice| words.notice(notice, state.todo_type(), state.standing()).heading;
    state.notice.as_ref().map(heading).unwrap_or_default()
}

pub(super) fn link_to(parts: &Parts<'_>, address: &str, words: &str, part: &'static str) -> Html {
    html! {
        <a {part} href={address.to_owned()} target="_blank" rel="noopener noreferrer" onclick={parts.follow()}>{words}</a>
    }
}
