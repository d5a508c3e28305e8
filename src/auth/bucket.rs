//! A token bucket: so much at once, refilled evenly over a minute.

use std::time::Instant;

/// What is left of a budget.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    left: f64,
    at: Instant,
}

/// A budget as its owner is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// What a minute allows, and what can be spent at once.
    pub limit: u64,
    /// What is left now.
    pub left: u64,
    /// Seconds until it is whole again.
    pub whole_in: u64,
}

const MINUTE: f64 = 60.0;

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub fn full(per_minute: u64, now: Instant) -> Self {
        Self { left: per_minute as f64, at: now }
    }

    fn refill(&mut self, per_minute: u64, now: Instant) {
        let limit = per_minute as f64;
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.left = (self.left + elapsed * limit / MINUTE).min(limit);
        self.at = now;
    }

    /// Takes an amount, or says in how many seconds (at least one) it would be there. More than a minute allows is never there;
    /// then it is a minute.
    ///
    /// # Errors
    /// The seconds to wait.
    pub fn take(&mut self, amount: u64, per_minute: u64, now: Instant) -> Result<(), u64> {
        self.refill(per_minute, now);
        let missing = amount as f64 - self.left;
        if missing <= 0.0 {
            self.left -= amount as f64;
            return Ok(());
        }
        // At most a minute, so it fits.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Err((missing * MINUTE / per_minute.max(1) as f64).ceil().clamp(1.0, MINUTE) as u64)
    }

    /// What is left.
    pub fn balance(&mut self, per_minute: u64, now: Instant) -> Balance {
        self.refill(per_minute, now);
        let limit = per_minute as f64;
        // Not negative, and no larger than the limit.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let (left, whole_in) = (self.left.floor() as u64, ((limit - self.left) * MINUTE / limit.max(1.0)).ceil() as u64);
        Balance { limit: per_minute, left, whole_in }
    }

    /// Whether nothing of it is spent: then it need not be remembered.
    pub fn is_full(&mut self, per_minute: u64, now: Instant) -> bool {
        self.refill(per_minute, now);
        self.left >= per_minute as f64
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_empties_at_once_and_fills_evenly() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut bucket = Bucket::full(60, begin);
        assert_eq!(bucket.take(60, 60, begin), Ok(()));
        assert_eq!(bucket.take(1, 60, begin), Err(1));
        assert_eq!(bucket.take(20, 60, at(5)), Err(15));
        assert_eq!(bucket.balance(60, at(5)), Balance { limit: 60, left: 5, whole_in: 55 });
        assert_eq!(bucket.take(20, 60, at(20)), Ok(()));
        assert_eq!(bucket.take(1000, 60, at(30)), Err(60));
        assert!(!bucket.is_full(60, at(30)));
        assert!(bucket.is_full(60, at(500)));
        assert_eq!(bucket.take(1, 60, begin), Ok(()), "a clock that goes back takes nothing away");
    }
}
