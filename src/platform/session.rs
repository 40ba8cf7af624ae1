//! One opening of the form: the world that it acts in.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bzctrl_contract::Numbers;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;

use super::advice::advice;
use super::assertion::Vouches;
use super::claim::{Claim, Held};
use super::tab::Tab;
use super::{Listener, clock, fetch, later, member, page, settings, storage, tell_developer, window};
use crate::config::{Config, Credentials, attribute};
use crate::form::event::{Effect, Event, HostAnswer, Moment, Phase, Target, Wait};
use crate::form::restore::{self, Kept};
use crate::form::state::State;
use crate::form::submit::{Notice, Reply};
use crate::form::world::{Answerer, Calendar, World};

/// How long nothing more is typed before it is kept, at the latest so long after it was typed.
const A_PAUSE_MS: u32 = 300;
const NOT_KEPT: &str = "the browser's session storage does not take what is typed: it is lost when the page is left";

/// A form's world.
pub(crate) struct Session {
    token_endpoint: String,
    credentials: Credentials,
    assertion_endpoint: Option<String>,
    /// The element and the values that it was opened with: the host's own function is among them.
    given: Option<(HtmlElement, JsValue)>,
    name: String,
    /// Under what its content is kept: another where a form of the same tab has that.
    kept_as: Rc<RefCell<String>>,
    listener: Box<dyn Listener>,
    form: RefCell<Option<Answerer>>,
    /// What came before the form was drawn.
    early: RefCell<Vec<Event>>,
    busy: Cell<bool>,
    open: Cell<bool>,
    /// It was told to close, and has neither done so nor asked.
    closing: Cell<bool>,
    forgotten: Cell<bool>,
    takes_focus: Cell<bool>,
    keeps: Cell<bool>,
    /// What listens as long as it is open, or sends.
    listens: RefCell<Option<Box<dyn Any>>>,
    tab: Tab,
    /// What the developer was told already.
    told: RefCell<Vec<String>>,
}

impl Session {
    pub(crate) fn new(config: &Config, given: Option<(HtmlElement, JsValue)>, listener: Box<dyn Listener>) -> Rc<Self> {
        let name = restore::name(config);
        Rc::new(Self {
            kept_as: Rc::new(RefCell::new(name.clone())),
            name,
            token_endpoint: config.token_endpoint.clone(),
            credentials: config.credentials,
            assertion_endpoint: config.assertion_endpoint.clone(),
            given,
            listener,
            form: RefCell::default(),
            early: RefCell::default(),
            busy: Cell::default(),
            open: Cell::new(true),
            closing: Cell::default(),
            forgotten: Cell::default(),
            takes_focus: Cell::new(true),
            keeps: Cell::new(true),
            listens: RefCell::default(),
            tab: Tab::default(),
            told: RefCell::default(),
        })
    }

    /// Sends the form an event from outside.
    pub(crate) fn send(&self, event: Event) {
        if matches!(event, Event::Close | Event::CloseNow) {
            self.closing.set(true);
        }
        let form = self.form.borrow().clone();
        match form {
            Some(form) => form(event),
            None => self.early.borrow_mut().push(event),
        }
    }

    /// Whether it takes the focus when it opens.
    pub(crate) fn takes_focus(&self, takes: bool) {
        self.takes_focus.set(takes);
    }

    /// What it is about: the same for two openings of which the page states the same.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the form is shown.
    pub(crate) fn is_open(&self) -> bool {
        self.open.get()
    }

    /// Whether it is shown, and about to close or to ask whether it may.
    pub(crate) fn is_closing(&self) -> bool {
        self.is_open() && self.closing.get()
    }

    /// Whether a submission is under way, shown or not.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.get()
    }

    /// Whether it can be shown, again: what a user has left behind on signing out is not for the next one.
    pub(crate) fn can_be_shown(&self) -> bool {
        self.is_open() || self.is_busy() && !self.forgotten.get()
    }

    /// Drops what was typed. What is on its way goes on, and leaves nothing but its key behind.
    pub(crate) fn forget(&self) {
        self.forgotten.set(true);
        drop(self.listens.take());
        if self.is_open() {
            self.send(Event::CloseNow);
        }
        if !self.is_busy() {
            self.send(Event::StartAnew);
        }
    }

    /// The form is not shown any more, and nobody was asked.
    pub(crate) fn leave(&self) {
        self.open.set(false);
    }

    /// The form is shown again.
    pub(crate) fn reopen(&self) {
        self.open.set(true);
        self.closing.set(false);
        self.send(Event::Reopened);
    }
}

impl World for Session {
    fn is_open(&self) -> bool {
        self.open.get()
    }

