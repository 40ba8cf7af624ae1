//! The created todo: its title, and the way to it as the one big thing, told by its name and not by its address.

use yew::prelude::*;

use super::actions::button;
use super::notice::link_to;
use super::parts::{Parts, Press};
use crate::form::event::{Created, Phase};
use crate::text::{self, Sentence};

pub(crate) fn view(parts: &Parts<'_>, created: &Created) -> Html {
    let unseen = created.copied != Some(false);
    html! {
        <div class="created">
            <svg class="tick" viewBox="0 0 48 48" aria-hidden="true">
                <circle cx="24" cy="24" r="22" /><path d="M14 25l7 7 14-15" />
            </svg>
            <p class="title" dir="auto" tabindex={created.link.is_none().then_some("-1")}>{&created.title}</p>
            if let Some(link) = &created.link {
                {link_to(parts, link.as_str(), words_of_link(parts, created), "task-link")}
                {button(parts, Press::Copy, "copy", text::COPY_LINK)}
                // From here it is copied. It is seen where the browser does not copy by itself.
                <input
                    class="address" data-unseen={unseen.then_some("")} aria-hidden={unseen.then_some("true")} readonly=true tabindex="-1"
                    aria-label={parts.say(text::COPY_LINK)} value={link.as_str().to_owned()}
                />
            } else if let Some(link) = &created.todo.task_link {
                <p class="link">{link}</p>
            }
        </div>
    }
}

/// The todo's name in them stays in one line where that is wide enough.
fn words_of_link(parts: &Parts<'_>, created: &Created) -> Html {
    let words = parts.words().open(created.name());
    let around = created.name().and_then(|name| Some((name, words.split_once(name)?)));
    match around {
        Some((name, (before, after))) => html! { <span>{before}<bdi>{name}</bdi>{after}</span> },
        None => html! { {words} },
    }
}

/// What the form is called then.
pub(super) fn heading(parts: &Parts<'_>) -> Option<Sentence> {
    let Phase::Created(made) = &parts.state.phase else { return None };
    Some(parts.words().created(made.todo_type))
}

/// What is told of it beside the buttons.
pub(super) fn told(parts: &Parts<'_>, created: &Created) -> Html {
    let note = match (&created.link, created.opened) {
        (None, _) => Some(text::NO_LINK),
        (Some(_), Some(true)) => Some(text::OPENED),
        (Some(_), Some(false)) => Some(text::BLOCKED),
        (Some(_), None) => None,
    };
    let copied = created.copied.map(|copied| if copied { text::COPIED } else { text::SELECTED });
    let replayed = created.replayed.then_some(text::REPLAYED);
    html! {
        <>
            // The heading says so, too. It is not said once more with what comes after it.
            if created.copied.is_none() {
                <span data-unseen="">{parts.words().created(created.todo_type)}{". "}</span>
            }
            { for [replayed, note, copied].into_iter().flatten().map(|note| html! { <p>{parts.say(note)}</p> }) }
        </>
    }
}
