//! What can happen, as small values: a case is a list of them. Earlier ones in the table are simpler; proptest shrinks towards
//! them.

use bzctrl_contract::Field;

use super::adapter::{Defaults, HostSaid, Press};
use super::relay::Fault;

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// All goes well for a while, and nobody does anything.
    Settle,
    /// The page opens its form, with these settings.
    Open(usize),
    /// The user types what a todo needs, and opens the form for it where none is open.
    Fill,
    /// The user types into a field: the text of this number.
    Type(Field, u8),
    /// The user leaves a field.
    Blur(Field),
    /// The user leaves half a date in its field.
    HalfDate,
    /// The user follows the summary to a field.
    GoToFault,
    /// Something of the page takes the form away, and it comes back.
    SweptAway,
    Press(Press),
    /// Something is pressed twice, or a moment too late.
    Late(Press),
    /// The user presses what is first in mind: Submit, or "Send again".
    GoOn,
    /// The oldest request that waits has this fate.
    Answer(Fault),
    /// The same of the one after it.
    AnswerNext(Fault),
    /// A form of another page says that it has the same draft.
    Hear,
    /// So many seconds pass.
    Pass(u32),
    /// The machine sleeps for an hour.
    Sleep,
    /// The wall clock is set, by an hour.
    ClockBack,
    ClockOn,
    /// The network is back: nobody waits for it any longer.
    BackOnline,
    /// What was slow arrives.
    Arrive,
    /// The page is loaded again; all had time to keep what was typed.
    Reload,
    /// The browser's tab dies.
    Crash,
    /// The tab is duplicated, and the user goes on in the copy.
    Duplicate,
    /// The same, and the copy's page opens the form that was opened last.
    OpenCopy,
    /// The user goes to another frame of the same tab.
    Frame,
    /// The same, and the form that was opened last is opened there too.
    OpenFrame,
    /// The user goes to the next page that is open, whichever that is.
    OtherTab,
    /// The page's `close()`, and its element's end.
    PageCloses,
    /// The page's `forget()`.
    PageForgets,
    /// How the page answers from now on when it is asked; `None`: it takes its time.
    PageSays(Option<HostSaid>),
    /// The storage takes nothing, nothing that is long, or everything.
    Full,
    FullForLong,
    Room,
    /// The storage is wiped, spoilt, or half spoilt.
    Wipe,
    Spoil,
    SpoilKey,
    /// The relay.
    Restart,
    LateWord,
    Restore,
    Midnight,
    /// The token endpoint goes over to the other mode, where the case has both.
    OtherMode,
    Tenant(Defaults),
    /// The user's numbers are written in the other way.
    OtherNumbers,
}

use Action::{
    Answer, AnswerNext, Arrive, BackOnline, Blur, ClockBack, ClockOn, Crash, Duplicate, Fill, Frame, Full, FullForLong,
    GoToFault, HalfDate, Hear, LateWord, Midnight, Open, OpenFrame, OtherMode, OtherNumbers, OtherTab, PageCloses,
    PageForgets, PageSays, Pass, Reload, Restart, Restore, Room, Settle, Sleep, Spoil, SpoilKey, SweptAway, Tenant,
    Type, Wipe,
};

