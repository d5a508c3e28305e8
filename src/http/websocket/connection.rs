//! One connection: reads, keeps the clocks, and decides when it ends.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Executor;
use axum::extract::ws::{Message, WebSocket};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep};

use super::super::errors::{Rejection, code};
use super::super::params::Params;
use super::super::{HttpState, RequestId, identity};
use super::close::{self, Close};
use super::message::{ClientMessage, ServerMessage};
use super::operation::{Operation, Operations};
use super::outbox::{self, Farewell, Outbox, Outgoing};
use crate::auth::Viewer;

/// A connection at work.
pub(super) struct Connection<E> {
    state: Arc<HttpState<E>>,
    request_id: RequestId,
    /// The token of the upgrade request, for clients that send none in `connection_init`.
    token: Option<String>,
    frames: SplitStream<WebSocket>,
    outbox: Outbox,
    farewell: Farewell,
    /// What the connection itself has to say and the queue has not taken yet. Nothing is read while this is full, so a client
    /// that asks without listening stops itself.
    waiting: VecDeque<Outgoing>,
    operations: Operations,
    viewer: Option<Viewer>,
    deadline: Deadline,
    drain: watch::Receiver<bool>,
    /// Pings since the peer was last heard. Counted rather than timed, so that a pause of this process is not held against
    /// the peer, whose answers wait unread.
    unanswered: u8,
}

/// The one clock that runs out: first for `connection_init`, then for the viewer's token.
struct Deadline(Pin<Box<Sleep>>);

impl Deadline {
    fn after(duration: Duration) -> Self {
        Self(Box::pin(tokio::time::sleep(duration)))
    }

    /// Moves the deadline to the moment a token expires.
    fn move_to(&mut self, expires_at: DateTime<Utc>) {
        let left = (expires_at - Utc::now()).to_std().unwrap_or_default();
        self.0.as_mut().reset(Instant::now() + left.min(LONGEST_TIMER));
    }
}

/// Longer than a server runs, and well within what the timer can hold.
const LONGEST_TIMER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Answers that may wait for a place in the queue.
const WAITING_MESSAGES: usize = 16;

/// What a connection waits for.
enum Event {
    Drain,
    Deadline,
    Tick,
    /// The queue took something that waited.
    Taken,
    Frame(Result<Message, axum::Error>),
    /// Nothing more can be read, or nothing more written.
    Gone,
}

/// Why the loop ended.
enum End {
    Close(Close),
    /// The peer closed or is gone.
    Gone,
}

impl<E: Executor> Connection<E> {
    pub(super) fn open(state: Arc<HttpState<E>>, request_id: RequestId, token: Option<String>, socket: WebSocket) -> Self {
        let (sink, frames) = socket.split();
        let limits = &state.limits.websocket;
        let (outbox, farewell) = outbox::open(sink, limits.close_timeout);
        Self {
            deadline: Deadline::after(limits.init_timeout),
            drain: state.drain.clone(),
            unanswered: 0,
            operations: Operations::default(),
            viewer: None,
            waiting: VecDeque::new(),
            request_id,
            token,
            frames,
            outbox,
            farewell,
            state,
        }
    }

    /// Serves the connection until it ends.
    pub(super) async fn run(mut self) {
        let mut pings = self.pings();
        let end = loop {
            if let Some(end) = self.turn(&mut pings).await {
                break end;
            }
            self.operations.reap();
        };
        let close_timeout = self.state.limits.websocket.close_timeout;
        let Self { farewell, frames, operations, .. } = self;
        drop(operations);
        match end {
            End::Close(close) => {
                tracing::debug!(id = self.request_id.as_str(), ?close, "closing a connection");
                // Fails when the writer is gone, and the peer with it.
                drop(farewell.send(close.into()));
            }
            End::Gone => drop(farewell),
        }
        close::read_to_end(frames, close_timeout).await;
    }

    fn pings(&self) -> Interval {
        let period = self.state.limits.websocket.ping_interval;
        let mut pings = tokio::time::interval_at(Instant::now() + period, period);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings
    }

    /// Waits for the next thing to happen and deals with it.
    async fn turn(&mut self, pings: &mut Interval) -> Option<End> {
        let Self { drain, deadline, outbox, waiting, frames, .. } = self;
        let event = tokio::select! {
            () = draining(drain) => Event::Drain,
            () = deadline.0.as_mut() => Event::Deadline,
            _ = pings.tick() => Event::Tick,
            place = outbox.reserve(), if !waiting.is_empty() => match (place, waiting.pop_front()) {
                (Ok(place), Some(outgoing)) => {
                    place.send(outgoing);
                    Event::Taken
                }
                _ => Event::Gone,
            },
            frame = frames.next(), if waiting.len() < WAITING_MESSAGES => frame.map_or(Event::Gone, Event::Frame),
        };
        match event {
            Event::Drain => Some(End::Close(Close::new(close::GOING_AWAY, "The server is stopping"))),
            Event::Deadline => Some(End::Close(self.out_of_time())),
            Event::Tick => self.keep_alive(),
            Event::Taken => None,
            Event::Frame(Ok(message)) => {
                self.unanswered = 0;
                self.hear(message).await.err()
            }
            Event::Frame(Err(error)) => Some(unreadable(&error)),
            Event::Gone => Some(End::Gone),
        }
    }

