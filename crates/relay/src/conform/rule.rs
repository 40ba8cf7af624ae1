//! The rules of docs/PROTOCOL.md that can be seen from outside: each under a name and in a sentence, with the section that it
//! stands in and what has to be given to try it.

/// A rule, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Which pages are let in.
    ForeignOrigin,
    /// What a page of another origin cannot set.
    WidgetHeader,
    /// What a browser asks first.
    Preflight,
    /// Who may read answers.
    Cors,
    /// Who may keep them.
    NoStore,
    /// What a token comes with.
    TokenAnswer,
    /// Who gets one.
    Identity,
    /// Token mode's own door.
    BzctrlAdmits,
    /// Whose todos are taken.
    TokenInvalid,
    /// What a no looks like.
    Problems,
    /// What a key looks like.
    KeyForm,
    /// What the store can vouch for.
    KeyEpoch,
    /// A todo that is none.
    InvalidTask,
    /// What is told of an order.
    Orders,
    /// A todo.
    Created,
    /// Who reports it.
    Reporter,
    /// The same key again.
    Replay,
    /// The same key with something else.
    KeyReused,
    /// The same key by somebody else.
    OtherUser,
    /// The same key at the same time.
    AtOnce,
    /// Another key for what is known.
    Replaces,
    /// A closed tab.
    PageGone,
    /// Doubt.
    Unknown,
    /// Sent again on the user's word.
    Replaced,
    /// A definite no.
    Rejected,
    /// What was certainly not sent.
    Free,
    /// What outlives the process.
    Restart,
}

/// All of them.
pub(super) const ALL: [Rule; 27] = [
    Rule::ForeignOrigin,
    Rule::WidgetHeader,
    Rule::Preflight,
    Rule::Cors,
    Rule::NoStore,
    Rule::TokenAnswer,
    Rule::Identity,
    Rule::BzctrlAdmits,
    Rule::TokenInvalid,
    Rule::Problems,
    Rule::KeyForm,
    Rule::KeyEpoch,
    Rule::InvalidTask,
    Rule::Orders,
    Rule::Created,
    Rule::Reporter,
    Rule::Replay,
    Rule::KeyReused,
    Rule::OtherUser,
    Rule::AtOnce,
    Rule::Replaces,
    Rule::PageGone,
    Rule::Unknown,
    Rule::Replaced,
    Rule::Rejected,
    Rule::Free,
    Rule::Restart,
];

/// Those that say nothing where the backend knows no users.
pub(super) const OF_USERS: [Rule; 3] = [Rule::Identity, Rule::Reporter, Rule::OtherUser];

/// What the document asks and nobody sees from outside, as docs/PROTOCOL.md lists it.
pub const UNSEEN: [&str; 8] = [
    "the row is on the disk before the connection to BzCtrl is made",
    "BzCtrl's token is there before a key is claimed",
    "two processes of the backend claim one key once",
    "a connection to BzCtrl that is refused, or a name that is not found, leaves the key free",
    "an answer of BzCtrl that never comes leaves the key unknown",
    "a restored backup gets a new epoch",
    "a token of another tenant, or one that has expired, is refused",
    "limits of size, time and number hold",
];

/// What has to be given, so that a rule can be tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    User,
    AnotherUser,
    CreatesTodos,
    Sandbox,
    RestartCommand,
}

impl Need {
    /// What to give.
    pub(super) fn flags(self) -> &'static str {
        match self {
            Self::User => {
                "--cookie, --assertion-endpoint, --assertion or --header of a signed-in user (--without-users where there are none)"
            }
            Self::AnotherUser => "--other-cookie, --other-assertion-endpoint or --other-header of a second user",
            Self::CreatesTodos => "--creates-todos",
            Self::Sandbox => "--sandbox with bzctrl-sandbox in BzCtrl's place",
            Self::RestartCommand => "--restart-command",
        }
    }
}

struct Row {
    name: &'static str,
    says: &'static str,
    section: &'static str,
    needs: &'static [Need],
}

const EVERY: &str = "What every request has";
const TOKEN: &str = "The token";
const TODO: &str = "The todo, sealed";
const ONE: &str = "At most one todo";

