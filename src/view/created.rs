//! The created todo: its title, and the link as the one big thing.

use yew::prelude::*;

use super::parts::Parts;
use crate::form::event::Created;
use crate::text;

pub(crate) fn view(parts: &Parts<'_>, created: &Created) -> Html {
    let note = match (&created.link, created.opened) {
        (None, _) => Some(text::NO_LINK),
        (Some(_), Some(true)) => Some(text::OPENED),
        (Some(_), Some(false)) => Some(text::BLOCKED),
        (Some(_), None) => None,
    };
    html! {
        <div class="created" role="status">
            <svg class="tick" viewBox="0 0 48 48" aria-hidden="true">
                <circle cx="24" cy="24" r="22" /><path d="M14 25l7 7 14-15" />
            </svg>
            <h3 tabindex="-1">{parts.words().created(created.todo_type)}</h3>
            <p class="title">{&created.title}</p>
            if let Some(link) = &created.link {
                <a
                    class="link" part="task-link" href={link.as_str().to_owned()} target="_blank" rel="noopener noreferrer"
                    onclick={parts.follow()}
                >
                    {link.as_str()}
                </a>
            } else if let Some(link) = &created.todo.task_link {
                <p class="link">{link}</p>
            }
            if let Some(note) = note {
                <p class="note">{parts.say(note)}</p>
            }
            if created.replayed {
                <p class="note">{parts.say(text::REPLAYED)}</p>
            }
        </div>
    }
}
