//! The widget's form in the model. A form is the widget's own state machine; since that is large, the states of the model hold a number
//! in place of it, and a table says of each number what such a form shows and what it comes to by what happens to it.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{PoisonError, RwLock};

use bzctrl_contract::{Code, Date, Field, Members, Mode, Numbers, TokenAnswer};

use crate::data::{KeyName, epoch_name};
use crate::rules::Rule;
use crate::widget::config::Config;
use crate::widget::form::answer::{Received, task};
use crate::widget::form::event::{Effect, Event, HostAnswer, Moment, Phase};
use crate::widget::form::restore::Kept;
use crate::widget::form::state::State;
use crate::widget::form::submit::{Notice, Reply, WaysOut};

/// Which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FormName(u32);

/// What a tab's storage holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stored(u32);

/// What a relay, or what stands before it, answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    /// 201.
    Created { todo: Option<u8>, replayed: bool },
    /// A problem, with the todos that it tells of.
    Problem { code: Code, todo: Option<u8>, replaced_by: Option<u8> },
    /// Nothing that says anything.
    Lost,
}

/// What happens to a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// Submit, or Try now, or Look again.
    Submit,
    /// "Send again".
    SendAgain,
    /// "I have seen it, leave it".
    Leave,
    /// The user changes the title.
    Edit,
    /// A wait is over.
    WaitOver,
    /// The rule is left out that a press grows old: a wait is over, and no time has passed.
    WaitOverYoung,
    /// The tab is a duplicate.
    IsCopy,
    /// An answer came.
    Said(Said),
    /// The rule is left out that a new key wants a press: the form sends again by itself.
    SendAgainByItself,
    /// The rule is left out that an edit goes under the same key: what is kept is the text alone.
    ForgetKey,
}

/// What a form wants of the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wants {
    /// A request is sent.
    pub(crate) sends: Option<Sends>,
    /// The tab's storage holds something else now: this, or nothing.
    pub(crate) keeps: Option<Option<Stored>>,
}

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Sends {
    pub(crate) key: KeyName,
    pub(crate) replaces: Option<KeyName>,
    pub(crate) content: u8,
}

/// Where a form stands, as its user sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) place: Place,
    /// It says that something may exist.
    pub(crate) may_exist: bool,
    /// Submit's place asks what became of an unknown todo.
    pub(crate) looks_again: bool,
    /// It says that BzCtrl has made nothing of what was sent.
    pub(crate) rejected: bool,
    /// The user may leave what may exist.
    pub(crate) can_be_left: bool,
    /// Its key.
    pub(crate) key: Option<KeyName>,
}

/// Where a form stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Editing,
    Sending,
    Waiting,
    AskAgain,
    SendAgain,
    LeaveAlone,
    Created,
}

/// What one step depends on, beside the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Happens {
    input: Input,
    /// The epoch of a token that is fetched now.
    epoch: u8,
    /// The number of a key that is made now.
    number: u8,
}

/// All forms that were met so far.
#[derive(Debug, Default)]
pub(crate) struct Forms(RwLock<Table>);

#[derive(Debug, Default)]
struct Table {
    forms: Vec<Known>,
    by_print: HashMap<String, FormName>,
    steps: HashMap<(FormName, Happens), (FormName, Wants)>,
    opened: HashMap<(Option<Stored>, u8), FormName>,
    /// What storages hold, and the key in it.
    stored: Vec<(String, Option<KeyName>)>,
}

/// A form is known by its story.
#[derive(Clone, Debug)]
struct Known {
    stored: Option<Stored>,
    epoch: u8,
    story: Vec<Happens>,
    view: View,
}

impl Forms {
    /// A form as it opens over what the tab's storage holds; a token of this epoch is fetched.
    pub(crate) fn open(&self, stored: Option<Stored>, epoch: u8) -> FormName {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(form) = table.opened.get(&(stored, epoch)) {
            return *form;
        }
        drop(table);
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let form = Form::open(table.text(stored), epoch);
        let name = table.name(&form, Known { stored, epoch, story: Vec::new(), view: form.view() });
        table.opened.insert((stored, epoch), name);
        name
    }

    /// What it comes to, and what it wants then.
    pub(crate) fn tell(&self, form: FormName, input: Input, epoch: u8, number: u8) -> (FormName, Wants) {
        let happens = Happens { input, epoch, number };
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(step) = table.steps.get(&(form, happens)) {
            return *step;
        }
        drop(table);
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut known = table.known(form).clone();
        let mut grown = Form::open(table.text(known.stored), known.epoch);
        for happened in &known.story {
            grown.tell(*happened);
        }
        grown.tell(happens);
        known.story.push(happens);
        known.view = grown.view();
        let name = table.name(&grown, known);
        let keeps = grown.keeps.take().map(|text| text.map(|text| table.store(text)));
        let step = (name, Wants { sends: grown.sends, keeps });
        table.steps.insert((form, happens), step);
        step
    }

