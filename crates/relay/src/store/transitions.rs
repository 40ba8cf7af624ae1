//! What a store decides: what it says of a key, what a claim comes to, and what a report does to a row. Each decision is a function of
//! what one transaction has read. A store reads, asks here, and writes what it is told, so that all stores keep the same promise; the
//! model of the protocol (`tests/model`) runs this file too. It knows no database, no clock and nothing of HTTP.

use bzctrl_contract::Key;
use uuid::Uuid;

use super::{Digest, KeyState, Report};
use crate::owner::Owner;

/// All that is stored of a key, as one transaction has read it.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoredKey {
    /// Its row.
    pub(crate) row: Option<StoredRow>,
    /// The epoch that it was made in, if this store has it.
    pub(crate) epoch: Option<Epoch>,
}

/// A row.
#[derive(Clone, Debug)]
pub(crate) struct StoredRow {
    /// Whose the key is.
    pub(crate) owner: Owner,
    /// The last claim.
    pub(crate) claim: Uuid,
    /// The content of the last claim.
    pub(crate) digest: Digest,
    /// What became of it.
    pub(crate) state: KeyState,
    /// The key under which the user has sent it again.
    pub(crate) replaced_by: Option<Replacement>,
}

/// The key under which a user has sent another one again.
#[derive(Clone, Debug)]
pub(crate) struct Replacement {
    /// It.
    pub(crate) key: String,
    /// What became of it; none: it has no row, or none any more.
    pub(crate) state: Option<KeyState>,
}

/// An epoch that a store has.
#[derive(Clone, Debug)]
pub(crate) struct Epoch {
    /// The store has lost none of its rows since it began: an absent key was never sent.
    pub(crate) is_whole: bool,
    /// Where the todos of its keys go. None: it was given out before this was written down, and is good for whichever there is.
    pub(crate) environment: Option<String>,
}

/// What the store says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyLookup {
    /// Nothing was sent under it so far, and the store vouches for that: it may be claimed.
    Claimable,
    /// The store cannot say what became of it, or may not: it is another's, or was to go to another environment.
    Unverifiable,
    /// There is a row.
    Found(Row),
}

/// What a row says of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The content that was sent.
    pub(crate) digest: Digest,
    /// What became of it.
    pub(crate) state: KeyState,
    /// What became of the key under which the user has sent it again.
    pub(crate) replaced_by: Option<KeyState>,
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claimed {
    /// It is the claim's, durably: now send.
    Yes,
    /// Nothing is sent: this is how the key stands.
    No(KeyLookup),
    /// Nothing is sent: the key that it was to replace is not unknown, but stands like this.
    NotReplaced(KeyLookup),
}

/// What a claim's transaction does to a key that the claim replaces, besides writing the claim's own row as `sending`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bar {
    /// It is another's, or the store cannot vouch for it: nothing.
    Nothing,
    /// The new key is written into its row.
    Mark,
    /// It never came: a free row is written with the new key in it, so that the old one finds that when it comes late.
    Write,
}

/// What a report does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conclusion {
    /// The key's state now: what whoever has reported goes on with.
    pub(crate) state: KeyState,
    /// What is written.
    pub(crate) change: Change,
}

/// What is written of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing.
    Nothing,
    /// The row is gone: it is written anew, as the claim has it, in the state now. The host's system is told.
    Insert,
    /// The row takes the state now. The host's system is told.
    Update,
    /// The row was erased: it takes this blank state, and nobody is told.
    UpdateErased(KeyState),
}

/// Why an operator's word on a key is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unresolvable {
    /// What the store had of it was erased.
    Erased,
    /// It is not unknown, but this.
    Known(KeyState),
    /// The relay itself may still hear of it, for so many seconds.
    TooEarly(i64),
}

/// Until then after a claim a word of the relay's own may come: longer than any send, with its retries, and any stop of it.
const RESOLVE_AFTER: i64 = 15 * 60;

/// So long the store knows what became of a key.
const KEPT: i64 = 400 * 24 * 60 * 60;

/// What is stored of an epoch's keys, as one transaction has read it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EpochUse {
    /// When one of them was claimed or decided last, or the epoch began, in seconds since 1970.
    pub(crate) last_used_at: i64,
    /// One of them is [undecided](KeyState::UNDECIDED), and was not erased: of an erased one nobody can find out anything any more.
    pub(crate) has_undecided: bool,
    /// A host is still to be told of one of them.
    pub(crate) has_untold: bool,
}

impl EpochUse {
    /// What began later is not over.
    pub(crate) fn began_before(now: i64) -> i64 {
        now.saturating_sub(KEPT)
    }

    /// Whether the epoch is dropped, with all its keys.
    pub(crate) fn is_over(self, now: i64) -> bool {
        self.last_used_at < Self::began_before(now) && !self.has_undecided && !self.has_untold
    }
}

