//! Statements that share a few connections: each has many statements under way at once, one behind the other (pipelining).
//!
//! A connection of the pool is one statement's alone: it is waited for, sends, waits, reads, says a last word and is given back, which
//! costs server and database more than a small statement does. What is read here is one row, in no transaction; what is changed waits for nobody
//! for long, and may be made twice. A statement that takes long holds up those behind it on its connection, so each goes where least is under way.
//!
//! Connections are opened when they are wanted. Whoever finds none goes through the pool.

mod address;

use std::error::Error as _;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use quick_cache::sync::Cache;
use sea_orm::sea_query::Value;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, Error, Row, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::meter::{Meter, Pool};

/// How long a connection may take to be made.
const OPEN_WITHIN: Duration = Duration::from_secs(5);

/// After one could not be made, none is tried for so long.
const NONE_FOR: Duration = Duration::from_millis(500);

/// The same where the database lets nobody in, as when only the pool's driver knows the password.
const NOT_LET_IN_FOR: Duration = Duration::from_secs(60);

/// Where a statement is given up after so long, its connection may be dead: a new one takes its place.
const DOUBTED_AFTER: Duration = Duration::from_millis(2_900);

/// Statements that are remembered on each connection.
const REMEMBERED: usize = 256;

/// Why there is no row.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// No connection is to be had here, or the values are of kinds that are not written here.
    #[error("not here")]
    NotHere,
    /// The database says no, or the connection broke.
    #[error(transparent)]
    Database(#[from] Error),
}

/// The connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pipeline(Arc<Links>);

struct Links {
    meter: Meter,
    config: Config,
    tls: MakeRustlsConnect,
    places: Vec<RwLock<Option<Arc<Link>>>>,
    /// Held by who makes a connection.
    opening: Mutex<()>,
    begun: Instant,
    /// Until then none is made, in milliseconds since the beginning.
    none_until: AtomicU64,
    is_closed: AtomicBool,
}

/// A connection.
struct Link {
    client: Client,
    prepared: Cache<Box<str>, Statement>,
    under_way: AtomicUsize,
    is_doubted: AtomicBool,
}

/// A statement under way.
struct Turn<'a> {
    link: &'a Link,
    begun: Instant,
    is_done: bool,
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pipeline").field("places", &self.0.places.len()).finish_non_exhaustive()
    }
}

/// What connections are shared for.
#[derive(Clone, Copy)]
pub(super) enum Use {
    /// Statements that read.
    Reads,
    /// Changes that are one statement: one connection for all, since they come one after the other anyway, by the log's lock.
    Changes,
}

impl Use {
    /// How many of a server's connections it is, two in five in all; the rest are the pool's, which needs some.
    const fn share(self, connections: u32) -> u32 {
        match self {
            Self::Reads if connections >= 5 => connections * 2 / 5 - Self::Changes.share(connections),
            Self::Changes if connections >= 8 => 1,
            _ => 0,
        }
    }
}

impl Pipeline {
    /// What a server with so many connections to a database has for such a use, opened when it is wanted; nothing where that is none of them,
    /// or where they could not be made as the pool's are.
    pub(super) fn new(url: &str, what: Use, connections: u32, statement_timeout: Option<Duration>) -> Option<Self> {
        let connections = what.share(connections);
        let (config, tls) = address::config(url, statement_timeout).filter(|_| connections > 0)?;
        Some(Self(Arc::new(Links {
            meter: Meter::new(),
            config,
            tls,
            places: (0..connections).map(|_| RwLock::new(None)).collect(),
            opening: Mutex::new(()),
            begun: Instant::now(),
            none_until: AtomicU64::new(0),
            is_closed: AtomicBool::new(false),
        })))
    }

    /// The most that are opened.
    pub(super) fn connections(&self) -> u32 {
        u32::try_from(self.0.places.len()).unwrap_or(u32::MAX)
    }

    /// The row of a statement that has one at most. One that breaks off with its connection is made again.
    pub(super) async fn row(&self, sql: &str, values: &[Value]) -> Result<Option<Row>, Failure> {
        let mut parameters = Vec::with_capacity(values.len());
        let mut types = Vec::with_capacity(values.len());
        for value in values {
            let (ty, parameter) = parameter(value).ok_or(Failure::NotHere)?;
            types.push(ty);
            parameters.push(parameter);
        }
        let mut attempt = 1;
        loop {
            let link = self.link().await.ok_or(Failure::NotHere)?;
            let begun = Instant::now();
            let outcome = link.row(sql, &types, &parameters).await;
            self.0.meter.count(sql, begun.elapsed(), outcome.is_err());
            match outcome {
                Err(error) if is_broken_off(&error) && attempt <= self.0.places.len() => {
                    tracing::debug!(attempt, %error, "a statement is made again on another connection");
                    attempt += 1;
                }
                outcome => return Ok(outcome?),
            }
        }
    }

    /// Its connections as they are now.
    pub(super) fn usage(&self) -> Pool {
        let mut usage = Pool { most: self.connections(), ..Pool::default() };
        for place in &self.0.places {
            match &*place.read().unwrap_or_else(PoisonError::into_inner) {
                Some(link) if link.is_good() && link.under_way.load(Ordering::Relaxed) > 0 => usage.busy += 1,
                Some(link) if link.is_good() => usage.idle += 1,
                _ => {}
            }
        }
        usage
    }

