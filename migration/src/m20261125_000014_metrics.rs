//! What the metrics need that rows do not say by themselves: when an action was in which stage of the funnel, and which DNA periods
//! have to be summed up anew.
//!
//! Both are kept by triggers, whoever writes. The event log cannot tell of stages: its head is removed.

crate::sql_migration! {
    up: "
-- One row for each stay of an action in a stage. An action that is completed is in none; one that is reopened begins a new stay.
CREATE TABLE action_stages (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action_id UUID NOT NULL REFERENCES rpm_action_items(id) ON DELETE CASCADE,
    stage VARCHAR(50) NOT NULL CHECK (stage IN ('top', 'middle', 'bottom')),
    entered_at TIMESTAMPTZ NOT NULL,
    left_at TIMESTAMPTZ CHECK (left_at >= entered_at)
);
CREATE INDEX idx_action_stages_action ON action_stages (action_id) INCLUDE (stage, entered_at, left_at);
CREATE UNIQUE INDEX idx_action_stages_open ON action_stages (action_id) WHERE left_at IS NULL;

-- What is known of the past: the stage that an action is in, since it was made.
INSERT INTO action_stages (action_id, stage, entered_at, left_at)
SELECT id, funnel_stage, created_at,
       CASE WHEN status = 'completed' THEN greatest(created_at, COALESCE(completion_date, updated_at)) END
FROM rpm_action_items;

CREATE FUNCTION action_stages_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO action_stages (action_id, stage, entered_at, left_at)
    SELECT id, funnel_stage, created_at,
           CASE WHEN status = 'completed' THEN greatest(created_at, COALESCE(completion_date, updated_at)) END
    FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER begin_stages AFTER INSERT ON rpm_action_items REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION action_stages_begin();

-- The moment of a change is the row's own (updated_at), so that what is told later is told of when it was.
CREATE FUNCTION action_stages_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moment TIMESTAMPTZ := CASE WHEN NEW.updated_at > OLD.updated_at THEN NEW.updated_at ELSE now() END;
BEGIN
    IF OLD.status = 'completed' AND NEW.status = 'completed' THEN
        -- A correction: no time was spent.
        UPDATE action_stages SET stage = NEW.funnel_stage,
            left_at = greatest(entered_at, COALESCE(NEW.completion_date, left_at))
        WHERE id = (SELECT id FROM action_stages WHERE action_id = NEW.id ORDER BY entered_at DESC, id DESC LIMIT 1);
    ELSIF OLD.status = 'completed' THEN
        INSERT INTO action_stages (action_id, stage, entered_at) VALUES (NEW.id, NEW.funnel_stage, moment);
    ELSE
        IF NEW.status = 'completed' THEN
            moment := COALESCE(NEW.completion_date, moment);
        END IF;
        IF NEW.funnel_stage <> OLD.funnel_stage THEN
            UPDATE action_stages SET stage = NEW.funnel_stage
            WHERE action_id = NEW.id AND left_at IS NULL AND entered_at >= moment;
            IF NOT FOUND THEN
                UPDATE action_stages SET left_at = moment WHERE action_id = NEW.id AND left_at IS NULL;
                INSERT INTO action_stages (action_id, stage, entered_at) VALUES (NEW.id, NEW.funnel_stage, moment);
            END IF;
        END IF;
        IF NEW.status = 'completed' THEN
            UPDATE action_stages SET left_at = greatest(entered_at, moment) WHERE action_id = NEW.id AND left_at IS NULL;
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_stages AFTER UPDATE ON rpm_action_items FOR EACH ROW
    WHEN (OLD.funnel_stage <> NEW.funnel_stage OR (OLD.status = 'completed') <> (NEW.status = 'completed')
          OR OLD.completion_date IS DISTINCT FROM NEW.completion_date)
    EXECUTE FUNCTION action_stages_follow();

-- Cohorts of actions and of deliverables are asked for by the day on which they were created.
CREATE INDEX idx_action_items_created_at ON rpm_action_items (created_at);

-- Instants whose DNA periods have to be summed up anew. Rows are added with the change itself and removed with the new sums.
CREATE TABLE period_touches (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    touched TIMESTAMPTZ NOT NULL
);
INSERT INTO period_touches (touched) SELECT DISTINCT due_date FROM rpm_action_items WHERE due_date IS NOT NULL;

CREATE FUNCTION periods_touched_by_actions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO period_touches (touched)
        SELECT DISTINCT due FROM before JOIN after USING (id)
        CROSS JOIN LATERAL (VALUES (before.due_date), (after.due_date)) AS dues(due)
        WHERE due IS NOT NULL AND (before.due_date, before.status) IS DISTINCT FROM (after.due_date, after.status);
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO period_touches (touched) SELECT DISTINCT due_date FROM after WHERE due_date IS NOT NULL;
    ELSE
        INSERT INTO period_touches (touched) SELECT DISTINCT due_date FROM before WHERE due_date IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER touch_periods_added AFTER INSERT ON rpm_action_items REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION periods_touched_by_actions();
CREATE TRIGGER touch_periods_changed AFTER UPDATE ON rpm_action_items REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION periods_touched_by_actions();
CREATE TRIGGER touch_periods_removed AFTER DELETE ON rpm_action_items REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION periods_touched_by_actions();

-- Whose an action is, and what it earned, counts in the periods of the action. What goes with its action has been told by that.
CREATE FUNCTION periods_touched_by_owners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO period_touches (touched)
    SELECT DISTINCT due_date FROM rpm_action_items AS action
    WHERE due_date IS NOT NULL AND action.id IN (SELECT action_id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER touch_periods_added AFTER INSERT ON action_owners REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION periods_touched_by_owners();
CREATE TRIGGER touch_periods_removed AFTER DELETE ON action_owners REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION periods_touched_by_owners();

CREATE FUNCTION periods_touched_by_deliverable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO period_touches (touched)
    SELECT DISTINCT due_date FROM rpm_action_items AS action
    WHERE due_date IS NOT NULL AND action.id IN (
        CASE WHEN TG_OP <> 'INSERT' THEN OLD.action_item_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.action_item_id END);
    RETURN NULL;
END $$;
CREATE TRIGGER touch_periods_added AFTER INSERT ON deliverables FOR EACH ROW
    WHEN (NEW.action_item_id IS NOT NULL) EXECUTE FUNCTION periods_touched_by_deliverable();
CREATE TRIGGER touch_periods_removed AFTER DELETE ON deliverables FOR EACH ROW
    WHEN (OLD.action_item_id IS NOT NULL) EXECUTE FUNCTION periods_touched_by_deliverable();
CREATE TRIGGER touch_periods_changed AFTER UPDATE ON deliverables FOR EACH ROW
    WHEN ((OLD.action_item_id, OLD.revenue_target, OLD.revenue_actual)
          IS DISTINCT FROM (NEW.action_item_id, NEW.revenue_target, NEW.revenue_actual))
    EXECUTE FUNCTION periods_touched_by_deliverable();
",
    down: "
DROP TRIGGER touch_periods_changed ON deliverables;
DROP TRIGGER touch_periods_removed ON deliverables;
DROP TRIGGER touch_periods_added ON deliverables;
DROP FUNCTION periods_touched_by_deliverable();
DROP TRIGGER touch_periods_removed ON action_owners;
DROP TRIGGER touch_periods_added ON action_owners;
DROP FUNCTION periods_touched_by_owners();
DROP TRIGGER touch_periods_removed ON rpm_action_items;
DROP TRIGGER touch_periods_changed ON rpm_action_items;
DROP TRIGGER touch_periods_added ON rpm_action_items;
DROP FUNCTION periods_touched_by_actions();
DROP TABLE period_touches;
DROP INDEX idx_action_items_created_at;
DROP TRIGGER follow_stages ON rpm_action_items;
DROP FUNCTION action_stages_follow();
DROP TRIGGER begin_stages ON rpm_action_items;
DROP FUNCTION action_stages_begin();
DROP TABLE action_stages;
",
}
