//! The objects of the graph, one file each. Their fields that need I/O are in `crate::resolvers`, under the same name.

mod access;
mod action;
mod agent;
mod counts;
mod deliverable;
mod event;
mod ingest;
mod investor;
mod member;
mod node;
mod owner;
mod period;
mod result;
mod song;
mod week;

pub use access::{ApiKey, AuditEntry, AuditPage};
pub use action::Action;
pub use agent::Agent;
pub use counts::ActionCounts;
pub use deliverable::Deliverable;
pub use event::{
    ActionBlockedEvent, ActionCompletedEvent, ActionUpdatedEvent, AgentStatusChangedEvent, DeliverablePublishedEvent, Event,
    EventPage, RevenueUpdatedEvent, WeekIngestedEvent,
};
pub use ingest::{IngestRun, IngestedFile, UnreadLine};
pub use investor::InvestorSummary;
pub use member::Member;
pub use node::Node;
pub use owner::Owner;
pub use period::Period;
pub use result::PlanResult;
pub use song::Song;
pub use week::{Project, Week};
