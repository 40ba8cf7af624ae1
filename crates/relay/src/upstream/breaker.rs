//! Whether a todo is sent to a BzCtrl that does not answer: each would end as one of which nobody knows. After some in a row none is
//! sent, and no key claimed, but one at a time that finds out whether BzCtrl is back (docs/decisions/0045). It knows nothing of
//! requests and answers: whoever sends says what came of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So many in a row that had no answer are no chance.
const MOST_FAILURES: u32 = 5;
/// When one is tried: first after so long, then after twice as long each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The breaker of one account.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<Circuit>);

#[derive(Debug, Default)]
struct Circuit {
    /// How many in a row had no answer.
    failures: u32,
    /// How often it was opened, closed or probed. What was let through before and fails later says nothing of the time since.
    turn: u64,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    pause: Duration,
    next_probe: Instant,
    probing: bool,
}

/// The right to send one todo. One that is dropped before its send has said nothing.
#[derive(Debug)]
pub(crate) struct Pass {
    breaker: Arc<Breaker>,
    turn: u64,
}

impl Breaker {
    /// Lets a todo through.
    ///
    /// # Errors
    /// None is sent now; when to try again, in seconds.
    pub(super) fn pass(self: &Arc<Self>, now: Instant) -> Result<Pass, u64> {
        let mut circuit = self.circuit();
        if let Some(open) = &mut circuit.open {
            let wait = if open.probing { FIRST_PAUSE } else { open.next_probe.saturating_duration_since(now) };
            if !wait.is_zero() {
                return Err(wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
            }
            open.probing = true;
        }
        Ok(Pass { breaker: Arc::clone(self), turn: circuit.turn })
    }

    /// Whether somebody is not let through, or would not be. Where nobody has asked for a while the next one is.
    pub(super) fn holds_back(&self, now: Instant) -> bool {
        self.circuit().open.as_ref().is_some_and(|open| open.probing || now < open.next_probe + LONGEST_PAUSE)
    }

    /// Lets all through again, whatever was before. Whether it was open.
    pub(super) fn close(&self) -> bool {
        let mut circuit = self.circuit();
        circuit.failures = 0;
        let was_open = circuit.open.take().is_some();
        circuit.turn += u64::from(was_open);
        was_open
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// BzCtrl has answered, whatever it said. Whether that has closed the breaker.
    pub(super) fn answered(&self) -> bool {
        self.breaker.close()
    }

    /// No answer came. Whether that has opened the breaker.
    pub(super) fn failed(&self, now: Instant) -> bool {
        let mut circuit = self.breaker.circuit();
        if circuit.turn != self.turn {
            return false;
        }
        let (was_open, pause) = match &circuit.open {
            Some(open) => (true, (open.pause * 2).min(LONGEST_PAUSE)),
            None => (false, FIRST_PAUSE),
        };
        circuit.failures = circuit.failures.saturating_add(1);
        if circuit.failures < MOST_FAILURES {
            return false;
        }
        circuit.open = Some(Open { pause, next_probe: now + pause, probing: false });
        circuit.turn += 1;
        !was_open
    }
}

/// A probe that was not sent leaves its place to the next.
impl Drop for Pass {
    fn drop(&mut self) {
        let mut circuit = self.breaker.circuit();
        if circuit.turn == self.turn
            && let Some(open) = &mut circuit.open
        {
            open.probing = false;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn open(now: Instant) -> Arc<Breaker> {
        let breaker = Arc::new(Breaker::default());
        for at in 1..=MOST_FAILURES {
            assert_eq!(breaker.pass(now).unwrap().failed(now), at == MOST_FAILURES);
        }
        breaker
    }

    fn wait(breaker: &Arc<Breaker>, now: Instant) -> u64 {
        breaker.pass(now).map(|_| 0).unwrap_or_else(|seconds| seconds)
    }

    #[test]
    fn only_those_in_a_row_open_it() {
        let (breaker, now) = (Arc::new(Breaker::default()), Instant::now());
        for _ in 0..10 {
            for _ in 1..MOST_FAILURES {
                assert!(!breaker.pass(now).unwrap().failed(now));
            }
            assert!(!breaker.pass(now).unwrap().answered());
        }
        assert!(!breaker.holds_back(now));
        assert_eq!(wait(&open(now), now), 5);
    }

    #[test]
    fn one_at_a_time_is_tried_and_seldomer_each_time() {
        let mut now = Instant::now();
        let breaker = open(now);
        for (waited, next) in [(5, 10), (10, 20), (20, 30), (30, 30)] {
            assert_eq!(wait(&breaker, now), waited);
            now += Duration::from_secs(waited);
            let probe = breaker.pass(now).unwrap();
            assert_eq!(wait(&breaker, now), 5, "one is under way");
            assert!(!probe.failed(now));
            drop(probe);
            assert_eq!(wait(&breaker, now), next);
        }
        assert!(breaker.holds_back(now));
        now += 2 * LONGEST_PAUSE;
        assert!(!breaker.holds_back(now), "the next is let through");
        assert!(breaker.pass(now).unwrap().answered());
        assert!(!breaker.pass(now).unwrap().failed(now), "it is counted from the beginning");
    }

    #[test]
    fn a_probe_that_was_not_sent_leaves_its_place() {
        let now = Instant::now();
        let (breaker, later) = (open(now), now + FIRST_PAUSE);
        drop(breaker.pass(later).unwrap());
        drop(breaker.pass(later).unwrap());
        assert!(breaker.holds_back(later));
    }

    #[test]
    fn what_was_let_through_before_says_nothing_by_failing_late() {
        let now = Instant::now();
        let breaker = Arc::new(Breaker::default());
        let before: Vec<_> = (0..20).map(|_| breaker.pass(now).unwrap()).collect();
        let opened = before.iter().filter(|pass| pass.failed(now)).count();
        assert_eq!((opened, wait(&breaker, now)), (1, 5), "it is opened once, and the pause is the first");
        // Who fails while one is tried takes nothing of its place.
        let probe = breaker.pass(now + FIRST_PAUSE).unwrap();
        drop(before);
        assert_eq!(wait(&breaker, now + FIRST_PAUSE), 5);
        // SIGHUP closes it, and the probe's failure counts no more.
        assert!(breaker.close());
        assert!(!probe.failed(now) && !breaker.holds_back(now));
        for _ in 1..MOST_FAILURES {
            breaker.pass(now).unwrap().failed(now);
        }
        assert!(!breaker.holds_back(now));
    }

    #[test]
    fn an_answer_that_comes_late_closes_it() {
        let now = Instant::now();
        let breaker = Arc::new(Breaker::default());
        let slow = breaker.pass(now).unwrap();
        for _ in 0..MOST_FAILURES {
            breaker.pass(now).unwrap().failed(now);
        }
        assert!(breaker.holds_back(now) && slow.answered() && !breaker.holds_back(now));
    }
}
