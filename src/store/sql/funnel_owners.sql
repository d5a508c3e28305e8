-- $1 the weeks, $2 the owner whose actions are visible (null: everybody's): who has how much open work in which stage.
SELECT result.weekly_plan_id AS week_id, action.funnel_stage AS stage, owner.name AS owner, count(*) AS open
FROM rpm_results AS result
JOIN rpm_action_items AS action ON action.result_id = result.id
JOIN action_owners AS share ON share.action_id = action.id
JOIN owners AS owner ON owner.id = share.owner_id
WHERE result.weekly_plan_id = ANY ($1) AND action.status <> 'completed'
  AND ($2::uuid IS NULL OR EXISTS (SELECT FROM action_owners WHERE action_id = action.id AND owner_id = $2))
GROUP BY result.weekly_plan_id, action.funnel_stage, owner.name
ORDER BY result.weekly_plan_id, action.funnel_stage, count(*) DESC, owner.name
