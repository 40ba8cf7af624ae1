//! The one place where the fuzzer names the form's state machine: when the machine changes, this changes, and nothing else.

use std::rc::Rc;

use bzctrl_contract::{Code, Date, Field, Json, Mode, Numbers, TaskLink, TodoType};

use crate::config::Config;
use crate::form::event::{Effect, Event, HostAnswer, KnownTodo, Moment, Phase, Reason, Step, Wait};
use crate::form::restore::{self, Kept};
use crate::form::state::State;
use crate::form::submit::{NoToken, Notice, WaysOut};
use crate::text::{self, Claim};

mod answers;
mod coverage;
mod pages;
use answers::reply;
pub(super) use coverage::{acts, told, uncovered};
use pages::token_answer;
pub(super) use pages::{PAGES, page};

/// A form.
pub(super) struct Machine(State);

/// Where a form stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Editing,
    Token,
    Host,
    Task,
    Waiting,
    AskAgain,
    SendAgain,
    LeaveAlone,
    Created,
}

/// What the user presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Press {
    Submit,
    SendAgain,
    Leave,
    StartAnew,
    Stop,
    Close,
    CloseNow,
    Stay,
    Discard,
    Copy,
}

/// What the form wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    FetchToken,
    AskHost,
    Send,
    Wait {
        ms: u32,
        number: u32,
    },
    Keep,
    KeepSoon,
    FetchKnown,
    Forget,
    ReserveTab,
    OpenTab,
    AnnounceCreated {
        link: Option<String>,
    },
    AnnounceProblem,
    Close(Closed),
    /// What changes nothing in this world: the focus moves, the developer and the page read a line.
    Other,
}

/// Under which word it closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    Created,
    Cancelled,
    Unknown,
}

/// What goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) sealed: bool,
    pub(super) token: String,
    pub(super) key: Option<String>,
    pub(super) replaces: Option<String>,
    /// All that a todo says but for addresses.
    pub(super) content: String,
    pub(super) order: String,
}

/// What comes back for a todo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Made {
        link: Option<String>,
        replayed: bool,
    },
    Problem {
        code: Code,
        link: Option<String>,
        replaced_by: Option<Option<String>>,
        after: Option<u32>,
    },
    /// An answer that is no problem: of BzCtrl itself, or of what stands between.
    Plain(u16),
    Redirect,
    Nothing,
    Offline,
    Blocked,
    /// Not sent: the endpoint is no address.
    Unsent,
}

/// What the token endpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenSaid {
    Token {
        token: String,
        sealed: bool,
        epoch: String,
        defaults: Defaults,
        lacks: Lacks,
    },
    NotReached,
    NotAdmitted,
    Unusable,
    SignedOut,
    Offline,
    Problem(Code),
    /// So many seconds later it may be another.
    Later(Code, u32),
}

/// What a token answer does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lacks {
    Nothing,
    Epoch,
    Endpoint,
}

/// What a tenant fills in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defaults {
    Usual,
    Nothing,
    Tasks,
    Incidents,
}

/// What the host answers when it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HostSaid {
    Agrees,
    Refuses,
    Silent,
}

impl Machine {
    /// A form as it opens over what the tab's storage has.
    pub(super) fn new(page: &Rc<Config>, comma: bool, stored: Option<&str>) -> Self {
        let numbers = if comma { Numbers::COMMA } else { Numbers::POINT };
        Self(State::new(page.clone(), numbers, stored.and_then(Kept::read).unwrap_or_default()))
    }

    fn tell(&mut self, event: Event) -> Vec<Deed> {
        coverage::counts(self.place(), &event);
        let effects = self.0.reduce(event);
        effects.into_iter().map(|effect| self.deed(effect)).collect()
    }

