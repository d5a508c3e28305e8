//! What runs on a clock, beside the requests.

pub mod export;
pub mod periods;
pub mod retention;
pub mod sync;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

/// Resolves when the server stops. A job breaks off what it is at, wherever it waits, since each step of it is one transaction or can be
/// repeated; and gives its lease back, so that another instance goes on at once.
pub type Over = Shared<BoxFuture<'static, ()>>;

/// The same of any future.
pub fn over(future: impl Future<Output = ()> + Send + 'static) -> Over {
    future.boxed().shared()
}
