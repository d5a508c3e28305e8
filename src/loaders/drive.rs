//! Runs the batches of a request on the request's own task.
//!
//! A level of a query is resolved in one poll: every resolver of the level asks for its key and waits. Batches that run
//! on another thread may begin in the middle of that, and then take half of the keys; how many statements a query takes
//! would be a matter of luck. Here a batch is polled only when the resolvers have nothing left to do, so that it has all
//! the keys of its level.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::future::{BoxFuture, poll_fn};
use futures_util::stream::{FuturesUnordered, Stream, StreamExt, poll_fn as stream_poll_fn};

/// The batches that the loaders of a request have begun and that nobody polls yet.
#[derive(Clone, Default)]
pub(super) struct Begun(Arc<Mutex<Vec<BoxFuture<'static, ()>>>>);

impl Begun {
    /// Takes a batch in.
    pub(super) fn push(&self, batch: BoxFuture<'static, ()>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(batch);
    }

    fn take(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Runs the batches that some loaders begin while a request is executed.
pub struct Driver {
    begun: Begun,
    running: FuturesUnordered<BoxFuture<'static, ()>>,
}

impl Driver {
    pub(super) fn new(begun: Begun) -> Self {
        Self { begun, running: FuturesUnordered::new() }
    }

    /// Runs a request to its end, its batches with it.
    pub async fn drive<F: Future>(mut self, request: F) -> F::Output {
        let mut request = pin!(request);
        poll_fn(|cx| self.poll(cx, |cx| request.as_mut().poll(cx))).await
    }

    /// Passes a stream of answers on, and runs their batches.
    pub fn drive_stream<S: Stream + Send + 'static>(mut self, stream: S) -> impl Stream<Item = S::Item> + Send {
        let mut stream: Pin<Box<S>> = Box::pin(stream);
        stream_poll_fn(move |cx| self.poll(cx, |cx| stream.as_mut().poll_next(cx)))
    }

    /// Polls the request; whenever it waits, polls the batches; and so on until neither gets any further.
    fn poll<T>(&mut self, cx: &mut Context<'_>, mut request: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        loop {
            if let Poll::Ready(value) = request(cx) {
                return Poll::Ready(value);
            }
            self.running.extend(self.begun.take());
            let mut ended = false;
            while let Poll::Ready(Some(())) = self.running.poll_next_unpin(cx) {
                ended = true;
            }
            if !ended {
                return Poll::Pending;
            }
        }
    }
}
