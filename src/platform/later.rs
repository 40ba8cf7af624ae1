//! What the platform does once the form stands.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bzctrl_contract::{Key, Numbers, Todo, TodoType};
use web_sys::{HtmlElement, Storage};

use super::host_element::HostElement;
use super::mount::{self, Place};
use super::{HostAnswers, Session, clock, locale, page, storage, tell_developer};
use crate::config::{Config, Mistake};
use crate::form::event::{Created, Effect, Moment};
use crate::form::restore::Kept;
use crate::form::state::State;
use crate::form::submit::Notice;
use crate::form::world::{Answerer, Calendar};

/// The second act of the platform.
#[derive(Clone, Copy)]
pub(crate) struct Later {
    pub(super) moment: fn() -> Moment,
    pub(super) calendar: &'static Calendar,
    pub(super) numbers: fn(&str) -> Numbers,
    pub(super) stamp: fn(String, &Kept) -> String,
    pub(super) write_less: fn(&Storage, &str, Kept, TodoType),
    pub(super) run: fn(&Session, Effect, &State, &Answerer),
    pub(super) tell_failure: fn(&Session, &State, &str),
    pub(super) reserve_tab: fn(&Session, &str),
    pub(super) keep_tab: fn(&Session, &State),
    pub(super) watch: fn(&Place),
    pub(super) see: fn(page::Form, Rc<Place>),
    pub(super) waits: fn(&page::Form) -> bool,
    pub(super) go_on: fn(),
    pub(super) end_openings: fn(Option<&HtmlElement>),
    wear_more: fn(),
    look_after: fn(),
    tell_mistakes: fn(Vec<Mistake>, Option<Rc<Config>>),
    pub(super) submits: fn(&HostElement, &Todo, Option<&Key>, HostAnswers),
    pub(super) created: fn(&HostElement, &Created),
    pub(super) failed: fn(&HostElement, &Notice, &str, Option<&Key>),
}

impl Later {
    /// Where it is.
    pub(crate) const ACT: Self = Self {
        moment: clock::moment,
        calendar: &Calendar { time: locale::seconds, day: locale::day, next_days: clock::next_days },
        numbers: locale::numbers,
        stamp: storage::stamp,
        write_less: storage::write_less,
        run: Session::run_later,
        tell_failure: Session::tell_later,
        reserve_tab: Session::reserve_tab_later,
        keep_tab: Session::keep_tab,
        watch: page::watch_over,
        see: page::see,
        waits: page::waits,
        go_on: page::go_on,
        end_openings: page::end_openings,
        wear_more: mount::wear_more,
        look_after: page::look_after,
        tell_mistakes,
        submits: HostElement::submits,
        created: HostElement::created,
        failed: HostElement::failed,
    };
}

/// What a page says wrongly, and its settings where they are to be looked at once more.
type Untold = (Vec<Mistake>, Option<Rc<Config>>);

thread_local! {
    static LATER: Cell<Option<&'static Later>> = const { Cell::new(None) };
    static UNTOLD: RefCell<Vec<Untold>> = const { RefCell::new(Vec::new()) };
}

/// The second act, once it is here.
pub(super) fn get() -> Option<&'static Later> {
    LATER.get()
}

/// Tells the developer what the page says wrongly: now, or when the sentences for it are here.
pub(super) fn tell(mistakes: Vec<Mistake>, config: Option<Rc<Config>>) {
    match get() {
        Some(later) => (later.tell_mistakes)(mistakes, config),
        None => UNTOLD.with_borrow_mut(|untold| untold.push((mistakes, config))),
    }
}

fn tell_mistakes(mut mistakes: Vec<Mistake>, config: Option<Rc<Config>>) {
    mistakes.extend(config.iter().flat_map(|config| config.mistakes()));
    mistakes.iter().filter_map(Mistake::line).for_each(|line| tell_developer(&line));
}

/// It has come.
pub(crate) fn take(later: &'static Later) {
    // Where both acts are one module, it comes with each place that is made.
    if LATER.replace(Some(later)).is_none() {
        UNTOLD.take().into_iter().for_each(|(mistakes, config)| (later.tell_mistakes)(mistakes, config));
        (later.wear_more)();
        (later.look_after)();
    }
}
