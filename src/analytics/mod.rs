//! The numbers. Each metric is defined here, once: the API, the cockpit and the warehouse all show what these functions say.
//!
//! The store counts and adds up (`store::metrics`), this divides. Nothing is rounded before it is shown. `docs/metrics.md` has all of
//! them in one table.
//!
//! ```text
//! store's sums ─▶ formulas ─▶ week, funnel, revenue, agent, album, period ─▶ GraphQL, warehouse rows
//! ```

pub mod agent;
pub mod album;
mod basis;
pub mod forecast;
pub mod formulas;
pub mod funnel;
pub mod periods;
pub mod revenue;
pub mod rows;
pub mod tables;
pub mod trends;
pub mod week;

pub use basis::{Basis, Span};
