//! The form as one value, one event enum and one pure `reduce`. What is to be done in the world comes back as effects;
//! the platform does them and answers with events.

use std::rc::Rc;

use bzctrl_contract::{
    Code, CreatedTodo, Date, Draft, Fault, Field, FieldError, FieldSet, FilledBy, Key, Mode, Numbers, TaskLink, Todo,
    TodoType, TokenAnswer, validate,
};

use super::restore::Kept;
use super::submit::{self, Attempt, Next, Reply, Ways, What};
use crate::config::{Config, OpenLink};

/// Where the form stands.
#[derive(Debug)]
pub(crate) enum Phase {
    /// The user types. A notice says why the last Submit did not make it.
    Editing,
    /// A submission is under way.
    Sending(Step),
    /// It asks again by itself, under the same key; the notice says why.
    Waiting(u32),
    /// The todo may exist. Read-only until the user says what to do.
    Doubt(Ways),
    /// The todo exists.
    Created(Box<Created>),
}

/// The steps of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A token is fetched.
    Token,
    /// The host is asked.
    Host,
    /// The todo is sent.
    Task,
}

/// What was made.
#[derive(Debug)]
pub(crate) struct Created {
    /// BzCtrl's answer.
    pub(crate) todo: CreatedTodo,
    /// What was sent is an incident or a task.
    pub(crate) todo_type: TodoType,
    /// Its title as it was sent.
    pub(crate) title: String,
    /// The link, if it may be opened.
    pub(crate) link: Option<TaskLink>,
    /// It had been made by an earlier request of this key.
    pub(crate) replayed: bool,
    /// The key under which it was made, in sealed mode.
    pub(crate) key: Option<Key>,
    /// Whether its tab has opened. `None` while that is not known, or not tried.
    pub(crate) opened: Option<bool>,
}

/// The world at the moment of a press.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moment {
    /// In ms.
    pub(crate) now: f64,
    /// The user's own day.
    pub(crate) today: Date,
    /// For a key.
    pub(crate) random: [u8; 16],
}

/// Why the form closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A todo was made.
    Created,
    /// Nothing was made.
    Cancelled,
    /// Nobody can know.
    Unknown,
}

/// What happens to the form.
#[derive(Debug)]
pub(crate) enum Event {
    /// It is shown.
    Opened,
    /// It is shown again, after it was closed over a submission under way.
    Reopened,
    /// The user changed a field.
    Typed(Field, String),
    /// The user left a field; `true` if the browser holds a text there that is no value yet, such as half a date.
    Left(Field, bool),
    /// The user follows the summary to a field.
    GoTo(Field),
    /// The user pressed Submit, or Try now.
    Submit(Moment),
    /// The host let the todo pass, or refused with a message.
    HostSaid(Option<String>),
    /// The token endpoint answered, at a time in ms.
    TokenCame(Result<Box<TokenAnswer>, What>, f64),
    /// The task endpoint answered, or did not.
    TaskCame(Reply, f64),
    /// A wait is over.
    WaitOver(u32, f64),
    /// The tab has opened, or was blocked.
    TabOpened(bool),
    /// "Send again", of an unknown outcome.
    SendAgain(Moment),
    /// "I have seen it, leave it".
    Leave,
    /// "Start anew", of a restored draft; "Report another", of a created todo.
    StartAnew,
    /// Close, Cancel, Escape, or a press beside the dialog.
    Close,
    /// "Keep editing", in answer to the question.
    Stay,
    /// "Close", in answer to the question; or the browser has closed the dialog.
    CloseNow,
}

/// Where the focus goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The first field.
    First,
    /// One field.
    Field(Field),
    /// The summary of errors, or the notice.
    Notice,
    /// The created todo.
    Created,
    /// The question whether to close.
    Question,
}

