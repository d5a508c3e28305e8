-- OFFSET 0: see week_sums.sql.
-- $1 the weeks, $2 the owner whose actions are visible (null: everybody's). A stay that is over at the moment it began tells nothing
-- about time: its action came completed.
SELECT result.weekly_plan_id AS week_id, stay.stage,
       count(DISTINCT action.id) AS entered,
       count(DISTINCT action.id) FILTER (WHERE stay.stage = action.funnel_stage AND action.status = 'completed') AS completed,
       count(DISTINCT action.id) FILTER (WHERE stay.stage = action.funnel_stage AND action.status <> 'completed') AS open,
       count(*) FILTER (WHERE stay.left_at > stay.entered_at) AS stays,
       COALESCE(sum(EXTRACT(EPOCH FROM stay.left_at - stay.entered_at)) FILTER (WHERE stay.left_at > stay.entered_at), 0)
           AS stay_seconds
FROM rpm_results AS result
CROSS JOIN LATERAL (SELECT * FROM rpm_action_items WHERE result_id = result.id AND status <> 'cancelled' OFFSET 0) AS action
CROSS JOIN LATERAL (SELECT * FROM action_stages WHERE action_id = action.id OFFSET 0) AS stay
WHERE result.weekly_plan_id = ANY ($1)
  AND ($2::uuid IS NULL OR EXISTS (SELECT FROM action_owners WHERE action_id = action.id AND owner_id = $2 OFFSET 0))
GROUP BY result.weekly_plan_id, stay.stage
