-- OFFSET 0: see week_sums.sql.
-- $1 the weeks, $2 the owner whose actions are visible (null: everybody's), $3 the zone that weeks begin and end in, $4 whether what is
-- completed is followed to what it waited for as well. The actions of each week, and those of other weeks that they wait for.
WITH RECURSIVE asked AS (
    SELECT week.id, week_start_date::timestamp AT TIME ZONE $3 AS begins_at, (week_end_date + 1)::timestamp AT TIME ZONE $3 AS ends_at
    FROM unnest($1) AS week(id)
    CROSS JOIN LATERAL (SELECT week_start_date, week_end_date FROM rpm_weekly_plans WHERE id = week.id OFFSET 0) AS plan
),
work(week_id, action_id) AS (
    SELECT result.weekly_plan_id, action.id
    FROM rpm_results AS result
    CROSS JOIN LATERAL (SELECT id FROM rpm_action_items WHERE result_id = result.id AND status <> 'cancelled' OFFSET 0) AS action
    WHERE result.weekly_plan_id = ANY ($1)
      AND ($2::uuid IS NULL OR EXISTS (SELECT FROM action_owners WHERE action_id = action.id AND owner_id = $2 OFFSET 0))
    UNION
    SELECT work.week_id, awaited.id
    FROM work
    CROSS JOIN LATERAL (
        SELECT dependencies FROM rpm_action_items WHERE id = work.action_id AND (status <> 'completed' OR $4) OFFSET 0
    ) AS action
    CROSS JOIN LATERAL jsonb_array_elements_text(action.dependencies) AS dependency(code)
    CROSS JOIN LATERAL (
        SELECT id FROM rpm_action_items WHERE action_code = dependency.code AND status <> 'cancelled' AND (status <> 'completed' OR $4) OFFSET 0
    ) AS awaited
    WHERE $2::uuid IS NULL OR EXISTS (SELECT FROM action_owners WHERE action_id = awaited.id AND owner_id = $2 OFFSET 0)
)
SELECT asked.id AS week_id, asked.begins_at, asked.ends_at, result.weekly_plan_id = asked.id AS is_of_week,
       action.id, action.action_code AS code, action.result_id, action.status, first_owner.owner_id, first_owner.name AS owner,
       action.funnel_stage AS stage, action.estimated_hours, action.due_date, action.created_at, action.started_at,
       CASE WHEN action.status = 'completed' THEN COALESCE(action.completion_date, action.updated_at) END AS completed_at,
       action.dependencies
FROM asked
JOIN work ON work.week_id = asked.id
CROSS JOIN LATERAL (SELECT * FROM rpm_action_items WHERE id = work.action_id OFFSET 0) AS action
CROSS JOIN LATERAL (SELECT weekly_plan_id FROM rpm_results WHERE id = action.result_id OFFSET 0) AS result
LEFT JOIN LATERAL (
    SELECT owner_id, name FROM action_owners JOIN owners ON owners.id = owner_id
    WHERE action_id = action.id ORDER BY action_owners.position, owner_id LIMIT 1
) AS first_owner ON TRUE
ORDER BY asked.id, action.action_code
