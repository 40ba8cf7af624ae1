//! The state of everything, and what can happen next.

use std::sync::LazyLock;

use bzctrl_contract::Code;
use stateright::Property;

use crate::bounds::{Bounds, Fault};
use crate::data::{Data, KeyName, State};
use crate::forms::{FormName, Forms, Input, Sends, Stored};
use crate::promises;
use crate::rules::Rule;

/// The state of everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub(crate) tabs: Vec<Tab>,
    /// Sorted: which of two like ones came first is no difference.
    pub(crate) requests: Vec<Request>,
    /// Whether a relay stands still.
    pub(crate) stopped: Vec<bool>,
    pub(crate) data: Data,
    /// The data was put back, and nobody has found that so far.
    pub(crate) put_back: bool,
    /// A backup, an old copy of the file, or a replica that lags.
    pub(crate) aside: Option<Data>,
    pub(crate) truth: Truth,
    /// How often each fault has been.
    pub(crate) faults: [u8; Fault::COUNT],
    pub(crate) presses: u8,
    pub(crate) asks: u8,
}

/// A tab with a form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tab {
    pub(crate) form: FormName,
    pub(crate) stored: Option<Stored>,
    /// The user has pressed for a todo here that has come to nothing yet: the next Submit is for the same one.
    pub(crate) intends: bool,
    /// How often the press has asked by itself.
    pub(crate) asked: u8,
    pub(crate) is_closed: bool,
}

/// A request, on its way or in a relay's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Request {
    /// The tab that waits for its answer.
    pub(crate) from: Option<u8>,
    pub(crate) sends: Sends,
    pub(crate) stage: Stage,
}

/// Where a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Stage {
    OnItsWay,
    /// Its key is claimed, or will be where that rule is left out; it is about to be sent.
    Claimed {
        relay: u8,
        claim: u8,
    },
    /// There is a report on the claim, which the store has not taken, or has not said so.
    Reports {
        relay: u8,
        claim: u8,
        report: State,
        is_answered: bool,
        is_claimed: bool,
    },
}

impl Stage {
    /// The relay that has it in hand, and the claim.
    pub(crate) fn in_hand(self) -> Option<(u8, u8)> {
        match self {
            Self::OnItsWay => None,
            Self::Claimed { relay, claim } | Self::Reports { relay, claim, .. } => Some((relay, claim)),
        }
    }
}

/// What is true, whoever knows it. Flags are those of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Truth {
    /// The todos that BzCtrl has made, each with the key that it was sent under.
    pub(crate) todos: Vec<KeyName>,
    /// How many there may be by the user's presses.
    pub(crate) allowed: u8,
    /// How many epochs, keys and claims were made.
    pub(crate) epochs: u8,
    pub(crate) keys: u8,
    pub(crate) claims: u8,
    /// The press that sends it again asks for a second todo: there may be a first.
    pub(crate) asks_for_second: u16,
    /// BzCtrl has had it.
    pub(crate) sent: u16,
    /// A user was told that it exists, or may.
    pub(crate) told: u16,
    /// A user was told that it was not created.
    pub(crate) denied: u16,
    /// A relay has said that it was created, and the store has not lost that.
    pub(crate) said_created: u16,
    /// A relay has said that it is unknown.
    pub(crate) said_unknown: u16,
    /// Its user has gone without a word, and then the store has lost it.
    pub(crate) excused: u16,
    /// It was sent again after a relay had said that it is unknown.
    pub(crate) resent: bool,
    /// One whose outcome is known was sent again under another key.
    pub(crate) known_resent: bool,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The user does something in a tab.
    User(u8, Input),
    /// A tab's wait is over.
    WaitOver(u8),
    /// A tab is loaded anew.
    Reload(u8),
    /// The first tab is duplicated.
    Duplicate,
    /// A tab is closed for good.
    Close(u8),
    /// A tab's connection is cut.
    Cut(u8),
    /// A request is doubled.
    Double(u8),
    /// What is in a request is sent again under a new key, by a client that is not ours.
    Hasten(u8),
    /// A request arrives at a relay.
    Arrive(u8, u8, Arrival),
    /// A relay sends to BzCtrl.
    Send(u8, Sending),
    /// A relay reports to its store.
    Report(u8, Storing),
    /// A relay is killed.
    Kill(u8),
    /// A relay stands still.
    Stop(u8),
    /// It goes on.
    Continue(u8),
    /// A claim's lease is over.
    LeaseOver(u8),
    /// A backup is taken, a file copied; or a replica lags from here on.
    CopyAside,
    /// The backup is restored.
    Restore,
    /// The copy is put back, or the replica promoted.
    PutBack,
    /// A new epoch begins.
    NewDay,
    /// An epoch is dropped.
    Drop(u8),
    /// A key is erased.
    Erase(u8),
    /// A key is resolved.
    Resolve(u8),
}

/// What a request meets at a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arrival {
    /// The row speaks, or it is claimed.
    Handled,
    /// It is refused before the row is asked.
    Refused(Code),
    /// The row is open, and it is refused.
    NotTaken(Code),
    /// COMMIT's answer is lost; it was done, or not.
    CommitUnheard { done: bool },
}

/// What comes of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sending {
    /// The todo is made.
    Created,
    /// BzCtrl says no.
    Rejected,
    /// Nothing was sent.
    NotConnected,
    /// The answer is lost; it was made, or not.
    Unheard { made: bool },
}

