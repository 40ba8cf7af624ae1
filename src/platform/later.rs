//! What the platform does once the form stands.

use std::cell::Cell;

use bzctrl_contract::{Key, Todo};

use super::host_element::HostElement;
use super::{HostAnswers, Session};
use crate::form::event::{Created, Effect};
use crate::form::state::State;
use crate::form::submit::Notice;
use crate::form::world::Answerer;

/// The second act of the platform.
#[derive(Clone, Copy)]
pub(crate) struct Later {
    pub(super) run: fn(&Session, Effect, &State, &Answerer),
    pub(super) tell: fn(&Session, &State, &str),
    pub(super) submits: fn(&HostElement, &Todo, Option<&Key>, HostAnswers),
    pub(super) created: fn(&HostElement, &Created),
    pub(super) failed: fn(&HostElement, &Notice, &str, Option<&Key>),
}

impl Later {
    /// Where it is.
    pub(crate) const ACT: Self = Self {
        run: Session::run_later,
        tell: Session::tell_later,
        submits: HostElement::submits,
        created: HostElement::created,
        failed: HostElement::failed,
    };
}

thread_local! {
    static LATER: Cell<Option<&'static Later>> = const { Cell::new(None) };
}

/// The second act, once it is here.
pub(super) fn get() -> Option<&'static Later> {
    LATER.get()
}

/// It has come.
pub(crate) fn take(later: &'static Later) {
    LATER.set(Some(later));
}
