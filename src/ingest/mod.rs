//! From files to the database: pure parsers, and the load step.
//!
//! [`plan::parse_plan`] turns a document's text into a [`document::PlanDocument`] and a list of what it did not
//! understand. [`load`] brings the database in line with it, in one transaction, without undoing what people did since.
//! [`export`] writes plans out again.
//! Nothing here knows of GraphQL or HTTP.

pub mod document;
pub mod export;
pub mod files;
mod load;
mod merge;
pub mod plan;
mod report;

pub use load::{Source, load};
pub use report::Report;