impl Rule {
    /// Every rule.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.into_iter()
    }

    /// Its name, as docs/PROTOCOL.md lists it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What it asks.
    #[must_use]
    pub fn says(self) -> &'static str {
        self.row().says
    }

    /// The section of docs/PROTOCOL.md that it stands in.
    #[must_use]
    pub fn section(self) -> &'static str {
        self.row().section
    }

    pub(super) fn needs(self) -> &'static [Need] {
        self.row().needs
    }

    fn row(self) -> Row {
        use Need::{AnotherUser, CreatesTodos, RestartCommand, Sandbox, User};
        let row = |name, says, section, needs| Row { name, says, section, needs };
        match self {
            Self::ForeignOrigin => row(
                "foreign-origin",
                "an origin that is not listed gets 403 origin-denied, and nothing is done",
                EVERY,
                &[],
            ),
            Self::WidgetHeader => row(
                "widget-header",
                "a POST without X-BzCtrl-Widget: 1 gets 400 invalid-request, and nothing is done",
                EVERY,
                &[],
            ),
            Self::Preflight => {
                row("preflight", "the preflight admits the page and the headers that it sends", EVERY, &[])
            }
            Self::Cors => {
                row("cors", "the page may read every answer, problems included, and no other page may", EVERY, &[])
            }
            Self::NoStore => row("no-store", "no answer may be kept: Cache-Control: no-store", EVERY, &[]),
            Self::TokenAnswer => row("token-answer", "the token's answer has the members of the table", TOKEN, &[]),
            Self::Identity => row("identity", "nobody gets a token for whom nobody vouches", TOKEN, &[User]),
            Self::BzctrlAdmits => {
                row("bzctrl-admits", "in token mode BzCtrl admits the page's origin", "Which mode", &[])
            }
            Self::TokenInvalid => {
                row("token-invalid", "a request without a token, or with another's, gets 401 token-invalid", TODO, &[])
            }
            Self::Problems => {
                row("problems", "a no is a problem with a code of the table, in that code's status", "Problems", &[])
            }
            Self::KeyForm => row(
                "key-form",
                "a key that is missing or not of the form gets 400 key-invalid; quotes may be left out",
                TODO,
                &[],
            ),
            Self::KeyEpoch => row("key-epoch", "a key of another epoch gets 410 key-unknown", ONE, &[]),
            Self::InvalidTask => row("invalid-task", "a todo without what BzCtrl needs is refused", TODO, &[]),
            Self::Orders => row(
                "orders",
                "the todos of an order are listed in the form of the document, or 404",
                "Todos of an order",
                &[],
            ),
            Self::Created => row("created", "a todo gets 201 with BzCtrl's JSON", TODO, &[CreatesTodos]),
            Self::Reporter => row(
                "reporter",
                "the backend writes who reports, whatever the page says",
                TODO,
                &[User, CreatesTodos, Sandbox],
            ),
            Self::Replay => row(
                "replay",
                "the same key, and it alone, gets the same answer with Idempotency-Replayed: true",
                TODO,
                &[CreatesTodos],
            ),
            Self::KeyReused => row(
                "key-reused",
                "the same key with another content gets 422 key-reused, and the outcome",
                TODO,
                &[CreatesTodos],
            ),
            Self::OtherUser => row(
                "other-user",
                "a key of another user gets 410 key-unknown, and no word of its outcome",
                TODO,
                &[User, AnotherUser, CreatesTodos],
            ),
            Self::AtOnce => {
                row("at-once", "one key that comes many times at once makes one todo", ONE, &[CreatesTodos])
            }
            Self::Replaces => row(
                "replaces",
                "in place of a created todo nothing is sent: its own answer comes",
                ONE,
                &[CreatesTodos],
            ),
            Self::PageGone => row("page-gone", "a send goes on when the page is gone", ONE, &[CreatesTodos]),
            Self::Unknown => row(
                "unknown",
                "all doubt is 504 outcome-unknown, kept, and never sent again",
                ONE,
                &[CreatesTodos, Sandbox],
            ),
            Self::Replaced => row(
                "replaced",
                "what is unknown is sent again on the user's word, and both outcomes are told",
                ONE,
                &[CreatesTodos, Sandbox],
            ),
            Self::Rejected => row(
                "rejected",
                "BzCtrl's no is 502 upstream-rejected, kept, with its reason",
                ONE,
                &[CreatesTodos, Sandbox],
            ),
            Self::Free => row(
                "free",
                "what was certainly not sent is sent by the same key later, with what was changed since",
                ONE,
                &[CreatesTodos, Sandbox],
            ),
            Self::Restart => {
                row("restart", "what became of a key outlives the process", ONE, &[CreatesTodos, RestartCommand])
            }
        }
    }
}