    fn deed(&self, effect: Effect) -> Deed {
        match effect {
            Effect::FetchToken => Deed::FetchToken,
            Effect::AskHost => Deed::AskHost,
            Effect::SendTask => Deed::Send,
            Effect::Wait { ms, number } => Deed::Wait { ms, number },
            Effect::Keep => Deed::Keep,
            Effect::KeepSoon => Deed::KeepSoon,
            Effect::FetchKnown => Deed::FetchKnown,
            Effect::Forget => Deed::Forget,
            Effect::ReserveTab => Deed::ReserveTab,
            Effect::OpenTab => Deed::OpenTab,
            Effect::AnnounceCreated => Deed::AnnounceCreated { link: self.link().map(str::to_owned) },
            Effect::AnnounceProblem => Deed::AnnounceProblem,
            Effect::Close(reason) => Deed::Close(match reason {
                Reason::Created => Closed::Created,
                Reason::Cancelled => Closed::Cancelled,
                Reason::Unknown => Closed::Unknown,
            }),
            Effect::AnnounceOpen | Effect::TellNotKept | Effect::TellMissing(_) | Effect::Focus(_) => Deed::Other,
        }
    }

    pub(super) fn opened(&mut self) -> Vec<Deed> {
        self.tell(Event::Opened)
    }

    pub(super) fn reopened(&mut self) -> Vec<Deed> {
        self.tell(Event::Reopened)
    }

    pub(super) fn types(&mut self, field: Field, text: &str) -> Vec<Deed> {
        self.tell(Event::Typed(field, text.to_owned()))
    }

    /// `half`: the browser holds something in it that is no value yet.
    pub(super) fn leaves(&mut self, field: Field, half: bool, today: Date) -> Vec<Deed> {
        self.tell(Event::Today(today));
        self.tell(Event::Left(field, half))
    }

    /// The user follows the summary, if there is one, to its first field.
    pub(super) fn goes_to_a_fault(&mut self) -> Vec<Deed> {
        let fault = self.0.errors.first().filter(|_| self.0.summary).map(|error| error.field);
        fault.map(|field| self.tell(Event::GoTo(field))).unwrap_or_default()
    }

    pub(super) fn put_back(&mut self) -> Vec<Deed> {
        self.tell(Event::PutBack)
    }

    pub(super) fn tab_opened(&mut self, opened: bool) -> Vec<Deed> {
        self.tell(Event::TabOpened(opened))
    }

    pub(super) fn wait_goes_on(&mut self, number: u32, seconds: u32) -> Vec<Deed> {
        self.tell(Event::WaitGoesOn(Wait { number, seconds }))
    }

    pub(super) fn keeps_now(&mut self) -> Vec<Deed> {
        self.tell(Event::KeepNow)
    }

    pub(super) fn was_kept(&mut self, whole: bool) -> Vec<Deed> {
        self.tell(Event::Kept(whole))
    }

    pub(super) fn is_copy(&mut self) -> Vec<Deed> {
        self.tell(Event::IsCopy)
    }

    pub(super) fn is_anothers(&mut self, own: String) -> Vec<Deed> {
        self.tell(Event::IsAnothers(own))
    }

    pub(super) fn press(&mut self, press: Press, now: f64, today: Date, chance: u32) -> Vec<Deed> {
        let mut random = [0; 16];
        random[..4].copy_from_slice(&chance.to_be_bytes());
        let moment = Moment { now, wall: 0, age: 0.0, today, random };
        self.tell(match press {
            Press::Submit => Event::Submit(moment),
            Press::SendAgain => Event::SendAgain(moment),
            Press::Leave => Event::Leave,
            Press::StartAnew => Event::StartAnew,
            Press::Stop => Event::Stop,
            Press::Close => Event::Close,
            Press::CloseNow => Event::CloseNow,
            Press::Stay => Event::Stay,
            Press::Discard => Event::Discard,
            Press::Copy => Event::Copied(true),
        })
    }

    pub(super) fn host_said(&mut self, said: HostSaid, now: f64) -> Vec<Deed> {
        let said = match said {
            HostSaid::Agrees => HostAnswer::Agrees,
            HostSaid::Refuses => HostAnswer::Refuses("No.".to_owned()),
            HostSaid::Silent => HostAnswer::Silent,
        };
        self.tell(Event::HostSaid(said, now))
    }

    pub(super) fn wait_is_over(&mut self, number: u32, now: f64) -> Vec<Deed> {
        self.tell(Event::WaitOver(number, now))
    }

