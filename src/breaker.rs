//! Leaving alone for a while what fails again and again: those who ask are told at once, and it is not asked by hundreds when it comes
//! back.
//!
//! ```text
//! CLOSED ──so many failures in a row──▶ OPEN ──after a rest──▶ HALF OPEN: one call is let through
//!    ▲                                    ▲                      │  │
//!    └────────────── it succeeds ─────────┼──────────────────────┘  │
//!                                         └──── it fails ───────────┘
//! ```

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// When what fails is left alone, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Failures in a row.
    pub failures: u32,
    /// How long it is left alone.
    pub rest: Duration,
}

/// Watches over the calls of one thing. Cheap to clone; clones are the same breaker.
#[derive(Clone, Debug)]
pub struct Breaker {
    what: &'static str,
    policy: Policy,
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { since: Instant },
    HalfOpen { since: Instant },
}

/// A call that was let through. Without a word of how it went it counts as given up, which says nothing.
#[derive(Debug)]
pub struct Call {
    breaker: Breaker,
    is_trial: bool,
    is_over: bool,
}

/// It is left alone now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} has failed again and again and is left alone for {} s more", .more.as_secs_f64().ceil())]
pub struct LeftAlone {
    /// What.
    pub what: &'static str,
    /// For how long still, about.
    pub more: Duration,
}

impl Breaker {
    /// A breaker that lets everything through. `what` names it in logs and in the metric `rpm_breaker_open`.
    #[must_use]
    pub fn new(what: &'static str, policy: Policy) -> Self {
        metrics::gauge!("rpm_breaker_open", "of" => what).set(0.0);
        Self { what, policy, state: Arc::new(Mutex::new(State::Closed { failures: 0 })) }
    }

    /// Lets a call through.
    ///
    /// # Errors
    /// When it is not to be made now.
    pub fn call(&self, now: Instant) -> Result<Call, LeftAlone> {
        let mut state = self.lock();
        let refused = |more: Duration| {
            metrics::counter!("rpm_breaker_refused_total", "of" => self.what).increment(1);
            LeftAlone { what: self.what, more }
        };
        let is_trial = match *state {
            State::Closed { .. } => false,
            State::Open { since } => {
                let rested = now.saturating_duration_since(since);
                if rested < self.policy.rest {
                    return Err(refused(self.policy.rest.saturating_sub(rested)));
                }
                *state = State::HalfOpen { since };
                tracing::info!(of = self.what, "one call tries whether it answers again");
                true
            }
            State::HalfOpen { .. } => return Err(refused(Duration::from_secs(1))),
        };
        Ok(Call { breaker: self.clone(), is_trial, is_over: false })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    /// It answered, be it with a refusal.
    pub fn succeeded(mut self) {
        self.is_over = true;
        let mut state = self.breaker.lock();
        match *state {
            State::Closed { .. } => *state = State::Closed { failures: 0 },
            State::HalfOpen { .. } if self.is_trial => {
                *state = State::Closed { failures: 0 };
                metrics::gauge!("rpm_breaker_open", "of" => self.breaker.what).set(0.0);
                tracing::info!(of = self.breaker.what, "it answers again");
            }
            // From before it was left alone: the trial will tell.
            State::Open { .. } | State::HalfOpen { .. } => {}
        }
    }

    /// It did not answer.
    pub fn failed(mut self, now: Instant) {
        self.is_over = true;
        let Policy { failures: most, rest } = self.breaker.policy;
        let mut state = self.breaker.lock();
        let failures = match *state {
            State::Closed { failures } => failures + 1,
            State::HalfOpen { .. } if self.is_trial => most,
            State::Open { .. } | State::HalfOpen { .. } => return,
        };
        if failures < most {
            *state = State::Closed { failures };
            return;
        }
        *state = State::Open { since: now };
        metrics::gauge!("rpm_breaker_open", "of" => self.breaker.what).set(1.0);
        tracing::warn!(
            of = self.breaker.what,
            failures,
            rest_seconds = rest.as_secs_f64(),
            "it does not answer and is left alone"
        );
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.is_trial && !self.is_over {
            let mut state = self.breaker.lock();
            // The next one tries: its rest is over.
            if let State::HalfOpen { since } = *state {
                *state = State::Open { since };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy { failures: 3, rest: Duration::from_secs(10) };

    fn fail(breaker: &Breaker, now: Instant) {
        breaker.call(now).expect("let through").failed(now);
    }

    #[test]
    fn failures_in_a_row_open_it_and_one_good_trial_closes_it() {
        let (breaker, start) = (Breaker::new("test", POLICY), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        fail(&breaker, at(0));
        fail(&breaker, at(0));
        breaker.call(at(0)).expect("let through").succeeded();
        fail(&breaker, at(1));
        fail(&breaker, at(1));
        fail(&breaker, at(1));
        assert_eq!(breaker.call(at(3)).expect_err("left alone").more, Duration::from_secs(8));
        // One tries, the others are refused meanwhile.
        let trial = breaker.call(at(11)).expect("a trial");
        assert!(breaker.call(at(11)).is_err());
        trial.failed(at(12));
        assert!(breaker.call(at(21)).is_err(), "it rests as long again");
        breaker.call(at(22)).expect("another trial").succeeded();
        fail(&breaker, at(22));
        assert!(breaker.call(at(22)).is_ok(), "and counts from the beginning");
    }

    #[test]
    fn a_trial_that_is_given_up_leaves_it_to_the_next() {
        let (breaker, now) = (Breaker::new("test", Policy { failures: 1, ..POLICY }), Instant::now());
        fail(&breaker, now);
        let later = now + POLICY.rest;
        drop(breaker.call(later).expect("a trial"));
        breaker.call(later).expect("another").succeeded();
        assert!(breaker.call(later).is_ok());
    }

    #[test]
    fn what_was_under_way_before_says_nothing_of_now() {
        let (breaker, now) = (Breaker::new("test", Policy { failures: 1, ..POLICY }), Instant::now());
        let (early, other) = (breaker.call(now).expect("let through"), breaker.call(now).expect("let through"));
        fail(&breaker, now);
        early.succeeded();
        assert!(breaker.call(now).is_err());
        let trial = breaker.call(now + POLICY.rest).expect("a trial");
        other.failed(now + POLICY.rest);
        trial.succeeded();
        assert!(breaker.call(now + POLICY.rest).is_ok());
    }
}
