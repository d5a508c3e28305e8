-- $1 the action's id or $2 its code, the other null.
SELECT week.id
FROM rpm_action_items AS action
JOIN rpm_results AS result ON result.id = action.result_id
JOIN rpm_weekly_plans AS week ON week.id = result.weekly_plan_id
WHERE action.id = $1 OR action.action_code = $2
FOR NO KEY UPDATE OF week
