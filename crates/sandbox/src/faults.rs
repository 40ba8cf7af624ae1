//! What goes wrong next, and where: a queue that tests fill. It knows nothing of how each fault is brought about.

use std::{collections::VecDeque, num::NonZeroU32};

use serde::{Deserialize, Serialize};

/// One of the two documented requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// `"token"`: the token endpoint.
    Token,
    /// `"add-task"`: the creation of a todo.
    AddTask,
}

impl Endpoint {
    /// Its path, the same in each of BzCtrl's environments.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Token => "/bzctrl-core-api/oauth/token",
            Self::AddTask => "/bzctrl-core-api/api/v1/task/add-task",
        }
    }
}

/// What goes wrong. A fault that stores nothing leaves no todo behind; one that says nothing of it stores as usual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// `{"status": {"code": 502, "body": "html"}}`: this status, 200 to 599, with a body of this kind. Stores nothing.
    Status {
        /// The status code.
        code: u16,
        /// `"json"`, `"html"` or `"empty"`.
        body: BodyKind,
    },
    /// `{"delay": {"ms": 500}}`: as usual, so much later, also when the client has gone by then.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// `"close-before-reading"`: the connection is closed before the body is read. Stores nothing.
    CloseBeforeReading,
    /// `"close-after-storing"`: the connection is closed without a byte of an answer, after all was done.
    CloseAfterStoring,
    /// `"half-answer"`: the usual answer announces its length, ends in its middle, and the connection is closed.
    HalfAnswer,
    /// `"silence"`: the request is read and nothing happens until the client goes. Stores nothing.
    Silence,
    /// `"no-task-link"`, add-task only: the answer is without `taskLink`.
    NoTaskLink,
    /// `"javascript-link"`, add-task only: the answer's `taskLink` is a `javascript:` address.
    JavascriptLink,
    /// `"expired-token"`, add-task only: 401, and the bearer is forgotten. Stores nothing.
    ExpiredToken,
    /// `"revoked-token"`, add-task only: 401 in other words, and the bearer is forgotten. Stores nothing.
    RevokedToken,
    /// `{"expires-in": {"seconds": 1}}`, token only: a token that lives so long, and says so.
    ExpiresIn {
        /// Seconds.
        seconds: u64,
    },
}

/// The body of an answer made up by [`Fault::Status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyKind {
    /// An error in the endpoint's own JSON.
    Json,
    /// A proxy's page.
    Html,
    /// Nothing.
    Empty,
}

/// One entry of the queue, as `POST /sandbox/faults` takes it in an array.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueuedFault {
    /// Where it strikes: the next POST there takes it, whatever it says.
    pub at: Endpoint,
    /// What goes wrong.
    pub fault: Fault,
    /// How many requests it meets. Once when left out.
    #[serde(default = "once")]
    pub times: NonZeroU32,
}

fn once() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl QueuedFault {
    /// What makes the entry senseless, if anything does.
    fn objection(&self) -> Option<String> {
        let only_at = match &self.fault {
            Fault::Status { code, .. } if !(200..600).contains(code) => {
                return Some(format!("a status of {code} cannot be answered: give 200 to 599"));
            }
            Fault::NoTaskLink | Fault::JavascriptLink | Fault::ExpiredToken | Fault::RevokedToken => Endpoint::AddTask,
            Fault::ExpiresIn { .. } => Endpoint::Token,
            _ => return None,
        };
        (self.at != only_at).then(|| match only_at {
            Endpoint::Token => "this fault happens at \"token\" only".to_owned(),
            Endpoint::AddTask => "this fault happens at \"add-task\" only".to_owned(),
        })
    }
}

/// The queue. Each place takes its own entries, in the order of their arrival.
#[derive(Debug, Default)]
pub(crate) struct Faults(VecDeque<QueuedFault>);

impl Faults {
    /// Appends the entries of a JSON array: all of them, or none and the reason.
    pub(crate) fn append(&mut self, body: &[u8]) -> Result<(), String> {
        let more: Vec<QueuedFault> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        for (at, entry) in more.iter().enumerate() {
            if let Some(objection) = entry.objection() {
                return Err(format!("entry {at}: {objection}"));
            }
        }
        self.0.extend(more);
        Ok(())
    }

    /// What strikes this request, if anything does.
    pub(crate) fn take(&mut self, at: Endpoint) -> Option<Fault> {
        let next = self.0.iter().position(|entry| entry.at == at)?;
        let entry = self.0.get_mut(next)?;
        match NonZeroU32::new(entry.times.get() - 1) {
            Some(left) => {
                entry.times = left;
                Some(entry.fault.clone())
            }
            None => self.0.remove(next).map(|entry| entry.fault),
        }
    }

    /// What is left.
    pub(crate) fn left(&self) -> &VecDeque<QueuedFault> {
        &self.0
    }
}

/// One of each, for whoever wrote one that there is not.
pub(crate) fn examples() -> Vec<Fault> {
    vec![
        Fault::Status { code: 502, body: BodyKind::Html },
        Fault::Delay { ms: 500 },
        Fault::CloseBeforeReading,
        Fault::CloseAfterStoring,
        Fault::HalfAnswer,
        Fault::Silence,
        Fault::NoTaskLink,
        Fault::JavascriptLink,
        Fault::ExpiredToken,
        Fault::RevokedToken,
        Fault::ExpiresIn { seconds: 1 },
    ]
}
