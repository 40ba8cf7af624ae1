//! The states of a row, and every way from one to another. When a store takes which, `transitions` says.

use bzctrl_contract::UpstreamAnswer;

use crate::upstream::Created;

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyState {
    /// Nothing was sent so far: it may be claimed.
    Free,
    /// It is being sent right now.
    Sending,
    /// The todo exists.
    Created(Created),
    /// BzCtrl said no.
    Rejected(UpstreamAnswer),
    /// Nobody can know.
    Unknown,
}

/// What the owner of a claim says of its send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// Nothing was sent.
    NotSent,
    /// The todo exists.
    Created(Created),
    /// BzCtrl said no.
    Rejected(UpstreamAnswer),
    /// Nobody can know.
    Unknown,
}

impl KeyState {
    /// The state after a report of the row's own claim; none where the report changes nothing.
    ///
    /// A report that comes late, when the row was given up as unknown, counts if it is a real outcome. "Not sent" is not:
    /// the user may have been told that the todo may exist.
    pub(crate) fn after(&self, report: &Report) -> Option<Self> {
        match (self, report) {
            (Self::Sending, Report::NotSent) => Some(Self::Free),
            (Self::Sending, Report::Unknown) => Some(Self::Unknown),
            (Self::Sending | Self::Unknown, Report::Created(created)) => Some(Self::Created(created.clone())),
            (Self::Sending | Self::Unknown, Report::Rejected(said)) => Some(Self::Rejected(said.clone())),
            (Self::Free | Self::Created(_) | Self::Rejected(_), _)
            | (Self::Unknown, Report::NotSent | Report::Unknown) => None,
        }
    }

    /// The states that become unknown when the relay that was sending has ended without a report.
    pub(crate) const GIVEN_UP: &[Self] = &[Self::Sending];

    /// The states that become unknown when the store may have lost rows. That it was not sent, or is being sent, may be an old word:
    /// what followed it is lost.
    pub(crate) const DOUBTED: &[Self] = &[Self::Free, Self::Sending];

    /// The states of which something may still be heard: they keep their epoch, however old it is.
    pub(crate) const UNDECIDED: &[Self] = &[Self::Sending, Self::Unknown];

    /// The state as `erase` leaves it.
    pub(crate) fn blank(&self) -> Self {
        match self {
            Self::Created(_) => Self::Created(Created { answer: "{}".to_owned(), task_link: None }),
            Self::Rejected(said) => Self::Rejected(UpstreamAnswer { status: said.status, reason: String::new() }),
            Self::Free | Self::Sending | Self::Unknown => self.clone(),
        }
    }

    /// The names of all states.
    pub(crate) const NAMES: [&str; 5] = ["free", "sending", "created", "rejected", "unknown"];

    /// The state's name in a row.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Sending => "sending",
            Self::Created(_) => "created",
            Self::Rejected(_) => "rejected",
            Self::Unknown => "unknown",
        }
    }
}

impl From<&Report> for KeyState {
    fn from(report: &Report) -> Self {
        match report {
            Report::NotSent => Self::Free,
            Report::Created(created) => Self::Created(created.clone()),
            Report::Rejected(said) => Self::Rejected(said.clone()),
            Report::Unknown => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_hears_its_claim_once_and_a_real_outcome_late() {
        let created = Created { answer: "{}".to_owned(), task_link: None };
        let said = UpstreamAnswer { status: 400, reason: "no".to_owned() };
        let reports =
            [Report::NotSent, Report::Created(created.clone()), Report::Rejected(said.clone()), Report::Unknown];
        let table = [
            (KeyState::Free, [None, None, None, None]),
            (KeyState::Sending, [Some("free"), Some("created"), Some("rejected"), Some("unknown")]),
            (KeyState::Created(created), [None, None, None, None]),
            (KeyState::Rejected(said), [None, None, None, None]),
            (KeyState::Unknown, [None, Some("created"), Some("rejected"), None]),
        ];
        for (state, expected) in table {
            let changed = reports.each_ref().map(|report| state.after(report).map(|state| state.name()));
            assert_eq!(changed, expected, "{state:?}");
        }
    }
}
