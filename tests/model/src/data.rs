//! What stands in the store, and its transactions. What they decide is decided by the relay's own functions, except for a rule that is
//! left out.

use bzctrl_contract::{Key, UpstreamAnswer};
use uuid::Uuid;

use crate::owner::Owner;
use crate::relay::store::transitions::{
    Bar, Change, Claimed, Epoch, KeyLookup, Replacement, Row, StoredKey, StoredRow,
};
use crate::relay::store::{Digest, KeyState, Report};
use crate::rules::Rule;
use crate::upstream::Created;

/// A key: its epoch, and which of the keys that were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyName {
    pub(crate) epoch: u8,
    pub(crate) number: u8,
}

impl KeyName {
    /// As it goes over the wire.
    pub(crate) fn wire(self) -> Option<Key> {
        Key::new(&epoch_name(self.epoch), [self.number; 16]).ok()
    }

    /// As it came over the wire.
    pub(crate) fn read(key: &Key) -> Option<Self> {
        let number = u8::from_str_radix(key.as_str().get(key.as_str().len() - 2..)?, 16).ok()?;
        Some(Self { epoch: key.epoch().strip_prefix('e')?.parse().ok()?, number })
    }

    /// A place for it among flags.
    pub(crate) fn bit(self) -> u16 {
        1 << self.number
    }
}

/// What an epoch is called.
pub(crate) fn epoch_name(epoch: u8) -> String {
    format!("e{epoch}")
}

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum State {
    Free,
    Sending,
    /// Which todo; none where that was erased.
    Created(Option<u8>),
    Rejected,
    Unknown,
}

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeyRow {
    pub(crate) claim: u8,
    pub(crate) content: u8,
    pub(crate) state: State,
    pub(crate) replaced_by: Option<KeyName>,
    pub(crate) erased: bool,
}

/// What became of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum EpochState {
    Whole,
    Broken,
}

/// What stands in the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Data {
    /// The newest last. Names are random, so a store that was put back gives out none a second time.
    pub(crate) epochs: Vec<(u8, EpochState)>,
    /// Sorted by key.
    pub(crate) rows: Vec<(KeyName, KeyRow)>,
}

/// A claim, as its transaction has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    pub(crate) key: KeyName,
    pub(crate) replaces: Option<KeyName>,
    pub(crate) content: u8,
    pub(crate) number: u8,
}

fn owner(erased: bool) -> Owner {
    Owner { tenant: String::new(), identity: Some(if erased { "" } else { "u" }.to_owned()) }
}

const ENVIRONMENT: &str = "acc";

fn digest(content: u8) -> Digest {
    Digest([content; 32])
}

fn claim_name(claim: u8) -> Uuid {
    Uuid::from_u128(u128::from(claim) + 1)
}

impl State {
    /// As the relay has it.
    pub(crate) fn of_relay(self) -> KeyState {
        match self {
            Self::Free => KeyState::Free,
            Self::Sending => KeyState::Sending,
            Self::Created(todo) => {
                let answer = todo.map(|todo| todo.to_string()).unwrap_or_default();
                KeyState::Created(Created { answer, task_link: None })
            }
            Self::Rejected => KeyState::Rejected(UpstreamAnswer::default()),
            Self::Unknown => KeyState::Unknown,
        }
    }

    /// As the relay has it.
    pub(crate) fn read(state: &KeyState) -> Self {
        match state {
            KeyState::Free => Self::Free,
            KeyState::Sending => Self::Sending,
            KeyState::Created(created) => Self::Created(created.answer.parse().ok()),
            KeyState::Rejected(_) => Self::Rejected,
            KeyState::Unknown => Self::Unknown,
        }
    }

    /// What a send came to, or an operator has found.
    pub(crate) fn report(self) -> Report {
        match self.of_relay() {
            KeyState::Created(created) => Report::Created(created),
            KeyState::Rejected(said) => Report::Rejected(said),
            KeyState::Free => Report::NotSent,
            KeyState::Unknown | KeyState::Sending => Report::Unknown,
        }
    }
}

impl Data {
    /// A new store.
    pub(crate) fn new() -> Self {
        Self { epochs: vec![(0, EpochState::Whole)], rows: Vec::new() }
    }

