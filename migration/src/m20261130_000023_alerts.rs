//! Alerts: who is told of what and by which way, and what became of it; and personal calendar links.
//!
//! A delivery is decided once: its subscription, kind and subject are unique, whoever decides and however often. A webhook's secret
//! is not here: it follows from the server's and from `id` and `secret_number`.

crate::sql_migration! {
    up: "
CREATE TABLE alert_subscriptions (
    id UUID PRIMARY KEY,
    member_id UUID NOT NULL REFERENCES members(id) ON DELETE CASCADE,
    kinds TEXT[] NOT NULL CHECK (cardinality(kinds) > 0),
    channel VARCHAR(20) NOT NULL CHECK (channel IN ('webhook', 'email', 'sms')),
    address VARCHAR(2000) NOT NULL CHECK (address <> ''),
    secret_number INTEGER NOT NULL DEFAULT 1 CHECK (secret_number > 0),
    -- Held from quiet_from until quiet_until by the clocks of time_zone (the plans' where absent), but for urgent_kinds.
    quiet_from TIME,
    quiet_until TIME,
    time_zone VARCHAR(64),
    urgent_kinds TEXT[] NOT NULL DEFAULT '{}',
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    -- What happened before is not told.
    told_from TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL)),
    CHECK (quiet_from <> quiet_until)
);
CREATE INDEX idx_alert_subscriptions_member ON alert_subscriptions (member_id, created_at, id);

CREATE TABLE alert_deliveries (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    subscription_id UUID NOT NULL REFERENCES alert_subscriptions(id) ON DELETE CASCADE,
    kind VARCHAR(30) NOT NULL,
    -- What it is about, and which occurrence of it.
    subject VARCHAR(200) NOT NULL,
    -- What its member could see when it was decided: everything, the actions of one owner, or nothing.
    seen_by VARCHAR(40) NOT NULL,
    payload JSONB NOT NULL,
    state VARCHAR(20) NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'suppressed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    -- While it is being sent: when somebody else may.
    next_attempt_at TIMESTAMPTZ NOT NULL,
    last_error TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    finished_at TIMESTAMPTZ,
    UNIQUE (subscription_id, kind, subject),
    CHECK ((state = 'pending') = (finished_at IS NULL))
);
CREATE INDEX idx_alert_deliveries_due ON alert_deliveries (next_attempt_at) WHERE state = 'pending';
CREATE INDEX idx_alert_deliveries_created ON alert_deliveries (created_at DESC, id DESC);
CREATE INDEX idx_alert_deliveries_subscription ON alert_deliveries (subscription_id, created_at DESC, id DESC);

-- How far the event log has been looked at.
CREATE TABLE alert_watch (
    is_only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (is_only_row),
    events_through BIGINT NOT NULL
);
INSERT INTO alert_watch (events_through)
SELECT GREATEST(pruned_through, (SELECT max(id) FROM events)) FROM event_log;

-- How a job on a clock went last; failing_since: since when it has not worked.
CREATE TABLE job_outcomes (
    job VARCHAR(50) PRIMARY KEY,
    succeeded_at TIMESTAMPTZ,
    failing_since TIMESTAMPTZ,
    failure TEXT,
    CHECK ((failing_since IS NULL) = (failure IS NULL))
);

CREATE TABLE calendar_feeds (
    id UUID PRIMARY KEY,
    member_id UUID NOT NULL REFERENCES members(id) ON DELETE CASCADE,
    name VARCHAR(100) NOT NULL CHECK (name <> ''),
    -- Whose actions it shows; all that its member sees where absent.
    owner_id UUID REFERENCES owners(id) ON DELETE CASCADE,
    hash BYTEA NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX idx_calendar_feeds_member ON calendar_feeds (member_id, created_at);
",
    down: "
DROP TABLE calendar_feeds;
DROP TABLE job_outcomes;
DROP TABLE alert_watch;
DROP TABLE alert_deliveries;
DROP TABLE alert_subscriptions;
",
}
