//! How far a search goes: how many of each, and which faults how often.

use crate::rules::Rule;

/// What goes wrong, or is done beside the way of a todo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// A proxy or a browser sends a request twice.
    Doubled,
    /// A client that is not ours, or a user with two of them, sends again under a new key what may be on its way.
    Hasty,
    /// A connection is cut: what was sent may still arrive, its answer does not. Or a portal answers in its place.
    Cut,
    /// The relay refuses a request before the key's row is asked, or after it, without a claim.
    Refused,
    /// BzCtrl cannot be reached.
    NotConnected,
    /// BzCtrl's answer never reaches the relay.
    Unheard,
    /// BzCtrl says no.
    Rejected,
    /// A relay is killed, and starts anew.
    Killed,
    /// A relay stands still past its lease, and goes on.
    Stopped,
    /// COMMIT's answer is lost.
    CommitUnheard,
    /// The store takes a result later alone.
    StoreDown,
    /// The store is restored from a backup, by the command.
    Restored,
    /// An old file is put back, or a replica that lags is promoted, while relays run.
    PutBack,
    /// An old epoch is dropped.
    Dropped,
    /// The operator erases a key.
    Erased,
    /// The operator resolves a key.
    Resolved,
    /// The page is loaded anew.
    Reloaded,
    /// The tab is duplicated.
    Duplicated,
    /// The tab is closed for good.
    Closed,
    /// The user edits what was not taken.
    Edited,
}

impl Fault {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::Edited as usize + 1;

    /// All of them.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Doubled,
        Self::Hasty,
        Self::Cut,
        Self::Refused,
        Self::NotConnected,
        Self::Unheard,
        Self::Rejected,
        Self::Killed,
        Self::Stopped,
        Self::CommitUnheard,
        Self::StoreDown,
        Self::Restored,
        Self::PutBack,
        Self::Dropped,
        Self::Erased,
        Self::Resolved,
        Self::Reloaded,
        Self::Duplicated,
        Self::Closed,
        Self::Edited,
    ];
}

/// How far a search goes.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Knowing presses.
    pub presses: u8,
    /// Presses that ask what became of a key.
    pub asks: u8,
    /// Relays that run side by side on one store.
    pub relays: u8,
    /// Which faults, each how often at most.
    pub faults: Vec<(Fault, u8)>,
    /// How many faults in all.
    pub most_faults: u8,
    /// The rules that are left out.
    pub without: Vec<Rule>,
}

impl Bounds {
    /// One relay, one press, and these faults, each once.
    #[must_use]
    pub fn of(faults: &[Fault]) -> Self {
        let once: Vec<_> = faults.iter().map(|fault| (*fault, 1)).collect();
        let most_faults = u8::try_from(once.len()).unwrap_or(u8::MAX);
        Self { presses: 1, asks: 1, relays: 1, faults: once, most_faults, without: Vec::new() }
    }

    /// With so many knowing presses.
    #[must_use]
    pub fn presses(self, presses: u8) -> Self {
        Self { presses, ..self }
    }

    /// With so many presses that ask again.
    #[must_use]
    pub fn asks(self, asks: u8) -> Self {
        Self { asks, ..self }
    }

    /// With one of the faults twice.
    #[must_use]
    pub fn twice(mut self, fault: Fault) -> Self {
        self.faults.retain(|(it, _)| *it != fault);
        self.faults.push((fault, 2));
        self.most_faults += 1;
        self
    }

    /// With two relays, as on PostgreSQL.
    #[must_use]
    pub fn two_relays(self) -> Self {
        Self { relays: 2, ..self }
    }

    /// With so many faults in all.
    #[must_use]
    pub fn at_most(self, most_faults: u8) -> Self {
        Self { most_faults, ..self }
    }

    /// Without a rule.
    #[must_use]
    pub fn without(mut self, rule: Rule) -> Self {
        self.without.push(rule);
        self
    }
}
