-- OFFSET 0: see week_sums.sql.
-- $1 the weeks, $2 the owner whose actions are visible (null: everybody's). A result without visible actions is seen by those who see
-- everything.
SELECT result.weekly_plan_id AS week_id, result.id AS result_id, result.result_text, result.status,
       actions.total, actions.completed, revenue.target, revenue.actual
FROM rpm_results AS result
CROSS JOIN LATERAL (
    SELECT count(*) AS total, count(*) FILTER (WHERE action.status = 'completed') AS completed
    FROM rpm_action_items AS action
    WHERE action.result_id = result.id AND action.status <> 'cancelled'
      AND ($2::uuid IS NULL OR EXISTS (SELECT FROM action_owners WHERE action_id = action.id AND owner_id = $2 OFFSET 0))
) AS actions
CROSS JOIN LATERAL (
    SELECT sum(made.revenue_target) AS target, sum(made.revenue_actual) AS actual
    FROM rpm_action_items AS action
    CROSS JOIN LATERAL (SELECT revenue_target, revenue_actual FROM deliverables WHERE action_item_id = action.id OFFSET 0) AS made
    WHERE action.result_id = result.id
      AND ($2::uuid IS NULL OR EXISTS (SELECT FROM action_owners WHERE action_id = action.id AND owner_id = $2 OFFSET 0))
) AS revenue
WHERE result.weekly_plan_id = ANY ($1) AND ($2::uuid IS NULL OR actions.total > 0)
ORDER BY result.weekly_plan_id, result.position, result.id
