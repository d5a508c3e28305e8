//! What runs on a clock, beside the requests.

pub mod export;
pub mod periods;
pub mod retention;
pub mod sync;
