//! The objects of the graph, one file each. Their fields that need I/O are in `crate::resolvers`, under the same name.

mod access;
mod action;
mod agent;
mod alert;
mod analytics;
mod calendar;
mod counts;
mod deliverable;
mod event;
mod forecast;
mod ingest;
mod investor;
mod member;
mod metrics;
mod node;
mod owner;
mod period;
mod result;
mod song;
mod trends;
mod week;

pub use access::{ApiKey, AuditEntry, AuditPage};
pub use action::Action;
pub use agent::Agent;
pub use alert::{AlertDelivery, AlertDeliveryPage, AlertSubscription};
pub use analytics::{
    ActionCompletionMetrics, AgentPerformanceMetrics, AlbumAnalytics, DeliverableMetrics, FunnelVelocityMetrics,
    PlanEffectiveness, RevenueCorrelation,
};
pub use calendar::CalendarFeed;
pub use counts::ActionCounts;
pub use deliverable::Deliverable;
pub use event::{
    ActionBlockedEvent, ActionCompletedEvent, ActionUpdatedEvent, AgentStatusChangedEvent, DeliverablePublishedEvent, Event,
    EventPage, RevenueUpdatedEvent, WeekIngestedEvent,
};
pub use forecast::{
    ActionForecast, AtRiskResult, CarryOverCandidate, EstimateBand, ForecastBasis, ForecastClock, ForecastFlag, ForecastLevel,
    ForecastMissing, PlanForecast, ResultRisk, RiskReason,
};
pub use ingest::{IngestRun, IngestedFile, UnreadLine};
pub use investor::InvestorSummary;
pub use member::Member;
pub use metrics::{
    Completion, FunnelVelocity, OpenWork, ResultCounts, ResultRevenue, Revenue, RevenueSummary, StageVelocity, WeekMetrics,
};
pub use node::Node;
pub use owner::Owner;
pub use period::Period;
pub use result::PlanResult;
pub use song::Song;
pub use trends::{AgentDay, AgentHistory, AgentPerformance, Album, AlbumProgress, TrendPoint};
pub use week::{Project, Week};
