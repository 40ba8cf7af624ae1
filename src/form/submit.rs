//! What an answer means, and what happens next: the protocol's tables and the client's rules as pure functions.
//!
//! Only a problem with a known code, or 201 with BzCtrl's JSON, says anything. Every other answer is a lost one.

use bzctrl_contract::{Code, CreatedTodo, Fault, Field, FieldError, Mode, Problem, TaskLink, Todo, reason};

/// What came back for a todo, as the browser tells it.
#[derive(Debug)]
pub(crate) enum Reply {
    /// An answer.
    Answer(Box<Answer>),
    /// A redirect, which is never followed.
    Redirect,
    /// Nothing: refused, cut off, timed out.
    Nothing,
    /// It could not be sent at all: the endpoint is no address.
    Unsent,
    /// It was not sent: the page's own policy forbids it.
    Blocked,
    /// It was not sent: the browser is offline.
    Offline,
}

/// An answer, read as far as it could be.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// The body, if it is `application/problem+json`.
    pub(crate) problem: Option<Problem>,
    /// The body, if it is another JSON object.
    pub(crate) todo: Option<CreatedTodo>,
    /// The body, whatever it is.
    pub(crate) text: String,
    /// `Retry-After`, in seconds.
    pub(crate) retry_after: Option<u32>,
    /// `Idempotency-Replayed: true`.
    pub(crate) replayed: bool,
}

/// What an answer says.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// The todo exists.
    Created { todo: CreatedTodo, replayed: bool },
    /// BzCtrl said no, with its reason.
    Rejected { status: u16, reason: String },
    /// A known code, and when to come back.
    Problem { problem: Problem, code: Code, after: Option<u32> },
    /// BzCtrl refuses the token (token mode).
    TokenRefused,
    /// BzCtrl is busy and took nothing (token mode).
    Busy,
    /// Sent, and no usable verdict (token mode).
    Unknown,
    /// The host's sign-in has ended.
    SignedOut,
    /// Nothing that says anything, and when to come back.
    Lost { after: Option<u32> },
    /// It was not sent: the endpoint is no address.
    Unsent,
    /// It was not sent: the page's own policy forbids it.
    Blocked,
    /// It was not sent: the browser is offline.
    Offline,
}

/// Reads a reply by the mode in which the todo was sent.
pub(crate) fn verdict(mode: Mode, sent: Option<&Todo>, reply: Reply) -> Verdict {
    match (mode, reply) {
        (_, Reply::Unsent) => Verdict::Unsent,
        (_, Reply::Blocked) => Verdict::Blocked,
        (_, Reply::Offline) => Verdict::Offline,
        (Mode::Sealed, Reply::Redirect) => Verdict::SignedOut,
        (Mode::Sealed, Reply::Nothing) => Verdict::Lost { after: None },
        (Mode::Sealed, Reply::Answer(answer)) => by_relay(sent, answer),
        (Mode::Token, Reply::Answer(answer)) => by_bzctrl(sent, answer),
        (Mode::Token, Reply::Redirect | Reply::Nothing) => Verdict::Unknown,
    }
}

/// Whether an answer is BzCtrl's word on a todo that it has created: a link, or what was sent. A portal's JSON is neither.
fn tells_of(sent: Option<&Todo>, todo: &CreatedTodo) -> bool {
    let repeats = |sent: &Todo| {
        todo.title.as_deref() == Some(sent.text(Field::Title))
            || todo.task_type.as_deref().is_some_and(|word| word.eq_ignore_ascii_case(sent.todo_type().wire()))
    };
    todo.link().is_some() || sent.is_some_and(repeats)
}

fn by_relay(sent: Option<&Todo>, answer: Box<Answer>) -> Verdict {
    if let (201, Some(todo)) = (answer.status, answer.todo)
        && tells_of(sent, &todo)
    {
        return Verdict::Created { todo, replayed: answer.replayed };
    }
    // What stands between may say when, too.
    let after = answer.retry_after;
    let Some(problem) = answer.problem else { return Verdict::Lost { after } };
    match Code::parse(&problem.code) {
        Some(Code::UpstreamRejected) => {
            let upstream = problem.upstream.unwrap_or_default();
            Verdict::Rejected { status: upstream.status, reason: upstream.reason }
        }
        Some(code) => Verdict::Problem { problem, code, after },
        None => Verdict::Lost { after },
    }
}

