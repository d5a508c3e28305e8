//! What the warehouse was given: by table and day, and up to when changes were looked for.

crate::sql_migration! {
    up: "
-- content_hash is NULL while a day is being written: nobody knows then what the warehouse holds.
CREATE TABLE warehouse_exports (
    warehouse TEXT NOT NULL,
    table_name VARCHAR(100) NOT NULL,
    day DATE NOT NULL,
    run UUID NOT NULL,
    exported_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    row_count INTEGER NOT NULL DEFAULT 0 CHECK (row_count >= 0),
    content_hash CHAR(64),
    PRIMARY KEY (warehouse, table_name, day)
);

-- Every change that was committed before looked_at is in the warehouse.
CREATE TABLE warehouse_looks (
    warehouse TEXT NOT NULL,
    table_name VARCHAR(100) NOT NULL,
    looked_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (warehouse, table_name)
);

-- What changed since.
ALTER TABLE agent_heartbeats ADD COLUMN recorded_at TIMESTAMPTZ NOT NULL DEFAULT now();
ALTER TABLE agent_heartbeats ALTER COLUMN recorded_at SET DEFAULT clock_timestamp();
-- Both only grow, in this order: an index of a few pages.
CREATE INDEX idx_agent_heartbeats_recorded_at ON agent_heartbeats USING brin (recorded_at);
CREATE INDEX idx_events_recorded_at ON events USING brin (recorded_at);
CREATE INDEX idx_deliverables_updated_at ON deliverables (updated_at);
CREATE INDEX idx_suno_songs_updated_at ON suno_songs (updated_at);
CREATE INDEX idx_results_updated_at ON rpm_results (updated_at);
CREATE INDEX idx_weekly_plans_updated_at ON rpm_weekly_plans (updated_at);
",
    down: "
DROP INDEX idx_weekly_plans_updated_at;
DROP INDEX idx_results_updated_at;
DROP INDEX idx_suno_songs_updated_at;
DROP INDEX idx_deliverables_updated_at;
DROP INDEX idx_events_recorded_at;
DROP INDEX idx_agent_heartbeats_recorded_at;
ALTER TABLE agent_heartbeats DROP COLUMN recorded_at;
DROP TABLE warehouse_looks;
DROP TABLE warehouse_exports;
",
}
