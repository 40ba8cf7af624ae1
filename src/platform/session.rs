//! One opening of the form: the world that it acts in.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bzctrl_contract::Numbers;
use wasm_bindgen_futures::spawn_local;

use super::advice::advice;
use super::tab::Tab;
use super::{Listener, clock, fetch, later, locale, member, storage, tell_developer, window};
use crate::config::{Config, Credentials, attribute};
use crate::form::event::{Effect, Event, HostAnswer, Moment, Phase};
use crate::form::restore::{self, Kept};
use crate::form::state::State;
use crate::form::submit::{Notice, Reply};
use crate::form::world::{Answerer, World};

/// A form's world.
pub(crate) struct Session {
    token_endpoint: Rc<str>,
    credentials: Credentials,
    name: String,
    listener: Box<dyn Listener>,
    form: RefCell<Option<Answerer>>,
    /// What came before the form was drawn.
    early: RefCell<Vec<Event>>,
    busy: Cell<bool>,
    open: Cell<bool>,
    forgotten: Cell<bool>,
    takes_focus: Cell<bool>,
    tab: Tab,
    /// What the developer was told already.
    told: RefCell<Vec<String>>,
}

impl Session {
    pub(crate) fn new(config: &Config, listener: Box<dyn Listener>) -> Rc<Self> {
        let base = window().and_then(|window| member(&member(&window, "document"), "baseURI").as_string());
        let token_endpoint = fetch::absolute(&config.token_endpoint, &base.unwrap_or_default());
        Rc::new(Self {
            name: restore::name(config),
            token_endpoint: token_endpoint.unwrap_or_else(|| config.token_endpoint.clone()).into(),
            credentials: config.credentials,
            listener,
            form: RefCell::default(),
            early: RefCell::default(),
            busy: Cell::default(),
            open: Cell::new(true),
            forgotten: Cell::default(),
            takes_focus: Cell::new(true),
            tab: Tab::default(),
            told: RefCell::default(),
        })
    }

    /// Sends the form an event from outside.
    pub(crate) fn send(&self, event: Event) {
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

    /// Under what its content is kept: the same for two openings of which the page states the same.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the form is shown.
    pub(crate) fn is_open(&self) -> bool {
        self.open.get()
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
        self.send(Event::Reopened);
    }
}

impl World for Session {
    fn moment(&self) -> Moment {
        Moment { now: clock::now(), today: clock::today(), random: clock::random() }
    }

    fn takes_focus(&self) -> bool {
        self.takes_focus.get()
    }

    fn numbers(&self) -> Numbers {
        locale::numbers()
    }

    fn kept(&self) -> Kept {
        storage::read(&self.name).unwrap_or_default()
    }

    fn run(&self, effect: Effect, state: &State, answer: &Answerer) {
        *self.form.borrow_mut() = Some(answer.clone());
        self.busy.set(matches!(state.phase, Phase::Sending(_) | Phase::Waiting(_)));
        if let Some(later) = later::get() {
            (later.keep_tab)(self, state);
        }
        self.early.take().into_iter().for_each(|event| answer(event));
        match effect {
            Effect::AnnounceOpen => self.listener.opened(),
            Effect::Keep => {
                let kept = state.kept();
                let kept = if self.forgotten.get() { kept.forget().unwrap_or_default() } else { kept };
                storage::write(&self.name, &kept);
            }
            Effect::Forget => storage::remove(&self.name),
            Effect::Close(reason) => {
                self.open.set(false);
                self.listener.closed(reason, state.key());
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
                let (endpoint, credentials) = (self.token_endpoint.clone(), self.credentials);
                spawn_local(async move {
                    let came = fetch::token(&endpoint, credentials).await;
                    answer(Event::TokenCame(came, clock::now()));
                });
            }
            Effect::AskHost => {
                let said = Box::new(move |said| answer(Event::HostSaid(said)));
                match state.request() {
                    Some(request) => self.listener.submits(&request.todo, state.key(), said),
                    None => said(HostAnswer::Agrees),
                }
            }
            Effect::SendTask => {
                let (endpoint, credentials) = (self.token_endpoint.clone(), self.credentials);
                let request = state.request();
                spawn_local(async move {
                    let reply = match request {
                        Some(request) => fetch::task(&request, &endpoint, credentials).await,
                        None => Reply::Unsent,
                    };
                    answer(Event::TaskCame(reply, clock::now()));
                });
            }
            Effect::Wait { ms, number } => spawn_local(async move {
                clock::sleep(ms).await;
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
                    self.listener.created(created);
                }
            }
            Effect::TellMissing(field) => {
                let no_todo = " is missing, and the token answer has no default for it; no todo can be sent";
                tell_developer(&[&attribute(field), no_todo].concat());
            }
            // These are done without waiting for the second act.
            Effect::AnnounceOpen | Effect::Keep | Effect::Forget | Effect::Close(_) => {}
            // The form itself moves the focus, and has the words for a problem and for a tab that waits.
            Effect::Focus(_) | Effect::AnnounceProblem | Effect::ReserveTab => {}
        }
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
