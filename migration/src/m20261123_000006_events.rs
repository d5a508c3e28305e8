//! The event log: append-only, its `id` rising in commit order.
//!
//! The order comes from a lock that is held until the commit (`m20261124_000008_event_log`), so that whoever takes a
//! higher `id` also commits later. The row keeps no foreign keys: it outlives what it tells of.

crate::sql_migration! {
    up: "
CREATE TABLE events (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_type VARCHAR(50) NOT NULL CHECK (event_type IN ('ACTION_COMPLETED', 'ACTION_BLOCKED', 'ACTION_UPDATED',
        'AGENT_STATUS_CHANGE', 'REVENUE_UPDATE', 'DELIVERABLE_PUBLISHED', 'WEEK_INGESTED')),
    occurred_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    actor VARCHAR(320) NOT NULL,
    week_id UUID,
    result_id UUID,
    action_id UUID,
    agent_id UUID,
    deliverable_id UUID,
    song_id UUID,
    owner_ids UUID[] NOT NULL DEFAULT '{}',
    payload JSONB NOT NULL DEFAULT '{}'
);
CREATE INDEX idx_events_occurred_at ON events (occurred_at);
CREATE INDEX idx_events_action ON events (action_id, id) WHERE action_id IS NOT NULL;
CREATE INDEX idx_events_week ON events (week_id, id) WHERE week_id IS NOT NULL;
",
    down: "DROP TABLE events;",
}
