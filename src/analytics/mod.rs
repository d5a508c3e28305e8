//! The numbers: what is computed from the database, and the warehouse that holds it for those who ask much.

mod basis;
pub mod reconcile;
pub mod rows;
mod spans;
pub mod sums;
pub mod tables;
pub mod warehouse;

pub use basis::{Basis, Span};
pub use rows::{Row, rows};

pub use sums::{DaySums, Sum};
pub use tables::{Column, ColumnKind, Table};
pub use warehouse::{Provisioned, Warehouse, WarehouseError};
