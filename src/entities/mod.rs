//! The tables as sea-orm sees them, one file each. Relations are read by `crate::loaders`, so none are declared here.

pub mod action_owners;
pub mod actions;
pub mod agents;
pub mod alert_deliveries;
pub mod alert_subscriptions;
pub mod api_keys;
pub mod audit_log;
pub mod calendar_feeds;
pub mod deliverables;
pub mod enums;
pub mod events;
pub mod heartbeats;
pub mod ingest_runs;
pub mod ingested_files;
pub mod members;
pub mod owner_aliases;
pub mod owners;
pub mod periods;
pub mod projects;
pub mod refresh_tokens;
pub mod results;
pub mod sessions;
pub mod songs;
pub mod weeks;
