//! Why the last Submit did not make it, or what nobody knows yet.

use bzctrl_contract::{Field, clean_line};
use yew::prelude::*;

use super::parts::Parts;
use crate::form::event::Phase;
use crate::form::state::State;
use crate::form::submit::WaysOut;
use crate::text::{self, Words};

pub(crate) fn view(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    let Some(notice) = &state.notice else { return html! { <></> } };
    let text = parts.words().notice(notice, state.todo_type(), state.standing());
    let waits = matches!(state.phase, Phase::Waiting(_));
    // What comes and goes with each try would be read aloud each time.
    let by_itself = waits || matches!(state.phase, Phase::Sending(_)) && state.asks_again();
    let tone = if text.is_no && !waits { "no" } else { "unsure" };
    let links = state.links();
    // Where the next press would send it twice, it stands among the buttons.
    let look = state.look_at().filter(|_| matches!(state.phase, Phase::Doubt(WaysOut::AskAgain) | Phase::Editing));
    html! {
        <div class="notice" data-tone={tone} role="alert" aria-atomic="false" aria-labelledby="notice" part="status" tabindex="-1">
            <h3 id="notice">{text.heading}</h3>
            <p>{text.meaning}{by_itself.then(|| [" ", &*parts.say(text::ASKS_BY_ITSELF)].concat())}</p>
            { for links.iter().map(|link| html! { <p>{link_to(parts, link.as_str(), html! { {link.as_str()} }, "link")}</p> }) }
            if let Some(look) = look {
                <p>{link_to(parts, look.as_str(), html! { {parts.say(text::OPEN_BZCTRL)} }, "link")}</p>
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
    let calendar = parts.world.calendar().filter(|_| state.at > 0);
    let sent_at = calendar.map(|calendar| (calendar.time)(state.at, state.config.tag()));
    html! {
        if !title.is_empty() {
            {parts.words().look_for(&title, sent_at.as_deref())}
        }
    }
}

/// What the notice says in a few words.
pub(crate) fn title(state: &State) -> String {
    let words = Words::of_form(state);
    let heading = |notice| words.notice(notice, state.todo_type(), state.standing()).heading;
    state.notice.as_ref().map(heading).unwrap_or_default()
}

pub(super) fn link_to(parts: &Parts<'_>, address: &str, words: Html, part: &'static str) -> Html {
    html! {
        <a {part} href={address.to_owned()} target="_blank" rel="noopener noreferrer" onclick={parts.follow()}>{words}</a>
    }
}
