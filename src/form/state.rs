//! The form as one value with one pure `reduce`. What is to be done in the world comes back as effects; the platform does
//! them and answers with events.

use std::rc::Rc;

use bzctrl_contract::{
    Date, Draft, Fault, Field, FieldError, FieldSet, FilledBy, Key, Mode, Numbers, TaskLink, TodoType, TokenAnswer,
    has_separators, show_separators,
};

use super::event::{Effect, Event, HostAnswer, KnownTodo, Phase, Reason, Step, Target};
use super::known;
use super::restore::Kept;
use super::submit::{Attempt, Notice, WaysOut};
use crate::config::Config;

mod closing;
mod sending;
mod typing;

#[derive(Debug)]
struct Token {
    answer: Box<TokenAnswer>,
    stale_at: f64,
}

/// What is true of the todo now, as far as the form can know. No sentence may say otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// It, or one that was sent before it, may exist.
    pub(crate) may_exist: bool,
    /// It was sent itself, perhaps by this very press.
    pub(crate) was_sent: bool,
    /// The next press asks under the same key, which cannot create it twice.
    pub(crate) asking_is_safe: bool,
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
    pub(crate) notice: Option<Notice>,
    /// What was typed came back from the tab's storage.
    pub(crate) restored: bool,
    /// The question whether to close stands.
    pub(crate) closing: bool,
    /// The tab keeps what is typed.
    pub(crate) keeps: bool,
    /// Something was typed that is not kept yet.
    unkept: bool,
    /// Something was typed since it began.
    typed: bool,
    touched: FieldSet,
    /// Changed since they were last checked.
    unchecked: FieldSet,
    half_typed: FieldSet,
    token: Option<Token>,
    token_asked: bool,
    /// The developer was told of what nobody gives.
    missing_told: bool,
    host_agreed: bool,
    key: Option<Key>,
    /// The reminder of what was last sent under this key.
    sent_reminder: Option<Date>,
    /// The key that BzCtrl's no has used up, until the next press.
    spent: Option<Key>,
    replaces: Option<Key>,
    /// Something that was sent before, under another key or under none, may exist: until a todo is made or the user leaves it.
    earlier: bool,
    /// The user has pressed "Send again": the next request is a new one.
    again: bool,
    /// The key has an outcome of its own, or was replaced already: it is no longer there to be replaced.
    settled: bool,
    /// When what may exist was sent or, of a draft that came back, when it was kept: in seconds since 1970; 0 where nobody knows.
    pub(crate) at: u32,
    /// What is known of todos that this one may be the same as.
    links: Vec<TaskLink>,
    /// What the relay knows of this order.
    known: Vec<KnownTodo>,
    /// The one of these that the title is much like, since the title was last left.
    alike: Option<usize>,
    /// A digest of what the key that is replaced stands for.
    replaced: Option<String>,
    /// The mode in which something undecided was sent.
    sent_mode: Option<Mode>,
    attempt: Attempt,
    /// The press still has to open the created todo's tab.
    reserves: bool,
    /// The user's own day, once a date was left.
    today: Option<Date>,
    random: [u8; 16],
    waits: u32,
    closed: bool,
}

impl State {
    /// A form as it opens: with the host's values, and with what was kept over a reload.
    pub(crate) fn new(config: Rc<Config>, numbers: Numbers, kept: Kept) -> Self {
        let mut draft = config.given.clone();
        let touched = kept.restore(&mut draft, &config.given, config.locked, config.omitted);
        let key = kept.key();
        let earlier = kept.earlier || kept.replaces.is_some();
        let (phase, notice) = match (kept.undecided, kept.mode) {
            (false, _) => (Phase::Editing, earlier.then_some(Notice::Earlier)),
            // Of what was forgotten the key alone is left: there is nothing to send.
            (true, None) => (Phase::Doubt(WaysOut::Leave), Some(Notice::Forgotten)),
            (true, Some(Mode::Sealed)) if key.is_some() => (Phase::Doubt(WaysOut::AskAgain), Some(Notice::Interrupted)),
            // Without a key nothing keeps a second request from making a second todo.
            (true, Some(_)) => (Phase::Doubt(WaysOut::SendAgain), Some(Notice::Unknown)),
        };
        Self {
            numbers: kept.numbers.filter(|_| kept.undecided).unwrap_or(numbers),
            phase,
            errors: Vec::new(),
            summary: false,
            notice,
            restored: !touched.is_empty(),
            closing: false,
            keeps: true,
            unkept: false,
            typed: false,
            touched,
            unchecked: touched,
            half_typed: FieldSet::default(),
            token: None,
            token_asked: false,
            missing_told: false,
            host_agreed: false,
            key,
            sent_reminder: None,
            spent: None,
            earlier,
            again: false,
            settled: false,
            at: kept.at,
            links: Vec::new(),
            known: Vec::new(),
            alike: None,
            replaced: kept.replaced.clone(),
            replaces: kept.replaces.as_deref().and_then(|key| Key::parse(key).ok()),
            sent_mode: kept.mode,
            attempt: Attempt { undecided: kept.undecided, ..Attempt::default() },
            reserves: false,
            today: None,
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

    /// Whether a todo may exist that nobody has told of: this one, or one that was sent before it.
    pub(crate) fn undecided(&self) -> bool {
        self.attempt.undecided || self.earlier
    }

    /// What the form's words have to agree with.
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            may_exist: self.undecided(),
            was_sent: self.attempt.undecided && !self.again,
            asking_is_safe: self.attempt.undecided
                && !self.again
                && self.key.is_some()
                && self.sent_mode == Some(Mode::Sealed)
                && !matches!(self.phase, Phase::Doubt(WaysOut::SendAgain | WaysOut::Leave)),
        }
    }

