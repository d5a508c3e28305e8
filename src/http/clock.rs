//! The one clock of a connection: what runs out, and the rounds of keep-alive.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::{Instant, Sleep, sleep_until};

/// Longer than a server runs, and well within what the timer can hold.
const LONGEST_TIMER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Rings at a deadline, and at the end of every round.
pub(super) struct Clock {
    timer: Pin<Box<Sleep>>,
    /// First for `connection_init`, then for the viewer's token.
    deadline: Instant,
    round_ends: Instant,
    round: Duration,
}

/// Why the clock rings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ring {
    Deadline,
    Round,
}

impl Clock {
    pub(super) fn new(deadline: Duration, round: Duration) -> Self {
        let now = Instant::now();
        let (deadline, round_ends) = (now + deadline, now + round);
        Self { timer: Box::pin(sleep_until(deadline.min(round_ends))), deadline, round_ends, round }
    }

    /// Moves the deadline to the moment a token expires.
    pub(super) fn set_deadline(&mut self, expires_at: DateTime<Utc>) {
        let left = (expires_at - Utc::now()).to_std().unwrap_or_default();
        self.deadline = Instant::now() + left.min(LONGEST_TIMER);
        self.timer.as_mut().reset(self.deadline.min(self.round_ends));
    }

    /// Begins the round anew. The timer is left as it is and goes on when it rings too early: this is cheap, and may be done for
    /// every event.
    pub(super) fn restart_round(&mut self) {
        self.round_ends = Instant::now() + self.round;
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Ring> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            let now = Instant::now();
            if self.deadline <= now {
                return Poll::Ready(Ring::Deadline);
            }
            let is_over = self.round_ends <= now;
            if is_over {
                // From now, not from when it should have been: rounds that a pause has swallowed are not made up for.
                self.round_ends = now + self.round;
            }
            self.timer.as_mut().reset(self.deadline.min(self.round_ends));
            if is_over {
                return Poll::Ready(Ring::Round);
            }
        }
    }
}
