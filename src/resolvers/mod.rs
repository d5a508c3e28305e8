//! What the schema's fields do: Query, Mutation, Subscription, and the fields of objects that read the database.
//!
//! A resolver reads its arguments, asks the store or a loader, and shapes the answer. It holds no SQL and no rules of the
//! domain. Errors go up as [`crate::error::Error`]; [`api::Api`] gives them their codes.

mod access;
mod action;
mod agent;
mod analytics;
pub mod api;
mod arguments;
mod context;
mod deliverable;
mod demand;
mod direct;
mod event;
mod forecast;
mod ingest;
mod live;
mod member;
mod metrics;
mod mutation;
mod owner;
mod query;
mod result;
mod subscription;
mod traced;
mod variables;
mod week;

pub use access::{access_document, root_fields};
pub use api::{Api, ApiSchema, sdl};
pub use context::Services;
pub use demand::{Demand, demand, demand_varies};
pub use direct::{Direct, Said};
pub(crate) use live::after_variable;
pub use variables::are_plain;