/// What is to be done in the world. The state says with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The host is told that the form is shown.
    AnnounceOpen,
    /// Fetch a token. Answered by [`Event::TokenCame`].
    FetchToken,
    /// Ask the host about [`State::request`]. Answered by [`Event::HostSaid`], at once.
    AskHost,
    /// Send [`State::request`]. Answered by [`Event::TaskCame`].
    SendTask,
    /// Wait for so many ms. Answered by [`Event::WaitOver`] with the same number.
    Wait { ms: u32, number: u32 },
    /// Keep [`State::kept`] for a reload.
    Keep,
    /// Drop what was kept.
    Forget,
    /// Open the created todo's link. Answered by [`Event::TabOpened`].
    OpenTab,
    /// Tell the host that the todo exists.
    AnnounceCreated,
    /// Tell the host of the notice that the user sees.
    AnnounceProblem,
    /// Move the focus.
    Focus(Target),
    /// Close the form.
    Close(Reason),
}

/// What goes to the task endpoint.
#[derive(Debug)]
pub(crate) struct Request {
    /// Absolute, or relative to the token endpoint.
    pub(crate) endpoint: String,
    /// How.
    pub(crate) mode: Mode,
    /// The access token.
    pub(crate) token: String,
    /// What.
    pub(crate) todo: Todo,
    /// Its key, in sealed mode.
    pub(crate) key: Option<Key>,
    /// The key that the user knowingly replaces.
    pub(crate) replaces: Option<Key>,
}

#[derive(Debug)]
struct Token {
    answer: Box<TokenAnswer>,
    stale_at: f64,
}

/// The form.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) config: Rc<Config>,
    pub(crate) numbers: Numbers,
    pub(crate) draft: Draft,
    pub(crate) phase: Phase,
    pub(crate) errors: Vec<FieldError>,
    /// The errors were told by a Submit: a summary stands on top.
    pub(crate) summary: bool,
    pub(crate) notice: Option<What>,
    /// What was typed came back from the tab's storage.
    pub(crate) restored: bool,
    /// The question whether to close stands.
    pub(crate) closing: bool,
    touched: FieldSet,
    half_typed: FieldSet,
    token: Option<Token>,
    token_asked: bool,
    host_agreed: bool,
    key: Option<Key>,
    replaces: Option<Key>,
    /// The mode in which something undecided was sent.
    sent_mode: Option<Mode>,
    attempt: Attempt,
    random: [u8; 16],
    waits: u32,
    closed: bool,
}

impl State {
    /// A form as it opens: with the host's values, and with what was kept over a reload.
    pub(crate) fn new(config: Rc<Config>, numbers: Numbers, kept: Kept) -> Self {
        let mut draft = config.given.clone();
        let touched = kept.restore(&mut draft, config.locked, config.omitted);
        let (phase, notice) = match (kept.undecided, kept.mode) {
            (false, _) => (Phase::Editing, None),
            // Of what was forgotten the key alone is left: there is nothing to send.
            (true, _) if kept.typed.is_empty() => (Phase::Doubt(Ways::Leave), Some(What::Interrupted)),
            (true, Some(Mode::Sealed)) => (Phase::Doubt(Ways::AskAgain), Some(What::Interrupted)),
            (true, _) => (Phase::Doubt(Ways::SendAgain), Some(What::Unknown)),
        };
        Self {
            numbers,
            phase,
            errors: Vec::new(),
            summary: false,
            notice,
            restored: !touched.is_empty(),
            closing: false,
            touched,
            half_typed: FieldSet::default(),
            token: None,
            token_asked: false,
            host_agreed: false,
            key: kept.key(),
            replaces: kept.replaces.as_deref().and_then(|key| Key::parse(key).ok()),
            sent_mode: kept.mode,
            attempt: Attempt { undecided: kept.undecided, ..Attempt::default() },
            random: [0; 16],
            waits: 0,
            closed: false,
            draft,
            config,
        }
    }

    /// The chosen type.
    pub(crate) fn todo_type(&self) -> TodoType {
        self.draft.todo_type()
    }

    /// Whether the form shows a field for the user to fill.
    pub(crate) fn shows(&self, field: Field) -> bool {
        field.asked_of_user(self.todo_type())
            && !self.config.omitted.has(field)
            // A locked type is said by the heading.
            && !(field == Field::TodoType && self.config.locked.has(field))
    }

    /// Whether fields can be changed now.
    pub(crate) fn editable(&self) -> bool {
        matches!(self.phase, Phase::Editing)
    }

