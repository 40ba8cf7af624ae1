//! What the relay knows of the order: folded in the head, for whoever begins a todo; open in the body, where nobody knows what
//! became of one.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};
use yew::prelude::*;

use super::notice::link_to;
use super::parts::Parts;
use crate::form::event::{KnownTodo, Phase};
use crate::text;

/// How many stand in the body at most: the newest, since it is about what was sent just now.
const IN_DOUBT: usize = 5;

/// A list that lies over the form while it is open, so that nothing moves.
pub(crate) fn folded(parts: &Parts<'_>) -> Html {
    let known = parts.state.known();
    if known.is_empty() || in_doubt(parts) {
        return html! { <></> };
    }
    html! {
        <details class="register" onkeydown={folds_on_escape()} onfocusout={folds_when_left()}>
            <summary title={parts.say(text::KNOWN_OF_ORDER)} onclick={parts.follow()}>{parts.words().registered(known.len())}</summary>
            <ul tabindex="-1">{ for known.iter().map(|todo| entry(parts, todo)) }</ul>
        </details>
    }
}

/// It is told beside the notice, which is an alert: that would be read aloud once more.
pub(crate) fn open(parts: &Parts<'_>) -> Html {
    let known = parts.state.known();
    html! {
        if !known.is_empty() && in_doubt(parts) {
            <div class="notice known" role="status">
                <h3>{parts.say(text::KNOWN_OF_ORDER)}</h3>
                <ul>{ for known.iter().take(IN_DOUBT).map(|todo| entry(parts, todo)) }</ul>
            </div>
        }
    }
}

fn in_doubt(parts: &Parts<'_>) -> bool {
    matches!(parts.state.phase, Phase::Doubt(_))
}

fn entry(parts: &Parts<'_>, todo: &KnownTodo) -> Html {
    let outcome = parts.say(if todo.created { text::KNOWN_CREATED } else { text::KNOWN_UNKNOWN });
    html! {
        <li>
            // In whatever direction it is written; the list keeps its own.
            <bdi>
                if let Some(link) = &todo.link {
                    {link_to(parts, link.as_str(), html! { {&todo.title} }, "link")}
                } else {
                    {&todo.title}
                }
            </bdi>
            <p>{outcome}{" · "}{&todo.sent_at}{todo.reporter.iter().map(|who| [" · ", who].concat()).collect::<Html>()}</p>
        </li>
    }
}

/// Escape folds an open list, and closes the form no more.
fn folds_on_escape() -> Callback<KeyboardEvent> {
    Callback::from(|event: KeyboardEvent| {
        if event.key() == "Escape"
            && let Some(list) = list_of(&event)
            && list.has_attribute("open")
        {
            event.prevent_default();
            event.stop_propagation();
            // What is folded away keeps no focus.
            if let Ok(Some(summary)) = list.query_selector("summary") {
                let _ = summary.unchecked_ref::<HtmlElement>().focus();
            }
            let _ = list.remove_attribute("open");
        }
    })
}

fn folds_when_left() -> Callback<FocusEvent> {
    Callback::from(|event: FocusEvent| {
        let goes_to = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
        if let (Some(list), Some(node)) = (list_of(&event), goes_to)
            && !list.contains(Some(&node))
        {
            let _ = list.remove_attribute("open");
        }
    })
}

/// The list that an event happened in.
fn list_of(event: &web_sys::Event) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest("details").ok()?
}