    /// What is known of todos that this one may be the same as.
    pub(crate) fn links(&self) -> &[TaskLink] {
        &self.links
    }

    /// What the relay knows of this order, newest first.
    pub(crate) fn known(&self) -> &[KnownTodo] {
        if matches!(self.phase, Phase::Created(_)) { &[] } else { &self.known }
    }

    /// The one of these that the user may be about to report once more.
    pub(crate) fn alike(&self) -> Option<&KnownTodo> {
        self.alike.and_then(|at| self.known().get(at))
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

    /// Where the user can look for what may exist, if the relay said where BzCtrl's own pages are. Where the todos themselves are
    /// known their links lead further.
    pub(crate) fn look_at(&self) -> Option<TaskLink> {
        let told = self.token.as_ref().and_then(|token| token.answer.app_url.as_deref());
        told.filter(|_| self.can_be_left() && self.links.is_empty()).and_then(TaskLink::parse)
    }

    /// Whether this press has asked before.
    pub(crate) fn asks_again(&self) -> bool {
        self.attempt.tries > 0
    }

    /// The one way in which the form changes, once both acts are here. Between them stands `view/todo_form`.
    #[cfg(test)]
    pub(crate) fn reduce(&mut self, event: Event) -> Vec<Effect> {
        self.reduce_at_once(event).unwrap_or_else(|event| self.reduce_later(event))
    }

    /// What a form has to do before its second act is here; other events come back.
    pub(crate) fn reduce_at_once(&mut self, event: Event) -> Result<Vec<Effect>, Event> {
        Ok(match event {
            Event::Opened => {
                self.token_asked = true;
                let mut effects = vec![Effect::AnnounceOpen, Effect::FetchToken, Effect::Focus(self.first_target())];
                if self.notice.is_some() {
                    effects.push(Effect::AnnounceProblem);
                }
                effects
            }
            Event::Reopened => {
                self.closed = false;
                vec![Effect::AnnounceOpen, Effect::Focus(Target::Notice)]
            }
            Event::PutBack => vec![Effect::Focus(self.first_target())],
            Event::Typed(field, text) => {
                if self.can_change(field) {
                    self.type_into(field, text)
                } else {
                    Vec::new()
                }
            }
            Event::KeepNow => self.keep_typed(),
            Event::Close => self.close(),
            Event::CloseNow => self.close_now(),
            event => return Err(event),
        })
    }

    /// The rest.
    pub(crate) fn reduce_later(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Left(field, half) if self.can_change(field) => {
                if half != self.half_typed.has(field) {
                    self.unchecked.insert(field);
                }
                if half {
                    self.half_typed.insert(field);
                } else {
                    self.half_typed.remove(field);
                }
                self.check_left(field);
                if field == Field::Title {
                    self.alike = known::alike(self.draft.text(field), &self.known);
                }
                // Not while it is typed: the caret would jump.
                if has_separators(self.draft.text(field)) {
                    self.draft.set(field, show_separators(self.draft.text(field)));
                    self.unkept = true;
                }
                self.keep_typed()
            }
            // Two drafts are two todos. What is in doubt is one: whoever asks, asks under its key.
            // While one is on its way it is too late for that: the relay tells of a key that is used twice.
            Event::IsCopy if self.editable() && !self.undecided() => self.is_a_todo_of_its_own(),
            Event::IsAnothers(own) if self.goes_on_beside(&own) => self.is_a_todo_of_its_own(),
            Event::IsAnothers(own) if self.begins_with(&own) => {
                self.begin(Kept::read(&own).unwrap_or_default());
                self.notice.iter().map(|_| Effect::AnnounceProblem).chain(self.look_in_list()).collect()
            }
            Event::Kept(whole) => {
                self.keeps = whole;
                if whole { Vec::new() } else { vec![Effect::TellNotKept] }
            }
            Event::Today(today) => {
                self.today = Some(today);
                Vec::new()
            }
            Event::GoTo(field) => vec![Effect::Focus(Target::Field(field))],
            Event::Submit(moment) => self.submit(moment),
            Event::SendAgain(moment) if matches!(self.phase, Phase::Doubt(WaysOut::SendAgain)) => {
                self.again = true;
                self.press(moment)
            }
            Event::HostSaid(said, now) if matches!(self.phase, Phase::Sending(Step::Host)) => match said {
                HostAnswer::Refuses(message) => self.stop(Notice::HostRefused(message)),
                HostAnswer::Silent => self.stop(Notice::HostSilent),
                HostAnswer::Agrees => {
                    self.host_agreed = true;
                    self.send(now)
                }
            },
            Event::TokenCame(answer, now) => self.token_came(answer, now),
            Event::TaskCame(reply, now) if matches!(self.phase, Phase::Sending(Step::Task)) => {
                self.task_came(reply, now)
            }
            Event::KnownCame(known) => {
                (self.known, self.alike) = (known, None);
                Vec::new()
            }
            Event::WaitGoesOn(wait) if self.waits_for(wait.number) => {
                self.phase = Phase::Waiting(wait);
                Vec::new()
            }
            Event::WaitOver(number, now) if self.waits_for(number) => self.ask(now),
            Event::Stop if matches!(self.phase, Phase::Waiting(_)) => self.stop_waiting(),
            Event::TabOpened(opened) => {
                if let Phase::Created(created) = &mut self.phase {
                    created.opened = Some(opened);
                }
                Vec::new()
            }
            Event::Copied(copied) => {
                if let Phase::Created(created) = &mut self.phase {
                    created.copied = Some(copied);
                }
                Vec::new()
            }
            Event::Leave if self.can_be_left() => {
                self.closed = true;
                vec![Effect::Forget, Effect::Close(Reason::Unknown)]
            }
            Event::StartAnew if self.can_start_anew() => {
                self.begin(Kept::default());
                [Effect::Forget, Effect::Focus(Target::First)].into_iter().chain(self.look_in_list()).collect()
            }
            Event::Discard if self.closing && self.can_start_anew() => self.discard(),
            Event::Stay => {
                self.closing = false;
                vec![Effect::Focus(Target::First)]
            }
            _ => Vec::new(),
        }
    }

