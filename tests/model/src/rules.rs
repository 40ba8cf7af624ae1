//! The rules of the protocol, each of which can be left out.

use std::fmt;

/// A rule of `docs/PROTOCOL.md`, or of how a store keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A key that is being sent is not claimed a second time.
    OneClaim,
    /// `sending` is committed before the connection is made.
    ClaimBeforeSend,
    /// The result is committed before the answer.
    ResultBeforeAnswer,
    /// What a relay was sending when it ended is unknown.
    UnfinishedIsUnknown,
    /// A report counts for the claim that it names.
    ClaimIsNamed,
    /// A word that comes late is a real outcome, never "not sent".
    LateIsNeverFree,
    /// A claim whose COMMIT was not answered sends nothing.
    UnheardSendsNothing,
    /// And is written free until that succeeds.
    UnheardIsFreed,
    /// A result whose row is gone is inserted.
    GoneIsInserted,
    /// A restored store breaks its epochs: of an absent key it says nothing.
    RestoreBreaksEpochs,
    /// With the epochs, what was free is unknown.
    DoubtedIsUnknown,
    /// And so is what was being sent.
    DoubtedSendingIsUnknown,
    /// A store that was put back while relays run is found at the next claim (witness, timeline).
    PutBackIsFound,
    /// Of a key whose outcome is known nothing is sent again.
    OnlyUnknownIsReplaced,
    /// The key that is sent again sends nothing any more.
    ReplacedIsBarred,
    /// An epoch is dropped together with its rows.
    EpochGoesWithItsRows,
    /// An epoch is not dropped while a key of it is unknown.
    UnknownKeepsItsEpoch,
    /// `erase` keeps key and state.
    EraseKeepsTheKey,
    /// `resolve` waits until no word of the relay's own can come.
    ResolveWaits,
    /// The widget keeps the key before it sends.
    KeyIsKept,
    /// Whatever is edited after a refusal goes under the same key.
    EditKeepsTheKey,
    /// An answer that says nothing is a lost one.
    PortalSaysNothing,
    /// What speaks of a request alone leaves the key as undecided as it was.
    RefusalDecidesNothing,
    /// A new key after an unknown one is made by a knowing press alone.
    UnknownWaitsForAPress,
    /// What asks again by itself ends two minutes after the press.
    AskingEnds,
}

/// All of them.
pub const RULES: [Rule; 25] = [
    Rule::OneClaim,
    Rule::ClaimBeforeSend,
    Rule::ResultBeforeAnswer,
    Rule::UnfinishedIsUnknown,
    Rule::ClaimIsNamed,
    Rule::LateIsNeverFree,
    Rule::UnheardSendsNothing,
    Rule::UnheardIsFreed,
    Rule::GoneIsInserted,
    Rule::RestoreBreaksEpochs,
    Rule::DoubtedIsUnknown,
    Rule::DoubtedSendingIsUnknown,
    Rule::PutBackIsFound,
    Rule::OnlyUnknownIsReplaced,
    Rule::ReplacedIsBarred,
    Rule::EpochGoesWithItsRows,
    Rule::UnknownKeepsItsEpoch,
    Rule::EraseKeepsTheKey,
    Rule::ResolveWaits,
    Rule::KeyIsKept,
    Rule::EditKeepsTheKey,
    Rule::PortalSaysNothing,
    Rule::RefusalDecidesNothing,
    Rule::UnknownWaitsForAPress,
    Rule::AskingEnds,
];

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