/// Each with its weight.
const TABLE: &[(usize, Action)] = &[
    (6, Settle),
    (8, Open(0)),
    (8, Fill),
    (24, Action::GoOn),
    (8, Answer(Fault::Well)),
    (3, Answer(Fault::RequestLost)),
    (5, Answer(Fault::AnswerLost)),
    (1, Answer(Fault::Html)),
    (1, Answer(Fault::HtmlBefore)),
    (3, Answer(Fault::Slow)),
    (2, Answer(Fault::StillSending)),
    (4, Answer(Fault::MadeUnheard)),
    (3, Answer(Fault::NotMadeUnheard)),
    (1, Answer(Fault::NoLink)),
    (3, Answer(Fault::Rejected)),
    (3, Answer(Fault::Unavailable)),
    (3, Answer(Fault::Credentials)),
    (2, Answer(Fault::Busy)),
    (1, Answer(Fault::StoreDown)),
    (1, Answer(Fault::Internal)),
    (3, Answer(Fault::TokenRefused)),
    (2, Answer(Fault::Denied)),
    (2, Answer(Fault::Invalid)),
    (1, Answer(Fault::KeyInvalid)),
    (1, Answer(Fault::TooLarge)),
    (1, Answer(Fault::Redirect)),
    (2, Answer(Fault::Offline)),
    (1, Answer(Fault::Blocked)),
    (1, Answer(Fault::NoAddress)),
    (1, AnswerNext(Fault::Well)),
    (1, AnswerNext(Fault::AnswerLost)),
    (2, Pass(1)),
    (3, Pass(5)),
    (3, Pass(20)),
    (3, Pass(50)),
    (2, Pass(130)),
    (1, Pass(400)),
    (4, Action::Press(Press::Stop)),
    (3, Action::Press(Press::Close)),
    (3, Action::Press(Press::CloseNow)),
    (3, Action::Press(Press::Stay)),
    (1, Action::Press(Press::Discard)),
    (1, Action::Press(Press::Copy)),
    (2, Action::Press(Press::Leave)),
    (2, Action::Press(Press::StartAnew)),
    (1, Action::Late(Press::Submit)),
    (1, Action::Late(Press::SendAgain)),
    (1, Action::Late(Press::Leave)),
    (1, Action::Late(Press::StartAnew)),
    (1, Action::Late(Press::Stop)),
    (1, Action::Late(Press::Stay)),
    (4, Type(Field::Title, 1)),
    (2, Type(Field::Result, 1)),
    (2, Type(Field::TodoType, 1)),
    (2, Type(Field::TodoType, 2)),
    (2, Type(Field::FinancialImpact, 1)),
    (1, Type(Field::Priority, 1)),
    (1, Type(Field::Title, 0)),
    (1, Type(Field::ReminderDate, 1)),
    (1, Type(Field::ReminderDate, 2)),
    (1, Blur(Field::Title)),
    (1, HalfDate),
    (1, Blur(Field::ReminderDate)),
    (1, GoToFault),
    (1, SweptAway),
    (1, BackOnline),
    (4, Reload),
    (3, Crash),
    (2, Open(1)),
    (1, Open(2)),
    (1, Open(3)),
    (2, Open(4)),
    (1, Open(5)),
    (2, Open(6)),
    (1, Open(7)),
    (1, PageCloses),
    (1, PageForgets),
    (1, PageSays(Some(HostSaid::Agrees))),
    (1, PageSays(Some(HostSaid::Refuses))),
    (2, PageSays(None)),
    (2, Arrive),
    (1, LateWord),
    (1, Restart),
    (1, Restore),
    (1, Midnight),
    (2, OtherMode),
    (1, Tenant(Defaults::Usual)),
    (1, Tenant(Defaults::Tasks)),
    (1, Tenant(Defaults::Incidents)),
    (1, OtherNumbers),
    (1, Sleep),
    (1, ClockBack),
    (1, ClockOn),
    (1, Duplicate),
    (2, Action::OpenCopy),
    (6, Hear),
    (1, Frame),
    (2, OpenFrame),
    (1, OtherTab),
    (1, Tenant(Defaults::Nothing)),
    (1, Full),
    (1, FullForLong),
    (1, Room),
    (1, Wipe),
    (1, Spoil),
    (1, SpoilKey),
    // "Look again", beside "Send again".
    (3, Action::Press(Press::Submit)),
];

/// How many numbers stand for an action.
pub(super) const NUMBERS: usize = {
    let (mut sum, mut at) = (0, 0);
    while at < TABLE.len() {
        sum += TABLE[at].0;
        at += 1;
    }
    sum
};

/// The action of a number, and of which kind it is.
pub(super) fn action(mut number: usize) -> (usize, Action) {
    for (kind, (weight, action)) in TABLE.iter().enumerate() {
        if number < *weight {
            return (kind, *action);
        }
        number -= weight;
    }
    (0, Settle)
}
