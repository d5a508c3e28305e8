//! What runs on a clock, beside the requests.

pub mod retention;
pub mod sync;
