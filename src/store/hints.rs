//! Hints from the database that something has changed: `LISTEN`.
//!
//! A hint carries no data, only a reason to look. Triggers send them with the change itself, so that none is lost between a
//! commit and its hint. Whether they can be heard is tried, not assumed: a transaction pooler takes `LISTEN` without an error
//! and lets nothing through.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sqlx::postgres::{PgListener, PgNotification};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::tables::Tables;
use super::{CHANGE_CHANNEL, Changes, EVENT_CHANNEL, MEMBER_CHANNEL, Store};
use crate::error::{Error, Result};

/// Where this process sends itself a word to see whether it hears.
const PROBE_CHANNEL: &str = "rpm_probe";

/// How long such a word may take.
const PROBE_PATIENCE: Duration = Duration::from_secs(3);

/// Silence after which the connection is tried: a connection may die without a word. Rare enough to be nothing.
const SILENCE: Duration = Duration::from_secs(60);

/// How long the hint of an own commit may take before the connection is tried.
const ECHO_PATIENCE: Duration = Duration::from_secs(2);

/// Pause before a connection that was lost is opened again; longer each time that it does not help.
const RECONNECT: Duration = Duration::from_millis(500);
const RECONNECT_AT_MOST: Duration = Duration::from_secs(30);

/// What has been hinted at so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// Whether hints can be heard. While they cannot, look by yourself.
    pub listening: bool,
    /// How often it was tried that hints can be heard. Look once each time, for what was not hinted at before.
    pub trials: u64,
    /// Position of the newest event, as the last hint says.
    pub newest_event: i64,
    /// How often members were hinted at.
    pub member_changes: u64,
}

impl Store {
    /// Listens for as long as somebody holds the receiver. `url` is a direct connection, not one through a transaction pooler.
    #[must_use]
    pub fn hints(&self, url: String) -> watch::Receiver<Hints> {
        let (sender, receiver) = watch::channel(Hints::default());
        let store = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = listen(&store, &url, &sender) => {}
                () = sender.closed() => {}
            }
        });
        receiver
    }

    /// Says a word on a channel.
    async fn notify(&self, channel: &str, word: &str) -> Result<()> {
        let values = [channel.into(), word.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_notify($1, $2)", values);
        self.db.execute_raw(statement).await?;
        Ok(())
    }
}

async fn listen(store: &Store, url: &str, hints: &watch::Sender<Hints>) {
    let mut pause = RECONNECT;
    loop {
        let Err(error) = follow(store, url, hints, &mut pause).await;
        store.changes.heard(None);
        if hints.borrow().listening {
            hints.send_modify(|hints| hints.listening = false);
        }
        tracing::warn!(%error, "hints from the database cannot be heard; polling");
        sleep(pause).await;
        pause = (pause * 2).min(RECONNECT_AT_MOST);
    }
}

/// Hears until the connection is lost or turns out to be deaf.
async fn follow(
    store: &Store,
    url: &str,
    hints: &watch::Sender<Hints>,
    pause: &mut Duration,
) -> Result<std::convert::Infallible> {
    let mut listener = PgListener::connect(url).await.map_err(Error::internal)?;
    // What is missed in between is ours to know.
    listener.eager_reconnect(false);
    listener.listen_all([CHANGE_CHANNEL, EVENT_CHANNEL, MEMBER_CHANNEL, PROBE_CHANNEL]).await.map_err(Error::internal)?;
    loop {
        let begun = Instant::now();
        probe(store, &mut listener, hints).await?;
        *pause = RECONNECT;
        if !hints.borrow().listening {
            // What has changed before was not heard.
            store.changes.note(Tables::ALL);
        }
        store.changes.heard(Some(begun));
        hints.send_modify(|hints| (hints.listening, hints.trials) = (true, hints.trials + 1));
        listen_until_in_doubt(store, &mut listener, hints).await?;
    }
}

/// Takes in what is heard until there is a reason to try the connection: silence, or an own commit that was not hinted at.
async fn listen_until_in_doubt(store: &Store, listener: &mut PgListener, hints: &watch::Sender<Hints>) -> Result<()> {
    let mut committed = store.committed();
    let mut until = Instant::now() + SILENCE;
    loop {
        tokio::select! {
            // No half of a message is lost when the other branch is taken.
            heard = hear(listener) => {
                take_in(&store.changes, hints, &heard?);
                let awaited = hints.borrow().newest_event < *committed.borrow_and_update();
                until = if awaited { until.min(Instant::now() + ECHO_PATIENCE) } else { Instant::now() + SILENCE };
            }
            changed = committed.changed() => match changed {
                Ok(()) if *committed.borrow_and_update() > hints.borrow().newest_event => {
                    until = until.min(Instant::now() + ECHO_PATIENCE);
                }
                Ok(()) => {}
                Err(_) => std::future::pending().await,
            },
            () = store.changes.asked() => hear_everything(&store.changes, listener, hints).await?,
            () = sleep_until(until) => return Ok(()),
        }
    }
}

/// Sends a word through the pool, as changes are hinted at, and waits for it.
async fn probe(store: &Store, listener: &mut PgListener, hints: &watch::Sender<Hints>) -> Result<()> {
    let word = uuid::Uuid::new_v4().to_string();
    store.notify(PROBE_CHANNEL, &word).await?;
    hear_until(&store.changes, listener, hints, &word).await
}

/// Hears what was committed until now: words are heard in the order of their commits, and an own one comes behind the others.
async fn hear_everything(changes: &Changes, listener: &mut PgListener, hints: &watch::Sender<Hints>) -> Result<()> {
    let begun = Instant::now();
    let word = uuid::Uuid::new_v4().to_string();
    let said = sqlx::query("SELECT pg_notify($1, $2)").bind(PROBE_CHANNEL).bind(&word).execute(&mut *listener);
    said.await.map_err(Error::internal)?;
    hear_until(changes, listener, hints, &word).await?;
    changes.heard(Some(begun));
    Ok(())
}

/// Hears until a word to ourselves comes back, and what comes before it.
async fn hear_until(changes: &Changes, listener: &mut PgListener, hints: &watch::Sender<Hints>, word: &str) -> Result<()> {
    let heard = async {
        loop {
            let heard = hear(listener).await?;
            if heard.payload() == word {
                return Ok(());
            }
            take_in(changes, hints, &heard);
        }
    };
    timeout(PROBE_PATIENCE, heard).await.unwrap_or_else(|_| Err(Error::internal("a word to ourselves was not heard")))
}

async fn hear(listener: &mut PgListener) -> Result<PgNotification> {
    // None: the connection is lost. The listener could connect again by itself, but would not say what it missed.
    listener.try_recv().await.map_err(Error::internal)?.ok_or_else(|| Error::internal("the connection for hints is lost"))
}

fn take_in(changes: &Changes, hints: &watch::Sender<Hints>, heard: &PgNotification) {
    if heard.channel() == CHANGE_CHANNEL {
        // A name that is not known is of a newer schema.
        return changes.note(Tables::named(heard.payload()).unwrap_or(Tables::ALL));
    }
    hints.send_modify(|hints| match heard.channel() {
        // The last word counts, not the highest: anybody may notify, and a wrong one must not outdo those that follow. One
        // that is no number is a reason to look as well.
        EVENT_CHANNEL => hints.newest_event = heard.payload().parse().unwrap_or(i64::MAX),
        MEMBER_CHANNEL => hints.member_changes += 1,
        _ => {}
    });
}
