//! When a message is tried again.

use uuid::Uuid;

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;

/// The pauses after the first attempt and each further one, as Standard Webhooks has them: a little over three days.
const PAUSES: [u32; 10] =
    [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR, 24 * HOUR];
/// A receiver may ask for more patience, up to this.
const LONGEST: u32 = 24 * HOUR;

/// In how many seconds a message is tried again that has failed so many times; none: no more by itself. `random`, from 0 to
/// 255, makes it up to a fifth longer, so that what failed together does not come back together.
pub(super) fn pause(failed: u32, retry_after: Option<u32>, random: u8) -> Option<u32> {
    let at = usize::try_from(failed.saturating_sub(1)).ok()?;
    let pause = *PAUSES.get(at)?;
    let pause = pause + pause / 5 * u32::from(random) / 255;
    Some(pause.max(retry_after.unwrap_or(0).min(LONGEST)))
}

/// A random byte.
pub(super) fn random() -> u8 {
    Uuid::new_v4().into_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_for_three_days_and_then_it_ends() {
        let pauses: Vec<u32> = (1..).map_while(|failed| pause(failed, None, 0)).collect();
        assert_eq!(pauses, PAUSES);
        assert!(pauses.is_sorted());
        let in_all: u32 = pauses.iter().sum();
        assert!((3 * 24 * HOUR..5 * 24 * HOUR).contains(&in_all), "{in_all}");
        assert_eq!(pause(11, Some(5), 0), None);
        assert_eq!(pause(u32::MAX, None, 0), None);
    }

    #[test]
    fn a_pause_is_longer_by_chance_and_where_the_receiver_asks_but_not_for_ever() {
        assert_eq!(pause(1, None, 255), Some(6));
        assert_eq!(pause(10, None, 255), Some(24 * HOUR + 24 * HOUR / 5));
        assert_eq!(pause(1, Some(90), 0), Some(90));
        assert_eq!(pause(2, Some(90), 0), Some(5 * MINUTE));
        assert_eq!(pause(1, Some(u32::MAX), 0), Some(LONGEST));
    }
}