fn by_bzctrl(sent: Option<&Todo>, answer: Box<Answer>) -> Verdict {
    match (answer.status, answer.todo) {
        // A page of a proxy or a portal, which may have led the todo on.
        _ if answer.text.trim_start().starts_with('<') => Verdict::Unknown,
        (200..=299, Some(todo)) if tells_of(sent, &todo) => Verdict::Created { todo, replayed: false },
        (401, _) => Verdict::TokenRefused,
        (429, _) => Verdict::Busy,
        (status @ (400 | 403 | 404 | 405 | 413 | 414 | 415 | 422 | 431), _) => {
            Verdict::Rejected { status, reason: reason(&answer.text) }
        }
        _ => Verdict::Unknown,
    }
}

/// What a submission has come to know of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Attempt {
    /// A todo may exist that nobody has told of: what was sent has no verdict.
    pub(crate) undecided: bool,
    /// When the user pressed, in ms.
    pub(crate) pressed_at: f64,
    /// How often it was asked again since, by itself.
    pub(crate) tries: u32,
    /// When it was pressed by the wall clock, in seconds since 1970.
    pub(crate) wall: u32,
    /// Whether a new token was fetched since.
    pub(crate) renewed: bool,
}

impl Attempt {
    /// Whether nothing is sent by itself any more: the press is too old. A machine may have slept since.
    pub(crate) fn is_over(&self, now: f64) -> bool {
        now >= self.pressed_at + ASKS_BY_ITSELF_MS
    }
}

/// How long a press goes on asking by itself.
const ASKS_BY_ITSELF_MS: f64 = 120_000.0;

/// What happens next.
#[derive(Debug, PartialEq)]
pub(crate) enum NextStep {
    /// The todo is made.
    Created { todo: CreatedTodo, replayed: bool },
    /// The same request with a new token.
    RenewToken,
    /// The same request, by itself, after so many ms; meanwhile the notice stands.
    AskAgain { after_ms: u32, undecided: bool, notice: Notice },
    /// Back to the form. The key is kept for the next Submit unless BzCtrl's no has used it up.
    Edit { notice: Notice, errors: Vec<FieldError>, new_key: bool },
    /// It may exist. The form is read-only until the user says what to do.
    Doubt { notice: Notice, ways: WaysOut },
}

/// The ways out of a doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaysOut {
    /// Ask again under the same key: that cannot double. Or leave it.
    AskAgain,
    /// Leave it, or knowingly send it again.
    SendAgain,
    /// Leave it: what was typed is gone.
    Leave,
}

