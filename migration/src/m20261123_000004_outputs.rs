//! What comes out: deliverables, songs, and the DNA periods that sum it up.

crate::sql_migration! {
    up: "
CREATE TABLE deliverables (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    action_item_id UUID REFERENCES rpm_action_items(id) ON DELETE SET NULL,
    deliverable_type VARCHAR(100) NOT NULL CHECK (deliverable_type IN ('song', 'album', 'code', 'document', 'video')),
    title TEXT NOT NULL,
    description TEXT,
    cloud_storage_path TEXT NOT NULL,
    status VARCHAR(50) NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'review', 'approved', 'published')),
    revenue_target DECIMAL(12,2) CHECK (revenue_target >= 0),
    revenue_actual DECIMAL(12,2) CHECK (revenue_actual >= 0),
    metadata JSONB NOT NULL DEFAULT '{}',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    published_at TIMESTAMPTZ
);
CREATE INDEX idx_deliverables_type ON deliverables (deliverable_type);
CREATE INDEX idx_deliverables_status ON deliverables (status);
CREATE INDEX idx_deliverables_action ON deliverables (action_item_id);
CREATE INDEX idx_deliverables_created ON deliverables (created_at, id);
CREATE INDEX idx_deliverables_published ON deliverables (published_at DESC NULLS LAST, id);

CREATE TABLE suno_songs (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    song_id VARCHAR(255) UNIQUE NOT NULL,
    title VARCHAR(500) NOT NULL,
    genre VARCHAR(200),
    bpm INTEGER CHECK (bpm > 0),
    key VARCHAR(50),
    groove VARCHAR(100),
    duration_seconds INTEGER CHECK (duration_seconds >= 0),
    cloud_storage_path TEXT,
    album_assignment VARCHAR(255),
    lyrics TEXT,
    prompt_used TEXT,
    status VARCHAR(50) NOT NULL DEFAULT 'generated' CHECK (status IN ('generated', 'reviewed', 'mastered', 'released')),
    revenue_target DECIMAL(12,2) CHECK (revenue_target >= 0),
    revenue_actual DECIMAL(12,2) CHECK (revenue_actual >= 0),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    released_at TIMESTAMPTZ
);
CREATE INDEX idx_suno_songs_album ON suno_songs (album_assignment);
CREATE INDEX idx_suno_songs_status ON suno_songs (status);
CREATE INDEX idx_suno_songs_title ON suno_songs (title, id);

CREATE TABLE rpm_dna_periods (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    period_type VARCHAR(50) NOT NULL CHECK (period_type IN ('daily', 'weekly', 'monthly', 'quarterly')),
    period_start TIMESTAMPTZ NOT NULL,
    period_end TIMESTAMPTZ NOT NULL,
    total_actions INTEGER NOT NULL DEFAULT 0,
    completed_actions INTEGER NOT NULL DEFAULT 0,
    completion_rate DECIMAL(5,2),
    velocity_score DECIMAL(8,2),
    revenue_target DECIMAL(12,2),
    revenue_actual DECIMAL(12,2),
    jesse_completion_rate DECIMAL(5,2),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CHECK (period_end > period_start),
    UNIQUE (period_type, period_start)
);
",
    down: "
DROP TABLE rpm_dna_periods;
DROP TABLE suno_songs;
DROP TABLE deliverables;
",
}
