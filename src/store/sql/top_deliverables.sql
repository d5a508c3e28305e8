-- OFFSET 0: see week_sums.sql.
-- $1 the week, $2 the owner whose actions are visible (null: everybody's), $3 how many: the deliverables of its actions that brought the
-- most.
SELECT made.*
FROM rpm_results AS result
CROSS JOIN LATERAL (SELECT id FROM rpm_action_items WHERE result_id = result.id OFFSET 0) AS action
CROSS JOIN LATERAL (
    SELECT * FROM deliverables WHERE action_item_id = action.id AND revenue_actual IS NOT NULL OFFSET 0
) AS made
WHERE result.weekly_plan_id = $1
  AND ($2::uuid IS NULL OR EXISTS (SELECT FROM action_owners WHERE action_id = action.id AND owner_id = $2 OFFSET 0))
ORDER BY made.revenue_actual DESC, made.id
LIMIT $3