/// How a report is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Storing {
    /// It is stored.
    Stored,
    /// It is stored, and nobody hears that.
    Unheard,
    /// It is not: it is answered as it is, and kept.
    Down,
}

/// The protocol within bounds.
#[derive(Debug)]
pub struct Model {
    pub(crate) bounds: Bounds,
    /// What a form does depends on nothing of a search: all searches share what was found out.
    pub(crate) forms: &'static Forms,
}

static FORMS: LazyLock<Forms> = LazyLock::new(Forms::default);

impl Model {
    /// The protocol within these bounds.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, forms: &FORMS }
    }

    /// Whether a rule holds in it.
    pub(crate) fn keeps(&self, rule: Rule) -> bool {
        !self.bounds.without.contains(&rule)
    }

    /// How many states the form was seen in, by all searches so far.
    #[must_use]
    pub fn forms(&self) -> usize {
        self.forms.count()
    }

    /// Whether this may go wrong once more.
    pub(crate) fn may(&self, world: &World, fault: Fault) -> bool {
        let most = self.bounds.faults.iter().find(|(it, _)| *it == fault).map_or(0, |(_, most)| *most);
        world.faults[fault as usize] < most && world.faults.iter().sum::<u8>() < self.bounds.most_faults
    }
}

impl stateright::Model for Model {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let tab = Tab { form: self.forms.open(None, 0), stored: None, intends: false, asked: 0, is_closed: false };
        vec![World {
            tabs: vec![tab],
            requests: Vec::new(),
            stopped: vec![false; usize::from(self.bounds.relays)],
            data: Data::new(),
            put_back: false,
            aside: None,
            truth: Truth { epochs: 1, ..Truth::default() },
            faults: [0; Fault::COUNT],
            presses: 0,
            asks: 0,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        self.of_users(world, actions);
        self.of_relays(world, actions);
        self.of_stores(world, actions);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        match action {
            Action::User(tab, input) => self.user(&mut next, tab, input),
            Action::WaitOver(tab) => self.wait_over(&mut next, tab),
            Action::Reload(tab) => self.reload(&mut next, tab),
            Action::Duplicate => self.duplicate(&mut next),
            Action::Close(tab) => self.close(&mut next, tab),
            Action::Cut(tab) => self.cut(&mut next, tab),
            Action::Double(request) => self.double(&mut next, request),
            Action::Hasten(request) => self.hasten(&mut next, request),
            Action::Arrive(request, relay, arrival) => self.arrive(&mut next, request, relay, arrival),
            Action::Send(request, sending) => self.send(&mut next, request, sending),
            Action::Report(request, storing) => self.report(&mut next, request, storing),
            _ => self.happen(&mut next, action),
        }
        next.requests.sort_unstable();
        (next != *world).then_some(next)
    }

    fn within_boundary(&self, world: &World) -> bool {
        world.tabs.iter().all(|tab| tab.asked <= promises::ASKS_BY_ITSELF + 1)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promises::all()
    }
}

impl Truth {
    /// The user knowingly sends again under this key. If nothing was sent before, that is for the same todo as before.
    pub(crate) fn allow(&mut self, key: KeyName, may_be_second: bool) {
        if may_be_second && self.asks_for_second & key.bit() == 0 {
            self.asks_for_second |= key.bit();
            self.allowed += 1;
        }
    }
}

impl World {
    /// The epoch of a token that is given out now.
    pub(crate) fn epoch(&mut self) -> u8 {
        self.data.epoch(&mut self.truth.epochs)
    }

    /// Counts a fault.
    pub(crate) fn had(&mut self, fault: Fault) {
        self.faults[fault as usize] += 1;
    }

    /// Whether a living relay has a claim in hand.
    pub(crate) fn is_in_hand(&self, claim: u8) -> bool {
        self.requests.iter().any(|request| request.stage.in_hand().is_some_and(|(_, it)| it == claim))
    }

    /// Whether a relay has a result of a key in hand, or will have one.
    pub(crate) fn will_be_reported(&self, key: KeyName) -> bool {
        self.requests.iter().filter(|it| it.sends.key == key).any(|it| match it.stage {
            Stage::OnItsWay => false,
            Stage::Claimed { .. } => true,
            Stage::Reports { report, .. } => report != State::Free,
        })
    }

    /// Whether the store is not the one that it was.
    pub(crate) fn has_lost_rows(&self) -> bool {
        [Fault::PutBack, Fault::Restored].iter().any(|fault| self.faults[*fault as usize] > 0)
    }

    /// A user goes without having been told, and the store has lost rows: nobody can know, but of what a relay has in hand.
    pub(crate) fn excuse_all_but_in_hand(&mut self) {
        for key in &self.truth.todos {
            if !self.will_be_reported(*key) {
                self.truth.excused |= key.bit();
            }
        }
    }

    /// Whether a form has a key, or will after a reload: it has an answer of it, or will ask for one, and never says that nothing was
    /// made.
    pub(crate) fn is_before_a_user(&self, forms: &Forms, key: KeyName) -> bool {
        self.tabs
            .iter()
            .filter(|tab| !tab.is_closed)
            .any(|tab| forms.view(tab.form).key == Some(key) || forms.stored_key(tab.stored) == Some(key))
    }
}