    fn moment(&self) -> Option<Moment> {
        later::get().map(|later| (later.moment)())
    }

    fn wall_clock(&self) -> f64 {
        js_sys::Date::now()
    }

    fn calendar(&self) -> Option<&'static Calendar> {
        later::get().map(|later| later.calendar)
    }

    fn takes_focus(&self) -> bool {
        self.takes_focus.get()
    }

    fn numbers(&self, language: &str) -> Option<Numbers> {
        later::get().map(|later| (later.numbers)(language))
    }

    fn kept(&self) -> Kept {
        let mut name = self.kept_as.borrow_mut();
        let found = storage::read(&name).or_else(|| {
            // What a second frame had.
            let second = [name.as_str(), "+"].concat();
            let found = storage::read(&second)?;
            *name = second;
            Some(found)
        });
        found.unwrap_or_default()
    }

    fn run(&self, effect: Effect, state: &State, answer: &Answerer) {
        *self.form.borrow_mut() = Some(answer.clone());
        self.busy.set(matches!(state.phase, Phase::Sending(_) | Phase::Waiting(_)));
        if state.is_closed() && !self.is_busy() {
            drop(self.listens.take());
        }
        if let Some(later) = later::get() {
            (later.keep_tab)(self, state);
        }
        self.early.take().into_iter().for_each(|event| answer(event));
        match effect {
            Effect::AnnounceOpen => self.listener.opened(),
            // What was forgotten has left its key behind. The next user's is kept under the same name.
            Effect::Keep if !self.forgotten.get() => {
                let whole = storage::write(&self.kept_as.borrow(), state.kept(), state.todo_type());
                if self.keeps.replace(whole) != whole {
                    answer(Event::Kept(whole));
                }
            }
            Effect::Forget if !self.forgotten.get() => storage::remove(&self.kept_as.borrow()),
            Effect::KeepSoon if later::get().is_none() => answer(Event::KeepNow),
            Effect::Close(reason) => {
                self.open.set(false);
                self.listener.closed(reason, state.key());
                if let Some(later) = later::get() {
                    (later.go_on)();
                }
            }
            effect => {
                if let Some(later) = later::get() {
                    (later.run)(self, effect, state, answer);
                }
            }
        }
    }

    fn tell_developer(&self, line: &str) {
        tell_developer(line);
    }

    fn reserve_tab(&self, words: &str) {
        if let Some(later) = later::get() {
            (later.reserve_tab)(self, words);
        }
    }

    fn tell(&self, state: &State, title: &str) {
        if let Some(later) = later::get() {
            (later.tell_failure)(self, state, title);
        }
    }
}

