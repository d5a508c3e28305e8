//! One connection, one task: it reads, runs what was asked, writes, keeps the clock, and decides when it ends.
//!
//! Nothing is read while answers wait for the peer, and no subscription is asked for its next answer before the socket has
//! taken the last one. A peer that reads slowly therefore slows itself down, and nothing piles up.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::ws::{Message, WebSocket};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::time::timeout;

use super::super::clock::{Clock, Ring};
use super::super::errors::{Rejection, code};
use super::super::params::Params;
use super::super::service::Service;
use super::super::{App, Connected, RequestId, identity};
use super::close::{self, Close};
use super::message::{ClientMessage, ServerMessage};
use super::operation::{Operation, Operations};
use crate::auth::{Admission, Viewer};
use crate::error::{Error, Result};

/// Answers that may wait for the socket. Beyond that nothing is read and no result is taken.
const WAITING_MESSAGES: usize = 16;

/// Rounds and messages before other connections get their turn.
const ROUNDS: usize = 32;
const MESSAGES: usize = 128;

/// A connection at work.
pub(super) struct Connection<S> {
    state: Arc<App<S>>,
    request_id: RequestId,
    /// The token of the upgrade request, for clients that send none in `connection_init`.
    token: Option<String>,
    socket: WebSocket,
    /// Answers to what the client said, and results.
    waiting: VecDeque<Message>,
    /// Whether the socket holds something that has not been written.
    unflushed: bool,
    operations: Operations,
    viewer: Option<Viewer>,
    /// A token that is being checked. Nothing is read meanwhile, so messages keep their order.
    check: Option<BoxFuture<'static, Result<Admission>>>,
    /// Resolves when the server stops and it is this connection's turn.
    stopping: BoxFuture<'static, ()>,
    /// Resolves when whoever it is held open for is out.
    withdrawn: BoxFuture<'static, ()>,
    clock: Clock,
    /// Rounds of the clock since the peer was last heard. Counted rather than timed, so that a pause of this process is not
    /// held against the peer, whose answers wait unread.
    silent: u8,
    _connected: Connected<S>,
    /// Held to the end: the server waits for those who hold one.
    _open: watch::Receiver<bool>,
}

/// Why the connection ends.
enum End {
    Close(Close),
    /// The peer closed or is gone.
    Gone,
}

impl<S: Service> Connection<S> {
    /// Boxed, so that the futures that it is handed through do not each keep room for it.
    pub(super) fn open(state: Arc<App<S>>, request_id: RequestId, token: Option<String>, socket: WebSocket) -> Box<Self> {
        Box::new(Self {
            clock: Clock::new(state.limits.websocket.init_timeout, state.limits.keep_alive),
            stopping: state.draining().boxed(),
            withdrawn: std::future::pending().boxed(),
            _connected: state.connected(),
            _open: state.drain.clone(),
            silent: 0,
            operations: Operations::default(),
            viewer: None,
            check: None,
            waiting: VecDeque::new(),
            unflushed: false,
            request_id,
            token,
            socket,
            state,
        })
    }

    /// Serves the connection until it ends.
    pub(super) async fn run(mut self: Box<Self>) {
        let end = std::future::poll_fn(|cx| self.poll(cx)).await;
        self.operations = Operations::default();
        self.close(end).boxed().await;
    }

    async fn close(&mut self, end: End) {
        let patience = self.state.limits.websocket.close_timeout;
        if let End::Close(close) = end {
            tracing::debug!(?close, "closing a connection");
            // A peer that does not read cannot be told either.
            drop(timeout(patience, self.socket.send(Message::Close(Some(close.into())))).await);
        }
        close::read_to_end(&mut self.socket, patience).await;
    }

    /// Does what can be done now.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        for _ in 0..ROUNDS {
            let moved = match self.round(cx) {
                Ok(moved) => moved,
                Err(end) => return Poll::Ready(end),
            };
            if !moved {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Looks at everything once; whether another look is due.
    fn round(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        if self.stopping.poll_unpin(cx).is_ready() {
            return Err(End::Close(Close::new(close::GOING_AWAY, "The server is stopping")));
        }
        if self.withdrawn.poll_unpin(cx).is_ready() {
            return Err(End::Close(forbidden("access has been withdrawn or changed")));
        }
        let mut moved = false;
        match self.clock.poll(cx) {
            Poll::Ready(Ring::Deadline) => return Err(End::Close(self.out_of_time())),
            Poll::Ready(Ring::Round) => {
                self.keep_alive()?;
                moved = true;
            }
            Poll::Pending => {}
        }
        if let Some(check) = &mut self.check
            && let Poll::Ready(admission) = check.as_mut().poll(cx)
        {
            self.check = None;
            self.checked(admission).map_err(End::Close)?;
            moved = true;
        }
        if self.check.is_none()
            && self.has_room()
            && let Poll::Ready(frame) = self.socket.poll_next_unpin(cx)
        {
            match frame {
                Some(Ok(message)) => self.hear(message)?,
                Some(Err(error)) => return Err(unreadable(&error)),
                None => return Err(End::Gone),
            }
            moved = true;
        }
        if self.has_room() && self.operations.poll_results(cx, &mut self.waiting).is_ready() {
            moved = true;
        }
        let was_full = !self.has_room();
        self.write(cx).map_err(|_| End::Gone)?;
        Ok(moved || (was_full && self.has_room()))
    }

    fn has_room(&self) -> bool {
        self.waiting.len() < WAITING_MESSAGES
    }

    /// Hands the socket what it takes, then writes it in one go.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<(), axum::Error> {
        let mut messages = 0;
        while let Poll::Ready(room) = self.socket.poll_ready_unpin(cx) {
            room?;
            let Some(message) = self.next_message(cx) else { break };
            self.socket.start_send_unpin(message)?;
            self.unflushed = true;
            messages += 1;
            if messages == MESSAGES {
                cx.waker().wake_by_ref();
                break;
            }
        }
        if self.unflushed
            && let Poll::Ready(flushed) = self.socket.poll_flush_unpin(cx)
        {
            flushed?;
            self.unflushed = false;
        }
        Ok(())
    }

