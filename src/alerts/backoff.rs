//! When a delivery that was not taken is tried again: later each time, and never two in step.

use std::time::Duration;

/// The wait after the first failure; it doubles with each.
const FIRST: Duration = Duration::from_secs(10);
/// The longest wait that we choose ourselves.
const LONGEST: Duration = Duration::from_secs(3600);
/// The longest that the other side can ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 3600);

/// The wait after so many tries. `asked` is what the other side wants at least; `chance` is random, from 0 to 1: of the full wait,
/// between a half and all is waited.
pub(super) fn delay(tries: u32, asked: Option<Duration>, chance: f64) -> Duration {
    let full = LONGEST.min(FIRST * (1 << tries.saturating_sub(1).min(16)));
    let own = full.mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0));
    own.max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_and_heed_what_is_asked() {
        let waits = |chance| [0, 1, 2, 3, 9, 10, 4_000_000].map(|tries| delay(tries, None, chance).as_secs());
        assert_eq!(waits(1.0), [10, 10, 20, 40, 2560, 3600, 3600]);
        assert_eq!(waits(0.0), [5, 5, 10, 20, 1280, 1800, 1800]);
        let asked = |seconds| delay(1, Some(Duration::from_secs(seconds)), 1.0).as_secs();
        assert_eq!([asked(1), asked(120), asked(1_000_000)], [10, 120, 86_400]);
    }
}
