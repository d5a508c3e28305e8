-- $1 the action's id or code, as {column} says.
SELECT week.id
FROM rpm_action_items AS action
JOIN rpm_results AS result ON result.id = action.result_id
JOIN rpm_weekly_plans AS week ON week.id = result.weekly_plan_id
WHERE action.{column} = $1
FOR NO KEY UPDATE OF week