    /// Ends the connections, and makes no more.
    pub(super) fn close(&self) {
        self.0.is_closed.store(true, Ordering::Relaxed);
        for place in &self.0.places {
            *place.write().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// The connection on which least is under way.
    async fn link(&self) -> Option<Arc<Link>> {
        if let Some(link) = self.open_link() {
            return Some(link);
        }
        let _only = self.0.opening.lock().await;
        if let Some(link) = self.open_link() {
            return Some(link);
        }
        // In a box: its future is large, and hardly ever runs.
        Box::pin(self.0.open()).await
    }

    /// The same, of those that are open. Where all of them have something to do, another is opened.
    fn open_link(&self) -> Option<Arc<Link>> {
        let mut best: Option<(usize, Arc<Link>)> = None;
        let mut is_room = false;
        for place in &self.0.places {
            match &*place.read().unwrap_or_else(PoisonError::into_inner) {
                Some(link) if link.is_good() => {
                    let under_way = link.under_way.load(Ordering::Relaxed);
                    if best.as_ref().is_none_or(|(least, _)| under_way < *least) {
                        best = Some((under_way, Arc::clone(link)));
                    }
                }
                _ => is_room = true,
            }
        }
        let (under_way, link) = best?;
        if under_way > 0 && is_room && self.0.opening.try_lock().is_ok() {
            let links = Arc::clone(&self.0);
            tokio::spawn(async move {
                if let Ok(_only) = links.opening.try_lock() {
                    links.open().await;
                }
            });
        }
        Some(link)
    }
}

impl Links {
    /// Makes a connection. Call it with `opening` held.
    async fn open(&self) -> Option<Arc<Link>> {
        let now = || u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        if self.is_closed.load(Ordering::Relaxed) || now() < self.none_until.load(Ordering::Relaxed) {
            return None;
        }
        let place = self.places.iter().find(|place| {
            let link = place.read().unwrap_or_else(PoisonError::into_inner);
            link.as_ref().is_none_or(|link| !link.is_good())
        })?;
        let (client, connection) = match timeout(OPEN_WITHIN, self.config.connect(self.tls.clone())).await {
            Ok(Ok(connected)) => connected,
            failed => {
                let error = failed.map(|outcome| outcome.err());
                let pause = match &error {
                    Ok(Some(error)) if is_not_let_in(error) => NOT_LET_IN_FOR,
                    _ => NONE_FOR,
                };
                tracing::debug!(?error, ?pause, "no connection to share; the pool's are used");
                self.none_until.store(now() + u64::try_from(pause.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
                return None;
            }
        };
        // Ends with the client, or when the connection breaks, which those who wait are told.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a shared connection broke");
            }
        });
        let link = Arc::new(Link {
            client,
            prepared: Cache::new(REMEMBERED),
            under_way: AtomicUsize::new(0),
            is_doubted: AtomicBool::new(false),
        });
        *place.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&link));
        Some(link)
    }
}

impl Link {
    fn is_good(&self) -> bool {
        !self.client.is_closed() && !self.is_doubted.load(Ordering::Relaxed)
    }

    async fn row(&self, sql: &str, types: &[Type], parameters: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>, Error> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        let mut turn = Turn { link: self, begun: Instant::now(), is_done: false };
        let outcome = async {
            let statement = match self.prepared.get(sql) {
                Some(known) => known,
                None => {
                    // In a box: its future is large, and most statements are prepared.
                    let statement = Box::pin(self.client.prepare_typed(sql, types)).await?;
                    self.prepared.insert(sql.into(), statement.clone());
                    statement
                }
            };
            self.client.query_opt(&statement, parameters).await
        };
        let outcome = outcome.await;
        turn.is_done = true;
        if let Err(error) = &outcome {
            // After a migration: what it gives has another type, or it is gone.
            if matches!(error.code(), Some(&SqlState::FEATURE_NOT_SUPPORTED | &SqlState::INVALID_SQL_STATEMENT_NAME)) {
                self.prepared.remove(sql);
            }
            if is_broken_off(error) {
                self.is_doubted.store(true, Ordering::Relaxed);
            }
        }
        outcome
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.link.under_way.fetch_sub(1, Ordering::Relaxed);
        if !self.is_done && self.begun.elapsed() > DOUBTED_AFTER {
            self.link.is_doubted.store(true, Ordering::Relaxed);
        }
    }
}

/// Whether the database says so, or it is known before that is asked: there is no password.
fn is_not_let_in(error: &Error) -> bool {
    error.code().map_or_else(|| !is_broken_off(error), |code| code.code().starts_with("28"))
}

/// Whether a connection has ended, or is about to: that is said before the end, too.
fn is_broken_off(error: &Error) -> bool {
    let ended = |code: &SqlState| code.code().starts_with("57P") || code.code().starts_with("08");
    error.is_closed() || error.code().is_some_and(ended) || error.source().is_some_and(|cause| cause.is::<std::io::Error>())
}

/// A value of a statement and the type that it is announced with: those that the pool's driver announces. None for kinds that no filter
/// of a list has.
fn parameter(value: &Value) -> Option<(Type, &(dyn ToSql + Sync))> {
    Some(match value {
        Value::Bool(value) => (Type::BOOL, value),
        Value::Int(value) => (Type::INT4, value),
        Value::BigInt(value) => (Type::INT8, value),
        Value::String(value) => (Type::TEXT, value),
        Value::ChronoDate(value) => (Type::DATE, value),
        Value::ChronoDateTimeUtc(value) => (Type::TIMESTAMPTZ, value),
        Value::Uuid(value) => (Type::UUID, value),
        _ => return None,
    })
}
