//! Why a connection ends, in the numbers of the protocol and of RFC 6455.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message};
use futures_util::{Stream, StreamExt};

pub(super) const GOING_AWAY: u16 = 1001;
pub(super) const PROTOCOL_ERROR: u16 = 1002;
pub(super) const MESSAGE_TOO_BIG: u16 = 1009;
pub(super) const TRY_AGAIN_LATER: u16 = 1013;
pub(super) const BAD_REQUEST: u16 = 4400;
pub(super) const UNAUTHORIZED: u16 = 4401;
pub(super) const FORBIDDEN: u16 = 4403;
pub(super) const SUBPROTOCOL_NOT_ACCEPTABLE: u16 = 4406;
pub(super) const INIT_TIMEOUT: u16 = 4408;
pub(super) const SUBSCRIBER_EXISTS: u16 = 4409;
pub(super) const TOO_MANY_INITS: u16 = 4429;

/// The reason has to fit into a control frame of 125 bytes, beside the code.
const REASON_BYTES: usize = 123;

/// The end of a connection, decided by the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Close {
    code: u16,
    reason: String,
}

impl Close {
    pub(super) fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        reason.truncate(reason.floor_char_boundary(REASON_BYTES));
        Self { code, reason }
    }
}

impl From<Close> for CloseFrame {
    fn from(close: Close) -> Self {
        Self { code: close.code, reason: close.reason.into() }
    }
}

/// Reads what is left, so that the last frame arrives: the answer to the peer's own closing is sent while reading, and a socket
/// that is dropped with unread bytes in it is reset.
pub(super) async fn read_to_end(frames: impl Stream<Item = Result<Message, axum::Error>> + Unpin, patience: Duration) {
    let rest = frames.take_while(|frame| std::future::ready(frame.is_ok())).for_each(|_| std::future::ready(()));
    // A peer that does not close is left.
    drop(tokio::time::timeout(patience, rest).await);
}
