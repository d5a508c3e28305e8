//! Projects, weekly plans, results and actions.

crate::sql_migration! {
    up: "
CREATE TABLE projects (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    code TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    is_default BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX idx_projects_default ON projects (is_default) WHERE is_default;
INSERT INTO projects (code, title, is_default) VALUES ('MAIN', 'Main plan', TRUE);

CREATE TABLE rpm_weekly_plans (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    project_id UUID NOT NULL REFERENCES projects(id) ON DELETE RESTRICT,
    code VARCHAR(100),
    title TEXT NOT NULL DEFAULT '',
    week_start_date DATE NOT NULL,
    week_end_date DATE NOT NULL,
    status VARCHAR(50) NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'completed', 'archived')),
    classification VARCHAR(100),
    owner VARCHAR(255) NOT NULL,
    version VARCHAR(50),
    completion_rate DECIMAL(5,2) CHECK (completion_rate BETWEEN 0 AND 100),
    revenue_target_low DECIMAL(12,2) CHECK (revenue_target_low >= 0),
    revenue_target_high DECIMAL(12,2) CHECK (revenue_target_high >= revenue_target_low),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    metadata JSONB NOT NULL DEFAULT '{}',
    CHECK (week_end_date >= week_start_date),
    UNIQUE (project_id, week_start_date)
);
CREATE INDEX idx_weekly_plans_date ON rpm_weekly_plans (week_start_date DESC, id);
CREATE INDEX idx_weekly_plans_status ON rpm_weekly_plans (status);

CREATE TABLE rpm_results (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    weekly_plan_id UUID NOT NULL REFERENCES rpm_weekly_plans(id) ON DELETE CASCADE,
    position INTEGER NOT NULL DEFAULT 0,
    result_code VARCHAR(100) NOT NULL,
    result_text TEXT NOT NULL,
    purpose TEXT NOT NULL,
    outcome TEXT,
    verification_criteria TEXT,
    owner VARCHAR(255),
    priority INTEGER NOT NULL DEFAULT 0,
    category VARCHAR(100),
    status VARCHAR(50) NOT NULL DEFAULT 'in_progress'
        CHECK (status IN ('not_started', 'in_progress', 'blocked', 'completed')),
    completion_date TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    metadata JSONB NOT NULL DEFAULT '{}',
    UNIQUE (weekly_plan_id, result_code)
);
CREATE INDEX idx_results_plan ON rpm_results (weekly_plan_id, position, id);
CREATE INDEX idx_results_status ON rpm_results (status);
CREATE INDEX idx_results_priority ON rpm_results (priority);
CREATE INDEX idx_results_category ON rpm_results (category);

CREATE TABLE rpm_action_items (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    result_id UUID NOT NULL REFERENCES rpm_results(id) ON DELETE CASCADE,
    position INTEGER NOT NULL DEFAULT 0,
    action_code VARCHAR(100) NOT NULL UNIQUE,
    action_text TEXT NOT NULL,
    description TEXT,
    owner VARCHAR(255),
    due_date TIMESTAMPTZ,
    funnel_stage VARCHAR(50) NOT NULL DEFAULT 'top' CHECK (funnel_stage IN ('top', 'middle', 'bottom')),
    status VARCHAR(50) NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'in_progress', 'blocked', 'completed')),
    started_at TIMESTAMPTZ,
    completion_date TIMESTAMPTZ,
    estimated_hours DECIMAL(5,2) CHECK (estimated_hours >= 0),
    actual_hours DECIMAL(5,2) CHECK (actual_hours >= 0),
    dependencies JSONB NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(dependencies) = 'array'),
    blocker_description TEXT,
    verification_criteria TEXT,
    evidence_path TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    metadata JSONB NOT NULL DEFAULT '{}'
);
CREATE INDEX idx_action_items_result ON rpm_action_items (result_id, position, id);
CREATE INDEX idx_action_items_status ON rpm_action_items (status, due_date, id);
CREATE INDEX idx_action_items_owner ON rpm_action_items (owner);
CREATE INDEX idx_action_items_due_date ON rpm_action_items (due_date, id);
CREATE INDEX idx_action_items_funnel_stage ON rpm_action_items (funnel_stage);
CREATE INDEX idx_action_items_completion_date ON rpm_action_items (completion_date DESC NULLS LAST, id);
CREATE INDEX idx_action_items_updated_at ON rpm_action_items (updated_at, id);
CREATE INDEX idx_action_items_dependencies ON rpm_action_items USING GIN (dependencies jsonb_path_ops);
",
    down: "
DROP TABLE rpm_action_items;
DROP TABLE rpm_results;
DROP TABLE rpm_weekly_plans;
DROP TABLE projects;
",
}
