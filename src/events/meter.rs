//! How far a server is behind the log.

use chrono::{DateTime, Utc};
use metrics::{Gauge, Histogram, gauge, histogram};

use crate::entities::events;

pub(super) struct Meter {
    lag: Histogram,
    position: Gauge,
    newest: Gauge,
    behind: Gauge,
}

impl std::fmt::Debug for Meter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Meter").finish_non_exhaustive()
    }
}

impl Meter {
    pub(super) fn new() -> Self {
        Self {
            lag: histogram!("rpm_event_lag_seconds"),
            position: gauge!("rpm_event_position"),
            newest: gauge!("rpm_event_newest_timestamp_seconds"),
            behind: gauge!("rpm_event_behind"),
        }
    }

    /// Events that have just been read.
    pub(super) fn read(&self, events: &[events::Model]) {
        let now = Utc::now();
        for event in events {
            // Two clocks: one that goes before is no lag.
            self.lag.record((now - event.recorded_at).to_std().unwrap_or_default());
        }
    }

    /// The newest event that has been read.
    pub(super) fn position(&self, position: i64, recorded_at: DateTime<Utc>) {
        self.position.set(position as f64);
        self.newest.set(recorded_at.timestamp_millis() as f64 / 1000.0);
    }

    /// How many positions there are that have not been read.
    pub(super) fn behind(&self, positions: i64) {
        self.behind.set(positions.max(0) as f64);
    }
}
