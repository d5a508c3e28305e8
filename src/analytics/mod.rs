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
mod answer;
mod basis;
pub mod forecast;
pub mod formulas;
pub mod funnel;
mod held;
pub mod periods;
pub mod reconcile;
pub mod revenue;
pub mod rows;
mod spans;
pub mod sums;
pub mod tables;
pub mod trends;
pub mod warehouse;
pub mod week;

pub use answer::{Aged, Answer, Asked};
pub use basis::{Basis, Span};
pub use rows::{Row, rows};
pub use sums::{DaySums, Sum};
pub use tables::{Column, ColumnKind, Table};
pub use warehouse::{Provisioned, Warehouse, WarehouseError};
