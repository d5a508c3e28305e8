//! What was looked for in the files, when, and what came of it; and who may do what only one at a time does.

crate::sql_migration! {
    up: "
CREATE TABLE ingest_runs (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    finished_at TIMESTAMPTZ,
    origin VARCHAR(20) NOT NULL CHECK (origin IN ('command', 'watch', 'schedule')),
    files_read INTEGER NOT NULL DEFAULT 0,
    files_unchanged INTEGER NOT NULL DEFAULT 0,
    files_refused INTEGER NOT NULL DEFAULT 0,
    rows_created INTEGER NOT NULL DEFAULT 0,
    rows_updated INTEGER NOT NULL DEFAULT 0,
    uploads_waiting INTEGER NOT NULL DEFAULT 0,
    failure TEXT,
    files JSONB NOT NULL DEFAULT '[]'
);
CREATE INDEX idx_ingest_runs_started ON ingest_runs (started_at DESC, id);

-- Which reader read a file: one that has learnt since reads it again.
ALTER TABLE ingested_files ADD COLUMN reader INTEGER NOT NULL DEFAULT 0;

CREATE TABLE job_leases (
    job VARCHAR(50) PRIMARY KEY,
    holder UUID NOT NULL,
    held_until TIMESTAMPTZ NOT NULL
);
",
    down: "
DROP TABLE job_leases;
ALTER TABLE ingested_files DROP COLUMN reader;
DROP TABLE ingest_runs;
",
}
