-- OFFSET 0: actions and owners are looked up by key, for each result and action. Else the planner may read all there ever was, where
-- that is not much yet.
-- $1 the weeks, $2 the owner whose actions are visible (null: everybody's), $3 the principal (null: nobody).
SELECT result.weekly_plan_id AS week_id,
       count(*) AS total,
       count(*) FILTER (WHERE action.status = 'pending') AS pending,
       count(*) FILTER (WHERE action.status = 'in_progress') AS in_progress,
       count(*) FILTER (WHERE action.status = 'blocked') AS blocked,
       count(*) FILTER (WHERE action.status = 'completed') AS completed,
       count(*) FILTER (WHERE principal.owns) AS principal_total,
       count(*) FILTER (WHERE principal.owns AND action.status = 'completed') AS principal_completed,
       count(*) FILTER (WHERE action.status = 'completed' AND action.completion_date IS NOT NULL AND action.due_date IS NOT NULL)
           AS due,
       count(*) FILTER (WHERE action.status = 'completed' AND action.completion_date <= action.due_date) AS on_time,
       count(*) FILTER (WHERE action.status = 'completed' AND action.completion_date > action.created_at) AS cycles,
       COALESCE(sum(EXTRACT(EPOCH FROM action.completion_date - action.created_at))
           FILTER (WHERE action.status = 'completed' AND action.completion_date > action.created_at), 0) AS cycle_seconds,
       count(action.estimated_hours) AS estimated,
       COALESCE(sum(action.estimated_hours), 0) AS estimated_hours,
       count(action.actual_hours) AS recorded,
       COALESCE(sum(action.actual_hours), 0) AS recorded_hours
FROM rpm_results AS result
CROSS JOIN LATERAL (SELECT * FROM rpm_action_items WHERE result_id = result.id AND status <> 'cancelled' OFFSET 0) AS action
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM action_owners WHERE action_id = action.id AND owner_id = $3 OFFSET 0) AS owns OFFSET 0
) AS principal
WHERE result.weekly_plan_id = ANY ($1)
  AND ($2::uuid IS NULL OR EXISTS (SELECT FROM action_owners WHERE action_id = action.id AND owner_id = $2 OFFSET 0))
GROUP BY result.weekly_plan_id