    fn out_of_time(&self) -> Close {
        match self.viewer {
            None => Close::new(close::INIT_TIMEOUT, "Connection initialisation timeout"),
            Some(_) => Close::new(close::UNAUTHORIZED, "Token expired"),
        }
    }

    /// Pings the peer; one that left two pings unanswered is sent away.
    fn keep_alive(&mut self) -> Option<End> {
        // This meets as well who sends without ever reading: such a peer is no longer listened to.
        if self.unanswered == 2 {
            return Some(End::Close(Close::new(close::GOING_AWAY, "Nothing heard for too long")));
        }
        self.unanswered += 1;
        if self.waiting.is_empty() {
            self.waiting.push_back(Outgoing::ping());
        }
        None
    }

    /// Deals with what the client said.
    async fn hear(&mut self, message: Message) -> Result<(), End> {
        match &message {
            Message::Text(text) => self.obey(text).await.map_err(End::Close),
            Message::Binary(_) => Err(End::Close(Close::new(close::BAD_REQUEST, "Messages are text."))),
            // The library answers pings.
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(End::Gone),
        }
    }

    async fn obey(&mut self, text: &str) -> Result<(), Close> {
        match ClientMessage::parse(text).map_err(|reason| Close::new(close::BAD_REQUEST, reason))? {
            ClientMessage::ConnectionInit(payload) => self.init(&payload).await,
            ClientMessage::Ping(payload) => {
                self.say(&ServerMessage::Pong { payload });
                Ok(())
            }
            ClientMessage::Pong => Ok(()),
            ClientMessage::Subscribe { id, params } => self.subscribe(id, params),
            ClientMessage::Complete { id } => {
                self.operations.cancel(&id);
                Ok(())
            }
        }
    }

    fn say(&mut self, message: &ServerMessage<'_>) {
        self.waiting.push_back(Outgoing::control(message));
    }

    async fn init(&mut self, payload: &Map<String, Value>) -> Result<(), Close> {
        if self.viewer.is_some() {
            return Err(Close::new(close::TOO_MANY_INITS, "Too many initialisation requests"));
        }
        let token = token_in(payload)?.or_else(|| self.token.take());
        let token = token.ok_or_else(|| forbidden("sign in first"))?;
        let check = async { self.state.authenticator.authenticate(&token).await };
        let checked = tokio::select! {
            checked = check => checked,
            () = self.deadline.0.as_mut() => return Err(Close::new(close::INIT_TIMEOUT, "Connection initialisation timeout")),
        };
        let viewer = checked.map_err(|error| match Rejection::of(&error, &self.request_id) {
            rejection if rejection.is_client_error() => forbidden(rejection.message()),
            // The client cannot help it, and should come back.
            _ => Close::new(close::TRY_AGAIN_LATER, format!("Internal error, request {}", self.request_id.as_str())),
        })?;
        self.deadline.move_to(viewer.expires_at);
        self.viewer = Some(viewer);
        self.say(&ServerMessage::ConnectionAck);
        Ok(())
    }

    fn subscribe(&mut self, id: String, params: Params) -> Result<(), Close> {
        let Some(viewer) = &self.viewer else {
            return Err(Close::new(close::UNAUTHORIZED, "Unauthorized"));
        };
        if self.operations.contains(&id) {
            return Err(Close::new(close::SUBSCRIBER_EXISTS, format!("Subscriber for {id} already exists")));
        }
        let most = self.state.limits.websocket.subscriptions;
        if self.operations.len() >= most {
            let message = format!("A connection carries at most {most} operations at once.");
            let error = Rejection::document(code::LIMIT_EXCEEDED, message, Vec::new()).into_error();
            self.say(&ServerMessage::Error { id: &id, payload: &[error] });
            return Ok(());
        }
        let operation = Operation {
            state: Arc::clone(&self.state),
            viewer: viewer.clone(),
            request_id: self.request_id.clone(),
            outbox: self.outbox.clone(),
            params,
        };
        self.operations.start(id, operation);
        Ok(())
    }
}

fn forbidden(why: &str) -> Close {
    Close::new(close::FORBIDDEN, format!("Forbidden: {why}"))
}

/// `{"token": "…"}` or `{"Authorization": "Bearer …"}`; other members of the payload are the client's own.
fn token_in(payload: &Map<String, Value>) -> Result<Option<String>, Close> {
    if let Some(token) = payload.get("token").filter(|token| !token.is_null()) {
        let token = token.as_str().filter(|token| !token.is_empty());
        return token.map(|token| Some(token.to_owned())).ok_or_else(|| forbidden("`token` is not a token"));
    }
    let named = ["Authorization", "authorization"].iter().find_map(|name| payload.get(*name)).filter(|value| !value.is_null());
    let Some(value) = named else { return Ok(None) };
    let token = value.as_str().and_then(identity::bearer);
    token.map(Some).ok_or_else(|| forbidden("`Authorization` must be `Bearer TOKEN`"))
}

/// Resolves when the server is about to stop; never when nobody can say so any more.
async fn draining(drain: &mut watch::Receiver<bool>) {
    if drain.wait_for(|draining| *draining).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The library's error type is not ours to name, so the one case that has its own code is told by its text.
fn unreadable(error: &axum::Error) -> End {
    let text = error.to_string();
    tracing::debug!(error = text, "a frame could not be read");
    End::Close(if text.contains("too long") {
        Close::new(close::MESSAGE_TOO_BIG, "The message is too long")
    } else {
        Close::new(close::PROTOCOL_ERROR, "The frame could not be read")
    })
}
