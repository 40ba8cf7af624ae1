//! The whole form, drawn of what lives.

use bzctrl_contract::Field;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

use super::guard::{Guard, Place};
use super::later::Later;
use super::live::{Live, Opening};
use super::modal::{is, is_key};
use super::parts::{Message, Parts, Press};
use super::{actions, context_line, field};
use crate::config::Theme;
use crate::form::event::Phase;
use crate::text;

/// With what the second act brings, or as the form stands until then.
pub(super) fn draw(live: &Live, send: &Callback<Message>, later: Option<&'static Later>) -> Html {
    let Opening { config, world, modal, .. } = &live.opening;
    let (state, guard) = (&live.state, &live.guard);
    let world = &**world;
    let parts = Parts { state, world, send, guard, waits: live.waits(), edition: live.edition(), later };
    let theme = match config.theme {
        Theme::Auto => "auto",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let content = form(live, &parts);
    if !modal {
        return html! { <div class="page" data-theme={theme}>{content}</div> };
    }
    html! {
        <dialog
            class="dialog" part="dialog" data-theme={theme} aria-labelledby="heading"
            onclose={parts.read(|_: Event| Some(Message::Closed))} oncancel={parts.read(cancelled)}
        >
            {content}
        </dialog>
    }
}

fn form(live: &Live, parts: &Parts<'_>) -> Html {
    let (guard, modal) = (live.guard.clone(), live.opening.modal);
    html! {
        // No form of the browser's, which it could send by itself; and a press between the controls leaves the focus here.
        <div
            class="form" part="form" role={(!modal).then_some("form")} tabindex="-1" aria-labelledby={(!modal).then_some("heading")}
            onkeydown={parts.read(move |event: KeyboardEvent| key(&event, &guard, modal))}
            oninput={parts.read(|_: InputEvent| Some(Message::Changed))}
            onchange={parts.read(|_: Event| Some(Message::Changed))}
        >
            {context_line::view(parts)}
            // While the question stands nothing else takes a press or a key.
            <div class="body" inert={parts.state.closing}>{body(parts)}</div>
            {actions::view(parts, live.lacks)}
        </div>
    }
}

fn body(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    if let Phase::Created(made) = &state.phase {
        return parts.later.map(|later| (later.created)(parts, made)).unwrap_or_default();
    }
    html! {
        <>
            {parts.later.map(|later| (later.summary)(parts)).unwrap_or_default()}
            <div class="needed">
                {parts.say(text::NEEDED)}
                {parts.later.map(|later| (later.restored)(parts)).unwrap_or_default()}
            </div>
            <div class="fields">
                { for Field::all().filter(|field| state.shows(*field)).map(|field| field::view(parts, field)) }
            </div>
        </>
    }
}

/// The browser wants to close the dialog: the form decides. What is cancelled in the dialog is not the dialog.
pub(super) fn cancelled(event: Event) -> Option<Message> {
    event.target_dyn_into::<Element>().filter(|target| is(target, "dialog"))?;
    event.prevent_default();
    Some(Message::Press(Press::Away))
}

/// Enter never submits from a one-line field: barcode scanners end with it. Ctrl or ⌘ with Enter does. Escape closes,
/// taken here since a second one would close a dialog by itself. A key that is held down says the same but once.
pub(super) fn key(event: &KeyboardEvent, guard: &Guard, modal: bool) -> Option<Message> {
    // What an input method is told is not for the form; Safari says so by the key code alone. Fillers send keys that
    // are none.
    if !is_key(event) || event.is_composing() || event.key_code() == 229 {
        return None;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let is_in = |name: &str| target.as_ref().is_some_and(|target| is(target, name));
    let key = event.key();
    let submits = event.ctrl_key() || event.meta_key();
    let message = match key.as_str() {
        "Enter" if submits => guard.lets(event, Place::Keys).then_some(Message::Press(Press::Submit)),
        "Enter" if is_in("textarea") => return None,
        "Enter" if event.repeat() || is_in("input") => None,
        "Escape" if modal => Some(Message::Press(Press::Away)),
        _ => return None,
    };
    event.prevent_default();
    message.filter(|_| !event.repeat())
}