    pub(crate) fn row(&self, key: KeyName) -> Option<&KeyRow> {
        self.rows.iter().find(|(name, _)| *name == key).map(|(_, row)| row)
    }

    fn row_mut(&mut self, key: KeyName) -> Option<&mut KeyRow> {
        self.rows.iter_mut().find(|(name, _)| *name == key).map(|(_, row)| row)
    }

    fn write(&mut self, key: KeyName, row: KeyRow) {
        match self.row_mut(key) {
            Some(stored) => *stored = row,
            None => {
                self.rows.push((key, row));
                self.rows.sort_unstable_by_key(|(name, _)| *name);
            }
        }
    }

    /// The epoch of new keys: the newest that is whole, or a new one.
    pub(crate) fn epoch(&mut self, unused: &mut u8) -> u8 {
        match self.epochs.last() {
            Some((name, EpochState::Whole)) => *name,
            _ => self.begin_epoch(unused),
        }
    }

    /// Begins a new epoch.
    pub(crate) fn begin_epoch(&mut self, unused: &mut u8) -> u8 {
        let name = *unused;
        *unused += 1;
        self.epochs.push((name, EpochState::Whole));
        name
    }

    fn epoch_state(&self, epoch: u8) -> Option<EpochState> {
        self.epochs.iter().find(|(name, _)| *name == epoch).map(|(_, state)| *state)
    }

    fn stored(&self, key: KeyName) -> StoredKey {
        let row = self.row(key).map(|row| StoredRow {
            owner: owner(row.erased),
            claim: claim_name(row.claim),
            digest: digest(row.content),
            state: row.state.of_relay(),
            replaced_by: row.replaced_by.and_then(|new| {
                let state = self.row(new).map(|new| new.state.of_relay());
                Some(Replacement { key: new.wire()?.as_str().to_owned(), state })
            }),
        });
        let epoch = self.epoch_state(key.epoch);
        let epoch = epoch.map(|epoch| Epoch { is_whole: epoch == EpochState::Whole, environment: None });
        StoredKey { row, epoch }
    }

    /// What is known of a key.
    pub(crate) fn look_up(&self, key: KeyName) -> KeyLookup {
        self.stored(key).look_up(&owner(false), ENVIRONMENT)
    }

    /// Claims a key, in one transaction.
    pub(crate) fn claim(&mut self, claim: Claim, keeps: impl Fn(Rule) -> bool) -> Claimed {
        let mut own = self.stored(claim.key);
        if let Some(row) = &mut own.row {
            if !keeps(Rule::OneClaim) && row.state == KeyState::Sending {
                row.state = KeyState::Free;
            }
            if !keeps(Rule::ReplacedIsBarred) {
                row.replaced_by = None;
            }
        }
        let mut replaced: Vec<KeyName> = claim.replaces.into_iter().collect();
        let earlier = self.rows.iter().filter(|(_, row)| row.replaced_by == Some(claim.key)).map(|(name, _)| *name);
        replaced.extend(earlier.filter(|name| Some(*name) != claim.replaces));
        let mut read: Vec<StoredKey> = replaced.iter().map(|old| self.stored(*old)).collect();
        if !keeps(Rule::OnlyUnknownIsReplaced) {
            read.iter_mut().filter_map(|old| old.row.as_mut()).for_each(|row| row.state = KeyState::Unknown);
        }
        let Some(key) = claim.key.wire() else { return Claimed::No(KeyLookup::Unverifiable) };
        let bars = match own.claim(&key, &owner(false), ENVIRONMENT, &read) {
            Ok(bars) => bars,
            Err(refused) => return refused,
        };
        let row = KeyRow {
            claim: claim.number,
            content: claim.content,
            state: State::Sending,
            replaced_by: None,
            erased: false,
        };
        for (old, bar) in replaced.into_iter().zip(bars) {
            if bar == Bar::Write {
                self.write(old, KeyRow { state: State::Free, claim: u8::MAX, ..row });
            }
            if bar != Bar::Nothing
                && let Some(old) = self.row_mut(old)
            {
                old.replaced_by = Some(claim.key);
            }
        }
        self.write(claim.key, row);
        Claimed::Yes
    }

