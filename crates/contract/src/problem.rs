//! Problems: RFC 9457, with the `code` that programs read. Relay and widget share this list.

use serde::{Deserialize, Serialize};

/// Everything that a relay's problem can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is told by its title in the table below")]
pub enum Code {
    InProgress,
    KeyUnknown,
    KeyReplaced,
    KeyReused,
    UpstreamRejected,
    UpstreamUnavailable,
    UpstreamCredentials,
    OutcomeUnknown,
    InvalidTask,
    InvalidRequest,
    KeyInvalid,
    TokenExpired,
    TokenInvalid,
    OriginDenied,
    IdentityDenied,
    WorkspaceDenied,
    TooLarge,
    WrongMediaType,
    RateLimited,
    StoreUnavailable,
    NotFound,
    MethodNotAllowed,
    Internal,
}

/// A code's row: the word on the wire, and the status that it comes with.
struct Row(Code, &'static str, u16);

#[rustfmt::skip]
const CODES: [Row; 23] = [
    Row(Code::InProgress,           "in-progress",          409),
    Row(Code::KeyUnknown,           "key-unknown",          410),
    Row(Code::KeyReplaced,          "key-replaced",         410),
    Row(Code::KeyReused,            "key-reused",           422),
    Row(Code::UpstreamRejected,     "upstream-rejected",    502),
    Row(Code::UpstreamUnavailable,  "upstream-unavailable", 503),
    Row(Code::UpstreamCredentials,  "upstream-credentials", 503),
    Row(Code::OutcomeUnknown,       "outcome-unknown",      504),
    Row(Code::InvalidTask,          "invalid-task",         400),
    Row(Code::InvalidRequest,       "invalid-request",      400),
    Row(Code::KeyInvalid,           "key-invalid",          400),
    Row(Code::TokenExpired,         "token-expired",        401),
    Row(Code::TokenInvalid,         "token-invalid",        401),
    Row(Code::OriginDenied,         "origin-denied",        403),
    Row(Code::IdentityDenied,       "identity-denied",      403),
    Row(Code::WorkspaceDenied,      "workspace-denied",     403),
    Row(Code::TooLarge,             "too-large",            413),
    Row(Code::WrongMediaType,       "wrong-media-type",     415),
    Row(Code::RateLimited,          "rate-limited",         429),
    Row(Code::StoreUnavailable,     "store-unavailable",    503),
    Row(Code::NotFound,             "not-found",            404),
    Row(Code::MethodNotAllowed,     "method-not-allowed",   405),
    Row(Code::Internal,             "internal",             500),
];

impl Code {
    fn row(self) -> &'static Row {
        // Every variant has a row: a test walks them.
        CODES.iter().find(|row| row.0 == self).unwrap_or(&CODES[CODES.len() - 1])
    }

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// The status that it comes with.
    #[must_use]
    pub fn status(self) -> u16 {
        self.row().2
    }

    /// One sentence for developers. Not in the table, so that a page does not load it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::InProgress => "This key is being sent right now",
            Self::KeyUnknown => "What became of this key cannot be said",
            Self::KeyReplaced => "This key was sent again under another one",
            Self::KeyReused => "This key has an outcome with another content",
            Self::UpstreamRejected => "BzCtrl refused the todo",
            Self::UpstreamUnavailable => "BzCtrl cannot be reached; nothing was sent so far",
            Self::UpstreamCredentials => "BzCtrl refuses the relay's account; nothing was sent",
            Self::OutcomeUnknown => "The todo was sent, and no usable answer came",
            Self::InvalidTask => "The todo is not valid",
            Self::InvalidRequest => "The request is not of the documented form",
            Self::KeyInvalid => "The idempotency key is missing or not of the form",
            Self::TokenExpired => "The access token has expired",
            Self::TokenInvalid => "The access token is missing or not valid here",
            Self::OriginDenied => "This page's origin is not admitted",
            Self::IdentityDenied => "The user's identity is not accepted",
            Self::WorkspaceDenied => "This workspace is not open to this page",
            Self::TooLarge => "The body is too large",
            Self::WrongMediaType => "The body has another media type than this endpoint takes",
            Self::RateLimited => "Too many requests",
            Self::StoreUnavailable => "The relay's store does not answer",
            Self::NotFound => "There is nothing at this address",
            Self::MethodNotAllowed => "This address does not take this method",
            Self::Internal => "A fault of the relay",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::all().find(|code| code.as_str() == word)
    }

    /// Every code.
    pub fn all() -> impl Iterator<Item = Self> {
        CODES.iter().map(|row| row.0)
    }
}

/// A problem as it goes over the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Problem {
    /// An address that explains it.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// One sentence for developers.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What happened this time.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What programs read, see [`Code`].
    pub code: String,
    /// RFC 6749's word, in a refusal of a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Of `invalid-task`: what is wrong, field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// Of `key-reused` and `key-replaced`: what became of the key that was asked for, in the words of [`Outcome`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The link of what was created under that key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_link: Option<String>,
    /// Of `key-replaced`: what became of the key that replaced it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<Outcome>,
    /// Of `upstream-rejected`: what BzCtrl said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<UpstreamAnswer>,
}

/// A member that is wrong: its name as it came, and a [`Fault`](crate::Fault)'s code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ProblemField {
    /// The member's name.
    pub field: String,
    /// What is wrong.
    pub code: String,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// `created`, `rejected`, `unknown` or `in-progress`.
    pub outcome: String,
    /// The link of what was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_link: Option<String>,
}

/// What BzCtrl said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct UpstreamAnswer {
    /// The status of its answer.
    pub status: u16,
    /// Its reason, as text, 2 kB at most.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back() {
        for code in Code::all() {
            assert_eq!(Code::parse(code.as_str()), Some(code));
        }
        assert_eq!(Code::Internal as usize + 1, Code::all().count());
        assert_eq!(Code::OutcomeUnknown.status(), 504);
    }
}
