//! The queries, by what they ask for. Those of metrics, of the warehouse's tables and of ingest runs stand with the fields of their
//! objects.

mod admin;
mod agents;
mod alerts;
mod events;
mod nodes;
mod outputs;
mod plans;

use async_graphql::MergedObject;

use super::analytics::AnalyticsQuery;
use super::ingest::IngestQuery;
use super::metrics::MetricsQuery;

/// What can be asked. Every answer holds what the caller may see and nothing else.
#[derive(MergedObject, Clone, Copy, Debug, Default)]
pub struct Query(
    nodes::NodeQuery,
    plans::PlanQuery,
    agents::AgentQuery,
    outputs::OutputQuery,
    events::EventQuery,
    admin::AdminQuery,
    IngestQuery,
    MetricsQuery,
    AnalyticsQuery,
    alerts::AlertQuery,
);
