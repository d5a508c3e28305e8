//! Agents as they are now, and the heartbeats behind that.

crate::sql_migration! {
    up: "
CREATE TABLE agent_status (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    agent_name VARCHAR(100) NOT NULL UNIQUE,
    status VARCHAR(50) NOT NULL CHECK (status IN ('active', 'idle', 'error', 'offline')),
    health_score INTEGER NOT NULL DEFAULT 100 CHECK (health_score BETWEEN 0 AND 100),
    last_heartbeat TIMESTAMPTZ NOT NULL DEFAULT now(),
    current_action_id UUID REFERENCES rpm_action_items(id) ON DELETE SET NULL,
    session_start TIMESTAMPTZ,
    total_actions_completed INTEGER NOT NULL DEFAULT 0,
    total_hours_worked DECIMAL(8,2) NOT NULL DEFAULT 0,
    error_log TEXT,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    metadata JSONB NOT NULL DEFAULT '{}'
);
CREATE INDEX idx_agent_status_name ON agent_status (agent_name);
CREATE INDEX idx_agent_status_last_heartbeat ON agent_status (last_heartbeat DESC);
CREATE INDEX idx_agent_status_current_action ON agent_status (current_action_id);

CREATE TABLE agent_heartbeats (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent_id UUID NOT NULL REFERENCES agent_status(id) ON DELETE CASCADE,
    reported_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    status VARCHAR(50) NOT NULL CHECK (status IN ('active', 'idle', 'error', 'offline')),
    health_score INTEGER NOT NULL CHECK (health_score BETWEEN 0 AND 100),
    current_action_id UUID REFERENCES rpm_action_items(id) ON DELETE SET NULL,
    error TEXT,
    metadata JSONB NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX idx_agent_heartbeats_agent ON agent_heartbeats (agent_id, reported_at DESC);
CREATE INDEX idx_agent_heartbeats_action ON agent_heartbeats (current_action_id) WHERE current_action_id IS NOT NULL;
",
    down: "
DROP TABLE agent_heartbeats;
DROP TABLE agent_status;
",
}
