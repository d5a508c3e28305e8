//! How far a server is behind the log.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::Utc;
use metrics::{Gauge, Histogram, gauge, histogram};

use crate::entities::events;

pub(super) struct Meter {
    lag: Histogram,
    position: Gauge,
    newest: Gauge,
    behind: Gauge,
    /// How far the log reaches, as far as is known.
    end: AtomicI64,
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
            end: AtomicI64::new(0),
        }
    }

    /// Events that have just been read, in order.
    pub(super) fn read(&self, events: &[events::Model]) {
        let Some(newest) = events.last() else { return };
        self.position.set(newest.id as f64);
        self.newest.set(newest.recorded_at.timestamp_millis() as f64 / 1000.0);
        self.set_behind(newest.id);
        let now = Utc::now();
        for event in events {
            // Two clocks: one that goes before is no lag.
            self.lag.record((now - event.recorded_at).to_std().unwrap_or_default());
        }
    }

    /// How far the log reaches, and up to where it has been read.
    pub(super) fn end(&self, end: i64, position: i64) {
        self.end.store(end, Ordering::Relaxed);
        self.set_behind(position);
    }

    fn set_behind(&self, position: i64) {
        self.behind.set(self.end.load(Ordering::Relaxed).saturating_sub(position).max(0) as f64);
    }
}
