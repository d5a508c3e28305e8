-- OFFSET 0: see week_sums.sql.
-- $1 the weeks, $2 the owner whose actions are visible (null: everybody's): who has how much open work in which stage.
SELECT result.weekly_plan_id AS week_id, action.funnel_stage AS stage, owner.name AS owner, count(*) AS open
FROM rpm_results AS result
CROSS JOIN LATERAL (SELECT * FROM rpm_action_items WHERE result_id = result.id OFFSET 0) AS action
CROSS JOIN LATERAL (SELECT * FROM action_owners WHERE action_id = action.id OFFSET 0) AS share
JOIN owners AS owner ON owner.id = share.owner_id
WHERE result.weekly_plan_id = ANY ($1) AND action.status NOT IN ('completed', 'cancelled')
  AND ($2::uuid IS NULL OR EXISTS (SELECT FROM action_owners WHERE action_id = action.id AND owner_id = $2 OFFSET 0))
GROUP BY result.weekly_plan_id, action.funnel_stage, owner.name
ORDER BY result.weekly_plan_id, action.funnel_stage, count(*) DESC, owner.name
