//! The language of the form's tests: what the user does, what the world answers, what is to be done.

use std::rc::Rc;

use bzctrl_contract::{Code, CreatedTodo, Date, Fault, Field, Members, Mode, Numbers, Problem, TokenAnswer};

use super::State;
use crate::config::Config;
use crate::form::event::{Effect, Event, HostAnswer, Moment, Phase, Wait};
use crate::form::restore::Kept;
use crate::form::submit::{Answer, Reply};

pub(super) const LINK: &str = "https://bzctrl.example/app/#/todo/EXA-CON-BUS-WOR-03";
pub(super) const EPOCH: &str = "e1";

/// A form, and what it asked of the world.
pub(super) struct Form {
    pub(super) state: State,
    pub(super) asked: Vec<Effect>,
    pub(super) now: f64,
    pub(super) today: &'static str,
    presses: u8,
    /// How long ago the next press was.
    pub(super) age: f64,
}

impl Form {
    pub(super) fn opened() -> Self {
        Self::with(config(), Kept::default())
    }

    pub(super) fn with(config: Config, kept: Kept) -> Self {
        let state = State::new(Rc::new(config), Numbers::COMMA, kept);
        let mut form = Self { state, asked: Vec::new(), now: 1_000_000.0, today: "2026-11-24", presses: 0, age: 0.0 };
        form.tell(Event::Opened);
        form
    }

    /// With a token, and what is needed typed.
    pub(super) fn filled() -> Self {
        let mut form = Self::opened();
        form.token_comes(sealed());
        form.types(Field::Title, "Seal broken");
        form.types(Field::Description, "The seal of ZWCU 669540 7 is broken");
        form
    }

    /// Sent, and waiting for the answer.
    pub(super) fn sent() -> Self {
        let mut form = Self::filled();
        form.submits();
        assert_eq!(form.asked, [Effect::AskHost]);
        form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
        assert_eq!(form.asked, [Effect::Keep, Effect::SendTask]);
        form
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.asked = self.state.reduce(event);
    }

    pub(super) fn types(&mut self, field: Field, text: &str) {
        self.tell(Event::Typed(field, text.to_owned()));
    }

    pub(super) fn moment(&mut self) -> Moment {
        self.presses += 1;
        Moment {
            now: self.now,
            wall: 1_795_648_320,
            age: self.age,
            today: Date::parse(self.today).unwrap(),
            random: [self.presses; 16],
        }
    }

    pub(super) fn submits(&mut self) {
        let moment = self.moment();
        self.tell(Event::Submit(moment));
    }

    pub(super) fn sends_again(&mut self) {
        let moment = self.moment();
        self.tell(Event::SendAgain(moment));
    }

    pub(super) fn token_comes(&mut self, answer: TokenAnswer) {
        self.tell(Event::TokenCame(Ok(Box::new(answer)), self.now));
    }

    pub(super) fn answer_comes(&mut self, reply: Reply) {
        self.tell(Event::TaskCame(reply, self.now));
    }

    pub(super) fn problem_comes(&mut self, code: Code) {
        let problem = Problem { code: code.as_str().to_owned(), ..Problem::default() };
        self.answer_comes(answer(Answer { status: code.status(), problem: Some(problem), ..Answer::default() }));
    }

    pub(super) fn todo_comes(&mut self) {
        let todo = CreatedTodo { task_link: Some(LINK.to_owned()), ..CreatedTodo::default() };
        self.answer_comes(answer(Answer { status: 201, todo: Some(todo), ..Answer::default() }));
    }

    /// The pending wait ends.
    pub(super) fn waits(&mut self) {
        let Phase::Waiting(Wait { number, .. }) = self.state.phase else {
            panic!("it waits for nothing: {:?}", self.state.phase)
        };
        self.now += 2000.0;
        self.tell(Event::WaitOver(number, self.now));
    }

    pub(super) fn key(&self) -> &str {
        self.state.key().unwrap().as_str()
    }

    pub(super) fn faults(&self) -> Vec<(Field, Fault)> {
        self.state.errors.iter().map(|error| (error.field, error.fault)).collect()
    }
}

pub(super) fn answer(answer: Answer) -> Reply {
    Reply::Answer(Box::new(answer))
}

pub(super) fn config() -> Config {
    let mut config = Config { token_endpoint: "https://relay.example/v1/token".to_owned(), ..Config::default() };
    config.given.set(Field::DomainWorkSpace, "EXA-CON-BUS-WOR");
    config.given.set(Field::Reporter, "user@example.com");
    config.given.set(Field::OrderId, "ORDER 777");
    config
}

pub(super) fn sealed() -> TokenAnswer {
    TokenAnswer {
        access_token: "sealed".to_owned(),
        token_type: "Bearer".to_owned(),
        expires_in: 300,
        scope: None,
        mode: Mode::Sealed,
        task_endpoint: Some("/v1/tasks".to_owned()),
        app_url: None,
        environment: Some("demo".to_owned()),
        key_epoch: Some(EPOCH.to_owned()),
        defaults: Members::default(),
    }
}
