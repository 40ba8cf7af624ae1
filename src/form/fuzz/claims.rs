//! What each notice claims of the todo, as the fuzzer reads the form's sentences. One table, so that another can take its place.

use bzctrl_contract::Code;

use crate::form::submit::Notice;

/// A claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// This press has sent nothing.
    NotSent,
    /// What this press has sent was not taken.
    Refused,
    /// BzCtrl has not made what this press has sent.
    NotMade,
    /// It may exist.
    MayExist,
    /// The key has an outcome of its own, and links say which.
    Outcome,
}

impl Claim {
    pub(super) fn of(notice: &Notice) -> Self {
        match notice {
            Notice::Rejected { .. } => Self::NotMade,
            Notice::Lost | Notice::Unknown | Notice::Interrupted | Notice::Forgotten | Notice::Earlier => {
                Self::MayExist
            }
            Notice::Outcome { .. } => Self::Outcome,
            Notice::Late
            | Notice::Offline
            | Notice::Blocked
            | Notice::NoRelay
            | Notice::NoTaskEndpoint
            | Notice::WrongEnvironment
            | Notice::PageLacks(_)
            | Notice::HostRefused(_)
            | Notice::HostSilent => Self::NotSent,
            Notice::Busy | Notice::SignedOut | Notice::NotAdmitted | Notice::TokenUnusable => Self::Refused,
            Notice::Problem(code) => match code {
                Code::OutcomeUnknown | Code::KeyUnknown | Code::InProgress => Self::MayExist,
                Code::UpstreamUnavailable | Code::UpstreamCredentials => Self::NotSent,
                _ => Self::Refused,
            },
        }
    }
}
