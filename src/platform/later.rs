//! What the platform does once the form stands.

use std::cell::Cell;
use std::rc::Rc;

use bzctrl_contract::{Key, Todo, TodoType};
use web_sys::Storage;

use super::host_element::HostElement;
use super::mount::Place;
use super::{HostAnswers, Session, clock, page, storage};
use crate::form::event::{Created, Effect, Moment};
use crate::form::restore::Kept;
use crate::form::state::State;
use crate::form::submit::Notice;
use crate::form::world::Answerer;

/// The second act of the platform.
#[derive(Clone, Copy)]
pub(crate) struct Later {
    pub(super) moment: fn() -> Moment,
    pub(super) write_less: fn(&Storage, &str, Kept, TodoType),
    pub(super) run: fn(&Session, Effect, &State, &Answerer),
    pub(super) tell: fn(&Session, &State, &str),
    pub(super) reserve_tab: fn(&Session, &str),
    pub(super) keep_tab: fn(&Session, &State),
    pub(super) watch: fn(&Place),
    pub(super) see: fn(page::Form, Rc<Place>),
    look_after: fn(),
    pub(super) submits: fn(&HostElement, &Todo, Option<&Key>, HostAnswers),
    pub(super) created: fn(&HostElement, &Created),
    pub(super) failed: fn(&HostElement, &Notice, &str, Option<&Key>),
}

impl Later {
    /// Where it is.
    pub(crate) const ACT: Self = Self {
        moment: clock::moment,
        write_less: storage::write_less,
        run: Session::run_later,
        tell: Session::tell_later,
        reserve_tab: Session::reserve_tab_later,
        keep_tab: Session::keep_tab,
        watch: page::watch_over,
        see: page::see,
        look_after: page::look_after,
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
    (later.look_after)();
}
