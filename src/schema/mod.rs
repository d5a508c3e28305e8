//! The GraphQL contract: types, inputs, payloads, enums, scalars and connections. Shapes only, no I/O.
//!
//! Conventions: every definition has a description, written for the analyst who reads it in the explorer (meaning, unit,
//! when it is null). The fields that read the database are in `crate::resolvers`.

pub mod connection;
pub mod enums;
pub mod inputs;
pub mod payloads;
pub mod scalars;
pub mod types;

mod ids;
