//! The mutations, by what they change. Each takes one input and answers with a payload.

mod access;
mod actions;
mod agents;
mod alerts;
mod calendars;
pub(super) mod changes;
mod check;
mod outputs;

use async_graphql::MergedObject;

/// What can be changed.
#[derive(MergedObject, Clone, Copy, Debug, Default)]
pub struct Mutation(
    access::AccessMutation,
    actions::ActionMutation,
    agents::AgentMutation,
    alerts::AlertMutation,
    calendars::CalendarMutation,
    outputs::OutputMutation,
);
