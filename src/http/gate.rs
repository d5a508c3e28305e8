//! How much is under way at once: what comes beyond that is told to come again, before it costs anything.
//!
//! A request that is refused at once can be sent again, elsewhere or later; one that waits behind hundreds of others is given up by its
//! caller when its answer comes. What is long open waits for its turn instead: a browser gives up an event stream that is refused.

use std::sync::Arc;

use metrics::{Gauge, gauge};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::errors::Rejection;
use crate::error::ClientError;

/// Seconds after which a request that was refused is worth trying again.
const COME_BACK_IN: u64 = 1;

/// The places of what is under way.
#[derive(Clone)]
pub(super) struct Gate {
    places: Arc<Semaphore>,
    in_flight: Gauge,
}

/// One operation's place, given back when dropped.
pub(super) struct Passage {
    _place: OwnedSemaphorePermit,
    in_flight: Gauge,
}

impl Gate {
    pub(super) fn new(places: usize) -> Self {
        let places = Arc::new(Semaphore::new(places.clamp(1, Semaphore::MAX_PERMITS)));
        Self { places, in_flight: gauge!("rpm_operations_in_flight") }
    }

    /// A place at once.
    ///
    /// # Errors
    /// `OVERLOADED`.
    pub(super) fn enter(&self) -> Result<Passage, Rejection> {
        Arc::clone(&self.places).try_acquire_owned().map(|place| self.passage(place)).map_err(|_| {
            metrics::counter!("rpm_operations_shed_total").increment(1);
            Rejection::client(&ClientError::Overloaded { retry_after_seconds: COME_BACK_IN })
        })
    }

    /// A place when there is one; those who wait get theirs in the order in which they came.
    pub(super) async fn wait(&self) -> Option<Passage> {
        // Never closed.
        Arc::clone(&self.places).acquire_owned().await.ok().map(|place| self.passage(place))
    }

    fn passage(&self, place: OwnedSemaphorePermit) -> Passage {
        self.in_flight.increment(1);
        Passage { _place: place, in_flight: self.in_flight.clone() }
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        self.in_flight.decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_finds_no_place_is_refused_or_waits_for_one() {
        let gate = Gate::new(1);
        let first = gate.enter().expect("a place");
        assert!(gate.enter().is_err());
        let mut waiting = Box::pin(gate.wait());
        assert!((&mut waiting).now_or_never().is_none());
        drop(first);
        // The place is of who waits, not of who comes now.
        assert!(gate.enter().is_err());
        let second = waiting.await;
        assert!(second.is_some() && gate.enter().is_err());
        drop(second);
        assert!(gate.enter().is_ok());
    }
}