impl Session {
    pub(super) fn run_later(&self, effect: Effect, state: &State, answer: &Answerer) {
        let answer = answer.clone();
        match effect {
            Effect::FetchToken => {
                if self.listens.borrow().is_none() {
                    let listens = (Leaving::watch(answer.clone()), self.claims(answer.clone()));
                    *self.listens.borrow_mut() = Some(Box::new(listens));
                }
                let (endpoint, credentials) = (fetch::of_page(&self.token_endpoint), self.credentials);
                let function = self.given.as_ref().and_then(|(element, values)| settings::assertion(element, values));
                let vouches = Vouches { function, endpoint: self.assertion_endpoint.as_deref().map(fetch::of_page) };
                spawn_local(async move {
                    // An assertion is good for one token: a fresh one each time.
                    let came = match vouches.assertion(credentials).await {
                        Ok(assertion) => fetch::token(&endpoint, credentials, assertion).await,
                        Err(notice) => Err(notice.into()),
                    };
                    answer(Event::TokenCame(came, clock::now()));
                });
            }
            Effect::AskHost => {
                let said = Box::new(move |said| answer(Event::HostSaid(said, clock::now())));
                match state.request() {
                    Some(request) => self.listener.submits(&request.todo, state.key(), said),
                    None => said(HostAnswer::Agrees),
                }
            }
            Effect::SendTask => {
                let (endpoint, credentials) = (fetch::of_page(&self.token_endpoint), self.credentials);
                let request = state.request();
                spawn_local(async move {
                    let reply = match request {
                        Some(request) => fetch::task(&request, &endpoint, credentials).await,
                        None => Reply::Unsent,
                    };
                    answer(Event::TaskCame(reply, clock::now()));
                });
            }
            Effect::FetchKnown => {
                let (endpoint, credentials) = (fetch::of_page(&self.token_endpoint), self.credentials);
                let (query, config) = (state.known_query(), state.config.clone());
                spawn_local(async move {
                    let known = match query {
                        Some(query) => fetch::known(&query, &endpoint, credentials, config.tag()).await,
                        None => None,
                    };
                    // A list that cannot be had says nothing: nobody waits for it.
                    if let Some(known) = known {
                        answer(Event::KnownCame(known));
                    }
                });
            }
            Effect::Wait { ms, number } => spawn_local(async move {
                let (mut left, was_online) = (ms, fetch::is_online());
                // It counts down, and is over at once when the network is back.
                while left > 0 && (was_online || !fetch::is_online()) {
                    answer(Event::WaitGoesOn(Wait { number, seconds: left.div_ceil(1000) }));
                    let (pause, began) = (left.min(1000), clock::now());
                    clock::sleep(pause).await;
                    left = left.saturating_sub(pause.max((clock::now() - began) as u32));
                }
                answer(Event::WaitOver(number, clock::now()));
            }),
            Effect::OpenTab => {
                if let Phase::Created(created) = &state.phase
                    && let Some(link) = &created.link
                {
                    self.tab.open(link.clone(), Box::new(move |opened| answer(Event::TabOpened(opened))));
                }
            }
            Effect::AnnounceCreated => {
                if let Phase::Created(created) = &state.phase {
                    if created.link.is_none() {
                        tell_developer(
                            "the answer has no usable taskLink: the todo was created, and nobody is led to it",
                        );
                    }
                    self.listener.created(created);
                }
            }
            Effect::TellMissing(field) => {
                let no_todo = " is missing, and the token answer has no default for it; no todo can be sent";
                tell_developer(&[&attribute(field), no_todo].concat());
            }
            Effect::KeepSoon => spawn_local(async move {
                clock::sleep(A_PAUSE_MS).await;
                answer(Event::KeepNow);
            }),
            Effect::Forget => storage::remove_key(&self.kept_as.borrow(), state.key()),
            Effect::TellNotKept => tell_developer(NOT_KEPT),
            // These are done without waiting for the second act.
            Effect::AnnounceOpen | Effect::Keep | Effect::Close(_) => {}
            Effect::Focus(Target::Question) => {
                self.closing.set(false);
                page::go_on();
            }
            // The form itself moves the focus, and has the words for a problem and for a tab that waits.
            Effect::Focus(_) | Effect::AnnounceProblem | Effect::ReserveTab => {}
        }
    }

    fn claims(&self, answer: Answerer) -> Option<Claim> {
        let name = self.kept_as.clone();
        Claim::new(self.kept_as.clone(), move |held| match held {
            Held::Elsewhere => {
                answer(Event::IsCopy);
                false
            }
            Held::Here => {
                let others = [name.borrow().as_str(), "+"].concat();
                let kept = storage::text(&others).unwrap_or_default();
                *name.borrow_mut() = others;
                answer(Event::IsAnothers(kept));
                true
            }
        })
    }

    pub(super) fn reserve_tab_later(&self, words: &str) {
        self.tab.reserve(words);
    }

    /// A tab that was reserved is there as long as something may open in it.
    pub(super) fn keep_tab(&self, state: &State) {
        let kept = match &state.phase {
            Phase::Created(created) => created.link.is_some() && !state.is_closed(),
            Phase::Sending(_) => !state.is_closed(),
            _ => false,
        };
        if !kept {
            self.tab.give_up();
        }
    }

    pub(super) fn tell_later(&self, state: &State, title: &str) {
        if let Some(notice) = &state.notice {
            self.tell_once(notice);
            self.listener.failed(notice, title, state.key());
        }
    }

    /// A failure that comes again, as one does that is tried again, is the same line.
    fn tell_once(&self, notice: &Notice) {
        let origin = window().and_then(|window| member(&window, "origin").as_string()).unwrap_or_default();
        let Some(line) = advice(notice, &origin) else { return };
        if !self.told.borrow().contains(&line) {
            self.told.borrow_mut().push(line.clone());
            tell_developer(&line);
        }
    }
}

/// Has what was typed kept while there is time: the page may be gone in a moment.
struct Leaving(Closure<dyn Fn()>);

const LEAVING: [&str; 2] = ["pagehide", "visibilitychange"];

impl Leaving {
    fn watch(form: Answerer) -> Self {
        let keeps = Closure::<dyn Fn()>::new(move || form(Event::KeepNow));
        if let Some(window) = window() {
            for kind in LEAVING {
                drop(window.add_event_listener_with_callback(kind, keeps.as_ref().unchecked_ref()));
            }
        }
        Self(keeps)
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        if let Some(window) = window() {
            for kind in LEAVING {
                drop(window.remove_event_listener_with_callback(kind, self.0.as_ref().unchecked_ref()));
            }
        }
    }
}
