//! What the views do once the form stands.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bzctrl_contract::{Fault, Field};
use yew::prelude::*;

use super::first::{Draws, First};
use super::live::{Live, Opening};
use super::parts::{Message, Parts};
use super::{created, field, summary, todo_form, told};
use crate::form::event::{Created, Effect, Event as FormEvent};
use crate::form::state::State;
use crate::form::world::World;
use crate::text::Sentence;

/// The second act of the views.
#[derive(Clone, Copy)]
pub(crate) struct Later {
    pub(super) reduce: fn(&mut State, FormEvent) -> Vec<Effect>,
    pub(super) beside_heading: fn(&Parts<'_>) -> Html,
    pub(super) heading: fn(&Parts<'_>) -> Option<Sentence>,
    pub(super) all_words: fn(&Parts<'_>) -> String,
    pub(super) told: fn(&Parts<'_>) -> Html,
    pub(super) restored: fn(&Parts<'_>) -> Html,
    pub(super) last: fn(&Parts<'_>) -> Html,
    pub(super) summary: fn(&Parts<'_>) -> Html,
    pub(super) created: fn(&Parts<'_>, &Created) -> Html,
    pub(super) clear: fn(&Parts<'_>, Field) -> Html,
    pub(super) days: fn(&Parts<'_>, Field) -> Html,
    pub(super) fault: fn(&Parts<'_>, Field, Fault) -> String,
    pub(super) hint: fn(&Parts<'_>, Field) -> Option<Sentence>,
    pub(super) acts: fn(Effect, &dyn World, &State),
    pub(super) mount: fn(Opening, Option<Rc<First>>) -> Draws,
}

impl Later {
    /// Where it is.
    pub(crate) const ACT: Self = Self {
        reduce: State::reduce_later,
        beside_heading: told::beside_heading,
        heading: created::heading,
        all_words: told::all_words,
        told: told::view,
        restored: told::restored,
        last: told::last,
        summary: summary::view,
        created: created::view,
        clear: field::clear,
        days: field::days,
        fault: |parts, field, fault| parts.words().fault(field, fault, parts.state.draft.text(field)),
        hint: field::hint,
        acts: Live::acts,
        mount: todo_form::mount,
    };
}

thread_local! {
    static LATER: Cell<Option<&'static Later>> = const { Cell::new(None) };
    /// What was drawn before it came.
    static FIRSTS: RefCell<Vec<Rc<First>>> = const { RefCell::new(Vec::new()) };
}

/// The second act, once it is here.
pub(super) fn get() -> Option<&'static Later> {
    LATER.get()
}

/// A form that waits for it.
pub(super) fn wait(first: Rc<First>) {
    FIRSTS.with_borrow_mut(|firsts| firsts.push(first));
}

/// It has come.
pub(crate) fn take(later: &'static Later) {
    LATER.set(Some(later));
    FIRSTS.take().iter().for_each(|first| first.hands_over(later));
}

/// It has not come, yet.
pub(crate) fn lack() {
    let firsts = FIRSTS.with_borrow(Vec::clone);
    firsts.iter().for_each(|first| first.hear(Message::Later));
}
