//! What happens to a form, what it asks of the world, and where it stands in between: values, and nothing that does anything.

use bzctrl_contract::{CreatedTodo, Date, Field, Key, Mode, TaskLink, Todo, TodoType, TokenAnswer};

use super::submit::{NoToken, Reply, WaysOut};

/// Where the form stands.
#[derive(Debug)]
pub(crate) enum Phase {
    /// The user types. A notice says why the last Submit did not make it.
    Editing,
    /// A submission is under way.
    Sending(Step),
    /// It goes on by itself, under the same key; the notice says why.
    Waiting(Wait),
    /// The todo may exist. Read-only until the user says what to do.
    Doubt(WaysOut),
    /// The todo exists.
    Created(Box<Created>),
}

/// A pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    /// Which.
    pub(crate) number: u32,
    /// How long it still is.
    pub(crate) seconds: u32,
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
    /// Whether its link was copied. `None` while nobody has tried; where the browser does not copy, it is selected instead.
    pub(crate) copied: Option<bool>,
}

impl Created {
    /// What it is called in BzCtrl: as its link ends, or else by its first tag.
    pub(crate) fn name(&self) -> Option<&str> {
        let tag = || self.todo.tags.iter().flatten().find(|tag| !tag.trim().is_empty()).map(String::as_str);
        self.link.as_ref()?.name().or_else(tag)
    }
}

/// What the relay knows of a todo of this order, whoever has sent it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KnownTodo {
    /// It exists; else nobody knows.
    pub(crate) created: bool,
    /// Its title as it was sent.
    pub(crate) title: String,
    /// The link, if it may be opened.
    pub(crate) link: Option<TaskLink>,
    /// When it was sent: an RFC 3339 time or, once the platform has seen it, as the user writes that.
    pub(crate) sent_at: String,
    /// Who reported it, where that was verified.
    pub(crate) reporter: Option<String>,
}

/// The world at the moment of a press.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moment {
    /// In ms.
    pub(crate) now: f64,
    /// The wall clock, in seconds since 1970.
    pub(crate) wall: u32,
    /// How long ago the press was, in ms: what it needs may have come later.
    pub(crate) age: f64,
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

/// What a host says of a todo that is about to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HostAnswer {
    /// It lets it pass.
    Agrees,
    /// It refuses, in its own words.
    Refuses(String),
    /// It asked for time, and has not answered in it.
    Silent,
}

/// What happens to the form.
#[derive(Debug)]
pub(crate) enum Event {
    /// It is shown.
    Opened,
    /// It is shown again, after it was closed over a submission under way.
    Reopened,
    /// It is shown again, after the page had swept it away.
    PutBack,
    /// The user changed a field.
    Typed(Field, String),
    /// The user left a field; `true` if the browser holds a text there that is no value yet, such as half a date.
    Left(Field, bool),
    /// It is this day where the user is: a date is about to be checked.
    Today(Date),
    /// The user types no more, or the page may be gone in a moment: what was typed is to be kept now.
    KeepNow,
    /// What was to be kept could be, whole, or could not.
    Kept(bool),
    /// A form of another tab holds what was kept too: the tab was duplicated.
    IsCopy,
    /// A form of the same tab holds what was kept: it is that one's. This one's own is given, as it was written.
    IsAnothers(String),
    /// The user follows the summary to a field.
    GoTo(Field),
    /// The user pressed Submit, or Try now.
    Submit(Moment),
    /// The host has answered, at a time in ms.
    HostSaid(HostAnswer, f64),
    /// The token endpoint answered, at a time in ms.
    TokenCame(Result<Box<TokenAnswer>, NoToken>, f64),
    /// The task endpoint answered, or did not.
    TaskCame(Reply, f64),
    /// What the relay knows of this order, newest first.
    KnownCame(Vec<KnownTodo>),
    /// A wait goes on for so many seconds.
    WaitGoesOn(Wait),
    /// A wait is over, at a time in ms.
    WaitOver(u32, f64),
    /// The user wants it to wait no longer.
    Stop,
    /// The tab has opened, or was blocked.
    TabOpened(bool),
    /// The created todo's link was copied, or could only be selected.
    Copied(bool),
    /// "Send again", of an unknown outcome.
    SendAgain(Moment),
    /// "I have seen it, leave it".
    Leave,
    /// "Start anew", of a restored draft; "Report another", of a created todo.
    StartAnew,
    /// Close, Cancel, Escape, or a press beside the dialog.
    Close,
    /// "Back", in answer to the question.
    Stay,
    /// "Discard", in answer to the question.
    Discard,
    /// "Keep as draft and close", in answer to the question; or the browser has closed the dialog.
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
    /// Ask the relay for [`State::known_query`]. Answered by [`Event::KnownCame`], or not at all.
    FetchKnown,
    /// Wait for so many ms. Answered by [`Event::WaitOver`] with the same number.
    Wait { ms: u32, number: u32 },
    /// Keep [`State::kept`] for a reload. Answered by [`Event::Kept`] when that goes otherwise than the last time.
    Keep,
    /// Keep it soon: at the next pause in typing, or when the page may be gone. Answered by [`Event::KeepNow`].
    KeepSoon,
    /// Drop what was kept.
    Forget,
    /// Open a tab for the todo that is about to be made.
    ReserveTab,
    /// Open the created todo's link. Answered by [`Event::TabOpened`].
    OpenTab,
    /// Tell the host that the todo exists.
    AnnounceCreated,
    /// Tell the host of the notice that the user sees, in the user's words.
    AnnounceProblem,
    /// Tell the developer that the tab does not keep what is typed.
    TellNotKept,
    /// Tell the developer that nobody gives a field that every todo needs: neither the page nor the token answer.
    TellMissing(Field),
    /// Move the focus.
    Focus(Target),
    /// Close the form.
    Close(Reason),
}

/// What the relay is asked of an order.
#[derive(Debug)]
pub(crate) struct KnownQuery {
    /// Where: absolute, or relative to the token endpoint.
    pub(crate) endpoint: String,
    /// The access token.
    pub(crate) token: String,
    /// The order.
    pub(crate) order_id: String,
}

/// What goes to the task endpoint.
#[derive(Debug)]
pub(crate) struct Request {
    /// Absolute, or relative: to the token endpoint, or to the page.
    pub(crate) endpoint: String,
    /// The page has stated it.
    pub(crate) of_page: bool,
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
