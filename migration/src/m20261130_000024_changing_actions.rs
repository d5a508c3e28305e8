//! What a change of an action takes is one call: nothing is locked while a server thinks or a network takes its time.
//!
//! PostgreSQL would weigh anew each time whether a plan that knows the values is better, which takes longer than to run it.

crate::sql_migration! {
    up: "
-- Brings the status of results ($1) and the completion rate of their week ($2), whose row lock the caller holds, in line with the actions.
-- A result is completed when all its actions are; blocked when all that is open in it is blocked; and no longer not
-- started, blocked or completed when its actions say otherwise. Else what its document says stands. What is cancelled does not count.
CREATE FUNCTION roll_up(UUID[], UUID) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    WITH counts AS (
        SELECT result.id, action.*
        FROM unnest($1) AS result(id)
        CROSS JOIN LATERAL (
            SELECT count(*) AS total,
                   count(*) FILTER (WHERE status = 'completed') AS completed,
                   count(*) FILTER (WHERE status = 'blocked') AS blocked,
                   count(*) FILTER (WHERE status <> 'pending') AS begun
            FROM rpm_action_items WHERE result_id = result.id AND status <> 'cancelled'
        ) AS action
    ), standing AS (
        SELECT result.id, result.status AS before, CASE
            WHEN counts.total > 0 AND counts.completed = counts.total THEN 'completed'
            WHEN counts.blocked > 0 AND counts.blocked = counts.total - counts.completed THEN 'blocked'
            WHEN result.status IN ('completed', 'blocked') THEN 'in_progress'
            WHEN result.status = 'not_started' AND counts.begun > 0 THEN 'in_progress'
            ELSE result.status END AS after
        FROM rpm_results AS result JOIN counts ON counts.id = result.id
    )
    UPDATE rpm_results AS result SET
        status = standing.after,
        completion_date = CASE WHEN standing.after = 'completed' THEN now() END,
        updated_at = now()
    FROM standing WHERE result.id = standing.id AND standing.after <> standing.before;

    UPDATE rpm_weekly_plans AS week SET completion_rate = sums.rate, updated_at = now()
    FROM (
        SELECT round(100.0 * count(*) FILTER (WHERE action.status = 'completed') / nullif(count(*), 0), 2) AS rate
        FROM rpm_action_items AS action JOIN rpm_results AS result ON result.id = action.result_id
        WHERE result.weekly_plan_id = $2 AND action.status <> 'cancelled'
    ) AS sums
    WHERE week.id = $2 AND week.completion_rate IS DISTINCT FROM sums.rate;
END $$;

-- Adds an action ($1) so many times ($2: 1 or -1) and so many hours ($3, with the same sign) to the totals of the agents among its owners.
-- Their rows are locked in one order, whatever the plan.
CREATE FUNCTION credit_agents(UUID, INTEGER, NUMERIC) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    WITH credited AS (
        SELECT agent.id FROM agent_status AS agent
        WHERE agent.agent_name IN (
            SELECT owner.name FROM action_owners JOIN owners AS owner ON owner.id = action_owners.owner_id
            WHERE action_owners.action_id = $1)
        ORDER BY agent.id
        FOR NO KEY UPDATE
    )
    UPDATE agent_status AS agent SET
        total_actions_completed = greatest(0, total_actions_completed + $2),
        total_hours_worked = greatest(0, total_hours_worked + $3),
        updated_at = now()
    FROM credited WHERE agent.id = credited.id;
END $$;

-- Appends events ($1, a JSON array) of an actor ($2), and gives them back as they stand in the log. The table's triggers see to the order and
-- to the hint.
CREATE FUNCTION append_events(JSONB, TEXT) RETURNS SETOF events LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    INSERT INTO events (event_type, actor, week_id, result_id, action_id, agent_id, deliverable_id, song_id, owner_ids,
                        occurred_at, payload)
    SELECT event.event_type, $2, event.week_id, event.result_id, event.action_id, event.agent_id, event.deliverable_id,
           event.song_id, COALESCE(event.owner_ids, '{}'), COALESCE(event.occurred_at, clock_timestamp()), event.payload
    FROM ROWS FROM (jsonb_to_recordset($1) AS (event_type text, week_id uuid, result_id uuid, action_id uuid,
        agent_id uuid, deliverable_id uuid, song_id uuid, owner_ids uuid[], occurred_at timestamptz, payload jsonb))
        WITH ORDINALITY AS event(event_type, week_id, result_id, action_id, agent_id, deliverable_id, song_id, owner_ids,
                                 occurred_at, payload, ordinal)
    ORDER BY event.ordinal
    RETURNING *;
END $$;

-- Makes a change of an action: what of its row ($1) can be changed so, its week ($2) and its result brought in line, its agents' totals
-- changed by $4 (1, 0 or -1) and $5 hours, and events ($6) of an actor ($7) appended, which are given back as a JSON array. NULL, and nothing is
-- changed, where the row is another than the one of the version $3 (its xmin). Who may not wait ($8) is told an empty text where somebody is at
-- work on the week, and fails (55P03) where other locks take more than a moment.
CREATE FUNCTION change_action(JSONB, UUID, TEXT, INTEGER, NUMERIC, JSONB, TEXT, BOOLEAN) RETURNS TEXT LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    next rpm_action_items := jsonb_populate_record(NULL::rpm_action_items, $1);
BEGIN
    IF $8 THEN
        PERFORM FROM rpm_weekly_plans WHERE id = $2 FOR NO KEY UPDATE;
    ELSE
        PERFORM set_config('lock_timeout', '50ms', TRUE);
        PERFORM FROM rpm_weekly_plans WHERE id = $2 FOR NO KEY UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            RETURN '';
        END IF;
    END IF;
    UPDATE rpm_action_items AS action SET
        status = next.status, owner = next.owner, due_date = next.due_date, started_at = next.started_at,
        completion_date = next.completion_date, actual_hours = next.actual_hours, evidence_path = next.evidence_path,
        blocker_description = next.blocker_description, updated_at = next.updated_at
    WHERE action.id = next.id AND action.xmin::text = $3
        AND EXISTS (SELECT FROM rpm_results WHERE id = action.result_id AND weekly_plan_id = $2);
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF $4 <> 0 THEN
        PERFORM credit_agents(next.id, $4, $5);
    END IF;
    PERFORM roll_up(ARRAY[next.result_id], $2);
    RETURN (SELECT json_agg(to_jsonb(event) ORDER BY event.id)::text FROM append_events($6, $7) AS event);
END $$;
",
    down: "
DROP FUNCTION change_action(JSONB, UUID, TEXT, INTEGER, NUMERIC, JSONB, TEXT, BOOLEAN);
DROP FUNCTION append_events(JSONB, TEXT);
DROP FUNCTION credit_agents(UUID, INTEGER, NUMERIC);
DROP FUNCTION roll_up(UUID[], UUID);
",
}
