//! rpm-api: a GraphQL API with subscriptions for RPM (Result, Purpose, Massive Action Plan) weekly plans.
//!
//! ARCHITECTURE.md has the map. Arrows point down only:
//! `commands → http → resolvers → {schema, loaders, auth, events, analytics} → store → entities → error, ids`, and
//! `commands → {ingest, demo, jobs} → store`; `lake` stands alone, and `telemetry` below all who tell.

pub mod alerts;
pub mod analytics;
pub mod answers;
pub mod auth;
pub mod breaker;
pub mod calendar;
pub mod commands;
pub mod config;
pub mod demo;
pub mod entities;
pub mod error;
pub mod events;
pub mod http;
pub mod ids;
pub mod ingest;
pub mod jobs;
pub mod lake;
pub mod loaders;
pub mod report;
pub mod resolvers;
pub mod schema;
pub mod store;
pub mod telemetry;
pub mod tls;