impl StoredKey {
    /// What is known of it, for an owner whose todos go to this environment.
    pub(crate) fn look_up(&self, owner: &Owner, environment: &str) -> KeyLookup {
        let claimable = |claimable| if claimable { KeyLookup::Claimable } else { KeyLookup::Unverifiable };
        let Some(row) = &self.row else { return claimable(self.is_vouched() && self.is_for(environment)) };
        if row.owner != *owner {
            return KeyLookup::Unverifiable;
        }
        let replaced_by = match &row.replaced_by {
            // The new key's row may be gone, or not yet there after a restore.
            Some(new) => {
                let new = new.state.clone().unwrap_or(KeyState::Unknown);
                // Nothing was sent under the new key, and nothing will be, for the old one's outcome is known now: it says all.
                let decided = matches!(row.state, KeyState::Created(_) | KeyState::Rejected(_));
                (!decided || new != KeyState::Free).then_some(new)
            }
            // Its user was told of another environment, and does not know of this one.
            None if row.state == KeyState::Free => return claimable(self.is_for(environment)),
            None => None,
        };
        KeyLookup::Found(Row { digest: row.digest, state: row.state.clone(), replaced_by })
    }

    /// Whether it was surely never sent, if it is absent.
    fn is_vouched(&self) -> bool {
        self.epoch.as_ref().is_some_and(|epoch| epoch.is_whole)
    }

    /// Whether it may be sent to an environment: its epoch was not given out for another one.
    fn is_for(&self, environment: &str) -> bool {
        let given_for = self.epoch.as_ref().and_then(|epoch| epoch.environment.as_deref());
        given_for.is_none_or(|given_for| given_for == environment)
    }

    /// What a claim of this key comes to that replaces these: those that its request names, and those in whose rows this key stands
    /// since an earlier claim. `Ok`: it is claimed, and each of these is barred as said, in the same order. `Err`: nothing is written.
    #[allow(clippy::result_large_err, reason = "it is no error, and on its way to its caller's `Ok`")]
    pub(crate) fn claim(
        &self,
        key: &Key,
        owner: &Owner,
        environment: &str,
        replaced: &[StoredKey],
    ) -> Result<Vec<Bar>, Claimed> {
        match self.look_up(owner, environment) {
            KeyLookup::Claimable => {}
            other => return Err(Claimed::No(other)),
        }
        // All of them are asked before one is marked: what is refused bars nothing.
        for old in replaced {
            let found = old.look_up(owner, environment);
            if !old.may_be_replaced(&found, key) {
                return Err(Claimed::NotReplaced(found));
            }
        }
        Ok(replaced.iter().map(|old| old.bar(owner, environment)).collect())
    }

    fn may_be_replaced(&self, found: &KeyLookup, by: &Key) -> bool {
        match found {
            // Another's, or none that can be vouched for: nothing will be marked.
            KeyLookup::Unverifiable => true,
            // Nothing was sent under it: it is barred, so that this stays so.
            KeyLookup::Claimable => true,
            KeyLookup::Found(Row { state: KeyState::Unknown | KeyState::Free, .. }) => {
                let earlier = self.row.as_ref().and_then(|row| row.replaced_by.as_ref());
                earlier.is_none_or(|earlier| earlier.key == by.as_str())
            }
            KeyLookup::Found(_) => false,
        }
    }

    fn bar(&self, owner: &Owner, environment: &str) -> Bar {
        match &self.row {
            Some(row) if row.owner == *owner => Bar::Mark,
            None if self.is_vouched() && self.is_for(environment) => Bar::Write,
            _ => Bar::Nothing,
        }
    }

    /// What a report on a claim does.
    ///
    /// A report that comes late, when the row was given up as unknown, counts if it is a real outcome.
    pub(crate) fn conclude(&self, claim: Uuid, report: &Report) -> Conclusion {
        let Some(row) = &self.row else {
            // A result is not lost with its row.
            let change = if *report == Report::NotSent { Change::Nothing } else { Change::Insert };
            return Conclusion { state: KeyState::from(report), change };
        };
        match (row.claim == claim).then(|| row.state.after(report)).flatten() {
            None => Conclusion { state: row.state.clone(), change: Change::Nothing },
            // A word that comes after `erase` says what became of the key, and fills nothing again.
            Some(state) if row.is_erased() => Conclusion { change: Change::UpdateErased(state.blank()), state },
            Some(state) => Conclusion { state, change: Change::Update },
        }
    }
}

impl StoredRow {
    /// Whether `erase` has blanked it: an owner of no name is nobody.
    pub(crate) fn is_erased(&self) -> bool {
        self.owner.identity.as_deref() == Some("")
    }

    /// What an operator's word on it comes to, so many seconds after the claim: the state that it takes.
    pub(crate) fn resolve(&self, since_claim: i64, found: &Report) -> Result<KeyState, Unresolvable> {
        // A word on it would store a link and a why anew, and tell a host of a todo without a title.
        if self.is_erased() {
            return Err(Unresolvable::Erased);
        }
        if self.state != KeyState::Unknown {
            return Err(Unresolvable::Known(self.state.clone()));
        }
        match RESOLVE_AFTER.saturating_sub(since_claim) {
            left if left > 0 => Err(Unresolvable::TooEarly(left)),
            _ => self.state.after(found).ok_or_else(|| Unresolvable::Known(self.state.clone())),
        }
    }
}

#[cfg(test)]
mod tests;
