//! Decides on alerts when events come and by the clock, and sends what is due.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::Over;
use crate::alerts::{Decided, Decider, Outgoing, Sender};
use crate::error::Result;
use crate::store::{Hints, Store};
use crate::telemetry::watched;

/// Name of the job that decides: one instance does it at a time. All of them send.
const JOB: &str = "alerts";
/// How long it stays with an instance that says nothing.
const LEASE: Duration = Duration::from_secs(60);
/// How soon after a failure, or after another instance was at it, it is tried again.
const AGAIN: Duration = Duration::from_secs(5);
/// A pause between two rounds, so that many events in a row are few rounds.
const PAUSE: Duration = Duration::from_millis(500);
/// The shortest wait for what is due.
const SHORTEST: Duration = Duration::from_millis(20);
/// How long a server that stops waits for what is on its way: what it cannot write down is sent again by another.
const GRACE: Duration = Duration::from_secs(3);

/// What decides and what sends, and how often it is looked without a reason.
#[derive(Clone, Debug)]
pub struct Alerts {
    /// What decides.
    pub decider: Decider,
    /// What sends.
    pub sender: Sender,
    /// How often.
    pub every: Duration,
}

/// What is known after a look.
#[derive(Clone, Copy, Debug)]
pub struct Looked {
    /// Whether somebody is to be told of events: while nobody is, they are no reason to look.
    follows: bool,
    /// How long until the next round.
    round: Duration,
    /// How long until something is due to be sent.
    send: Duration,
}

/// What a round is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// What events tell.
    Events,
    /// All kinds.
    Everything,
}

impl Alerts {
    /// The first look, when the server starts.
    pub async fn look(&self) -> Looked {
        let store = &self.decider.store;
        let (follows, round) = self.decide_once(store, Of::Everything, false, std::future::pending()).await;
        Looked { follows, round, send: self.wait(store.next_alert_at(&[]).await) }
    }

    /// Goes on until `over`.
    pub async fn run(self, looked: Looked, hints: watch::Receiver<Hints>, over: Over) {
        let store = self.decider.store.clone();
        tokio::join!(self.decide(&store, looked, hints, over.clone()), self.send(&store, looked.send, over));
    }

    /// Decides when an event was committed here or is hinted at, when somebody subscribes, and by the clock.
    async fn decide(&self, store: &Store, looked: Looked, mut hints: watch::Receiver<Hints>, over: Over) {
        let (mut committed, bells) = (store.committed(), store.alert_bells());
        let mut follows = looked.follows;
        let mut whole = Instant::now() + looked.round;
        let mut seen = (*committed.borrow()).max(hints.borrow().newest_event);
        loop {
            let newer = async {
                // Hints tell of other things as well.
                loop {
                    let newest = (*committed.borrow_and_update()).max(hints.borrow_and_update().newest_event);
                    // Not only a higher one: a wrong hint must not outdo those that follow.
                    if newest != seen {
                        seen = newest;
                        return;
                    }
                    tokio::select! {
                        Ok(()) = committed.changed() => {}
                        Ok(()) = hints.changed() => {}
                        else => std::future::pending().await,
                    }
                }
            };
            let of = tokio::select! {
                () = over.clone() => return,
                () = newer, if follows => Of::Events,
                () = bells.subscribed.notified() => Of::Everything,
                () = sleep_until(whole) => Of::Everything,
            };
            let wait;
            (follows, wait) = self.decide_once(store, of, follows, over.clone()).await;
            let next = Instant::now() + wait;
            whole = if of == Of::Events { whole.min(next) } else { next };
            tokio::select! {
                () = over.clone() => return,
                () = sleep(PAUSE) => {}
            }
        }
    }

    /// One round, unless another instance is at it; whether events are followed from now on, and how long until the next. While it is
    /// not known whether somebody follows, it is as it was.
    async fn decide_once(&self, store: &Store, of: Of, follows: bool, over: impl Future<Output = ()>) -> (bool, Duration) {
        match watched(JOB, Box::pin(self.round(store, of, over))).await {
            Ok(Some(Decided { new, follows })) => {
                tracing::debug!(new, "looked for what is to be told");
                (follows, self.every)
            }
            // It may have looked before what is new was there, and hear of it late.
            Ok(None) => (follows, AGAIN.min(self.every)),
            Err(error) => {
                tracing::warn!(%error, "alerts cannot be decided on; trying again");
                (follows, AGAIN.min(self.every))
            }
        }
    }

    async fn round(&self, store: &Store, of: Of, over: impl Future<Output = ()>) -> Result<Option<Decided>> {
        let Some(lease) = store.lease(JOB, LEASE).await? else { return Ok(None) };
        let work = async {
            match of {
                Of::Events => self.decider.decide_on_events(Utc::now()).await,
                Of::Everything => Box::pin(self.decider.decide(Utc::now())).await,
            }
        };
        let done = tokio::select! {
            done = lease.during(work) => done,
            () = over => None,
        };
        lease.release().await?;
        done.transpose()
    }

    /// Sends what is due, then waits for the next that is, or for a word that there is something new.
    async fn send(&self, store: &Store, first: Duration, over: Over) {
        let bells = store.alert_bells();
        let mut outgoing = Outgoing::new(self.sender.clone());
        let mut wait = first;
        loop {
            tokio::select! {
                () = over.clone() => break,
                Some(sent) = outgoing.next() => {
                    if let Err(error) = sent {
                        tracing::warn!(%error, "what became of an alert cannot be written down; it is sent again later");
                    }
                }
                () = bells.decided.notified() => {}
                () = sleep(wait) => {}
            }
            let begun = async {
                while outgoing.begin(Utc::now()).await? > 0 {}
                outgoing.due().await
            };
            wait = self.wait(begun.await);
        }
        let last = async { while outgoing.next().await.is_some() {} };
        if timeout(GRACE, last).await.is_err() {
            tracing::info!("some alerts were on their way when the server stopped; another sends them again");
        }
    }

    /// How long until something is due, as far as is known.
    fn wait(&self, due: Result<Option<DateTime<Utc>>>) -> Duration {
        match due {
            // What is due and was not to be had is another server's at this moment.
            Ok(Some(at)) => (at - Utc::now()).to_std().unwrap_or_default().max(SHORTEST).min(self.every),
            Ok(None) => self.every,
            Err(error) => {
                tracing::warn!(%error, "alerts cannot be sent; trying again");
                AGAIN.min(self.every)
            }
        }
    }
}
