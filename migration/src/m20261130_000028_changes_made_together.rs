//! Changes of actions that come together are one call and one commit: what each leaves behind, its counts, its event, its entry in the audit
//! log and the hints, is written for all of them at once.
//!
//! The functions of migration 24 stay for servers of the release before, until a later migration takes them away.

crate::sql_migration! {
    up: "
-- Brings the status of results ($1) and the completion rates of their weeks ($2), whose row locks the caller holds, in line with the actions.
-- A result is completed when all its actions are; blocked when all that is open in it is blocked; and no longer not
-- started, blocked or completed when its actions say otherwise. Else what its document says stands. What is cancelled does not count.
-- A table is written to where something of it is another: an UPDATE that finds no row is announced as well.
CREATE FUNCTION roll_up(UUID[], UUID[]) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    moved UUID[];
    standing TEXT[];
    rates NUMERIC[];
BEGIN
    SELECT array_agg(result.id), array_agg(result.after) INTO moved, standing FROM (
        SELECT changed.id, stood.status AS before, CASE
            WHEN action.total > 0 AND action.completed = action.total THEN 'completed'
            WHEN action.blocked > 0 AND action.blocked = action.total - action.completed THEN 'blocked'
            WHEN stood.status IN ('completed', 'blocked') THEN 'in_progress'
            WHEN stood.status = 'not_started' AND action.begun > 0 THEN 'in_progress'
            ELSE stood.status END AS after
        FROM (SELECT DISTINCT unnest($1) AS id) AS changed
        -- With its LIMIT it is looked up by its key, however small the table is.
        CROSS JOIN LATERAL (SELECT status FROM rpm_results WHERE id = changed.id LIMIT 1) AS stood
        CROSS JOIN LATERAL (
            SELECT count(*) AS total,
                   count(*) FILTER (WHERE status = 'completed') AS completed,
                   count(*) FILTER (WHERE status = 'blocked') AS blocked,
                   count(*) FILTER (WHERE status <> 'pending') AS begun
            FROM rpm_action_items WHERE result_id = changed.id AND status <> 'cancelled'
        ) AS action
    ) AS result WHERE result.after <> result.before;
    IF moved IS NOT NULL THEN
        UPDATE rpm_results AS result SET status = next.status,
            completion_date = CASE WHEN next.status = 'completed' THEN now() END, updated_at = now()
        FROM unnest(moved, standing) AS next(id, status) WHERE result.id = next.id;
    END IF;

    SELECT array_agg(week.id), array_agg(sums.rate) INTO moved, rates
    FROM (SELECT DISTINCT unnest($2) AS id) AS changed
    CROSS JOIN LATERAL (SELECT id, completion_rate FROM rpm_weekly_plans WHERE id = changed.id LIMIT 1) AS week
    CROSS JOIN LATERAL (
        SELECT round(100.0 * count(*) FILTER (WHERE action.status = 'completed') / nullif(count(*), 0), 2) AS rate
        FROM rpm_results AS result JOIN rpm_action_items AS action ON action.result_id = result.id
        WHERE result.weekly_plan_id = changed.id AND action.status <> 'cancelled'
    ) AS sums
    WHERE week.completion_rate IS DISTINCT FROM sums.rate;
    IF moved IS NOT NULL THEN
        UPDATE rpm_weekly_plans AS week SET completion_rate = next.rate, updated_at = now()
        FROM unnest(moved, rates) AS next(id, rate) WHERE week.id = next.id;
    END IF;
END $$;

-- Adds actions ($1), each so many times ($2: 1, 0 or -1) and so many hours ($3, with the same sign), to the totals of the agents among their
-- owners. The agents' rows are locked in one order, whatever the plan.
CREATE FUNCTION credit_agents(UUID[], INTEGER[], NUMERIC[]) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    agents UUID[];
    times INTEGER[];
    hours NUMERIC[];
BEGIN
    SELECT array_agg(earned.id ORDER BY earned.id), array_agg(earned.times ORDER BY earned.id), array_agg(earned.hours ORDER BY earned.id)
    INTO agents, times, hours FROM (
        SELECT agent.id, sum(action.times) AS times, sum(action.hours) AS hours
        FROM unnest($1, $2, $3) AS action(id, times, hours)
        JOIN action_owners ON action_owners.action_id = action.id
        JOIN owners AS owner ON owner.id = action_owners.owner_id
        JOIN agent_status AS agent ON agent.agent_name = owner.name
        WHERE action.times <> 0
        GROUP BY agent.id
    ) AS earned;
    IF agents IS NULL THEN
        RETURN;
    END IF;
    -- One alone is in order.
    IF cardinality(agents) > 1 THEN
        PERFORM FROM agent_status WHERE id = ANY (agents) ORDER BY id FOR NO KEY UPDATE;
    END IF;
    UPDATE agent_status AS agent SET
        total_actions_completed = greatest(0, total_actions_completed + earned.times),
        total_hours_worked = greatest(0, total_hours_worked + earned.hours),
        updated_at = now()
    FROM unnest(agents, times, hours) AS earned(id, times, hours) WHERE agent.id = earned.id;
END $$;

-- Appends events ($1, a JSON array), and gives them back as they stand in the log. The table's triggers see to the order and to the hint.
CREATE FUNCTION append_events(JSONB) RETURNS SETOF events LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    INSERT INTO events (event_type, actor, week_id, result_id, action_id, agent_id, deliverable_id, song_id, owner_ids,
                        occurred_at, payload)
    SELECT event.event_type, event.actor, event.week_id, event.result_id, event.action_id, event.agent_id,
           event.deliverable_id, event.song_id, COALESCE(event.owner_ids, '{}'), COALESCE(event.occurred_at, clock_timestamp()),
           event.payload
    FROM ROWS FROM (jsonb_to_recordset($1) AS (event_type text, actor text, week_id uuid, result_id uuid, action_id uuid,
        agent_id uuid, deliverable_id uuid, song_id uuid, owner_ids uuid[], occurred_at timestamptz, payload jsonb))
        WITH ORDINALITY AS event(event_type, actor, week_id, result_id, action_id, agent_id, deliverable_id, song_id, owner_ids,
                                 occurred_at, payload, ordinal)
    ORDER BY event.ordinal
    RETURNING *;
END $$;

-- Makes changes of actions, in one commit and as if one came after the other. $1 is a JSON array; of each it says the action's id, what of its row
-- can be changed so, its week, the version of the row that the change was decided on (its xmin), how often (1, 0 or -1) and with how many hours
-- its agents are credited, and the event that is left, with its actor. What was made is given back as a JSON array: the position of its event,
-- the action, when it occurred, when it was recorded, and its payload. What is not there was not made, because the row is another than the one of that
-- version. An action may be in $1 once.
-- Who may not wait ($2) is not held up by those who are at work on a week: what is to be changed in it is left out; and fails (55P03) where other
-- locks take more than a moment.
CREATE FUNCTION change_actions(JSONB, BOOLEAN) RETURNS TEXT LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    -- As an array: of a set that is read off JSON, PostgreSQL expects a hundred rows, and would read all actions for them.
    asked JSONB[] := ARRAY(SELECT jsonb_array_elements($1));
    weeks UUID[] := ARRAY(SELECT DISTINCT (jsonb_array_elements($1) ->> 'week_id')::uuid);
    ids UUID[];
    results UUID[];
    times INTEGER[];
    hours NUMERIC[];
    left_behind JSONB;
BEGIN
    IF $2 THEN
        weeks := ARRAY(SELECT id FROM rpm_weekly_plans WHERE id = ANY (weeks) ORDER BY id FOR NO KEY UPDATE);
    ELSE
        PERFORM set_config('lock_timeout', '50ms', TRUE);
        weeks := ARRAY(SELECT id FROM rpm_weekly_plans WHERE id = ANY (weeks) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED);
    END IF;
    WITH made AS (
        UPDATE rpm_action_items AS action SET
            status = next.status, owner = next.owner, due_date = next.due_date, started_at = next.started_at,
            completion_date = next.completion_date, actual_hours = next.actual_hours, evidence_path = next.evidence_path,
            blocker_description = next.blocker_description, updated_at = next.updated_at
        FROM unnest(asked) WITH ORDINALITY AS change(body, ordinal)
        CROSS JOIN LATERAL jsonb_to_record(change.body) AS next(
            id uuid, week_id uuid, version text, status text, owner text, due_date timestamptz, started_at timestamptz,
            completion_date timestamptz, actual_hours numeric, evidence_path text, blocker_description text, updated_at timestamptz,
            credit integer, credited_hours numeric, event jsonb)
        WHERE action.id = next.id AND action.xmin::text = next.version AND next.week_id = ANY (weeks)
            AND EXISTS (SELECT FROM rpm_results WHERE id = action.result_id AND weekly_plan_id = next.week_id)
        RETURNING change.ordinal, action.id, action.result_id, next.week_id, next.credit, next.credited_hours, next.event
    )
    SELECT array_agg(id), array_agg(result_id), array_agg(week_id), array_agg(credit), array_agg(credited_hours),
           jsonb_agg(event ORDER BY ordinal)
    INTO ids, results, weeks, times, hours, left_behind FROM made;
    IF ids IS NULL THEN
        RETURN '[]';
    END IF;
    IF 0 <> ANY (times) THEN
        PERFORM credit_agents(ids, times, hours);
    END IF;
    PERFORM roll_up(results, weeks);
    RETURN (
        SELECT json_agg(json_build_array(event.id, event.action_id, event.occurred_at, event.recorded_at, event.payload) ORDER BY event.id)::text
        FROM append_events(left_behind) AS event
    );
END $$;
",
    down: "
DROP FUNCTION change_actions(JSONB, BOOLEAN);
DROP FUNCTION append_events(JSONB);
DROP FUNCTION credit_agents(UUID[], INTEGER[], NUMERIC[]);
DROP FUNCTION roll_up(UUID[], UUID[]);
",
}
