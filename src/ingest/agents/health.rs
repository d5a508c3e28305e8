//! The health score of an agent that states none.
//!
//! `100 − what its status costs − what its faults cost − what its silence costs`, from 0 to 100. An agent that has said
//! goodbye is not blamed for its silence.

use chrono::TimeDelta;

use crate::entities::enums::AgentState;

/// What a status costs, in points.
const COST_OF_IDLE: i64 = 5;
const COST_OF_OFFLINE: i64 = 30;
const COST_OF_ERROR: i64 = 40;

/// What each failure, error or blocker costs, and the most that all cost together.
const COST_OF_FAULT: i64 = 10;
const MOST_FOR_FAULTS: i64 = 30;

/// Silence that costs nothing: files are read every quarter of an hour.
const SILENCE_FREE: TimeDelta = TimeDelta::minutes(15);
/// Silence that costs the most; between the two the cost grows evenly.
const SILENCE_WORST: TimeDelta = TimeDelta::hours(24);
const MOST_FOR_SILENCE: i64 = 40;

/// The score, 0–100, of an agent with this status and so many faults that was last heard so long ago.
pub(super) fn score(status: AgentState, faults: usize, silence: TimeDelta) -> i32 {
    let of_status = match status {
        AgentState::Active => 0,
        AgentState::Idle => COST_OF_IDLE,
        AgentState::Offline => COST_OF_OFFLINE,
        AgentState::Error => COST_OF_ERROR,
    };
    let of_faults = i64::try_from(faults).unwrap_or(i64::MAX).saturating_mul(COST_OF_FAULT).min(MOST_FOR_FAULTS);
    let of_silence = if status == AgentState::Offline { 0 } else { cost_of_silence(silence) };
    i32::try_from((100 - of_status - of_faults - of_silence).clamp(0, 100)).unwrap_or(0)
}

fn cost_of_silence(silence: TimeDelta) -> i64 {
    let over = (silence - SILENCE_FREE).num_seconds().max(0);
    let span = (SILENCE_WORST - SILENCE_FREE).num_seconds();
    (over.min(span) * MOST_FOR_SILENCE) / span
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_in_figures() {
        use AgentState::{Active, Error, Idle, Offline};
        let hours = TimeDelta::hours;
        for (status, faults, silence, expected) in [
            (Active, 0, hours(0), 100),
            (Active, 0, TimeDelta::minutes(15), 100),
            (Active, 0, hours(12), 81),
            (Active, 0, hours(24), 60),
            (Active, 0, hours(24 * 365), 60),
            (Active, 0, hours(-3), 100),
            (Idle, 0, hours(0), 95),
            (Idle, 2, hours(0), 75),
            (Error, 1, hours(0), 50),
            (Error, 99, hours(99), 0),
            (Offline, 0, hours(99), 70),
            (Offline, usize::MAX, hours(99), 40),
        ] {
            assert_eq!(score(status, faults, silence), expected, "{status:?}, {faults} faults, {silence}");
        }
    }
}
