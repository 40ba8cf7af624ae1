//! The way of a submission through the state: press, token, host, todo, answer.

use bzctrl_contract::{
    Code, CreatedTodo, Date, Fault, Field, FieldError, FieldSet, FilledBy, Key, Kind, Mode, Numbers, TokenAnswer,
    Types, clean_line, validate,
};

use super::{State, Token};
use crate::config::OpenLink;
use crate::form::event::{Created, Effect, KnownQuery, Moment, Phase, Request, Step, Target, Wait};
use crate::form::restore;
use crate::form::submit::{self, Attempt, NextStep, NoToken, Notice, Reply, WaysOut};

impl State {
    /// How the user writes numbers is known. What may exist stays as it was read.
    pub(crate) fn reads(&mut self, numbers: Numbers) {
        if !self.attempt.undecided {
            self.numbers = numbers;
        }
    }

    pub(super) fn submit(&mut self, moment: Moment) -> Vec<Effect> {
        match self.phase {
            Phase::Editing => {
                let mut errors = self.check();
                if let Some(fault) = self.check_reminder(moment.today) {
                    errors.push(FieldError { field: Field::ReminderDate, fault });
                }
                self.unchecked = FieldSet::default();
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
            Phase::Waiting(_) | Phase::Doubt(WaysOut::AskAgain) => self.press(moment),
            Phase::Doubt(_) if self.can_look_again() => self.press(moment),
            // A second press of the same Submit.
            Phase::Sending(_) | Phase::Doubt(_) | Phase::Created(_) => Vec::new(),
        }
    }

    /// What is wrong with the reminder on the user's own day. One that was sent already is not asked about again: a retry
    /// after midnight is no new todo.
    pub(super) fn check_reminder(&self, today: Date) -> Option<Fault> {
        let reminder = self.reminder().filter(|reminder| self.sent_reminder != Some(*reminder))?;
        if !self.shows(Field::ReminderDate) || !self.can_change(Field::ReminderDate) {
            None
        } else if reminder < today {
            Some(Fault::PastDate)
        } else if reminder.is_years_after(10, today) {
            Some(Fault::FarDate)
        } else {
            None
        }
    }

    fn reminder(&self) -> Option<Date> {
        Date::parse(self.draft.text(Field::ReminderDate))
    }

    pub(super) fn press(&mut self, moment: Moment) -> Vec<Effect> {
        self.spent = None;
        self.errors.clear();
        self.summary = false;
        self.notice = None;
        self.random = moment.random;
        self.reserves = self.config.open_link == OpenLink::Reserve;
        self.attempt = Attempt {
            undecided: self.attempt.undecided,
            pressed_at: moment.now - moment.age,
            wall: moment.wall,
            ..Attempt::default()
        };
        self.ask(moment.now)
    }

    /// One request, with a token that is still good.
    pub(super) fn ask(&mut self, now: f64) -> Vec<Effect> {
        if self.attempt.is_over(now) {
            return self.stop_waiting();
        }
        if self.token.as_ref().is_some_and(|token| now < token.stale_at) {
            return self.prepare(now);
        }
        self.token = None;
        self.phase = Phase::Sending(Step::Token);
        self.fetch_token()
    }

    /// One fetch at a time.
    fn fetch_token(&mut self) -> Vec<Effect> {
        if std::mem::replace(&mut self.token_asked, true) { Vec::new() } else { vec![Effect::FetchToken] }
    }

    pub(super) fn token_came(&mut self, answer: Result<Box<TokenAnswer>, NoToken>, now: f64) -> Vec<Effect> {
        self.token_asked = false;
        let waited_for = matches!(self.phase, Phase::Sending(Step::Token));
        match answer {
            Ok(answer) => {
                // Renewed before it ends: after four fifths of its life.
                let stale_at = now + f64::from(answer.expires_in) * 800.0;
                self.token = Some(Token { answer, stale_at });
                self.take_defaults();
                let mut effects = self.tell_missing();
                if waited_for {
                    effects.extend(self.prepare(now));
                } else {
                    effects.extend(self.look_in_list());
                }
                effects
            }
            Err(hindrance) if waited_for => match submit::token_again(&hindrance, &self.attempt, now) {
                Some(after_ms) => self.wait(after_ms, hindrance.notice),
                None => self.stop(hindrance.notice),
            },
            // Asked when the form opened. The press will ask again, and tell.
            Err(_) => Vec::new(),
        }
    }

    /// The tenant's defaults fill what the page left out and the user has not touched.
    pub(super) fn take_defaults(&mut self) {
        let Some(token) = &self.token else { return };
        for (name, text) in token.answer.defaults.texts() {
            if let Some(field) = Field::by_wire(name)
                && self.config.given.is_empty(field)
                && !self.touched.has(field)
                && !self.config.omitted.has(field)
                && (self.editable() || self.draft.is_empty(field) && self.is_lacking(field))
                // The type is not changed under the hands of a user who fills what one type alone has.
                && (field != Field::TodoType || !Field::all().any(|it| self.touched.has(it) && it.spec().types != Types::Both))
            {
                let word = if let Kind::Choice(choices) = field.spec().kind { choices.word(text) } else { None };
                self.draft.set(field, word.unwrap_or(text));
            }
        }
    }

    /// What a todo that was submitted may still get: what the page has left out. Once the host has seen it, or it was sent, that
    /// is the addresses alone, which are not kept over a reload: under one key nothing changes by itself.
    fn is_lacking(&self, field: Field) -> bool {
        let spec = field.spec();
        spec.filled_by == FilledBy::Host
            && (!self.attempt.undecided && !self.host_agreed || matches!(spec.kind, Kind::Email(_)))
    }

    /// What neither the page nor the token answer gives, told once: an order alone has no default.
    fn tell_missing(&mut self) -> Vec<Effect> {
        if std::mem::replace(&mut self.missing_told, true) {
            return Vec::new();
        }
        let needed = [Field::DomainWorkSpace, Field::Reporter].into_iter();
        needed.filter(|field| self.draft.is_empty(*field)).map(Effect::TellMissing).collect()
    }

    /// Everything that a request needs, or what is lacking. Then the host is asked, once a press of Submit.
    fn prepare(&mut self, now: f64) -> Vec<Effect> {
        if self.attempt.is_over(now) {
            return self.stop_waiting();
        }
        if self.is_of_another_environment() {
            return self.stop(Notice::WrongEnvironment);
        }
        let Some(token) = &self.token else { return Vec::new() };
        let answer = &token.answer;
        // What a relay was asked to send is not sent past it.
        if self.attempt.undecided && self.sent_mode != Some(answer.mode) {
            return self.stop(Notice::TokenUnusable(Some("mode")));
        }
        let sealed = answer.mode == Mode::Sealed;
        let epoch = answer.key_epoch.as_deref().filter(|_| sealed);
        let new_key = epoch.and_then(|epoch| Key::new(epoch, self.random).ok());
        if sealed && new_key.is_none() {
            return self.stop(Notice::TokenUnusable(Some("key_epoch")));
        }
        if let Err(errors) = validate(&self.draft, self.numbers) {
            // The form has checked what the user fills: what is wrong now is the page's. An assignee that nobody gave is
            // the reporter.
            let lacking = errors.iter().find(|error| {
                let follows = error.field == Field::Assignee && self.draft.is_empty(Field::Assignee);
                error.field.spec().filled_by == FilledBy::Host && !follows
            });
            let notice = lacking.map(|error| Notice::PageLacks(error.field));
            return self.stop(notice.unwrap_or(Notice::Problem(Code::InvalidTask)));
        }
        if self.request().is_none() {
            return self.stop(Notice::NoTaskEndpoint);
        }
        if std::mem::take(&mut self.again) {
            let key = self.key.take();
            self.replaces = if self.settled { None } else { key };
            (self.earlier, self.settled, self.attempt.undecided, self.host_agreed) = (true, false, false, true);
            self.replaced = self.content();
        }
        if !sealed {
            // Where todos go without a key none is named.
            self.key = None;
        }
        self.key = self.key.take().or(new_key);
        if self.host_agreed || self.attempt.undecided {
            return self.send(now);
        }
        self.phase = Phase::Sending(Step::Host);
        vec![Effect::AskHost]
    }

    /// Whether the page means another environment than the relay.
    fn is_of_another_environment(&self) -> bool {
        let told = self.token.as_ref().and_then(|token| token.answer.environment.as_deref());
        self.config.environment.is_some_and(|meant| told.is_some_and(|told| told != meant.name()))
    }

    /// Whether the relay may know by now what became of an unknown todo: it is asked under the same key, under which it sends
    /// nothing any more.
    pub(crate) fn can_look_again(&self) -> bool {
        let may_know = match &self.notice {
            Some(Notice::Problem(code) | Notice::Outcome { code, .. }) => {
                matches!(code, Code::OutcomeUnknown | Code::KeyUnknown | Code::KeyReplaced)
            }
            _ => false,
        };
        may_know && matches!(self.phase, Phase::Doubt(WaysOut::SendAgain)) && self.key.is_some()
    }

    /// Asks what the relay knows of this order: for whoever begins a todo, and where it is in doubt what became of one.
    pub(super) fn look_in_list(&self) -> Option<Effect> {
        let may_ask = match self.phase {
            Phase::Editing => true,
            Phase::Doubt(WaysOut::AskAgain | WaysOut::SendAgain) => self.key.is_some(),
            _ => false,
        };
        self.known_query().filter(|_| may_ask && !self.closed).map(|_| Effect::FetchKnown)
    }

    /// What the relay is asked of this order. `None` where no relay can tell.
    pub(crate) fn known_query(&self) -> Option<KnownQuery> {
        let answer = &self.token.as_ref()?.answer;
        let order_id = clean_line(self.draft.text(Field::OrderId));
        // A relay of another environment knows other todos.
        let lists = answer.mode == Mode::Sealed && !order_id.is_empty() && !self.is_of_another_environment();
        let (endpoint, _) = self.task_endpoint().filter(|_| lists)?;
        Some(KnownQuery { endpoint, token: answer.access_token.clone(), order_id })
    }

    pub(super) fn send(&mut self, now: f64) -> Vec<Effect> {
        if self.attempt.is_over(now) {
            return self.stop_waiting();
        }
        let Some(Request { mode, .. }) = self.request() else { return self.stop(Notice::NoTaskEndpoint) };
        self.sent_mode = Some(mode);
        if !self.attempt.undecided {
            self.at = self.attempt.wall;
        }
        self.sent_reminder = self.reminder();
        self.phase = Phase::Sending(Step::Task);
        // The key is stored before anything is sent.
        let mut effects = vec![self.keep(), Effect::SendTask];
        // Nothing hinders the todo any more. What is asked again by itself is no press: no tab opens for it.
        if std::mem::take(&mut self.reserves) && !self.closed {
            effects.push(Effect::ReserveTab);
        }
        effects
    }

    /// What goes to the task endpoint, once there is a token. `None` where nobody said which endpoint that is.
    pub(crate) fn request(&self) -> Option<Request> {
        let answer = &self.token.as_ref()?.answer;
        let sealed = answer.mode == Mode::Sealed;
        let (endpoint, of_page) = self.task_endpoint()?;
        Some(Request {
            endpoint,
            of_page,
            mode: answer.mode,
            token: answer.access_token.clone(),
            todo: validate(&self.draft, self.numbers).ok()?,
            key: self.key.clone().filter(|_| sealed),
            replaces: self.replaces.clone().filter(|_| sealed),
        })
    }

    /// Where todos go, and whether the page has stated it.
    fn task_endpoint(&self) -> Option<(String, bool)> {
        let answer = &self.token.as_ref()?.answer;
        Some(match (&answer.task_endpoint, &self.config.task_endpoint) {
            (Some(told), _) => (told.clone(), false),
            (None, _) if answer.mode == Mode::Sealed => ("/v1/tasks".to_owned(), false),
            (None, Some(stated)) => (stated.clone(), true),
            (None, None) => (self.config.environment?.task_endpoint().to_owned(), false),
        })
    }

    /// A digest of what is sent.
    fn content(&self) -> Option<String> {
        validate(&self.draft, self.numbers).ok().map(|todo| restore::content(&todo))
    }

    pub(super) fn task_came(&mut self, reply: Reply, now: f64) -> Vec<Effect> {
        // What was sent stands still until it is answered.
        let sent = validate(&self.draft, self.numbers).ok();
        let verdict = submit::verdict(self.sent_mode.unwrap_or_default(), sent.as_ref(), reply);
        match submit::next(verdict, &self.attempt, now) {
            // The relay has answered for the one that this was to replace. What has changed since is not in that.
            NextStep::Created { todo, replayed: true }
                if self.replaces.is_some() && self.replaced != self.content() =>
            {
                let notice = Notice::Outcome { code: Code::KeyReused, link: todo.link(), replaced_link: None };
                self.doubt(notice, WaysOut::SendAgain)
            }
            NextStep::Created { todo, replayed } => self.created(todo, replayed),
            NextStep::RenewToken => {
                self.attempt.renewed = true;
                self.token = None;
                self.phase = Phase::Sending(Step::Token);
                let mut effects = vec![self.keep()];
                effects.extend(self.fetch_token());
                effects
            }
            NextStep::AskAgain { after_ms, undecided, notice } => {
                self.attempt.undecided = undecided;
                self.wait(after_ms, notice)
            }
            NextStep::Edit { notice, errors, new_key } => {
                if new_key {
                    (self.spent, self.replaces) = (self.key.take(), None);
                    self.sent_reminder = None;
                }
                self.summary = !errors.is_empty();
                self.errors = errors;
                self.halt(Phase::Editing, notice)
            }
            NextStep::Doubt { notice, ways } => self.doubt(notice, ways),
        }
    }

    fn doubt(&mut self, notice: Notice, ways: WaysOut) -> Vec<Effect> {
        if let Notice::Outcome { link, replaced_link, .. } = &notice {
            self.settled = true;
            self.links = link.iter().chain(replaced_link).cloned().collect();
        }
        if let (Notice::Problem(Code::KeyUnknown), Some(token)) = (&notice, &mut self.token) {
            // The store may be another than that of the token: then keys of its epoch are no use.
            token.stale_at = f64::NEG_INFINITY;
        }
        let mut effects = self.halt(Phase::Doubt(ways), notice);
        self.known.clear();
        effects.extend(self.look_in_list());
        effects
    }

    /// It asks again by itself, after so many ms; meanwhile the notice stands.
    fn wait(&mut self, ms: u32, notice: Notice) -> Vec<Effect> {
        self.attempt.tries += 1;
        self.waits += 1;
        let number = self.waits;
        self.phase = Phase::Waiting(Wait { number, seconds: ms / 1000 });
        let mut effects = vec![self.keep(), Effect::Wait { ms, number }];
        self.tell(notice, &mut effects);
        effects
    }

    fn created(&mut self, todo: CreatedTodo, replayed: bool) -> Vec<Effect> {
        let link = todo.link();
        let opens = link.is_some() && self.config.open_link != OpenLink::Never && !self.closed;
        self.phase = Phase::Created(Box::new(Created {
            todo_type: self.todo_type(),
            title: clean_line(self.draft.text(Field::Title)),
            link,
            todo,
            replayed,
            key: self.key.take(),
            opened: None,
            copied: None,
        }));
        self.notice = None;
        (self.closing, self.unkept) = (false, false);
        (self.replaces, self.earlier, self.settled) = (None, false, false);
        self.links.clear();
        self.attempt = Attempt::default();
        let mut effects = vec![Effect::Forget, Effect::AnnounceCreated];
        if opens {
            effects.push(Effect::OpenTab);
        }
        effects.push(Effect::Focus(Target::Created));
        effects
    }

    /// Nothing was sent this time.
    pub(super) fn stop(&mut self, notice: Notice) -> Vec<Effect> {
        if matches!(notice, Notice::TokenUnusable(_) | Notice::WrongEnvironment | Notice::NoTaskEndpoint) {
            // By the next press the relay may be another.
            self.token = None;
        }
        let phase = self.resting();
        self.halt(phase, notice)
    }

    /// It goes on with another press alone. What the user was told last still holds.
    pub(super) fn stop_waiting(&mut self) -> Vec<Effect> {
        let notice = self.notice.take().unwrap_or(Notice::Late);
        self.stop(notice)
    }

    /// Where a press that came to nothing leaves the form.
    pub(super) fn resting(&mut self) -> Phase {
        if std::mem::take(&mut self.again) {
            Phase::Doubt(WaysOut::SendAgain)
        } else if self.attempt.undecided {
            Phase::Doubt(WaysOut::AskAgain)
        } else {
            Phase::Editing
        }
    }

    /// The submission has come to a halt: the user is told, and has to press.
    pub(super) fn halt(&mut self, phase: Phase, notice: Notice) -> Vec<Effect> {
        self.attempt.undecided = matches!(phase, Phase::Doubt(_));
        self.phase = phase;
        let mut effects = vec![self.keep(), Effect::Focus(Target::Notice)];
        self.tell(notice, &mut effects);
        effects
    }

    /// Says something to the user and, if it is new, to the host.
    fn tell(&mut self, notice: Notice, effects: &mut Vec<Effect>) {
        let news = self.notice.as_ref().is_none_or(|last| last.code() != notice.code());
        self.notice = Some(notice);
        if news {
            effects.push(Effect::AnnounceProblem);
        }
    }
}
