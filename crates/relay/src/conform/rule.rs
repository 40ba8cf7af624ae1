//! The rules of docs/PROTOCOL.md that can be seen from outside, each under a name and in a sentence.

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
pub(super) const ALL: [Rule; 26] = [
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
    Rule::AtOnce,
    Rule::Replaces,
    Rule::PageGone,
    Rule::Unknown,
    Rule::Replaced,
    Rule::Rejected,
    Rule::Free,
    Rule::Restart,
];

/// Those that need something to go wrong at BzCtrl.
pub(super) const OF_DOUBTS: [Rule; 5] = [Rule::Reporter, Rule::Unknown, Rule::Replaced, Rule::Rejected, Rule::Free];

impl Rule {
    /// Every rule.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.into_iter()
    }

    /// Its name, as docs/PROTOCOL.md lists it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// What it asks.
    #[must_use]
    pub fn says(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::ForeignOrigin => ("foreign-origin", "an origin that is not listed gets 403 and nothing to read"),
            Self::WidgetHeader => ("widget-header", "a POST without X-BzCtrl-Widget: 1 is refused"),
            Self::Preflight => ("preflight", "the preflight admits the page and the headers that it sends"),
            Self::Cors => ("cors", "the page may read every answer, problems included, and no other page may"),
            Self::NoStore => ("no-store", "no answer may be kept: Cache-Control: no-store"),
            Self::TokenAnswer => ("token-answer", "the token's answer has the members of the table"),
            Self::Identity => ("identity", "nobody gets a token for whom nobody vouches"),
            Self::BzctrlAdmits => ("bzctrl-admits", "in token mode BzCtrl admits the page's origin"),
            Self::TokenInvalid => {
                ("token-invalid", "a todo without a token, or with another's, gets 401 token-invalid")
            }
            Self::Problems => ("problems", "a no is a problem with a code of the table, in that code's status"),
            Self::KeyForm => ("key-form", "a key that is missing or not of the form gets 400 key-invalid"),
            Self::KeyEpoch => ("key-epoch", "a key of another epoch gets 410 key-unknown"),
            Self::InvalidTask => ("invalid-task", "a todo without what BzCtrl needs is refused"),
            Self::Orders => ("orders", "the todos of an order are listed in the form of the document, or 404"),
            Self::Created => ("created", "a todo gets 201 with BzCtrl's JSON"),
            Self::Reporter => ("reporter", "the backend writes who reports, whatever the page says"),
            Self::Replay => ("replay", "the same key gets the same answer, with Idempotency-Replayed: true"),
            Self::KeyReused => ("key-reused", "the same key with another content gets 422 key-reused, and the outcome"),
            Self::AtOnce => ("at-once", "one key that comes many times at once makes one todo"),
            Self::Replaces => ("replaces", "in place of a created todo nothing is sent: its own answer comes"),
            Self::PageGone => ("page-gone", "a send goes on when the page is gone"),
            Self::Unknown => ("unknown", "all doubt is 504 outcome-unknown, kept, and never sent again"),
            Self::Replaced => {
                ("replaced", "what is unknown is sent again on the user's word, and both outcomes are told")
            }
            Self::Rejected => ("rejected", "BzCtrl's no is 502 upstream-rejected, kept, with its reason"),
            Self::Free => ("free", "what was certainly not sent is sent by the same key later"),
            Self::Restart => ("restart", "what became of a key outlives the process"),
        }
    }
}
