//! From files to the database: pure parsers, and the load step.
//!
//! [`kind_of`] tells what a file holds. [`plan::parse_plan`] turns a document's text into a [`document::PlanDocument`] and a list of what it did not
//! understand. [`load`] brings the database in line with it, in one transaction, without undoing what people did since.
//! [`agents`] and [`songs`] do the same for what agents write of themselves and for the song catalogue.
//! Nothing here knows of GraphQL or HTTP.

pub mod agents;
pub mod document;
mod fields;
pub mod files;
mod kind;
mod load;
mod merge;
pub mod plan;
mod report;
pub mod songs;
mod times;

pub use kind::{Kind, kind_of};
pub use load::{Source, load};
pub use report::Report;
