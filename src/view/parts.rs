//! What the views of the form's parts are given, and what they can say.

use bzctrl_contract::{Date, Field};
use yew::prelude::*;

use super::guard::{Guard, Place};
use super::later::Later;
use crate::form::event::Event as FormEvent;
use crate::form::state::State;
use crate::form::world::World;
use crate::text::{Sentence, Word, Words};

/// What reaches the component.
pub(crate) enum Message {
    /// An event as it is.
    Event(FormEvent),
    /// What the world answered to the form of this opening.
    Answer(u32, FormEvent),
    /// The dialog was closed, by the form or by the browser.
    Closed,
    /// A button was pressed.
    Press(Press),
    /// A control may hold something else now.
    Changed,
    /// The second act has come, or could not be had.
    Later,
    /// The pointer is up again: what was not drawn while it was down is.
    Released,
}

/// The buttons of the form.
#[derive(Clone, Copy)]
pub(crate) enum Press {
    /// Submit, try now, ask again.
    Submit,
    /// Send again.
    SendAgain,
    /// Leave it.
    Leave,
    /// Wait no longer.
    Stop,
    /// Start anew, report another.
    StartAnew,
    /// Close, cancel.
    Close,
    /// Escape, or a press beside the dialog.
    Away,
    /// Close, in answer to the question. What was typed is kept.
    CloseNow,
    /// Close and drop what was typed, in answer to the question.
    Discard,
    /// Keep editing, in answer to the question.
    Stay,
    /// Copy the created todo's link.
    Copy,
    /// Put a day into a field.
    Choose(Field, Date),
    /// Clear a field.
    Clear(Field),
    /// Go to a field.
    GoTo(Field),
}

/// What the views of the form's parts are given.
pub(crate) struct Parts<'a> {
    /// What to show.
    pub(crate) state: &'a State,
    /// Where events go.
    pub(crate) send: &'a Callback<Message>,
    /// Which presses count.
    pub(crate) guard: &'a Guard,
    /// The world that it acts in.
    pub(crate) world: &'a dyn World,
    /// A Submit waits for the second act.
    pub(crate) waits: bool,
    /// The second act, for what is drawn with it.
    pub(super) later: Option<&'static Later>,
    /// Which drawing of the controls it is.
    pub(crate) edition: &'static str,
}

impl Parts<'_> {
    /// The words of this form.
    pub(crate) fn words(&self) -> Words<'_> {
        Words::of_form(self.state)
    }

    /// A sentence of this form.
    pub(crate) fn say(&self, word: Word) -> Sentence {
        self.words().of(word)
    }

    /// A handler that sends what it makes of a browser's event, if anything.
    pub(crate) fn read<T: 'static>(&self, read: impl Fn(T) -> Option<Message> + 'static) -> Callback<T> {
        let send = self.send.clone();
        Callback::from(move |event| {
            if let Some(message) = read(event) {
                send.emit(message);
            }
        })
    }

    /// A handler for a press. The browser's own doing, such as following a link, is not wanted.
    pub(crate) fn press(&self, press: Press) -> Callback<MouseEvent> {
        let guard = self.guard.clone();
        let at =
            if matches!(press, Press::CloseNow | Press::Discard | Press::Stay) { Place::Question } else { Place::Form };
        self.read(move |event: MouseEvent| {
            event.prevent_default();
            guard.lets(&event, at).then_some(Message::Press(press))
        })
    }

    /// A handler for a link that the browser follows.
    pub(crate) fn follow(&self) -> Callback<MouseEvent> {
        let guard = self.guard.clone();
        Callback::from(move |event: MouseEvent| {
            if !guard.lets(&event, Place::Form) {
                event.prevent_default();
            }
        })
    }
}
