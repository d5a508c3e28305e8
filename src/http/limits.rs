//! Bounds on what one caller can use of this layer.

use std::collections::HashMap;
use std::time::Duration;

use super::budget::RoleLimits;
use crate::entities::enums::Role;

/// Bounds on what one request may use.
#[derive(Clone, Debug)]
pub struct HttpLimits {
    /// Largest request body, in bytes. Default 1 MiB.
    pub body_bytes: usize,
    /// Longest time from the end of the headers to the finished result, also for single-result operations over WebSocket.
    /// Default 30 s.
    pub operation_timeout: Duration,
    /// Most queries and mutations under way at once; what comes beyond that by HTTP is refused, the rest waits. Default 500.
    pub in_flight: usize,
    /// Deepest nesting of `{`, `[` and `(` in a document. Default 64.
    ///
    /// The parser recurses once per level and a few hundred levels overflow the stack of a worker thread, which ends the
    /// process. Counted before parsing.
    pub document_nesting: usize,
    /// Most names, numbers, strings and punctuators in a document. Default 20,000. Counted before parsing.
    pub document_tokens: usize,
    /// Most selections that a document may hold after its fragment spreads are written out. Default 10,000.
    ///
    /// Validation walks the written-out form, and a kilobyte of fragments that spread each other twice is a billion of them.
    pub document_selections: usize,
    /// Most fields under another name that a document may have. Default 100.
    pub document_aliases: usize,
    /// Most directives that a document may have. Default 50.
    pub document_directives: usize,
    /// Most root fields of an operation. Default 50.
    pub document_roots: usize,
    /// Most that a subscription costs for each event. Default 2,000.
    pub subscription_cost: u64,
    /// What each role may ask, where it is not as [`RoleLimits::of`] says.
    pub roles: HashMap<Role, RoleLimits>,
    /// Most subscriptions that one member has open on this server. Default 1,000.
    pub member_subscriptions: usize,
    /// Longest time over which open sockets are closed when the server is about to stop, so that their clients do not all come
    /// back at once elsewhere. Default 7 s.
    pub drain_spread: Duration,
    /// A round of keep-alive. The peer of a WebSocket that was silent for one is pinged in the next, and dropped after two more;
    /// an event stream on which nothing was sent for one gets a comment. Default 20 s.
    pub keep_alive: Duration,
    /// Failed sign-ins from one address in a minute, beyond which it has to wait. Default 30.
    pub failed_sign_ins: u64,
    /// Proxies of ours in front of the server, each of which adds the address that it saw to `X-Forwarded-For`. Default 0. Where there
    /// is one, its `X-Request-Id` is taken, and its word on which traces are kept.
    pub trusted_proxies: usize,
    /// Requests that take longer leave a log line. Default 1 s.
    pub slow_request: Duration,
    /// Bounds on a WebSocket connection.
    pub websocket: WebSocketLimits,
}

/// Bounds on one WebSocket connection.
#[derive(Clone, Debug)]
pub struct WebSocketLimits {
    /// How long a client may take to send `connection_init`, and the server to check its token. Default 10 s.
    pub init_timeout: Duration,
    /// Largest message from a client, in bytes. Default 256 KiB.
    pub message_bytes: usize,
    /// Most operations in flight on one connection. Default 100.
    pub subscriptions: usize,
    /// How long the server waits for the peer's half of a closing handshake. Default 2 s.
    pub close_timeout: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            operation_timeout: Duration::from_secs(30),
            in_flight: 500,
            document_nesting: 64,
            document_tokens: 20_000,
            document_selections: 10_000,
            document_aliases: 100,
            document_directives: 50,
            document_roots: 50,
            subscription_cost: 2_000,
            roles: HashMap::new(),
            member_subscriptions: 1_000,
            drain_spread: Duration::from_secs(7),
            keep_alive: Duration::from_secs(20),
            failed_sign_ins: 30,
            trusted_proxies: 0,
            slow_request: Duration::from_secs(1),
            websocket: WebSocketLimits::default(),
        }
    }
}

impl Default for WebSocketLimits {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_secs(10),
            message_bytes: 256 * 1024,
            subscriptions: 100,
            close_timeout: Duration::from_secs(2),
        }
    }
}