/// What the user is told. Each has its own sentences in `text`.
#[derive(Debug, PartialEq)]
pub(crate) enum Notice {
    /// A code of the relay.
    Problem(Code),
    /// The key has, or is getting, this outcome.
    Outcome { code: Code, link: Option<TaskLink>, replaced_link: Option<TaskLink> },
    /// BzCtrl said no, with the status of its answer and its reason.
    Rejected { status: u16, reason: String },
    /// No answer that says anything.
    Lost,
    /// Token mode: sent, and no usable verdict.
    Unknown,
    /// Token mode: BzCtrl is busy.
    Busy,
    /// The host's sign-in has ended.
    SignedOut,
    /// A reload or another tab came between Submit and the answer.
    Interrupted,
    /// Likewise, and what was typed was forgotten since.
    Forgotten,
    /// One that was sent before, under another key or under none, may exist.
    Earlier,
    /// What was pressed could not go on in time: it is not sent without another press.
    Late,
    /// The browser is offline.
    Offline,
    /// The page's own policy lets nothing be sent there.
    Blocked,
    /// The relay gives no token: it is not reached, or its answer was lost on the way.
    NoRelay,
    /// The relay gives no token: it is reached, so the page's origin is probably not admitted.
    NotAdmitted,
    /// The token endpoint's answer cannot be used: it has no usable member of this name, or is none at all.
    TokenUnusable(Option<&'static str>),
    /// Token mode: nobody said where todos go.
    NoTaskEndpoint,
    /// The page means another environment than the relay.
    WrongEnvironment,
    /// The page does not say what it must.
    PageLacks(Field),
    /// The host refused, in its own words.
    HostRefused(String),
    /// The host asked for time, and has not answered in it.
    HostSilent,
}

impl Notice {
    /// The code that programs read.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Problem(code) | Self::Outcome { code, .. } => code.as_str(),
            Self::Rejected { .. } => Code::UpstreamRejected.as_str(),
            Self::Unknown | Self::Interrupted | Self::Forgotten | Self::Earlier => Code::OutcomeUnknown.as_str(),
            Self::Late => "not-in-time",
            Self::Offline => "offline",
            Self::Blocked => "blocked-by-policy",
            Self::Lost => "answer-lost",
            Self::Busy => Code::RateLimited.as_str(),
            Self::SignedOut => "signed-out",
            Self::NoRelay => "relay-unreachable",
            Self::NotAdmitted => Code::OriginDenied.as_str(),
            Self::TokenUnusable(_) => "token-unusable",
            Self::NoTaskEndpoint => "no-task-endpoint",
            Self::WrongEnvironment => "environment-mismatch",
            Self::PageLacks(_) => "setting-missing",
            Self::HostRefused(_) => "host-refused",
            Self::HostSilent => "host-silent",
        }
    }

    /// The status behind it, 0 if there is none.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Problem(code) | Self::Outcome { code, .. } => code.status(),
            Self::Rejected { status, .. } => *status,
            Self::Unknown | Self::Interrupted | Self::Forgotten | Self::Earlier => Code::OutcomeUnknown.status(),
            _ => 0,
        }
    }

    /// Whether the same press may succeed later.
    pub(crate) fn retryable(&self) -> bool {
        match self {
            Self::Problem(code) => *code == Code::InProgress || passes(*code),
            Self::Lost
            | Self::NoRelay
            | Self::Busy
            | Self::SignedOut
            | Self::HostSilent
            | Self::Late
            | Self::Offline => true,
            _ => false,
        }
    }
}

/// The client's rules: what a verdict means for a submission, at a time in ms.
pub(crate) fn next(verdict: Verdict, attempt: &Attempt, now: f64) -> NextStep {
    match verdict {
        Verdict::Created { todo, replayed } => NextStep::Created { todo, replayed },
        Verdict::Rejected { status, reason } => {
            NextStep::Edit { notice: Notice::Rejected { status, reason }, errors: Vec::new(), new_key: true }
        }
        Verdict::Lost { after } => wait(attempt, now, Notice::Lost, after, true),
        Verdict::SignedOut => not_accepted(attempt, Notice::SignedOut),
        Verdict::Unsent => not_accepted(attempt, Notice::NoTaskEndpoint),
        Verdict::Blocked => not_accepted(attempt, Notice::Blocked),
        Verdict::Offline => wait(attempt, now, Notice::Offline, None, attempt.undecided),
        Verdict::Unknown => NextStep::Doubt { notice: Notice::Unknown, ways: WaysOut::SendAgain },
        Verdict::Busy => NextStep::Edit { notice: Notice::Busy, errors: Vec::new(), new_key: false },
        Verdict::TokenRefused => renew(attempt, now, Code::TokenInvalid),
        Verdict::Problem { problem, code, after } => on_problem(problem, code, after, attempt, now),
    }
}

