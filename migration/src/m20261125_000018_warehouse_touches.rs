//! What rows no longer say of themselves, and the warehouse's tables have to follow all the same: on which days something was that was
//! deleted or moved, and whose names have changed.
//!
//! What is there and was changed is found by its `updated_at`.

crate::sql_migration! {
    up: "
-- At an instant, or (of weeks) on a first day; on all days where neither is given.
CREATE TABLE warehouse_touches (
    noted_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    what VARCHAR(20) NOT NULL CHECK (what IN ('created', 'worked', 'week', 'deliverable', 'song')),
    at TIMESTAMPTZ,
    day DATE,
    CHECK (at IS NULL OR day IS NULL)
);
CREATE INDEX idx_warehouse_touches_noted_at ON warehouse_touches USING brin (noted_at);

-- What goes with its week or result has its week told by that.
CREATE FUNCTION warehouse_touched_by_actions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO warehouse_touches (what, at)
    SELECT DISTINCT 'created', created_at FROM removed
    UNION SELECT 'worked', completion_date FROM removed WHERE completion_date IS NOT NULL;
    INSERT INTO warehouse_touches (what, day)
    SELECT DISTINCT 'week', week.week_start_date FROM removed
    JOIN rpm_results AS result ON result.id = removed.result_id
    JOIN rpm_weekly_plans AS week ON week.id = result.weekly_plan_id;
    RETURN NULL;
END $$;
CREATE TRIGGER touch_warehouse_removed AFTER DELETE ON rpm_action_items REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION warehouse_touched_by_actions();

CREATE FUNCTION warehouse_touched_by_moved_action() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO warehouse_touches (what, at)
    SELECT DISTINCT touched.what, touched.at
    FROM (VALUES ('created', OLD.created_at), ('created', NEW.created_at),
                 ('worked', OLD.completion_date), ('worked', NEW.completion_date)) AS touched(what, at)
    WHERE touched.at IS NOT NULL;
    INSERT INTO warehouse_touches (what, day)
    SELECT DISTINCT 'week', week.week_start_date
    FROM rpm_results AS result JOIN rpm_weekly_plans AS week ON week.id = result.weekly_plan_id
    WHERE result.id IN (OLD.result_id, NEW.result_id);
    RETURN NULL;
END $$;
CREATE TRIGGER touch_warehouse_moved AFTER UPDATE ON rpm_action_items FOR EACH ROW
    WHEN (OLD.created_at <> NEW.created_at OR OLD.result_id <> NEW.result_id
          OR (OLD.completion_date IS NOT NULL AND OLD.completion_date IS DISTINCT FROM NEW.completion_date))
    EXECUTE FUNCTION warehouse_touched_by_moved_action();

-- Whose an action is, without a word of the action's own.
CREATE FUNCTION warehouse_touched_by_owners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO warehouse_touches (what, at)
    SELECT DISTINCT 'worked', completion_date FROM rpm_action_items AS action
    WHERE completion_date IS NOT NULL AND action.id IN (SELECT action_id FROM changed);
    INSERT INTO warehouse_touches (what, day)
    SELECT DISTINCT 'week', week.week_start_date FROM rpm_action_items AS action
    JOIN rpm_results AS result ON result.id = action.result_id
    JOIN rpm_weekly_plans AS week ON week.id = result.weekly_plan_id
    WHERE action.id IN (SELECT action_id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER touch_warehouse_added AFTER INSERT ON action_owners REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION warehouse_touched_by_owners();
CREATE TRIGGER touch_warehouse_removed AFTER DELETE ON action_owners REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION warehouse_touched_by_owners();

CREATE FUNCTION warehouse_touched_by_result() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO warehouse_touches (what, day)
    SELECT DISTINCT 'week', week_start_date FROM rpm_weekly_plans WHERE id IN (OLD.weekly_plan_id, NEW.weekly_plan_id);
    RETURN NULL;
END $$;
CREATE TRIGGER touch_warehouse_removed AFTER DELETE ON rpm_results FOR EACH ROW EXECUTE FUNCTION warehouse_touched_by_result();
CREATE TRIGGER touch_warehouse_moved AFTER UPDATE ON rpm_results FOR EACH ROW
    WHEN (OLD.weekly_plan_id <> NEW.weekly_plan_id) EXECUTE FUNCTION warehouse_touched_by_result();

CREATE FUNCTION warehouse_touched_by_week() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO warehouse_touches (what, day)
    SELECT 'week', day FROM unnest(ARRAY[OLD.week_start_date, NEW.week_start_date]) AS day WHERE day IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER touch_warehouse_removed AFTER DELETE ON rpm_weekly_plans FOR EACH ROW EXECUTE FUNCTION warehouse_touched_by_week();
CREATE TRIGGER touch_warehouse_moved AFTER UPDATE ON rpm_weekly_plans FOR EACH ROW
    WHEN (OLD.week_start_date <> NEW.week_start_date) EXECUTE FUNCTION warehouse_touched_by_week();

CREATE FUNCTION warehouse_touched_by_deliverable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO warehouse_touches (what, at)
    SELECT 'deliverable', at FROM unnest(ARRAY[OLD.created_at, NEW.created_at]) AS at WHERE at IS NOT NULL;
    INSERT INTO warehouse_touches (what, day)
    SELECT DISTINCT 'week', week.week_start_date FROM rpm_action_items AS action
    JOIN rpm_results AS result ON result.id = action.result_id
    JOIN rpm_weekly_plans AS week ON week.id = result.weekly_plan_id
    WHERE action.id IN (OLD.action_item_id, NEW.action_item_id);
    RETURN NULL;
END $$;
CREATE TRIGGER touch_warehouse_removed AFTER DELETE ON deliverables FOR EACH ROW EXECUTE FUNCTION warehouse_touched_by_deliverable();
CREATE TRIGGER touch_warehouse_moved AFTER UPDATE ON deliverables FOR EACH ROW
    WHEN (OLD.created_at <> NEW.created_at OR OLD.action_item_id IS DISTINCT FROM NEW.action_item_id)
    EXECUTE FUNCTION warehouse_touched_by_deliverable();

CREATE FUNCTION warehouse_touched_by_song() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO warehouse_touches (what, at)
    SELECT 'song', at FROM unnest(ARRAY[OLD.created_at, OLD.released_at, NEW.created_at, NEW.released_at]) AS at WHERE at IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER touch_warehouse_removed AFTER DELETE ON suno_songs FOR EACH ROW EXECUTE FUNCTION warehouse_touched_by_song();
CREATE TRIGGER touch_warehouse_moved AFTER UPDATE ON suno_songs FOR EACH ROW
    WHEN ((OLD.created_at, OLD.released_at) IS DISTINCT FROM (NEW.created_at, NEW.released_at))
    EXECUTE FUNCTION warehouse_touched_by_song();

CREATE FUNCTION warehouse_touched_by_heartbeat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO warehouse_touches (what, at)
    SELECT 'worked', at FROM unnest(ARRAY[OLD.reported_at, NEW.reported_at]) AS at WHERE at IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER touch_warehouse_removed AFTER DELETE ON agent_heartbeats
    FOR EACH ROW EXECUTE FUNCTION warehouse_touched_by_heartbeat();
CREATE TRIGGER touch_warehouse_moved AFTER UPDATE ON agent_heartbeats FOR EACH ROW
    WHEN ((OLD.agent_id, OLD.reported_at, OLD.status, OLD.health_score)
          IS DISTINCT FROM (NEW.agent_id, NEW.reported_at, NEW.status, NEW.health_score))
    EXECUTE FUNCTION warehouse_touched_by_heartbeat();

-- Names: who the principal is, whose work an agent's is, and which project a week is of. They are few, and change seldom.
CREATE FUNCTION warehouse_touched_by_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO warehouse_touches (what) VALUES (TG_ARGV[0]);
    RETURN NULL;
END $$;
CREATE TRIGGER touch_warehouse_named AFTER INSERT OR DELETE ON owner_aliases
    FOR EACH ROW EXECUTE FUNCTION warehouse_touched_by_names('week');
CREATE TRIGGER touch_warehouse_renamed AFTER UPDATE ON owner_aliases FOR EACH ROW
    WHEN ((OLD.alias, OLD.owner_id) <> (NEW.alias, NEW.owner_id)) EXECUTE FUNCTION warehouse_touched_by_names('week');
CREATE TRIGGER touch_warehouse_renamed AFTER UPDATE ON owners FOR EACH ROW
    WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION warehouse_touched_by_names('worked');
CREATE TRIGGER touch_warehouse_named AFTER INSERT OR DELETE ON agent_status
    FOR EACH ROW EXECUTE FUNCTION warehouse_touched_by_names('worked');
CREATE TRIGGER touch_warehouse_renamed AFTER UPDATE ON agent_status FOR EACH ROW
    WHEN (OLD.agent_name <> NEW.agent_name) EXECUTE FUNCTION warehouse_touched_by_names('worked');
CREATE TRIGGER touch_warehouse_renamed AFTER UPDATE ON projects FOR EACH ROW
    WHEN (OLD.code <> NEW.code) EXECUTE FUNCTION warehouse_touched_by_names('week');
",
    down: "
DROP TRIGGER touch_warehouse_renamed ON projects;
DROP TRIGGER touch_warehouse_renamed ON agent_status;
DROP TRIGGER touch_warehouse_named ON agent_status;
DROP TRIGGER touch_warehouse_renamed ON owners;
DROP TRIGGER touch_warehouse_renamed ON owner_aliases;
DROP TRIGGER touch_warehouse_named ON owner_aliases;
DROP FUNCTION warehouse_touched_by_names();
DROP TRIGGER touch_warehouse_moved ON agent_heartbeats;
DROP TRIGGER touch_warehouse_removed ON agent_heartbeats;
DROP FUNCTION warehouse_touched_by_heartbeat();
DROP TRIGGER touch_warehouse_moved ON suno_songs;
DROP TRIGGER touch_warehouse_removed ON suno_songs;
DROP FUNCTION warehouse_touched_by_song();
DROP TRIGGER touch_warehouse_moved ON deliverables;
DROP TRIGGER touch_warehouse_removed ON deliverables;
DROP FUNCTION warehouse_touched_by_deliverable();
DROP TRIGGER touch_warehouse_moved ON rpm_weekly_plans;
DROP TRIGGER touch_warehouse_removed ON rpm_weekly_plans;
DROP FUNCTION warehouse_touched_by_week();
DROP TRIGGER touch_warehouse_moved ON rpm_results;
DROP TRIGGER touch_warehouse_removed ON rpm_results;
DROP FUNCTION warehouse_touched_by_result();
DROP TRIGGER touch_warehouse_removed ON action_owners;
DROP TRIGGER touch_warehouse_added ON action_owners;
DROP FUNCTION warehouse_touched_by_owners();
DROP TRIGGER touch_warehouse_moved ON rpm_action_items;
DROP FUNCTION warehouse_touched_by_moved_action();
DROP TRIGGER touch_warehouse_removed ON rpm_action_items;
DROP FUNCTION warehouse_touched_by_actions();
DROP TABLE warehouse_touches;
",
}
