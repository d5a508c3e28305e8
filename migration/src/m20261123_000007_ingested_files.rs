//! What was read from which file, so that the next reading knows what the document itself changed.

crate::sql_migration! {
    up: "
CREATE TABLE ingested_files (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    path TEXT NOT NULL UNIQUE,
    sha256 CHAR(64) NOT NULL,
    kind VARCHAR(50) NOT NULL,
    week_id UUID REFERENCES rpm_weekly_plans(id) ON DELETE SET NULL,
    parsed JSONB NOT NULL,
    report JSONB NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    ingested_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_ingested_files_week ON ingested_files (week_id);
",
    down: "DROP TABLE ingested_files;",
}