fn on_problem(problem: Problem, code: Code, after: Option<u32>, attempt: &Attempt, now: f64) -> NextStep {
    let notice = Notice::Problem(code);
    match code {
        // What the row says.
        Code::InProgress => wait(attempt, now, notice, after, true),
        Code::UpstreamUnavailable => wait(attempt, now, notice, after, false),
        Code::UpstreamCredentials => NextStep::Edit { notice, errors: Vec::new(), new_key: false },
        Code::OutcomeUnknown | Code::KeyUnknown => NextStep::Doubt { notice, ways: WaysOut::SendAgain },
        Code::KeyReplaced | Code::KeyReused => {
            let link = |link: Option<String>| link.as_deref().and_then(TaskLink::parse);
            let replaced_link = link(problem.replaced_by.and_then(|outcome| outcome.task_link));
            NextStep::Doubt {
                notice: Notice::Outcome { code, link: link(problem.task_link), replaced_link },
                ways: WaysOut::SendAgain,
            }
        }
        // What speaks of this request alone.
        Code::TokenExpired | Code::TokenInvalid => renew(attempt, now, code),
        Code::RateLimited | Code::StoreUnavailable | Code::Internal => {
            wait(attempt, now, notice, after, attempt.undecided)
        }
        Code::InvalidTask if !attempt.undecided => {
            let errors = problem.errors.iter().filter_map(|error| {
                Some(FieldError { field: Field::by_wire(&error.field)?, fault: Fault::parse(&error.code)? })
            });
            NextStep::Edit { notice, errors: errors.collect(), new_key: false }
        }
        _ => not_accepted(attempt, notice),
    }
}

/// Why there is no token, and when to come back, in seconds.
#[derive(Debug, PartialEq)]
pub(crate) struct NoToken {
    /// Why.
    pub(crate) notice: Notice,
    /// When, if that was said.
    pub(crate) after: Option<u32>,
}

impl From<Notice> for NoToken {
    fn from(notice: Notice) -> Self {
        Self { notice, after: None }
    }
}

/// What a token that did not come means: one that was lost on the way, or that the relay cannot give for now, is asked for
/// again by itself, as a todo's answer is. `None` where the notice is the last word.
pub(crate) fn token_again(hindrance: &NoToken, attempt: &Attempt, now: f64) -> Option<u32> {
    let passes = match &hindrance.notice {
        Notice::NoRelay | Notice::Offline => true,
        Notice::Problem(code) => passes(*code),
        _ => false,
    };
    pause(attempt, now, hindrance.after).filter(|_| passes)
}

/// What is over in a while.
fn passes(code: Code) -> bool {
    matches!(code, Code::UpstreamUnavailable | Code::RateLimited | Code::StoreUnavailable | Code::Internal)
}

/// Waits and asks again under the same key, until the press is two minutes old; then only a press asks.
fn wait(attempt: &Attempt, now: f64, notice: Notice, after: Option<u32>, undecided: bool) -> NextStep {
    if let Some(after_ms) = pause(attempt, now, after) {
        NextStep::AskAgain { after_ms, undecided, notice }
    } else if undecided {
        NextStep::Doubt { notice, ways: WaysOut::AskAgain }
    } else {
        NextStep::Edit { notice, errors: Vec::new(), new_key: false }
    }
}

/// How long to wait before the next request of the same press, in ms; `None` if only a press asks again.
fn pause(attempt: &Attempt, now: f64, after: Option<u32>) -> Option<u32> {
    // 1, 2, 4, 8 s and so on, if the answer does not say.
    let after_ms = after.map_or_else(|| 1000 << attempt.tries.min(4), |seconds| seconds.clamp(1, 60) * 1000);
    (!attempt.is_over(now + f64::from(after_ms))).then_some(after_ms)
}

/// A new token, once a press; then whom to ask.
fn renew(attempt: &Attempt, now: f64, code: Code) -> NextStep {
    if attempt.renewed || attempt.is_over(now) {
        not_accepted(attempt, Notice::Problem(code))
    } else {
        NextStep::RenewToken
    }
}

/// The request was not accepted; the key stays as undecided as it was.
fn not_accepted(attempt: &Attempt, notice: Notice) -> NextStep {
    if attempt.undecided {
        NextStep::Doubt { notice, ways: WaysOut::AskAgain }
    } else {
        NextStep::Edit { notice, errors: Vec::new(), new_key: false }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
