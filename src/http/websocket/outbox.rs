//! The way out of a connection: a short queue and the one task that writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use tokio::sync::{mpsc, oneshot};

use super::message::ServerMessage;

/// Messages that may wait for the peer. Enough to fill a packet with small ones, and a bound on what a slow peer costs.
const QUEUE_MESSAGES: usize = 8;

/// Whether an operation still wants its messages sent. The client may take its word back while one waits.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted(Arc<AtomicBool>);

impl Wanted {
    pub(super) fn yes() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    pub(super) fn revoke(&self) {
        self.0.store(false, Ordering::Release);
    }

    fn holds(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A message on its way, already written.
pub(super) struct Outgoing {
    message: Message,
    wanted: Option<Wanted>,
}

impl Outgoing {
    /// Of the connection itself.
    pub(super) fn control(message: &ServerMessage<'_>) -> Self {
        Self { message: message.into(), wanted: None }
    }

    /// Of an operation.
    pub(super) fn of(wanted: &Wanted, message: &ServerMessage<'_>) -> Self {
        Self { message: message.into(), wanted: Some(wanted.clone()) }
    }

    /// A ping of the WebSocket layer: browsers answer it without waking the page.
    pub(super) fn ping() -> Self {
        Self { message: Message::Ping(Vec::new().into()), wanted: None }
    }
}

/// The queue into the writer.
pub(super) type Outbox = mpsc::Sender<Outgoing>;

/// Ends the writer with a last frame.
pub(super) type Farewell = oneshot::Sender<CloseFrame>;

/// Starts the writer of a connection. It ends by itself when the queue is closed or the peer is gone.
pub(super) fn open(sink: SplitSink<WebSocket, Message>, close_timeout: Duration) -> (Outbox, Farewell) {
    let (outbox, queue) = mpsc::channel(QUEUE_MESSAGES);
    let (farewell, closing) = oneshot::channel();
    tokio::spawn(write(sink, queue, closing, close_timeout));
    (outbox, farewell)
}

async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut queue: mpsc::Receiver<Outgoing>,
    closing: oneshot::Receiver<CloseFrame>,
    close_timeout: Duration,
) {
    let frame = tokio::select! {
        biased;
        // What still waits is of no use to a peer that is sent away.
        frame = closing => frame.ok(),
        _ = pump(&mut sink, &mut queue) => None,
    };
    if let Some(frame) = frame {
        // A peer that does not read cannot be told either.
        drop(tokio::time::timeout(close_timeout, sink.send(Message::Close(Some(frame)))).await);
    }
}

/// Moves messages from the queue to the peer, one flush for all that are there.
async fn pump(sink: &mut SplitSink<WebSocket, Message>, queue: &mut mpsc::Receiver<Outgoing>) -> Result<(), axum::Error> {
    while let Some(first) = queue.recv().await {
        let mut next = Some(first);
        while let Some(outgoing) = next {
            if outgoing.wanted.is_none_or(|wanted| wanted.holds()) {
                sink.feed(outgoing.message).await?;
            }
            next = queue.try_recv().ok();
        }
        sink.flush().await?;
    }
    Ok(())
}