    /// Begins with what was kept, in the same opening.
    fn begin(&mut self, kept: Kept) {
        let Self { token_asked, closed, missing_told, waits, keeps, .. } = *self;
        let token = self.token.take();
        *self = Self::new(self.config.clone(), self.numbers, kept);
        (self.token, self.token_asked, self.closed) = (token, token_asked, closed);
        (self.missing_told, self.waits, self.keeps) = (missing_told, waits, keeps);
        self.take_defaults();
    }

    fn waits_for(&self, number: u32) -> bool {
        matches!(self.phase, Phase::Waiting(wait) if wait.number == number)
    }

    /// Whether it was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Where the focus goes in a form that comes into sight.
    pub(crate) fn first_target(&self) -> Target {
        match self.phase {
            Phase::Created(_) => Target::Created,
            _ if self.notice.is_some() => Target::Notice,
            _ => Target::First,
        }
    }

    /// Whether what was typed can be dropped: not while a todo may exist.
    pub(crate) fn can_start_anew(&self) -> bool {
        matches!(self.phase, Phase::Created(_)) || self.editable() && !self.undecided()
    }

    /// Whether the user can say to have seen what may exist.
    pub(crate) fn can_be_left(&self) -> bool {
        matches!(self.phase, Phase::Doubt(_)) || self.editable() && self.undecided()
    }

    pub(crate) fn can_change(&self, field: Field) -> bool {
        self.editable() && field.spec().filled_by == FilledBy::User && !self.config.locked.has(field)
    }

    /// What is to be kept for a reload.
    pub(crate) fn kept(&self) -> Kept {
        let undecided = self.attempt.undecided || matches!(self.phase, Phase::Sending(Step::Task));
        let text = |key: &Option<Key>| key.as_ref().map(|key| key.as_str().to_owned());
        Kept {
            typed: if undecided {
                Kept::sent(&self.draft, self.touched, &self.config.given)
            } else {
                Kept::typed(&self.draft, self.touched)
            },
            numbers: undecided.then_some(self.numbers),
            key: text(&self.key),
            replaces: text(&self.replaces),
            replaced: self.replaced.clone().filter(|_| self.replaces.is_some()),
            mode: self.sent_mode.filter(|_| undecided),
            undecided,
            earlier: self.earlier,
            at: if undecided || self.earlier { self.at } else { 0 },
        }
    }

    /// The key of the submission, if there is one.
    pub(crate) fn key(&self) -> Option<&Key> {
        match &self.phase {
            Phase::Created(created) => created.key.as_ref(),
            _ => self.key.as_ref().or(self.spent.as_ref()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod story;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod token_tests;