    pub(super) fn token_came(&mut self, said: TokenSaid, now: f64) -> Vec<Deed> {
        let answer = match said {
            TokenSaid::Token { token, sealed, epoch, defaults, lacks } => {
                Ok(Box::new(token_answer(token, sealed, epoch, defaults, lacks)))
            }
            TokenSaid::NotReached => Err(Notice::NoRelay.into()),
            TokenSaid::NotAdmitted => Err(Notice::NotAdmitted.into()),
            TokenSaid::Unusable => Err(Notice::TokenUnusable(None).into()),
            TokenSaid::SignedOut => Err(Notice::SignedOut.into()),
            TokenSaid::Offline => Err(Notice::Offline.into()),
            TokenSaid::Problem(code) => Err(Notice::Problem(code).into()),
            TokenSaid::Later(code, after) => Err(NoToken { notice: Notice::Problem(code), after: Some(after) }),
        };
        self.tell(Event::TokenCame(answer, now))
    }

    pub(super) fn task_came(&mut self, said: Said, now: f64) -> Vec<Deed> {
        self.tell(Event::TaskCame(reply(said), now))
    }

    /// The relay's list of the order came: of each todo its link, if it was created.
    pub(super) fn known_came(&mut self, known: Vec<Option<String>>) -> Vec<Deed> {
        let known = known.into_iter().map(|link| KnownTodo {
            created: link.is_some(),
            title: "As it was made".to_owned(),
            link: link.as_deref().and_then(TaskLink::parse),
            sent_at: String::new(),
            reporter: None,
        });
        self.tell(Event::KnownCame(known.collect()))
    }

    /// Whether Submit's place asks what became of an unknown todo.
    pub(super) fn can_look_again(&self) -> bool {
        self.0.can_look_again()
    }

    /// How long it says to wait, in s, and which wait that is.
    pub(super) fn wait(&self) -> Option<(u32, u32)> {
        if let Phase::Waiting(wait) = self.0.phase { Some((wait.number, wait.seconds)) } else { None }
    }

    /// The link of the created todo.
    pub(super) fn link(&self) -> Option<&str> {
        let Phase::Created(made) = &self.0.phase else { return None };
        made.link.as_ref().map(|link| link.as_str())
    }

