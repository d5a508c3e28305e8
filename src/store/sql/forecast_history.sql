-- OFFSET 0: see week_sums.sql.
-- $1 the owner whose actions are visible (null: everybody's), $2 and $3 from when (included) to when (excluded) they were made, $4 how many
-- at most: the newest, $5 the zone that weeks end in. What was completed as, or before, it was made says nothing about time.
SELECT first_owner.owner_id, action.funnel_stage AS stage, action.estimated_hours, action.created_at, action.started_at,
       CASE WHEN action.status = 'completed' THEN action.completion_date END AS completed_at,
       (week.week_end_date + 1)::timestamp AT TIME ZONE $5 AS week_ends_at
FROM (
    SELECT * FROM rpm_action_items AS action
    WHERE created_at >= $2 AND created_at < $3 AND status <> 'cancelled' AND (status <> 'completed' OR completion_date > created_at)
      AND ($1::uuid IS NULL OR EXISTS (SELECT FROM action_owners WHERE action_id = action.id AND owner_id = $1 OFFSET 0))
    ORDER BY created_at DESC, id LIMIT $4
) AS action
CROSS JOIN LATERAL (SELECT weekly_plan_id FROM rpm_results WHERE id = action.result_id OFFSET 0) AS result
CROSS JOIN LATERAL (SELECT week_end_date FROM rpm_weekly_plans WHERE id = result.weekly_plan_id OFFSET 0) AS week
LEFT JOIN LATERAL (
    SELECT owner_id FROM action_owners WHERE action_id = action.id ORDER BY position, owner_id LIMIT 1
) AS first_owner ON TRUE
ORDER BY action.created_at DESC, action.id
