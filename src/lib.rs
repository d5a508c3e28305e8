//! rpm-api: a GraphQL API with subscriptions for RPM (Result, Purpose, Massive Action Plan) weekly plans.
//!
//! ARCHITECTURE.md has the map. Arrows point down only:
//! `http → resolvers → {schema, loaders, auth, events} → store → entities → error, ids`.

pub mod auth;
pub mod cluster;
pub mod entities;
pub mod error;
pub mod events;
pub mod ids;
pub mod loaders;
pub mod resolvers;
pub mod schema;
pub mod store;