    /// Whether a todo may exist that nobody has told of.
    pub(crate) fn undecided(&self) -> bool {
        self.attempt.undecided
    }

    /// What is wrong with a field, as far as it is to be shown.
    pub(crate) fn fault(&self, field: Field) -> Option<Fault> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.fault)
    }

    /// The environment to show: any but production.
    pub(crate) fn environment(&self) -> Option<&str> {
        let told = self.token.as_ref().and_then(|token| token.answer.environment.as_deref());
        told.or(self.config.environment.map(|environment| environment.name())).filter(|name| *name != "prod")
    }

    /// Where BzCtrl's own pages are, if the relay said.
    pub(crate) fn app_url(&self) -> Option<TaskLink> {
        self.token.as_ref().and_then(|token| token.answer.app_url.as_deref()).and_then(TaskLink::parse)
    }

    /// The one way in which the form changes.
    pub(crate) fn reduce(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Opened => {
                self.token_asked = true;
                let target = if self.notice.is_some() { Target::Notice } else { Target::First };
                vec![Effect::AnnounceOpen, Effect::FetchToken, Effect::Focus(target)]
            }
            Event::Reopened => {
                self.closed = false;
                vec![Effect::AnnounceOpen, Effect::Focus(Target::Notice)]
            }
            Event::Typed(field, text) if self.can_change(field) => self.type_into(field, text),
            Event::Left(field, half) if self.can_change(field) => {
                if half {
                    self.half_typed.insert(field);
                } else {
                    self.half_typed.remove(field);
                }
                self.check_left(field);
                Vec::new()
            }
            Event::GoTo(field) => vec![Effect::Focus(Target::Field(field))],
            Event::Submit(moment) => self.submit(moment),
            Event::SendAgain(moment) if matches!(self.phase, Phase::Doubt(Ways::SendAgain)) => {
                let reused = matches!(self.notice, Some(What::Outcome { code: Code::KeyReused, .. }));
                self.replaces = self.key.take().filter(|_| !reused);
                self.attempt = Attempt::default();
                self.press(moment)
            }
            Event::HostSaid(said) if matches!(self.phase, Phase::Sending(Step::Host)) => match said {
                Some(message) => self.halt(Phase::Editing, What::HostRefused(message)),
                None => {
                    self.host_agreed = true;
                    self.send()
                }
            },
            Event::TokenCame(answer, now) => self.token_came(answer, now),
            Event::TaskCame(reply, now) if matches!(self.phase, Phase::Sending(Step::Task)) => {
                self.task_came(reply, now)
            }
            Event::WaitOver(number, now) if matches!(self.phase, Phase::Waiting(waited) if waited == number) => {
                self.ask(now)
            }
            Event::TabOpened(opened) => {
                if let Phase::Created(created) = &mut self.phase {
                    created.opened = Some(opened);
                }
                Vec::new()
            }
            Event::Leave if matches!(self.phase, Phase::Doubt(_)) => {
                self.closed = true;
                vec![Effect::Forget, Effect::Close(Reason::Unknown)]
            }
            Event::StartAnew if matches!(self.phase, Phase::Editing | Phase::Created(_)) => {
                let token = self.token.take();
                *self = Self::new(self.config.clone(), self.numbers, Kept::default());
                self.token = token;
                self.take_defaults();
                vec![Effect::Forget, Effect::Focus(Target::First)]
            }
            Event::Close => self.close(),
            Event::Stay => {
                self.closing = false;
                vec![Effect::Focus(Target::First)]
            }
            Event::CloseNow => self.close_now(),
            _ => Vec::new(),
        }
    }

    fn can_change(&self, field: Field) -> bool {
        self.editable() && field.spec().filled_by == FilledBy::User && !self.config.locked.has(field)
    }

    fn type_into(&mut self, field: Field, text: String) -> Vec<Effect> {
        self.draft.set(field, text);
        self.touched.insert(field);
        self.half_typed.remove(field);
        if field == Field::TodoType {
            let todo_type = self.todo_type();
            self.errors.retain(|error| error.field.asked_of_user(todo_type));
            self.summary &= !self.errors.is_empty();
        }
        vec![Effect::Keep]
    }

    /// Leaving a field checks that field alone, and says nothing of one that was never touched.
    fn check_left(&mut self, field: Field) {
        if !self.touched.has(field) && !self.half_typed.has(field) && !self.summary {
            return;
        }
        // In the order of the table: what was shown, but for this field what is found now.
        let found = self.check();
        let shown = std::mem::take(&mut self.errors);
        let now = |at: Field| if at == field { &found } else { &shown };
        self.errors = Field::all().filter_map(|at| now(at).iter().find(|error| error.field == at).copied()).collect();
        self.summary &= !self.errors.is_empty();
    }

    /// What is wrong with what the user fills.
    fn check(&self) -> Vec<FieldError> {
        let found = validate(&self.draft, self.numbers).err().unwrap_or_default();
        let fault = |field: Field| {
            let half = self.half_typed.has(field) && self.shows(field);
            let found = found.iter().find(|error| error.field == field).map(|error| error.fault);
            if half { Some(Fault::NotADate) } else { found }
        };
        Field::all()
            .filter(|field| field.spec().filled_by == FilledBy::User)
            .filter_map(|field| Some(FieldError { field, fault: fault(field)? }))
            .collect()
    }

    fn submit(&mut self, moment: Moment) -> Vec<Effect> {
        match self.phase {
            Phase::Editing => {
                let mut errors = self.check();
                // The user's own day is asked at the first Submit alone: a retry after midnight is no new todo.
                let reminder = Date::parse(self.draft.text(Field::ReminderDate));
                let past = reminder.is_some_and(|reminder| reminder < moment.today);
                if past && self.key.is_none() && self.shows(Field::ReminderDate) {
                    errors.push(FieldError { field: Field::ReminderDate, fault: Fault::PastDate });
                }
                if !errors.is_empty() {
                    self.errors = errors;
                    self.summary = true;
                    self.notice = None;
                    return vec![Effect::Focus(Target::Notice)];
                }
                self.host_agreed = false;
                self.press(moment)
            }
            // The user asks again what could not be settled; the same key cannot double.
            Phase::Waiting(_) | Phase::Doubt(Ways::AskAgain) => self.press(moment),
            // A second press of the same Submit.
            Phase::Sending(_) | Phase::Doubt(_) | Phase::Created(_) => Vec::new(),
        }
    }

    fn press(&mut self, moment: Moment) -> Vec<Effect> {
        self.errors.clear();
        self.summary = false;
        self.random = moment.random;
        self.attempt = Attempt { undecided: self.attempt.undecided, pressed_at: moment.now, ..Attempt::default() };
        self.ask(moment.now)
    }

    /// One request, with a token that is still good.
    fn ask(&mut self, now: f64) -> Vec<Effect> {
        if self.token.as_ref().is_some_and(|token| now < token.stale_at) {
            return self.prepare();
        }
        self.token = None;
        self.phase = Phase::Sending(Step::Token);
        self.fetch_token()
    }

    /// One fetch at a time.
    fn fetch_token(&mut self) -> Vec<Effect> {
        if std::mem::replace(&mut self.token_asked, true) { Vec::new() } else { vec![Effect::FetchToken] }
    }

    fn token_came(&mut self, answer: Result<Box<TokenAnswer>, What>, now: f64) -> Vec<Effect> {
        self.token_asked = false;
        let waited_for = matches!(self.phase, Phase::Sending(Step::Token));
        match answer {
            Ok(answer) => {
                // Renewed before it ends: after four fifths of its life.
                let stale_at = now + f64::from(answer.expires_in) * 800.0;
                self.token = Some(Token { answer, stale_at });
                self.take_defaults();
                if waited_for { self.prepare() } else { Vec::new() }
            }
            Err(notice) if waited_for => self.stop(notice),
            // Asked when the form opened. The press will ask again, and tell.
            Err(_) => Vec::new(),
        }
    }

    /// The tenant's defaults fill what the page left out and the user has not touched.
    fn take_defaults(&mut self) {
        let Some(token) = &self.token else { return };
        for (name, text) in token.answer.defaults.texts() {
            if let Some(field) = Field::by_wire(name)
                && self.config.given.is_empty(field)
                && !self.touched.has(field)
                && !self.config.omitted.has(field)
                && (self.editable() || field.spec().filled_by == FilledBy::Host)
            {
                self.draft.set(field, text);
            }
        }
    }

    /// Everything that a request needs, or what is lacking. Then the host is asked, once a press of Submit.
    fn prepare(&mut self) -> Vec<Effect> {
        let Some(token) = &self.token else { return Vec::new() };
        let answer = &token.answer;
        let told = answer.environment.as_deref();
        if self.config.environment.is_some_and(|meant| told.is_some_and(|told| told != meant.name())) {
            return self.stop(What::WrongEnvironment);
        }
        // What a relay was asked to send is not sent past it.
        if self.attempt.undecided && self.sent_mode != Some(answer.mode) {
            return self.stop(What::TokenUnusable);
        }
        if answer.mode == Mode::Sealed && self.key.is_none() {
            let Some(key) = answer.key_epoch.as_deref().and_then(|epoch| Key::new(epoch, self.random).ok()) else {
                return self.stop(What::TokenUnusable);
            };
            self.key = Some(key);
        }
        if let Err(errors) = validate(&self.draft, self.numbers) {
            // The form has checked what the user fills: what is wrong now is the page's.
            let lacking = errors.iter().find(|error| error.field.spec().filled_by == FilledBy::Host);
            let notice = lacking.map(|error| What::PageLacks(error.field));
            return self.stop(notice.unwrap_or(What::Told(Code::InvalidTask)));
        }
        if self.host_agreed || self.attempt.undecided || self.replaces.is_some() {
            return self.send();
        }
        self.phase = Phase::Sending(Step::Host);
        vec![Effect::AskHost]
    }

    fn send(&mut self) -> Vec<Effect> {
        let Some(Request { mode, .. }) = self.request() else { return self.stop(What::NoTaskEndpoint) };
        self.sent_mode = Some(mode);
        self.phase = Phase::Sending(Step::Task);
        self.attempt.tries += 1;
        // The key is stored before anything is sent.
        vec![Effect::Keep, Effect::SendTask]
    }

    /// What goes to the task endpoint, once there is a token. `None` where nobody said which endpoint that is.
    pub(crate) fn request(&self) -> Option<Request> {
        let answer = &self.token.as_ref()?.answer;
        let sealed = answer.mode == Mode::Sealed;
        let endpoint = match (&answer.task_endpoint, &self.config.task_endpoint) {
            (Some(told), _) => told.clone(),
            (None, _) if sealed => "/v1/tasks".to_owned(),
            (None, Some(stated)) => stated.clone(),
            (None, None) => self.config.environment?.task_endpoint().to_owned(),
        };
        Some(Request {
            endpoint,
            mode: answer.mode,
            token: answer.access_token.clone(),
            todo: validate(&self.draft, self.numbers).ok()?,
            key: self.key.clone().filter(|_| sealed),
            replaces: self.replaces.clone().filter(|_| sealed),
        })
    }

    fn task_came(&mut self, reply: Reply, now: f64) -> Vec<Effect> {
        let verdict = submit::verdict(self.sent_mode.unwrap_or_default(), reply);
        match submit::next(verdict, &self.attempt, now) {
            Next::Created { todo, replayed } => self.created(todo, replayed),
            Next::RenewToken => {
                self.attempt.renewed = true;
                self.token = None;
                self.phase = Phase::Sending(Step::Token);
                self.fetch_token()
            }
            Next::AskAgain { after_ms, undecided, notice } => {
                self.attempt.undecided = undecided;
                self.waits += 1;
                self.phase = Phase::Waiting(self.waits);
                let mut effects = vec![Effect::Keep, Effect::Wait { ms: after_ms, number: self.waits }];
                self.tell(notice, &mut effects);
                effects
            }
            Next::Edit { notice, errors, new_key } => {
                if new_key {
                    (self.key, self.replaces) = (None, None);
                }
                self.summary = !errors.is_empty();
                self.errors = errors;
                self.halt(Phase::Editing, notice)
            }
            Next::Doubt { notice, ways } => self.halt(Phase::Doubt(ways), notice),
        }
    }

    fn created(&mut self, todo: CreatedTodo, replayed: bool) -> Vec<Effect> {
        let link = todo.link();
        let opens = link.is_some() && self.config.open_link == OpenLink::Auto && !self.closed;
        self.phase = Phase::Created(Box::new(Created {
            todo_type: self.todo_type(),
            title: self.draft.text(Field::Title).trim().to_owned(),
            link,
            todo,
            replayed,
            key: self.key.take(),
            opened: None,
        }));
        self.notice = None;
        self.closing = false;
        self.replaces = None;
        self.attempt = Attempt::default();
        let mut effects = vec![Effect::Forget, Effect::AnnounceCreated];
        if opens {
            effects.push(Effect::OpenTab);
        }
        effects.push(Effect::Focus(Target::Created));
        effects
    }

    /// Nothing was sent this time.
    fn stop(&mut self, notice: What) -> Vec<Effect> {
        let phase = if self.attempt.undecided { Phase::Doubt(Ways::AskAgain) } else { Phase::Editing };
        self.halt(phase, notice)
    }

    /// The submission has come to a halt: the user is told, and has to press.
    fn halt(&mut self, phase: Phase, notice: What) -> Vec<Effect> {
        self.attempt.undecided = matches!(phase, Phase::Doubt(_));
        self.phase = phase;
        let mut effects = vec![Effect::Keep, Effect::Focus(Target::Notice)];
        self.tell(notice, &mut effects);
        effects
    }

    /// Says something to the user and, if it is new, to the host.
    fn tell(&mut self, notice: What, effects: &mut Vec<Effect>) {
        let news = self.notice.as_ref().is_none_or(|last| last.code() != notice.code());
        self.notice = Some(notice);
        if news {
            effects.push(Effect::AnnounceProblem);
        }
    }

    /// What is to be kept for a reload.
    pub(crate) fn kept(&self) -> Kept {
        let undecided = self.attempt.undecided || matches!(self.phase, Phase::Sending(Step::Task));
        let text = |key: &Option<Key>| key.as_ref().map(|key| key.as_str().to_owned());
        Kept {
            typed: Kept::typed(&self.draft, self.touched),
            key: text(&self.key),
            replaces: text(&self.replaces),
            mode: self.sent_mode.filter(|_| undecided),
            undecided,
        }
    }

    /// The key of the submission, if there is one.
    pub(crate) fn key(&self) -> Option<&Key> {
        match &self.phase {
            Phase::Created(created) => created.key.as_ref(),
            _ => self.key.as_ref(),
        }
    }

    fn close(&mut self) -> Vec<Effect> {
        let nothing_to_lose = match self.phase {
            Phase::Editing => self.touched.is_empty() && self.half_typed.is_empty(),
            Phase::Created(_) => true,
            Phase::Sending(_) | Phase::Waiting(_) | Phase::Doubt(_) => false,
        };
        if nothing_to_lose || self.closing {
            return self.close_now();
        }
        self.closing = true;
        vec![Effect::Focus(Target::Question)]
    }

    fn close_now(&mut self) -> Vec<Effect> {
        self.closing = false;
        if self.closed {
            return Vec::new();
        }
        self.closed = true;
        let reason = match self.phase {
            Phase::Created(_) => Reason::Created,
            Phase::Sending(Step::Task) | Phase::Doubt(_) => Reason::Unknown,
            _ if self.attempt.undecided || self.replaces.is_some() => Reason::Unknown,
            _ => Reason::Cancelled,
        };
        if reason == Reason::Cancelled {
            // Nothing was sent, and nothing will be.
            self.phase = Phase::Editing;
        }
        vec![Effect::Close(reason)]
    }
}

/// What a form shows of what the host gave, in this order.
pub(crate) fn context(draft: &Draft) -> impl Iterator<Item = (Field, &str)> {
    [Field::OrderId, Field::Lrn, Field::DomainWorkSpace, Field::Reporter]
        .into_iter()
        .map(|field| (field, draft.text(field)))
        .filter(|(_, text)| !text.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
#[path = "state_tests.rs"]
mod tests;
