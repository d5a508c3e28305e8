//! The event log as a live stream.
//!
//! - [`Hub`]: one for the server. Reads what has been committed, once, and keeps the newest events in memory ([`run`] moves it on).
//! - [`Fanout`]: executes a subscribed document once for each event, whoever many subscribe to it in the same scope, and keeps
//!   the answers for a while, written out.
//! - [`Subscriber`]: a position in those answers. One that has fallen behind them replays the log until it is back.
//!
//! So a subscriber costs a position, a slow one holds nobody up and keeps no memory, and nothing that was committed is passed
//! over. While nothing is committed, nothing runs.

mod fanout;
mod feed;
mod hub;
mod meter;
mod replay;
mod subscriber;
mod tail;

pub use fanout::{Fanout, Render, Work};
pub use feed::Delivery;
pub use hub::Hub;
pub use subscriber::Subscriber;
pub use tail::run;