    /// The code of what it tells the user.
    pub(super) fn code(&self) -> Option<&'static str> {
        self.0.notice.as_ref().map(Notice::code)
    }

    /// Whether the user sees a field, and may change it.
    pub(super) fn takes(&self, field: Field) -> bool {
        self.0.shows(field) && self.0.editable()
    }

    pub(super) fn place(&self) -> Place {
        match &self.0.phase {
            Phase::Editing => Place::Editing,
            Phase::Sending(Step::Token) => Place::Token,
            Phase::Sending(Step::Host) => Place::Host,
            Phase::Sending(Step::Task) => Place::Task,
            Phase::Waiting(_) => Place::Waiting,
            Phase::Doubt(WaysOut::AskAgain) => Place::AskAgain,
            Phase::Doubt(WaysOut::SendAgain) => Place::SendAgain,
            Phase::Doubt(WaysOut::Leave) => Place::LeaveAlone,
            Phase::Created(_) => Place::Created,
        }
    }

    /// What can be pressed, as the view shows it.
    pub(super) fn offers(&self, press: Press) -> bool {
        let place = self.place();
        match press {
            Press::CloseNow | Press::Stay => self.0.closing,
            Press::Discard => self.0.closing && self.can_start_anew(),
            _ if self.0.closing => false,
            Press::Submit => {
                matches!(place, Place::Editing | Place::Waiting | Place::AskAgain) || self.can_look_again()
            }
            Press::SendAgain => place == Place::SendAgain,
            Press::Leave => {
                matches!(place, Place::AskAgain | Place::SendAgain | Place::LeaveAlone) || self.can_be_left()
            }
            Press::StartAnew => {
                place == Place::Created || place == Place::Editing && self.0.restored && self.0.can_start_anew()
            }
            Press::Stop => place == Place::Waiting,
            // Escape, where no button says it.
            Press::Close => true,
            Press::Copy => place == Place::Created,
        }
    }

    pub(super) fn can_be_left(&self) -> bool {
        self.0.can_be_left()
    }

    pub(super) fn can_start_anew(&self) -> bool {
        self.0.can_start_anew()
    }

    /// Whether it says that something may exist.
    pub(super) fn says_it_may_exist(&self) -> bool {
        self.0.standing().may_exist
    }

    /// Whether it says that asking again cannot create it twice.
    pub(super) fn says_asking_is_safe(&self) -> bool {
        self.0.notice.is_some() && self.0.standing().asking_is_safe
    }

    /// What its notice claims of the todo.
    pub(super) fn claim(&self) -> Option<Claim> {
        self.0.notice.as_ref().map(|notice| text::claim(notice, self.0.standing()))
    }

    /// What it says exists.
    pub(super) fn links(&self) -> impl Iterator<Item = &str> {
        let listed = self.0.known().iter().filter_map(|todo| todo.link.as_ref());
        self.0.links().iter().chain(listed).map(|link| link.as_str())
    }

    pub(super) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    pub(super) fn text(&self, field: Field) -> &str {
        self.0.draft.text(field)
    }

    pub(super) fn sends(&self) -> Option<Sent> {
        let request = self.0.request()?;
        let unlike = |field: &Field| !matches!(field, Field::Reporter | Field::Assignee);
        let mut content = String::new();
        for (field, value) in request.todo.values().filter(|(field, _)| unlike(field)) {
            content.push_str(&format!("{field:?}={value:?};"));
        }
        Some(Sent {
            sealed: request.mode == Mode::Sealed,
            token: request.token,
            key: request.key.map(|key| key.as_str().to_owned()),
            replaces: request.replaces.map(|key| key.as_str().to_owned()),
            content,
            order: request.todo.text(Field::OrderId).to_owned(),
        })
    }

    /// What is to be kept, if anything is.
    pub(super) fn kept(&self) -> Option<ToKeep> {
        let kept = self.0.kept();
        (!kept.is_empty()).then(|| ToKeep(kept, self.0.todo_type()))
    }

    /// Whether what is kept is nothing but this form's key.
    pub(super) fn is_kept_key_alone(&self, stored: &str) -> bool {
        Kept::read(stored).is_some_and(|kept| kept.typed.is_empty() && kept.key().as_ref() == self.0.key())
    }
}

/// What a form of this type has to keep.
pub(super) struct ToKeep(Kept, TodoType);

impl ToKeep {
    /// What of it is written where not everything fits, and whether that is all. As `platform/storage` does it.
    pub(super) fn written(self, fits: impl Fn(&str) -> bool) -> (bool, Option<String>) {
        let Self(kept, todo_type) = self;
        let whole = kept.write();
        if fits(&whole) {
            return (true, Some(whole));
        }
        let shown = kept.of_type(todo_type);
        let text = shown.write();
        if fits(&text) {
            return (false, Some(text));
        }
        (false, shown.forget().map(|it| it.write()).filter(|text| fits(text)))
    }
}

/// What a storage says of a submission: under way in which mode, and its key.
pub(super) fn stored_submission(stored: &str) -> Option<(bool, Option<bool>, Option<String>)> {
    let kept = Kept::read(stored)?;
    Some((kept.undecided, kept.mode.map(|mode| mode == Mode::Sealed), kept.key))
}

/// The title that it keeps.
pub(super) fn stored_title(stored: &str) -> Option<String> {
    let kept = Kept::read(stored)?;
    kept.typed.texts().find_map(|(name, text)| (name == "title").then(|| text.to_owned()))
}

/// What is left of it once the page has it forgotten.
pub(super) fn forgotten(stored: &str) -> Option<String> {
    Kept::read(stored).and_then(Kept::forget).map(|it| it.write())
}

/// A storage in which somebody has spoilt the key.
pub(super) fn with_spoilt_key(stored: &str) -> Option<String> {
    let Some(Json::Object(mut members)) = Json::parse(stored) else { return None };
    members.iter_mut().filter(|(name, _)| name == "key").for_each(|(_, value)| *value = "?".into());
    Some(Json::Object(members).write())
}

/// Whether the form finds anything there.
pub(super) fn is_readable(stored: &str) -> bool {
    Kept::read(stored).is_some()
}

/// The name under which a page's form is kept.
pub(super) fn name(page: &Config) -> String {
    restore::name(page)
}
