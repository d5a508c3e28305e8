//! What runs on a clock, beside the requests.

pub mod export;
pub mod retention;
pub mod sync;
