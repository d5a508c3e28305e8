//! How long to wait after a failure: twice as long after each, and never two processes in step.

use chrono::TimeDelta;

/// The wait after the first failure.
const FIRST: TimeDelta = TimeDelta::seconds(2);
/// The longest wait: the clock of the sync.
pub(super) const LONGEST: TimeDelta = TimeDelta::minutes(15);

/// The wait after so many failures in a row. `chance` is random: of the full wait, between a half and all is waited.
pub(super) fn delay(failures: u32, chance: u32) -> TimeDelta {
    let doublings = failures.saturating_sub(1).min(16);
    let full = LONGEST.num_milliseconds().min(FIRST.num_milliseconds() << doublings);
    let share = i64::from(chance) * (full / 2) / i64::from(u32::MAX);
    TimeDelta::milliseconds(full / 2 + share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let waits = |chance| [1, 2, 3, 9, 10, 4_000_000_000].map(|failures| delay(failures, chance).num_seconds());
        assert_eq!(waits(u32::MAX), [2, 4, 8, 512, 900, 900]);
        assert_eq!(waits(0), [1, 2, 4, 256, 450, 450]);
    }
}
