//! Named places on a todo's way at which a test lets the relay die, or stop: its own hand reaches between two steps where a clock from
//! outside hardly ever does. Nothing of it is in what ships: it is compiled with debug assertions alone, and `cargo xtask dist` looks
//! through the program that it has made (docs/decisions/0040).

/// A place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailPoint {
    /// A start has given up what was being sent, and has not committed that.
    StartBeforeCommit,
    /// It has.
    StartAfterCommit,
    /// An epoch is written, and not committed.
    EpochBeforeCommit,
    /// It is, and no page has heard of it.
    EpochAfterCommit,
    /// A claim is written, and not committed.
    ClaimBeforeCommit,
    /// It is, and the witness knows nothing of it.
    ClaimAfterCommit,
    /// The claim stands, durably, and nothing has gone to BzCtrl.
    BeforeFirstByte,
    /// BzCtrl has answered, and nobody knows of it.
    UpstreamAnswered,
    /// The result is written, and not committed.
    ResultBeforeCommit,
    /// It is, and the send does not know of it.
    ResultAfterCommit,
    /// All is done but for the answer to the page.
    BeforeAnswer,
}

impl FailPoint {
    /// All of them, in the order in which a todo meets them.
    pub const ALL: [Self; 11] = [
        Self::StartBeforeCommit,
        Self::StartAfterCommit,
        Self::EpochBeforeCommit,
        Self::EpochAfterCommit,
        Self::ClaimBeforeCommit,
        Self::ClaimAfterCommit,
        Self::BeforeFirstByte,
        Self::UpstreamAnswered,
        Self::ResultBeforeCommit,
        Self::ResultAfterCommit,
        Self::BeforeAnswer,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::StartBeforeCommit => "start-before-commit",
            Self::StartAfterCommit => "start-after-commit",
            Self::EpochBeforeCommit => "epoch-before-commit",
            Self::EpochAfterCommit => "epoch-after-commit",
            Self::ClaimBeforeCommit => "claim-before-commit",
            Self::ClaimAfterCommit => "claim-after-commit",
            Self::BeforeFirstByte => "before-first-byte",
            Self::UpstreamAnswered => "upstream-answered",
            Self::ResultBeforeCommit => "result-before-commit",
            Self::ResultAfterCommit => "result-after-commit",
            Self::BeforeAnswer => "before-answer",
        }
    }
}

/// Something has come to this place.
#[cfg(not(debug_assertions))]
#[inline]
pub(crate) fn reach(_: FailPoint) {}

#[cfg(debug_assertions)]
pub(crate) use armed::reach;

#[cfg(debug_assertions)]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use rustix::process::{Signal, getpid, kill_process};

    use super::FailPoint;

    const A_MOMENT: Duration = Duration::from_secs(1);
    /// `NAME=kill` or `NAME=stop`: what happens, and where. It happens once.
    const VARIABLE: &str = "BZCTRL_FAIL_POINT";

    struct Armed {
        point: FailPoint,
        signal: Signal,
        is_due: AtomicBool,
    }

    static ARMED: LazyLock<Option<Armed>> = LazyLock::new(|| Armed::read(&std::env::var(VARIABLE).ok()?));

    impl Armed {
        fn read(text: &str) -> Option<Self> {
            let (name, what) = text.split_once('=')?;
            let point = FailPoint::ALL.into_iter().find(|point| point.name() == name)?;
            let signal = match what {
                "kill" => Signal::KILL,
                "stop" => Signal::STOP,
                _ => return None,
            };
            Some(Self { point, signal, is_due: AtomicBool::new(true) })
        }
    }

    /// Something has come to this place: if it is the one that was named, the whole process ends here, or stops.
    pub(crate) fn reach(point: FailPoint) {
        if let Some(armed) = &*ARMED
            && armed.point == point
            && armed.is_due.swap(false, Ordering::Relaxed)
        {
            let _ = kill_process(getpid(), armed.signal);
            // A kill has ended this thread by now. A stop may reach another one first, and this one a moment later.
            std::thread::sleep(A_MOMENT);
        }
    }
}