    fn next_message(&mut self, cx: &mut Context<'_>) -> Option<Message> {
        if let Some(message) = self.waiting.pop_front() {
            return Some(message);
        }
        match self.operations.poll_next(cx) {
            Poll::Ready(message) => Some(message),
            Poll::Pending => None,
        }
    }

    fn out_of_time(&self) -> Close {
        match self.viewer {
            None => Close::new(close::INIT_TIMEOUT, "Connection initialisation timeout"),
            Some(_) => Close::new(close::UNAUTHORIZED, "Token expired"),
        }
    }

    /// Pings a peer that has been silent for a round, and leaves one that has for two more.
    fn keep_alive(&mut self) -> Result<(), End> {
        match self.silent {
            0 => {}
            // This meets as well who sends without ever reading: such a peer is no longer listened to.
            3.. => return Err(End::Close(Close::new(close::GOING_AWAY, "Nothing heard for too long"))),
            // A ping of the WebSocket layer: browsers answer it without waking the page.
            _ if self.has_room() => self.waiting.push_back(Message::Ping(Vec::new().into())),
            _ => {}
        }
        self.silent += 1;
        Ok(())
    }

    /// Deals with what the client said.
    fn hear(&mut self, message: Message) -> Result<(), End> {
        self.silent = 0;
        match &message {
            Message::Text(text) => self.obey(text).map_err(End::Close),
            Message::Binary(_) => Err(End::Close(Close::new(close::BAD_REQUEST, "Messages are text."))),
            // The library answers pings when it writes next.
            Message::Ping(_) => {
                self.unflushed = true;
                Ok(())
            }
            Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(End::Gone),
        }
    }

    fn obey(&mut self, text: &str) -> Result<(), Close> {
        match ClientMessage::parse(text).map_err(|reason| Close::new(close::BAD_REQUEST, reason))? {
            ClientMessage::ConnectionInit(payload) => self.init(&payload),
            ClientMessage::Ping(payload) => {
                match payload.as_ref().and_then(|payload| payload.get("token")) {
                    Some(token) => self.renew(token.as_str()),
                    None => self.say(&ServerMessage::Pong { payload: payload.map(Value::Object) }),
                }
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
        self.waiting.push_back(message.into());
    }

    fn init(&mut self, payload: &Map<String, Value>) -> Result<(), Close> {
        if self.viewer.is_some() {
            return Err(Close::new(close::TOO_MANY_INITS, "Too many initialisation requests"));
        }
        let token = token_in(payload)?.or_else(|| self.token.take());
        let token = token.ok_or_else(|| forbidden("sign in first"))?;
        self.begin_check(token);
        Ok(())
    }

    /// Checks a token in place of the one that the connection runs on.
    fn renew(&mut self, token: Option<&str>) {
        match token {
            Some(token) if self.viewer.is_some() => self.begin_check(token.to_owned()),
            _ => self.refuse_renewal("`token` is a token, and comes after `connection_init`"),
        }
    }

    fn refuse_renewal(&mut self, message: &str) {
        self.say(&ServerMessage::Pong { payload: Some(json!({ "renewed": false, "message": message })) });
    }

    fn begin_check(&mut self, token: String) {
        let authenticator = Arc::clone(&self.state.authenticator);
        self.check = Some(async move { authenticator.admit(&token).await }.boxed());
    }

    /// Takes in who somebody is: at first, or again.
    fn checked(&mut self, admission: Result<Admission>) -> Result<(), Close> {
        let Some(known) = &self.viewer else { return self.admit(admission) };
        let message = match admission {
            Ok(Admission { viewer, withdrawn }) if known.is_same(&viewer) => {
                self.clock.set_deadline(viewer.expires_at);
                // By what it is signed in may be something else now, and ends by itself.
                self.withdrawn = withdrawn;
                let expires_at = viewer.expires_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
                self.viewer = Some(viewer);
                self.say(&ServerMessage::Pong { payload: Some(json!({ "renewed": true, "expiresAt": expires_at })) });
                return Ok(());
            }
            Ok(_) => "The token is another member's, or another role's".to_owned(),
            Err(error) => Rejection::of(&error, &self.request_id).message().to_owned(),
        };
        self.refuse_renewal(&message);
        Ok(())
    }

    fn admit(&mut self, admission: Result<Admission>) -> Result<(), Close> {
        let Admission { viewer, withdrawn } = admission.map_err(|error| self.refusal(&error))?;
        self.clock.set_deadline(viewer.expires_at);
        self.viewer = Some(viewer);
        self.withdrawn = withdrawn;
        self.say(&ServerMessage::ConnectionAck);
        Ok(())
    }

    fn refusal(&self, error: &Error) -> Close {
        match Rejection::of(error, &self.request_id) {
            rejection if rejection.is_client_error() => forbidden(rejection.message()),
            // The client cannot help it, and should come back.
            _ => Close::new(close::TRY_AGAIN_LATER, format!("Internal error, request {}", self.request_id.as_str())),
        }
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
        let operation =
            Operation { state: Arc::clone(&self.state), viewer: viewer.clone(), request_id: self.request_id.clone(), params };
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
    token.map(|token| Some(token.to_owned())).ok_or_else(|| forbidden("`Authorization` must be `Bearer TOKEN`"))
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