    /// How it looks.
    pub(crate) fn view(&self, form: FormName) -> View {
        self.0.read().unwrap_or_else(PoisonError::into_inner).known(form).view
    }

    /// The key in what a tab's storage holds.
    pub(crate) fn stored_key(&self, stored: Option<Stored>) -> Option<KeyName> {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        table.stored[stored?.0 as usize].1
    }

    /// How many forms there were.
    pub(crate) fn count(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).forms.len()
    }
}

impl Table {
    fn known(&self, form: FormName) -> &Known {
        &self.forms[form.0 as usize]
    }

    fn text(&self, stored: Option<Stored>) -> Option<&str> {
        Some(&self.stored[stored?.0 as usize].0)
    }

    fn store(&mut self, text: String) -> Stored {
        let at = self.stored.iter().position(|(stored, _)| *stored == text).unwrap_or_else(|| {
            let key = Kept::read(&text).and_then(|kept| kept.key()).as_ref().and_then(KeyName::read);
            self.stored.push((text, key));
            self.stored.len() - 1
        });
        Stored(at as u32)
    }

    fn name(&mut self, form: &Form, known: Known) -> FormName {
        let next = FormName(self.forms.len() as u32);
        let name = *self.by_print.entry(form.print()).or_insert(next);
        if name == next {
            self.forms.push(known);
        }
        name
    }
}

/// A form, and what it wants after what happened last.
struct Form {
    state: State,
    /// Seconds since the press.
    clock: u32,
    wait: u32,
    sends: Option<Sends>,
    keeps: Option<Option<String>>,
}

/// What whoever answers says when to come back, in seconds: a press asks twice by itself then, in two minutes.
const AFTER: &str = "50";

impl Form {
    fn open(stored: Option<&str>, epoch: u8) -> Self {
        let mut config = Config { token_endpoint: "https://relay.example/v1/token".to_owned(), ..Config::default() };
        for (field, text) in [
            (Field::DomainWorkSpace, "EXA-CON-BUS-WOR"),
            (Field::Reporter, "user@example.com"),
            (Field::OrderId, "ORDER 777"),
            (Field::Title, TITLES[0]),
            (Field::Description, "The seal of ZWCU 669540 7 is broken"),
        ] {
            config.given.set(field, text);
        }
        let kept = stored.and_then(Kept::read).unwrap_or_default();
        let state = State::new(Rc::new(config), Numbers::POINT, kept);
        let mut form = Self { state, clock: 0, wait: 0, sends: None, keeps: None };
        form.reduce(Event::Opened, epoch);
        form
    }

    fn tell(&mut self, Happens { input, epoch, number }: Happens) {
        (self.sends, self.keeps) = (None, None);
        match input {
            Input::Submit => {
                self.clock = 0;
                self.reduce(Event::Submit(moment(number)), epoch);
            }
            Input::SendAgain | Input::SendAgainByItself => {
                self.clock = 0;
                self.reduce(Event::SendAgain(moment(number)), epoch);
            }
            Input::Leave => self.reduce(Event::Leave, epoch),
            Input::Edit => {
                self.reduce(Event::Typed(Field::Title, TITLES[1].to_owned()), epoch);
                self.reduce(Event::KeepNow, epoch);
            }
            Input::WaitOver | Input::WaitOverYoung => {
                self.clock += if input == Input::WaitOver { self.wait } else { 0 };
                let Phase::Waiting(wait) = self.state.phase else { return };
                self.reduce(Event::WaitOver(wait.number, f64::from(self.clock) * 1000.0), epoch);
            }
            Input::IsCopy => self.reduce(Event::IsCopy, epoch),
            Input::Said(said) => self.reduce(Event::TaskCame(reply(said), f64::from(self.clock) * 1000.0), epoch),
            Input::ForgetKey => {
                let content = self.state.draft.text(Field::Title).to_owned();
                *self = Self::open(None, epoch);
                self.reduce(Event::Typed(Field::Title, content), epoch);
            }
        }
    }

