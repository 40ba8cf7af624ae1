//! What the views do once the form stands.

use std::cell::{Cell, RefCell};

use bzctrl_contract::{Fault, Field};
use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::guard::Guard;
use super::parts::{Message, Parts};
use super::{actions, created, field, modal, notice, question, summary};
use crate::form::event::{Created, Effect, Event as FormEvent};
use crate::form::state::State;
use crate::text::{Sentence, Words};

/// The second act of the views.
#[derive(Clone, Copy)]
pub(crate) struct Later {
    pub(super) reduce: fn(&mut State, FormEvent) -> Vec<Effect>,
    pub(super) notice: fn(&Parts<'_>) -> Html,
    pub(super) aside: fn(&Parts<'_>) -> Html,
    pub(super) summary: fn(&Parts<'_>) -> Html,
    pub(super) created: fn(&Parts<'_>, &Created) -> Html,
    pub(super) question: fn(&Parts<'_>) -> Html,
    pub(super) fault: fn(Words<'_>, Field, Fault) -> String,
    pub(super) hint: fn(&Parts<'_>, Field) -> Option<Sentence>,
    pub(super) mistakes: fn(Words<'_>) -> Vec<String>,
    pub(super) title: fn(&State) -> String,
    pub(super) listen: fn(&HtmlDialogElement, Guard, Callback<Message>),
}

impl Later {
    /// Where it is.
    pub(crate) const ACT: Self = Self {
        reduce: State::reduce_later,
        notice: notice::view,
        aside: actions::aside,
        summary: summary::view,
        created: created::view,
        question: question::view,
        fault: |words, field, fault| words.fault(field, fault),
        hint: field::hint,
        mistakes: |words| words.mistakes(),
        title: notice::title,
        listen: modal::listen,
    };
}

thread_local! {
    static LATER: Cell<Option<&'static Later>> = const { Cell::new(None) };
    static FORMS: RefCell<Vec<Callback<Message>>> = const { RefCell::new(Vec::new()) };
}

/// The second act, once it is here.
pub(super) fn get() -> Option<&'static Later> {
    LATER.get()
}

/// A form that wants to know whether it has come.
pub(super) fn wait(form: Callback<Message>) {
    if get().is_none() {
        FORMS.with_borrow_mut(|forms| forms.push(form));
    }
}

/// It has come.
pub(crate) fn take(later: &'static Later) {
    LATER.set(Some(later));
    lack();
}

/// It has not come, yet.
pub(crate) fn lack() {
    FORMS.with_borrow(|forms| forms.iter().for_each(|form| form.emit(Message::Later)));
}
