//! The states of a row and every way from one to another, in one place. No store decides this for itself.

use bzctrl_contract::UpstreamAnswer;

use crate::upstream::Created;

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
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
pub(crate) enum Word {
    /// Nothing was sent.
    NotSent,
    /// The todo exists.
    Created(Created),
    /// BzCtrl said no.
    Rejected(UpstreamAnswer),
    /// Nobody can know.
    Unknown,
}

impl Fate {
    /// What a word of the row's own claim makes of it; none where the word changes nothing.
    ///
    /// A word that comes late, when the row was given up as unknown, is heard if it is a real outcome. "Not sent" is not:
    /// the user may have been told that the todo may exist.
    pub(crate) fn hears(&self, word: &Word) -> Option<Self> {
        match (self, word) {
            (Self::Sending, Word::NotSent) => Some(Self::Free),
            (Self::Sending, Word::Unknown) => Some(Self::Unknown),
            (Self::Sending | Self::Unknown, Word::Created(created)) => Some(Self::Created(created.clone())),
            (Self::Sending | Self::Unknown, Word::Rejected(said)) => Some(Self::Rejected(said.clone())),
            (Self::Free | Self::Created(_) | Self::Rejected(_), _) | (Self::Unknown, Word::NotSent | Word::Unknown) => {
                None
            }
        }
    }

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

impl From<&Word> for Fate {
    fn from(word: &Word) -> Self {
        match word {
            Word::NotSent => Self::Free,
            Word::Created(created) => Self::Created(created.clone()),
            Word::Rejected(said) => Self::Rejected(said.clone()),
            Word::Unknown => Self::Unknown,
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
        let words = [Word::NotSent, Word::Created(created.clone()), Word::Rejected(said.clone()), Word::Unknown];
        let table = [
            (Fate::Free, [None, None, None, None]),
            (Fate::Sending, [Some("free"), Some("created"), Some("rejected"), Some("unknown")]),
            (Fate::Created(created), [None, None, None, None]),
            (Fate::Rejected(said), [None, None, None, None]),
            (Fate::Unknown, [None, Some("created"), Some("rejected"), None]),
        ];
        for (fate, expected) in table {
            let heard = words.each_ref().map(|word| fate.hears(word).map(|fate| fate.name()));
            assert_eq!(heard, expected, "{fate:?}");
        }
    }
}