    /// The host agrees, and a token comes, at once.
    fn reduce(&mut self, event: Event, epoch: u8) {
        let now = f64::from(self.clock) * 1000.0;
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let effects = self.state.reduce_at_once(event).unwrap_or_else(|event| self.state.reduce_later(event));
            for effect in effects {
                match effect {
                    Effect::FetchToken => events.push(Event::TokenCame(Ok(Box::new(token(epoch))), now)),
                    Effect::AskHost => events.push(Event::HostSaid(HostAnswer::Agrees, now)),
                    Effect::Wait { ms, .. } => self.wait = ms / 1000,
                    Effect::SendTask => self.sends = self.sends(),
                    Effect::Keep => {
                        let kept = self.state.kept();
                        self.keeps = Some((!kept.is_empty()).then(|| kept.write()));
                    }
                    Effect::Forget => self.keeps = Some(None),
                    _ => {}
                }
            }
        }
    }

    fn sends(&self) -> Option<Sends> {
        let request = self.state.request()?;
        Some(Sends {
            key: KeyName::read(request.key.as_ref()?)?,
            replaces: request.replaces.as_ref().and_then(KeyName::read),
            content: u8::from(request.todo.text(Field::Title) != TITLES[0]),
        })
    }

    fn view(&self) -> View {
        let place = match &self.state.phase {
            Phase::Editing => Place::Editing,
            Phase::Sending(_) => Place::Sending,
            Phase::Waiting(_) => Place::Waiting,
            Phase::Doubt(WaysOut::AskAgain) => Place::AskAgain,
            Phase::Doubt(WaysOut::SendAgain) => Place::SendAgain,
            Phase::Doubt(WaysOut::Leave) => Place::LeaveAlone,
            Phase::Created(_) => Place::Created,
        };
        View {
            place,
            may_exist: self.state.standing().may_exist,
            looks_again: self.state.can_look_again(),
            rejected: matches!(self.state.notice, Some(Notice::Rejected { .. })),
            can_be_left: self.state.can_be_left(),
            key: self.state.key().and_then(KeyName::read),
        }
    }

    /// All that its future depends on. A wait's number, and the chance of a press that has made its key, it does not depend on.
    fn print(&self) -> String {
        let state = format!("{:?} {} {}", self.state, self.clock, self.wait);
        let mut print = String::with_capacity(state.len());
        let mut rest = state.as_str();
        while let Some((at, name)) =
            ["number: ", "waits: ", "random: "].iter().filter_map(|name| Some((rest.find(name)?, *name))).min()
        {
            let (before, after) = rest.split_at(at);
            print.push_str(before);
            let value = after.get(name.len()..).unwrap_or_default();
            let end = if value.starts_with('[') { value.find(']') } else { value.find([',', ' ']) };
            rest = value.get(end.unwrap_or(value.len())..).unwrap_or_default();
        }
        print + rest
    }
}

const TITLES: [&str; 2] = ["Seal broken", "Seal broken at gate 4"];

fn moment(number: u8) -> Moment {
    Moment { now: 0.0, wall: 0, age: 0.0, today: Date::FIRST, random: [number; 16] }
}

fn token(epoch: u8) -> TokenAnswer {
    TokenAnswer {
        access_token: "token".to_owned(),
        token_type: "Bearer".to_owned(),
        expires_in: 300,
        scope: None,
        mode: Mode::Sealed,
        task_endpoint: Some("/v1/tasks".to_owned()),
        app_url: None,
        environment: Some("acc".to_owned()),
        key_epoch: Some(epoch_name(epoch)),
        defaults: Members::default(),
    }
}

fn link(todo: u8) -> String {
    format!("\"https://bzctrl.example/todo/{todo}\"")
}

/// An answer as it comes over the wire, read by the widget's own reader.
fn reply(said: Said) -> Reply {
    let received = |status: u16, media_type: &str, body: String| Received {
        status,
        content_type: media_type.to_owned(),
        body,
        ..Received::default()
    };
    Reply::Answer(Box::new(task(match said {
        Said::Created { todo, replayed } => {
            let link = todo.map_or("null".to_owned(), link);
            let body = format!("{{\"taskType\":\"INCIDENT\",\"taskLink\":{link}}}");
            let replayed = if replayed { "true" } else { "" }.to_owned();
            Received { replayed, ..received(201, "application/json", body) }
        }
        Said::Problem { code, todo, replaced_by } => {
            let link = todo.map_or("null".to_owned(), link);
            let replaced = replaced_by.map_or("null".to_owned(), self::link);
            let body = format!(
                "{{\"code\":\"{}\",\"taskLink\":{link},\"replacedBy\":{{\"outcome\":\"told\",\"taskLink\":{replaced}}},\
                 \"upstream\":{{\"status\":400,\"reason\":\"no\"}}}}",
                code.as_str()
            );
            let retry_after = AFTER.to_owned();
            Received { retry_after, ..received(code.status(), "application/problem+json", body) }
        }
        Said::Lost => Received {
            retry_after: AFTER.to_owned(),
            ..received(200, "text/html", "<html>Sign in to the network</html>".to_owned())
        },
    })))
}

/// What an answer is taken for where a rule of the client is left out.
pub(crate) fn misread(said: Said, keeps: impl Fn(Rule) -> bool) -> Said {
    match said {
        // Whatever is no 201 was not sent.
        Said::Lost if !keeps(Rule::PortalSaysNothing) => {
            Said::Problem { code: Code::UpstreamRejected, todo: None, replaced_by: None }
        }
        // A refusal is a no.
        Said::Problem { code: Code::OriginDenied | Code::RateLimited | Code::InvalidTask, .. }
            if !keeps(Rule::RefusalDecidesNothing) =>
        {
            Said::Problem { code: Code::UpstreamRejected, todo: None, replaced_by: None }
        }
        said => said,
    }
}
