//! From files to the database and the lake: pure parsers, the load steps, and the look at all files that calls them.
//!
//! [`kind_of`] tells what a file holds. [`plan::parse_plan`] turns a document's text into a [`document::PlanDocument`] and a list of
//! what it did not understand; [`agents`] and [`songs`] do the same for what agents write of themselves and for the song
//! catalogue. [`load`] brings the database in line, in one transaction, without undoing what people did since. A [`Reader`] does
//! all that for one file, once a copy is on its way to the lake; a [`Run`] does it for all of them. [`export`] writes plans out again.
//! Nothing here knows of GraphQL or HTTP.

pub mod agents;
pub mod depot;
pub mod document;
pub mod export;
mod fields;
pub mod files;
mod held;
mod kind;
mod load;
mod merge;
mod pairing;
pub mod plan;
mod reader;
mod report;
mod run;
pub mod songs;
mod times;

pub use depot::Depot;
pub use held::HeldPlan;
pub use kind::{Kind, kind_of};
pub use load::{Source, load};
pub use reader::{Looked, Reader};
pub use report::Report;
pub use run::{Progress, Run, Seen};