    /// Takes a report on a claim, in one transaction.
    pub(crate) fn conclude(&mut self, claim: Claim, report: State, keeps: impl Fn(Rule) -> bool) -> State {
        let stored = self.stored(claim.key);
        let mut name = claim_name(claim.number);
        if let Some(row) = &stored.row {
            if !keeps(Rule::ClaimIsNamed) {
                name = row.claim;
            }
            if !keeps(Rule::LateIsNeverFree)
                && row.claim == name
                && row.state == KeyState::Unknown
                && report == State::Free
            {
                if let Some(row) = self.row_mut(claim.key) {
                    row.state = State::Free;
                }
                return State::Free;
            }
        }
        let conclusion = stored.conclude(name, &report.report());
        let state = State::read(&conclusion.state);
        match conclusion.change {
            Change::Nothing => {}
            Change::Insert if !keeps(Rule::GoneIsInserted) => {}
            Change::Insert => {
                let row =
                    KeyRow { claim: claim.number, content: claim.content, state, replaced_by: None, erased: false };
                self.write(claim.key, row);
            }
            Change::Update | Change::UpdateErased(_) => {
                let state = match &conclusion.change {
                    Change::UpdateErased(blank) => State::read(blank),
                    _ => state,
                };
                if let Some(row) = self.row_mut(claim.key) {
                    row.state = state;
                }
            }
        }
        state
    }

    /// What one relay was sending that has ended, or is thought to have.
    pub(crate) fn give_up(&mut self, claim: u8, keeps: impl Fn(Rule) -> bool) {
        for (_, row) in self.rows.iter_mut().filter(|(_, row)| row.claim == claim) {
            if KeyState::GIVEN_UP.contains(&row.state.of_relay()) {
                row.state = if keeps(Rule::UnfinishedIsUnknown) { State::Unknown } else { State::Free };
            }
        }
    }

    /// Rows may be lost.
    pub(crate) fn doubt(&mut self, keeps: impl Fn(Rule) -> bool) {
        self.epochs.iter_mut().for_each(|(_, state)| *state = EpochState::Broken);
        for (_, row) in &mut self.rows {
            let rule = if row.state == State::Sending { Rule::DoubtedSendingIsUnknown } else { Rule::DoubtedIsUnknown };
            if KeyState::DOUBTED.contains(&row.state.of_relay()) && keeps(rule) {
                row.state = State::Unknown;
            }
        }
    }

    /// The epochs that may be dropped: not the newest, and none with a key that is unknown or being sent.
    pub(crate) fn may_be_dropped(&self, epoch: u8, keeps: impl Fn(Rule) -> bool) -> bool {
        let is_old = self.epochs.last().is_some_and(|(name, _)| *name != epoch);
        let mut of_epoch = self.rows.iter().filter(|(name, _)| name.epoch == epoch).map(|(_, row)| row.state);
        let undecided = |state: State| {
            let is_kept = state != State::Unknown || keeps(Rule::UnknownKeepsItsEpoch);
            KeyState::UNDECIDED.contains(&state.of_relay()) && is_kept
        };
        is_old && !of_epoch.any(undecided)
    }

    /// Drops an epoch with its rows.
    pub(crate) fn drop_epoch(&mut self, epoch: u8, keeps: impl Fn(Rule) -> bool) {
        self.rows.retain(|(name, _)| name.epoch != epoch);
        if keeps(Rule::EpochGoesWithItsRows) {
            self.epochs.retain(|(name, _)| *name != epoch);
        }
    }

    /// Erases a key.
    pub(crate) fn erase(&mut self, key: KeyName, keeps: impl Fn(Rule) -> bool) {
        if !keeps(Rule::EraseKeepsTheKey) {
            self.rows.retain(|(name, _)| *name != key);
        } else if let Some(row) = self.row_mut(key) {
            row.erased = true;
            row.state = State::read(&row.state.of_relay().blank());
        }
    }

    /// Takes an operator's word on a key.
    pub(crate) fn resolve(&mut self, key: KeyName, found: State) -> bool {
        let Some(row) = self.stored(key).row else { return false };
        // The model knows no minutes: whoever asks sees to it that they are over.
        let Ok(state) = row.resolve(i64::MAX, &found.report()) else { return false };
        if let Some(row) = self.row_mut(key) {
            row.state = State::read(&state);
        }
        true
    }

    /// Whether a content is the one of a row.
    pub(crate) fn is_of(content: u8, row: &Row) -> bool {
        digest(content) == row.digest
    }
}
